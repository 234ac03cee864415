"""What stands in place of pixels that take no part is drawn at random: a constant would hide who reads them."""

from __future__ import annotations

import numpy as np
import pytest

from roimask import path


@pytest.fixture(autouse=True)
def anything_in_place(monkeypatch):
    """Blocks are read-only, and hold any finite value where the weight is 0."""
    rng = np.random.default_rng(0)

    def put_in_place(block, weight):
        held = np.where(weight if block.ndim == 2 else weight[..., None], block, _anything(block, rng))
        held.setflags(write=False)
        return held

    monkeypatch.setattr(path, "put_in_place", put_in_place)


def _anything(block, rng):
    if block.dtype.kind == "f":
        return rng.normal(0, 1e4, block.shape).astype(block.dtype)
    limits = np.iinfo(block.dtype)
    return rng.integers(limits.min, limits.max, block.shape, block.dtype, endpoint=True)
