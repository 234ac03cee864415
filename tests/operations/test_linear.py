"""Linear filters against sums written out, and against the usual filters at full coverage."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import scipy.ndimage as ndi

import roimask as rm
from roimask.operations.linear import gaussian_taps

RNG = np.random.default_rng(7)
IMAGE = RNG.normal(100, 40, (23, 31))
HOLES = RNG.random((23, 31)) < 0.6
WEIGHTS = np.where(HOLES, RNG.random((23, 31)), 0).astype(np.float32)


def by_hand(image: np.ndarray, weight: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Correlation in which what is missing is the weighted mean of what is there; beyond the border all is missing."""
    down, across = kernel.shape[0] // 2, kernel.shape[1] // 2
    f, w = (np.pad(np.asarray(a, np.float64), ((down, down), (across, across))) for a in (image, weight))
    out = np.full(image.shape, np.nan)
    for r, c in np.ndindex(image.shape):
        part = slice(r, r + kernel.shape[0]), slice(c, c + kernel.shape[1])
        share = (abs(kernel) * w[part]).sum()
        if share > 0:
            mean = (abs(kernel) * w[part] * f[part]).sum() / share
            out[r, c] = (kernel * w[part] * f[part]).sum() + mean * (kernel * (1 - w[part])).sum()
    return out


@pytest.mark.parametrize("mask", [HOLES, WEIGHTS], ids=["binary", "weights"])
def test_gaussian_is_the_weighted_mean(mask: np.ndarray) -> None:
    taps = gaussian_taps(1.7, 3)
    smoothed = by_hand(IMAGE, mask, np.outer(taps, taps))
    expected = mask * np.where(mask > 0, smoothed, 0) + (1 - mask.astype(np.float64)) * IMAGE
    np.testing.assert_allclose(rm.gaussian(IMAGE, mask, sigma=1.7, truncate=3), expected, rtol=1e-10)


@pytest.mark.parametrize("size", [1, 3, 9])
def test_box_is_the_mean(size: int) -> None:
    expected = np.where(HOLES, by_hand(IMAGE, HOLES, np.full((size, size), 1 / size**2)), IMAGE)
    np.testing.assert_allclose(rm.box(IMAGE, HOLES, size=size), expected, rtol=1e-10)


@pytest.mark.parametrize("shape", [(3, 3), (5, 1), (1, 7), (33, 33)])
@pytest.mark.parametrize("zero_sum", [False, True])
def test_convolve_completes_what_is_missing(shape: tuple[int, int], zero_sum: bool) -> None:
    kernel = RNG.normal(0.5, 1, shape)
    kernel -= kernel.mean() * zero_sum
    expected = np.where(WEIGHTS > 0, by_hand(IMAGE, WEIGHTS, kernel[::-1, ::-1]), np.nan)
    found = rm.convolve(IMAGE, WEIGHTS, kernel=kernel, dtype="float64")
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_filters_are_the_usual_ones_at_full_coverage() -> None:
    inner = (slice(8, -8), slice(8, -8))
    kernel = RNG.normal(size=(5, 5))
    for ours, theirs in [
        (rm.gaussian(IMAGE, sigma=1.5), ndi.gaussian_filter(IMAGE, 1.5)),
        (rm.box(IMAGE, size=7), ndi.uniform_filter(IMAGE, 7)),
        (rm.convolve(IMAGE, kernel=kernel), ndi.convolve(IMAGE, kernel)),
        (rm.laplacian(IMAGE), ndi.laplace(IMAGE)),
        (rm.gradient(IMAGE, output="along"), cv2.Sobel(IMAGE, cv2.CV_64F, 1, 0) / 8),
        (rm.gradient(IMAGE, output="down", operator="scharr"), cv2.Scharr(IMAGE, cv2.CV_64F, 0, 1) / 32),
        (rm.gradient(IMAGE, output="along", operator="prewitt"), ndi.prewitt(IMAGE, 1) / 6),
    ]:
        np.testing.assert_allclose(ours[inner], theirs[inner], rtol=1e-9, atol=1e-9)


