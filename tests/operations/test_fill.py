"""Holes filled from what is around them."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

ROWS, COLUMNS = np.mgrid[:40, :50].astype(np.float64)
RAMP = 3 * ROWS - 2 * COLUMNS + 100
HOLE = rm.circle(RAMP.shape, (20, 25), 9)
METHODS = ["nearest", "mean", "harmonic", "biharmonic", "telea", "navier-stokes"]


@pytest.mark.parametrize("method", METHODS)
def test_only_the_hole_changes_and_nothing_in_it_counts(method: str) -> None:
    spoiled = np.where(np.asarray(HOLE), np.nan, RAMP)
    filled = rm.fill(RAMP, ~HOLE, method=method)
    assert np.array_equal(filled[~np.asarray(HOLE)], RAMP[~np.asarray(HOLE)])
    assert np.array_equal(rm.fill(spoiled, ~HOLE, method=method), filled)
    assert filled[np.asarray(HOLE)].std() > 0 or method == "mean"


@pytest.mark.parametrize("method", ["harmonic", "biharmonic"])
def test_a_plane_goes_on_through_the_hole(method: str) -> None:
    np.testing.assert_allclose(rm.fill(RAMP, ~HOLE, method=method), RAMP, rtol=1e-6)


def test_large_holes_are_solved_as_the_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    from roimask.operations import fill

    exact = rm.fill(RAMP**2, ~HOLE)
    monkeypatch.setattr(fill, "_DIRECT", 10)
    np.testing.assert_allclose(rm.fill(RAMP**2, ~HOLE), exact, rtol=1e-4)


def test_nodata_is_filled_where_it_is_named() -> None:
    image = np.array([[1.0, np.nan, np.nan, 4.0]])
    assert np.array_equal(rm.fill(image, write=np.isnan(image)), [[1, 2, 3, 4]])
    assert np.array_equal(rm.fill(image, np.array([[1, 0, 0, 1]])), [[1, 2, 3, 4]])


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.int16, np.int32, np.float32, np.float64])
def test_every_type(dtype) -> None:
    image = (RAMP > 90).astype(dtype) if dtype == np.bool_ else RAMP.astype(dtype)
    for method in METHODS:
        assert rm.fill(image, ~HOLE, method=method).dtype == dtype
