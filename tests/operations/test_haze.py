"""Haze removal: beside a plain version, beside the picture that was hazed, and what the mask keeps out."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

RNG = np.random.default_rng(3)


def window_means(values: np.ndarray, weight: np.ndarray, radius: int) -> np.ndarray:
    """The weighted mean of each window, 0 where nothing takes part."""
    found = np.zeros(values.shape)
    for r, c in np.ndindex(values.shape):
        part = slice(max(r - radius, 0), r + radius + 1), slice(max(c - radius, 0), c + radius + 1)
        if weight[part].sum():
            found[r, c] = (values[part] * weight[part]).sum() / weight[part].sum()
    return found


def airlight(image: np.ndarray, inside: np.ndarray, size: int) -> np.ndarray:
    """The mean colour of the cells with the highest minimum, a thousandth of the region."""
    cells = []
    for top in range(0, image.shape[0], size):
        for left in range(0, image.shape[1], size):
            pixels = image[top : top + size, left : left + size][inside[top : top + size, left : left + size]]
            if len(pixels):
                cells.append((pixels.min(), len(pixels), pixels.sum(axis=0)))
    most = max(count for _, count, _ in cells)
    taken, total, seen = 0, np.zeros(image.shape[2]), 0
    cells = sorted((cell for cell in cells if cell[1] >= most / 2), key=lambda cell: -cell[0])
    whole = sum(count for _, count, _ in cells)
    for _, count, colors in cells:
        if taken < max(whole / 1000, 1):
            taken, total, seen = taken + count, total + colors, seen + count
    return total / seen


def dehazed(image: np.ndarray, weight: np.ndarray, size: int, amount: float, radius: int, floor: float) -> np.ndarray:
    """He's method as it is written, over the pixels that take part."""
    inside, pixels = weight > 0, image.astype(np.float64)
    air = airlight(pixels, inside, size)
    haze = np.where(inside, (pixels / air).min(axis=2), np.inf)
    t = np.zeros(haze.shape)
    for r, c in np.argwhere(inside):
        half = size // 2
        t[r, c] = 1 - amount * min(haze[max(r - half, 0) : r + half + 1, max(c - half, 0) : c + half + 1].min(), 1)
    share, weight = weight, inside.astype(np.float64)
    grey = np.rint(pixels @ (0.299, 0.587, 0.114)) / 255
    mean_grey, mean_t = window_means(grey, weight, radius), window_means(t, weight, radius)
    variance = window_means(grey * grey, weight, radius) - mean_grey**2
    slope = (window_means(grey * t, weight, radius) - mean_grey * mean_t) / (variance + 1e-3)
    smooth = window_means(slope, weight, radius) * grey + window_means(mean_t - slope * mean_grey, weight, radius)
    clear = (pixels - air) / np.maximum(smooth, floor)[..., None] + air
    return np.clip(np.rint(share[..., None] * clear + (1 - share[..., None]) * pixels), 0, 255)


@pytest.mark.parametrize("kind", ["all", "binary", "weights"])
def test_it_is_hes_method_on_what_takes_part(kind: str) -> None:
    image = RNG.integers(60, 220, (26, 33, 3)).astype(np.uint8)
    disk = rm.circle(image, (12, 16), 9, coverage=kind == "weights")
    weight = np.ones(image.shape[:2]) if kind == "all" else np.asarray(disk, np.float64)
    found = rm.dehaze(image, None if kind == "all" else disk, size=5, amount=0.9, radius=4)
    expected = dehazed(image, weight, 5, 0.9, 4, 0.1)
    assert np.abs(found.astype(int) - expected).max() <= 1


def hazed(clear: np.ndarray, air: tuple[float, ...], least: float) -> np.ndarray:
    """A picture with haze that grows to the right, all haze at its end."""
    share = np.linspace(1, least, clear.shape[1])[None, :, None]
    share = np.where(np.arange(clear.shape[1])[None, :, None] >= clear.shape[1] - 16, 0, share)
    return share * clear + (1 - share) * np.array(air)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_haze_that_was_put_in_comes_out(dtype: str) -> None:
    white = 1 if dtype == "float32" else np.iinfo(dtype).max
    clear = RNG.random((96, 256, 3)) * 0.6
    clear[::3, ::3] = 0.01
    image = (hazed(clear, (0.8, 0.85, 0.9), 0.3) * white).astype(dtype)
    found = rm.dehaze(image, amount=1, size=7, radius=16, floor=0.05) / white
    before, after = (np.abs(part - clear)[:, :200].mean() for part in (image / white, found))
    assert after < 0.15 * before


def test_what_is_outside_is_no_airlight() -> None:
    """A white frame beside a hazy picture changes nothing in it."""
    image = (hazed(RNG.random((64, 128, 3)) * 0.6, (0.7, 0.7, 0.8), 0.4) * 255).astype(np.uint8)
    framed = np.pad(image, ((0, 0), (0, 64), (0, 0)), constant_values=255)
    inside = np.zeros(framed.shape[:2], bool)
    inside[:, :128] = True
    found = rm.dehaze(framed, inside, size=5, radius=8)
    assert (found[:, :128] == rm.dehaze(image, size=5, radius=8)).all() and (found[:, 128:] == 255).all()
    assert (rm.dehaze(framed, size=5, radius=8)[:, :128] != found[:, :128]).any()


def test_write_all_measures_the_region_and_changes_what_is_near() -> None:
    image = (hazed(RNG.random((64, 96, 3)) * 0.6, (0.8, 0.8, 0.8), 0.4) * 255).astype(np.uint8)
    inside = np.zeros((64, 96), bool)
    inside[:, 30:] = True
    found = rm.dehaze(image, inside, size=5, radius=10, write="all")
    assert (found[inside] == rm.dehaze(image, inside, size=5, radius=10)[inside]).all()
    assert (found[:, 20:30] != image[:, 20:30]).mean() > 0.5
    assert (found[:, :9] == image[:, :9]).all()  # beyond the windows


@pytest.mark.parametrize("value", [0, 7, 128, 255])
def test_a_constant_region_stays_as_it_was(value: int) -> None:
    image = np.full((40, 50, 3), value, np.uint8)
    assert (rm.dehaze(image, rm.circle(image, (20, 20), 15), size=5, radius=6) == image).all()