def test_farid_is_the_usual_one_at_full_coverage() -> None:
    filters = pytest.importorskip("skimage.filters")
    inner = (slice(4, -4), slice(4, -4))
    theirs = filters.farid_v(IMAGE)[inner]
    ours = rm.gradient(IMAGE, output="along", operator="farid")[inner]
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 1 - 1e-9


@pytest.mark.parametrize("operator", ["sobel", "scharr", "prewitt", "farid"])
def test_gradient_is_exact_on_a_ramp_whatever_the_mask(operator: str) -> None:
    rows, columns = np.mgrid[:23, :31]
    ramp = 3.0 * rows - 2.0 * columns + 5
    for output, slope in [("down", 3.0), ("along", -2.0), ("magnitude", np.hypot(3, 2))]:
        found = rm.gradient(ramp, HOLES, operator=operator, output=output)
        assert np.isnan(found[~HOLES]).all()
        assert np.isfinite(found[HOLES]).mean() > 0.8
        np.testing.assert_allclose(found[np.isfinite(found)], slope, rtol=1e-9)


def test_direction_counts_counter_clockwise_from_the_row() -> None:
    rows, columns = np.mgrid[:5, :5].astype(np.float64)
    for image, degrees in [(columns, 0), (-rows, 90), (-columns, 180), (rows, -90)]:
        assert abs(rm.gradient(image, output="direction")[2, 2]) == abs(degrees)
        assert np.sin(np.radians(rm.gradient(image, output="direction")[2, 2] - degrees)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("smooth", [lambda i, m: rm.gaussian(i, m, sigma=2), lambda i, m: rm.box(i, m, size=5)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32])
def test_constant_images_stay_constant(smooth, dtype) -> None:
    image = np.full((23, 31), 77, dtype)
    np.testing.assert_allclose(smooth(image, HOLES), image, rtol=1e-6)


def test_integers_round_to_the_nearest() -> None:
    image = RNG.integers(0, 65536, (40, 40)).astype(np.uint16)
    exact = rm.gaussian(image.astype(np.float64), sigma=2)
    assert np.array_equal(rm.gaussian(image, sigma=2), np.rint(exact).astype(np.uint16))


def test_coverage_and_what_stands_where_it_lacks() -> None:
    image = np.array([[1.0, 9, 9, 9, 9]])
    mask = np.array([[1, 1, 1, 1, 0]])
    assert rm.box(image, mask, size=3, min_coverage=0.3)[0, 0] == 1.0  # two of nine pixels
    assert np.isnan(rm.box(image, mask, size=3, min_coverage=0.3, empty="nan")[0, 0])
    assert rm.box(image, mask, size=3, min_coverage=0.3, empty=-1)[0, 0] == -1
    assert rm.box(image, mask, size=3, min_coverage=0.3, write="all", empty=-1)[0, 1] == pytest.approx(19 / 3)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"sigma": 0}, "sigma is a number above 0"), ({}, "sigma is missing"), ({"sgma": 1}, "did you mean 'sigma'")],
)
def test_wrong_calls_say_what_was_expected(given: dict, words: str) -> None:
    with pytest.raises(rm.ParameterError, match=words):
        rm.gaussian(IMAGE, **given)


@pytest.mark.parametrize("border", ["reflect", "mirror", "nearest"])
def test_borders_as_in_scipy(border: str) -> None:
    ours = rm.gaussian(IMAGE, sigma=2, border=border)
    np.testing.assert_allclose(ours, ndi.gaussian_filter(IMAGE, 2, mode=border), rtol=1e-9)
    tiny = rm.gaussian(IMAGE[:3, :4], sigma=2, border=border)
    np.testing.assert_allclose(tiny, ndi.gaussian_filter(IMAGE[:3, :4], 2, mode=border), rtol=1e-9)


def test_even_windows_are_refused() -> None:
    with pytest.raises(rm.ParameterError, match="box: size is an odd whole number of pixels"):
        rm.box(IMAGE, size=4)
    with pytest.raises(rm.ParameterError, match="convolve: kernel is an array of numbers with two axes, both odd"):
        rm.convolve(IMAGE, kernel=np.ones((2, 3)))
