"""Rank filters against numpy over windows written out, and against the usual filters where every pixel takes part."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import scipy.ndimage as ndi

import roimask as rm
from roimask.kernels.compiled import modes as compiled_modes
from roimask.kernels.compiled import ranks as compiled_ranks
from roimask.kernels.footprints import disk, square
from roimask.kernels.plain import modes as plain_modes
from roimask.kernels.plain import ranks as plain_ranks

RNG = np.random.default_rng(11)
SHAPE = (31, 43)
HOLES = RNG.random(SHAPE) < 0.6
DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]
WINDOWS = {"square": square, "disk": disk}


def image_of(dtype: str) -> np.ndarray:
    """Noise that repeats itself, and inf where there may be some."""
    image = RNG.integers(0, 90, SHAPE).astype(dtype)
    if image.dtype.kind == "f":
        image = image + np.asarray(0.25, dtype)
        image[3, 4:7] = np.inf
    return image


def over_windows(image: np.ndarray, mask: np.ndarray, footprint: np.ndarray, answer) -> np.ndarray:
    """``answer`` of the values in each window that take part, NaN where there are none."""
    down, across = (side // 2 for side in footprint.shape)
    f = np.pad(image.astype(np.float64), ((down, down), (across, across)))
    w = np.pad(mask, ((down, down), (across, across)))
    out = np.full(image.shape, np.nan)
    for r, c in np.ndindex(image.shape):
        part = slice(r, r + footprint.shape[0]), slice(c, c + footprint.shape[1])
        values = f[part][w[part] & footprint]
        if values.size:
            out[r, c] = answer(values)
    return out


def as_image(answer: np.ndarray, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What an image result is: rounded, and the image itself outside."""
    rounded = np.rint(answer) if image.dtype.kind != "f" else answer
    with np.errstate(invalid="ignore"):
        return np.where(mask, rounded, image).astype(image.dtype)


def most_frequent(values: np.ndarray) -> float:
    found, often = np.unique(values, return_counts=True)
    return found[often.argmax()]


def between(q: float):
    """numpy's percentile, where between a number and inf lies inf."""

    def ask(values: np.ndarray) -> float:
        ordered = np.sort(values)
        place = q / 100 * (values.size - 1)
        low, high = ordered[int(place)], ordered[min(int(place) + 1, values.size - 1)]
        return low if place == int(place) or low == high else low + (place - int(place)) * (high - low)

    return ask


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 3, 5, 13, 25])
def test_median(dtype: str, size: int, window: str) -> None:
    image = image_of(dtype)
    expected = over_windows(image, HOLES, WINDOWS[window](size), between(50))
    assert np.array_equal(rm.median(image, HOLES, size=size, window=window), as_image(expected, image, HOLES))


@pytest.mark.parametrize("q", [0, 12.5, 80, 100])
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("size", [3, 15])
def test_percentile(dtype: str, size: int, q: float) -> None:
    image = image_of(dtype)
    expected = over_windows(image, HOLES, square(size), between(q))
    found = rm.percentile(image, HOLES, size=size, q=q)
    np.testing.assert_allclose(found, as_image(expected, image, HOLES), rtol=1e-12)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 3, 15, 41])
def test_extremes_and_range(dtype: str, size: int, window: str) -> None:
    image = image_of(dtype)
    low, high = (over_windows(image, HOLES, WINDOWS[window](size), extreme) for extreme in (np.min, np.max))
    given = {"size": size, "window": window}
    assert np.array_equal(rm.minimum(image, HOLES, **given), as_image(low, image, HOLES))
    assert np.array_equal(rm.maximum(image, HOLES, **given), as_image(high, image, HOLES))
    with np.errstate(invalid="ignore"):
        spread = np.where(HOLES, high - low, np.nan)
    assert np.array_equal(rm.rank_range(image, HOLES, **given), spread, equal_nan=True)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
@pytest.mark.parametrize("size", [3, 11])
def test_mode(dtype: str, size: int, window: str) -> None:
    image = (RNG.integers(0, 8, SHAPE) * 12).astype(dtype)
    expected = over_windows(image, HOLES, WINDOWS[window](size), most_frequent)
    assert np.array_equal(rm.mode(image, HOLES, size=size, window=window), as_image(expected, image, HOLES))


