"""Operations run block by block from what is never in memory as a whole, unchanged."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm
from roimask import call, path
from roimask.frame import Frame, Window
from roimask.path import Request
from roimask.sources import adapter, as_source
from tests.meta.right import RIGHT, registered

TILE = (8, 16)
HALO = {"box_mean": 2, "span": 0, "offset": 0, "local_range": 1}
PARAMS = {"box_mean": {"size": 5}, "span": {"low": 0.0, "high": 200.0}, "offset": {"by": 3.5}, "local_range": {}}


class Far:
    """An image that can be had by windows alone; it keeps a list of those that it was asked for."""

    def __init__(self, array: np.ndarray, valid: np.ndarray, nodata=None):
        self.frame, self.dtype, self.nodata = Frame(*array.shape[:2]), array.dtype, nodata
        self.asked: list[Window] = []
        self._array, self._valid = array, valid

    def read(self, window: Window) -> np.ndarray:
        self.asked.append(Window(*window))
        return self._array[window.slices].copy()

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        return self.read(window), self._valid[window.slices].copy()

    def whole(self):
        raise AssertionError("the whole was asked for")


@pytest.fixture
def far():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, (40, 50)).astype(np.uint8)
    valid = rng.random((40, 50)) < 0.9
    return Far(image, valid)


@pytest.fixture
def mask():
    inside = np.zeros((40, 50), bool)
    inside[10:31, 5:30] = np.random.default_rng(4).random((21, 25)) < 0.8
    return rm.Mask(inside)


@pytest.mark.parametrize("name", PARAMS)
def test_images_by_blocks(far, mask, name):
    with registered(RIGHT[name]) as operation:
        expected = operation.function(far._array, np.asarray(mask) & far._valid, **PARAMS[name])
        dtype = expected.dtype
        out = np.full(far._array.shape, np.nan, dtype) if operation.result == "map" else far._array.copy()
        as_map = operation.result == "map"
        request = Request(
            operation,
            far,
            mask,
            operation.own({**operation.defaults, **PARAMS[name]}),
            write=mask,
            empty="nan" if as_map else "keep",
            tile=TILE,
            as_map=as_map,
        )
        path.image_result(request, out)
        np.testing.assert_allclose(out, expected, rtol=1e-6)
    reach = HALO[name]
    limit = (TILE[0] + 2 * reach, TILE[1] + 2 * reach)
    assert all(window.shape[0] <= limit[0] and window.shape[1] <= limit[1] for window in far.asked)
    assert all(window.meet(mask.window.grow(reach)) == window for window in far.asked), "only region and halo are read"


def test_reductions_by_blocks(far, mask):
    with registered(RIGHT["value_range"]) as operation:
        (found,) = call.reduced(operation, far, mask, operation.ready({}, far.frame), tile=TILE)
    values = far._array[np.asarray(mask) & far._valid]
    assert (found.low, found.high, found.count) == (values.min(), values.max(), values.size)
    assert all(window.shape <= TILE for window in far.asked)


def test_a_container_registers_an_adapter(far, mask, monkeypatch):
    from roimask import sources

    monkeypatch.setattr(sources, "_ADAPTERS", [])
    adapter(lambda thing: isinstance(thing, Far))(lambda thing, channel_axis: thing)
    assert as_source(far) is far
    with registered(RIGHT["value_range"]) as operation:
        assert operation.function(far, mask).count == (np.asarray(mask) & far._valid).sum()
    assert rm.statistics(far, mask).count == (np.asarray(mask) & far._valid).sum()
