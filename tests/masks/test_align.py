"""Masks on a grid that divides theirs: every pixel is the one that it lies in, on any part of the grid."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

CORNER = (500_000, 4_000_000)


def _grid(shape, size, corner=CORNER):
    return rm.Frame(*shape, (size, 0, corner[0], 0, -size, corner[1]), "EPSG:32633")


@pytest.mark.parametrize("factor", [2, 3, 7])
@pytest.mark.parametrize("kind", ["binary", "labels", "weights"])
@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-4, 5)])
def test_a_finer_grid(factor, kind, shift):
    rng = np.random.default_rng(factor)
    values = {"binary": rng.random((6, 8)) < 0.5, "labels": rng.integers(0, 4, (6, 8)), "weights": rng.random((6, 8))}[
        kind
    ]
    size = 20 / factor
    frame = _grid((50, 40), size, (CORNER[0] + shift[1] * size, CORNER[1] - shift[0] * size))
    found = rm.Mask(values, kind, _grid((6, 8), 20), names={1: "field"}).to_frame(frame)
    fine = np.zeros((120, 120))
    fine[20 : 20 + 6 * factor, 20 : 20 + 8 * factor] = np.kron(values, np.ones((factor, factor)))
    expected = fine[20 + shift[0] :, 20 + shift[1] :][:50, :40]
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)
    assert found.frame == frame and found.kind == kind and found.names == {1: "field"}