def test_the_usual_filters_where_every_pixel_takes_part() -> None:
    image = RNG.integers(0, 256, (60, 70)).astype(np.uint8)
    inner = (slice(12, -12), slice(12, -12))
    for size in (3, 5, 9, 21):
        assert np.array_equal(rm.median(image, size=size)[inner], cv2.medianBlur(image, size)[inner])
        assert np.array_equal(
            rm.median(image, size=size, window="disk")[inner], ndi.median_filter(image, footprint=disk(size))[inner]
        )
    assert np.array_equal(rm.maximum(image, size=15), cv2.dilate(image, np.ones((15, 15), np.uint8)))
    assert np.array_equal(rm.minimum(image, size=15), cv2.erode(image, np.ones((15, 15), np.uint8)))


def test_a_mask_is_honoured_as_scikit_image_honours_it() -> None:
    rank = pytest.importorskip("skimage.filters.rank")
    image = RNG.integers(0, 256, SHAPE).astype(np.uint8)
    window = np.ones((7, 7), np.uint8)
    for ours, theirs in [(rm.minimum, rank.minimum), (rm.maximum, rank.maximum)]:
        assert np.array_equal(ours(image, HOLES, size=7)[HOLES], theirs(image, window, mask=HOLES)[HOLES])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("footprint", [square(3), square(9), square(15), disk(7), disk(19)], ids=lambda f: str(f.sum()))
def test_plain_and_compiled_agree_to_the_bit(dtype: str, footprint: np.ndarray) -> None:
    image, inside = image_of(dtype), (RNG.random(SHAPE) < 0.3).astype(np.uint8)
    core = slice(2, 29), slice(0, 40)
    for q in (0, 0.3, 0.5, 1):
        ours, share = compiled_ranks.order_statistic(image, inside, footprint, q, core)
        theirs, other = plain_ranks.order_statistic(image, inside, footprint, q, core)
        assert np.array_equal(share, other)
        assert np.array_equal(ours[share > 0], theirs[share > 0], equal_nan=True)
    for ours, theirs in zip(
        *(m.mode(image, inside, footprint, core) for m in (compiled_modes, plain_modes)), strict=True
    ):
        assert np.array_equal(ours, theirs)


def test_windows_wider_than_the_image() -> None:
    image = np.array([[3, 1, 2]], np.uint8)
    for window in WINDOWS:
        for size in (7, 257, 301):
            assert np.array_equal(rm.median(image, size=size, window=window), [[2, 2, 2]])
            assert np.array_equal(rm.maximum(image, size=size, window=window), [[3, 3, 3]])


def test_two_middle_values_are_averaged_and_rounded_half_to_even() -> None:
    image = np.array([[1, 2, 4, 9]], np.uint8)
    assert np.array_equal(rm.median(image, np.array([[1, 1, 0, 0]]), size=3), [[2, 2, 4, 9]])  # 1.5
    assert np.array_equal(rm.median(image.astype(np.float32), np.array([[1, 1, 0, 0]]), size=3), [[1.5, 1.5, 4, 9]])


def test_holes_are_filled_from_what_takes_part() -> None:
    image = np.array([[5, 0, 7, 0, 0, 0]], np.uint8)
    valid = image > 0
    assert np.array_equal(rm.median(image, valid, size=3, write=~valid), [[5, 6, 7, 7, 0, 0]])
    assert np.array_equal(rm.median(image, valid, size=3, write=~valid, empty=9), [[5, 6, 7, 7, 9, 9]])
    assert np.array_equal(rm.maximum(image, valid, size=3, write=~valid, min_coverage=0.2), [[5, 7, 7, 0, 0, 0]])


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("median", {"size": 4}, "median: size is an odd whole number of pixels"),
        ("percentile", {"size": 3, "q": 101}, "percentile: q is a percentage, 0 to 100"),
        ("maximum", {"size": 3, "window": "ring"}, "maximum: window is one of square, disk"),
    ],
)
def test_wrong_calls_say_what_was_expected(name: str, given: dict, words: str) -> None:
    with pytest.raises(rm.ParameterError, match=words):
        getattr(rm, name)(np.zeros((3, 3), np.uint8), **given)
