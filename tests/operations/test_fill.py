"""Holes filled from what is around them."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

ROWS, COLUMNS = np.mgrid[:40, :50].astype(np.float64)
RAMP = 3 * ROWS - 2 * COLUMNS + 100
HOLE = rm.circle(RAMP.shape, (20, 25), 9)
METHODS = ["nearest", "mean", "harmonic", "biharmonic", "telea", "navier-stokes", "exemplar"]


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


# -- patches -------------------------------------------------------------------------------------------------------


def test_a_texture_goes_on() -> None:
    """Of stripes and of a chessboard the hole is filled without a fault."""
    for texture in (np.tile([0, 0, 90, 200], (40, 10)), np.kron(np.indices((10, 10)).sum(0) % 2, np.ones((4, 4)))):
        mask = rm.circle(texture.shape, (20, 20), 7)
        filled = rm.fill(np.where(np.asarray(mask), 77, texture).astype(np.uint8), ~mask, method="exemplar")
        assert np.array_equal(filled, texture)


def test_patches_are_copies_of_known_pixels_with_all_their_bands() -> None:
    image = np.random.default_rng(0).integers(0, 250, (30, 34, 3), np.uint8)
    known = ~np.asarray(rm.circle(image.shape, (15, 16), 6))
    filled = rm.fill(image, known, method="exemplar", radius=2)
    colours = set(map(tuple, image[known].tolist()))
    assert set(map(tuple, filled[~known].tolist())) <= colours
    assert np.array_equal(filled[known], image[known])


def written_out(image: np.ndarray, known: np.ndarray, radius: int) -> np.ndarray:
    """Criminisi's loop over the whole image, all patches compared in full, as the paper has it."""
    image, known, trust = image.astype(float), known.copy(), known.astype(float)
    height, width = image.shape
    steps = range(-radius, radius + 1)
    middles = [
        (r, c)
        for r in range(radius, height - radius)
        for c in range(radius, width - radius)
        if known[r - radius : r + radius + 1, c - radius : c + radius + 1].all()
    ]
    original = image.copy()
    while not known.all():
        order = {place: _priority(image, known, trust, *place, radius) for place in _front(known)}
        y, x = max(order, key=order.__getitem__)
        inside = [(dy, dx) for dy in steps for dx in steps if 0 <= y + dy < height and 0 <= x + dx < width]
        seen = [(dy, dx) for dy, dx in inside if known[y + dy, x + dx]]
        apart = [sum((image[y + dy, x + dx] - original[r + dy, c + dx]) ** 2 for dy, dx in seen) for r, c in middles]
        (r, c), of_patch = middles[int(np.argmin(apart))], _mean_trust(trust, y, x, radius)
        for dy, dx in set(inside) - set(seen):
            image[y + dy, x + dx], known[y + dy, x + dx] = original[r + dy, c + dx], True
            trust[y + dy, x + dx] = of_patch
    return image


def _front(known: np.ndarray) -> list[tuple[int, int]]:
    k = np.pad(known, 1)
    touching = k[:-2, 1:-1] | k[2:, 1:-1] | k[1:-1, :-2] | k[1:-1, 2:]
    return [(int(r), int(c)) for r, c in np.argwhere(touching & ~known)]


def _mean_trust(trust: np.ndarray, y: int, x: int, radius: int) -> float:
    return np.pad(trust, radius)[y : y + 2 * radius + 1, x : x + 2 * radius + 1].sum() / (2 * radius + 1) ** 2


def _priority(image: np.ndarray, known: np.ndarray, trust: np.ndarray, y: int, x: int, radius: int) -> float:
    k = np.pad(known, 1).astype(float)[y : y + 3, x : x + 3]
    normal = np.array([k[2, 1] - k[0, 1], k[1, 2] - k[1, 0]])
    normal /= np.hypot(*normal) or 1
    steepest = np.zeros(2)
    for r in range(max(y - radius, 1), min(y + radius + 1, len(image) - 1)):
        for c in range(max(x - radius, 1), min(x + radius + 1, len(image[0]) - 1)):
            if known[r, c] and known[r - 1 : r + 2, c].all() and known[r, c - 1 : c + 2].all():
                slope = np.array([image[r + 1, c] - image[r - 1, c], image[r, c + 1] - image[r, c - 1]]) / 2
                steepest = max(steepest, slope, key=lambda s: s @ s)
    line = abs(steepest[0] * normal[1] - steepest[1] * normal[0])
    return _mean_trust(trust, y, x, radius) * (line + 1e-3)


def test_patches_are_those_of_the_loop_written_out() -> None:
    image = np.random.default_rng(3).random((18, 21))
    image = (image - image.min()) / np.ptp(image)
    known = ~np.asarray(rm.ellipse(image.shape, (9, 10), (4, 5)))
    image[known] = (image[known] - image[known].min()) / np.ptp(image[known])
    assert np.array_equal(rm.fill(image, known, method="exemplar", radius=1), written_out(image, known, 1))


def test_a_texture_goes_on_far_from_what_is_known() -> None:
    texture = np.tile(np.array([0, 90, 90, 200], np.uint8), (9, 80))
    known = np.zeros(texture.shape, bool)
    known[:, :20] = True
    assert np.array_equal(rm.fill(texture * known.astype(np.uint8), known, method="exemplar", radius=2), texture)


def test_small_parts_are_filled_by_small_patches() -> None:
    image = np.arange(30, dtype=np.uint8).reshape(5, 6)
    known = np.zeros((5, 6), bool)
    known[2, 1:3] = True
    assert set(np.unique(rm.fill(image, known, method="exemplar"))) == {13, 14}


# -- a margin ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_margin_is_filled_as_a_hole_is(method: str) -> None:
    wide = np.pad(RAMP, 4)
    known = np.pad(np.asarray(~HOLE), 4)
    spoiled = np.where(np.asarray(HOLE), np.nan, RAMP)
    for image, mask in ((RAMP, ~HOLE), (spoiled, ~HOLE), (spoiled, None)):
        found = rm.outpaint(image, mask, margin=4, method=method)
        assert np.array_equal(found, rm.fill(np.where(known, wide, 0), known, method=method))


def test_a_margin_in_per_cent_and_of_bands() -> None:
    image = np.stack([RAMP, RAMP + 5], axis=-1)
    found = rm.outpaint(image, margin="10%")
    assert found.shape == (48, 58, 2)
    np.testing.assert_allclose(found[..., 1], found[..., 0] + 5, rtol=1e-6)
    assert np.array_equal(found[4:-4, 4:-4], image)
    assert np.array_equal(rm.outpaint(image, margin=0), image)
