"""Local statistics against sums over windows written out, and against the usual filters at full coverage."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import scipy.ndimage as ndi

import roimask as rm
from roimask.kernels.compiled import window_entropies as compiled_entropies
from roimask.kernels.compiled import window_moments as compiled_moments
from roimask.kernels.compiled import window_sums as compiled_sums
from roimask.kernels.footprints import disk, square
from roimask.kernels.plain import window_entropies as plain_entropies
from roimask.kernels.plain import window_moments as plain_moments
from roimask.kernels.plain import window_sums as plain_sums

RNG = np.random.default_rng(13)
SHAPE = (27, 35)
IMAGE = RNG.normal(100, 40, SHAPE)
HOLES = RNG.random(SHAPE) < 0.6
WEIGHTS = np.where(HOLES, RNG.random(SHAPE), 0).astype(np.float32)
WINDOWS = {"square": square, "disk": disk}
CORE = slice(2, 25), slice(0, 31)


def over_windows(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, answer) -> np.ndarray:
    """``answer`` of the values and weights in each window that take part; NaN outside."""
    reach = footprint.shape[0] // 2
    f, w = np.pad(image.astype(np.float64), reach), np.pad(weight.astype(np.float64), reach)
    out = np.full(image.shape, np.nan)
    for r, c in np.argwhere(weight > 0):
        part = slice(r, r + footprint.shape[0]), slice(c, c + footprint.shape[1])
        there = (w[part] > 0) & footprint
        out[r, c] = answer(f[part][there], w[part][there])
    return out


def mean(f: np.ndarray, w: np.ndarray) -> float:
    return (w * f).sum() / w.sum()


def std(f: np.ndarray, w: np.ndarray) -> float:
    return np.sqrt((w * (f - mean(f, w)) ** 2).sum() / w.sum())


def entropy(f: np.ndarray, w: np.ndarray) -> float:
    share = np.unique(f, return_counts=True)[1] / f.size
    return -(share * np.log2(share)).sum()


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", [1, 3, 7, 15, 45])
@pytest.mark.parametrize("weight", [HOLES, WEIGHTS], ids=["binary", "weights"])
def test_mean_std_and_zscore(weight: np.ndarray, size: int, window: str) -> None:
    footprint, given = WINDOWS[window](size), {"size": size, "window": window}
    means, stds = over_windows(IMAGE, weight, footprint, mean), over_windows(IMAGE, weight, footprint, std)
    # Weights are summed in float32.
    np.testing.assert_allclose(rm.local_mean(IMAGE, weight, **given), means, rtol=1e-6)
    np.testing.assert_allclose(rm.local_std(IMAGE, weight, **given), stds, rtol=1e-6, atol=1e-9)
    flat = stds < 1e-9
    expected = np.where(flat, 0, (IMAGE - means) / np.where(flat, 1, stds))
    np.testing.assert_allclose(
        rm.local_zscore(IMAGE, weight, **given)[HOLES & ~flat], expected[HOLES & ~flat], rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", [1, 3, 15])
def test_entropy(size: int, window: str) -> None:
    image = RNG.integers(0, 12, SHAPE).astype(np.uint8) * 20
    expected = over_windows(image, HOLES, WINDOWS[window](size), entropy)
    given = {"size": size, "window": window}
    np.testing.assert_allclose(rm.local_entropy(image, HOLES, **given), expected, atol=1e-6)
    for same in (image.astype(np.uint16) * 256, image.astype(np.float64) / 7):
        np.testing.assert_allclose(rm.local_entropy(same, HOLES, **given), expected, atol=1e-6)
    halves = over_windows(image > 100, HOLES, WINDOWS[window](size), entropy)
    np.testing.assert_allclose(rm.local_entropy(image, HOLES, bins=2, range=(0, 202), **given), halves, atol=1e-6)


def test_the_usual_filters_at_full_coverage() -> None:
    inner = (slice(8, -8), slice(8, -8))
    image = IMAGE.astype(np.float32)
    squares = cv2.blur(IMAGE**2, (9, 9)) - cv2.blur(IMAGE, (9, 9)) ** 2
    np.testing.assert_allclose(rm.local_mean(image, size=9)[inner], cv2.blur(image, (9, 9))[inner], rtol=1e-5)
    np.testing.assert_allclose(rm.local_std(IMAGE, size=9)[inner], np.sqrt(squares)[inner], rtol=1e-9)
    footprint = disk(11)
    theirs = ndi.convolve(IMAGE, footprint / footprint.sum())
    np.testing.assert_allclose(rm.local_mean(IMAGE, size=11, window="disk")[inner], theirs[inner], rtol=1e-9)


def test_entropy_as_scikit_image() -> None:
    rank = pytest.importorskip("skimage.filters.rank")
    image = RNG.integers(0, 256, SHAPE).astype(np.uint8)
    theirs = rank.entropy(image, disk(9).astype(np.uint8), mask=HOLES)
    np.testing.assert_allclose(rm.local_entropy(image, HOLES, size=9, window="disk")[HOLES], theirs[HOLES], rtol=1e-6)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_huge_value_spoils_no_window_but_its_own(window: str) -> None:
    image = IMAGE.copy()
    image[5, 5] = 1e30
    far = np.ones(SHAPE, bool)
    far[2:9, 2:9] = False
    for operation in (rm.box, rm.local_mean, rm.local_std, rm.local_zscore):
        more = {} if operation is rm.box else {"window": window}
        ours, before = operation(image, size=7, **more), operation(IMAGE, size=7, **more)
        assert np.array_equal(ours[far], before[far]), operation.__name__


def test_a_large_offset_costs_no_digit() -> None:
    steps = np.round(IMAGE * 16) / 16
    np.testing.assert_allclose(rm.local_std(steps + 2**30, size=9), rm.local_std(steps, size=9), rtol=1e-8)
    assert (rm.local_std(np.full(SHAPE, 0.1, np.float32) + 1e6, HOLES, size=9)[HOLES] == 0).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_integer_boxes_are_exact(dtype: str) -> None:
    image = RNG.integers(0, np.iinfo(dtype).max, SHAPE, dtype, endpoint=True)
    for size in (3, 15, 51):
        sums = over_windows(image, HOLES, square(size), lambda f, w: f.sum() / f.size)
        assert np.array_equal(rm.box(image, HOLES, size=size), np.where(HOLES, np.rint(sums), image))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
@pytest.mark.parametrize("weight", [HOLES.astype(np.uint8), WEIGHTS], ids=["binary", "weights"])
@pytest.mark.parametrize("footprint", [square(1), square(3), square(15), disk(5), disk(19)], ids=lambda f: str(f.sum()))
def test_plain_and_compiled_agree_to_the_bit(dtype: str, weight: np.ndarray, footprint: np.ndarray) -> None:
    image = np.clip(IMAGE, 0, 255).astype(dtype)
    inside = (weight > 0).astype(np.uint8)
    for ours, theirs, given in [
        (compiled_sums.mean, plain_sums.mean, (image, weight, footprint, CORE, np.dtype(np.float32))),
        (compiled_moments.moments, plain_moments.moments, (image, weight, footprint, CORE)),
        (compiled_entropies.entropy, plain_entropies.entropy, (image.astype(np.uint8), inside, footprint, CORE)),
    ]:
        for a, b in zip(ours(*given), theirs(*given), strict=True):
            assert np.array_equal(a, b, equal_nan=True), ours.__module__
    assert np.array_equal(compiled_sums.share(weight, footprint, CORE), plain_sums.share(weight, footprint, CORE))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": 2}, "local_entropy: size is an odd whole number"),
        ({"size": 3, "bins": 300}, "local_entropy: bins is 1 to 256, got 300"),
        ({"size": 3, "range": (4, 2)}, "local_entropy: range is two finite numbers, the lower first"),
    ],
)
def test_wrong_calls_say_what_was_expected(given: dict, words: str) -> None:
    with pytest.raises(rm.ParameterError, match=words):
        rm.local_entropy(IMAGE, **given)
