"""Non-local means against the sums written out, total variation against its definition, both against their peers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import roimask as rm

RNG = np.random.default_rng(5)
SCENE = cv2.GaussianBlur(RNG.normal(120, 80, (40, 50)), (0, 0), 2.0)
HOLES = RNG.random(SCENE.shape) < 0.7
WEIGHTS = np.where(HOLES, RNG.random(SCENE.shape), 0).astype(np.float32)
SMOOTHERS = pytest.mark.parametrize(
    "smooth",
    [lambda i, m: rm.nlmeans(i, m, strength=20, size=3, search=7), lambda i, m: rm.tv(i, m, strength=9)],
    ids=["nlmeans", "tv"],
)


def around(array: np.ndarray, r: int, c: int, reach: int) -> np.ndarray:
    """A window of an array that is padded by more than that; the place counts in the array without its padding."""
    return array[r + 9 - reach : r + 10 + reach, c + 9 - reach : c + 10 + reach]


def means_written_out(image: np.ndarray, weight: np.ndarray, h: float, size: int, search: int) -> np.ndarray:
    """One pixel after another, one partner after another."""
    f = np.pad(np.atleast_3d(image) * (weight > 0)[..., None], [(9, 9), (9, 9), (0, 0)])
    w, out, half = np.pad(weight, 9).astype(float), np.atleast_3d(image).copy(), size // 2
    for r, c in np.ndindex(weight.shape):
        total, share = 0.0, 0.0
        for y, x in np.argwhere(around(w, r, c, search // 2) > 0) + (r - search // 2, c - search // 2):
            both = around(w, r, c, half) * around(w, y, x, half)
            if both.any():
                apart = ((around(f, r, c, half) - around(f, y, x, half)) ** 2).mean(axis=-1)
                alike = np.exp(-(both * apart).sum() / both.sum() / h**2) * w[y + 9, x + 9]
                total, share = total + alike * f[y + 9, x + 9], share + alike
        if share > 0:
            out[r, c] = total / share
    return out.reshape(image.shape)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("weight", [HOLES, WEIGHTS, np.ones_like(HOLES)], ids=["binary", "weights", "all"])
def test_nlmeans_is_the_sum_written_out(weight: np.ndarray, bands: int) -> None:
    image, weight = (
        np.squeeze(np.stack([SCENE, SCENE.T.reshape(SCENE.shape), SCENE**0.9][:bands], -1)),
        weight[:16, :18],
    )
    image = image[:16, :18]
    expected = means_written_out(image, weight, 20, 3, 7)
    share = np.asarray(weight, float) if bands == 1 else np.asarray(weight, float)[..., None]
    blended = share * expected + (1 - share) * image
    np.testing.assert_allclose(rm.nlmeans(image, weight, strength=20, size=3, search=7), blended, rtol=2e-6)
    unread = rm.nlmeans(image, weight > 0, strength=20, size=3, search=7, write="all")
    np.testing.assert_allclose(unread, means_written_out(image, weight > 0, 20, 3, 7), rtol=2e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_nlmeans_of_every_type(dtype) -> None:
    image = SCENE.clip(0, 250).astype(dtype)
    exact = rm.nlmeans(image.astype(np.float64), HOLES, strength=20, size=5, search=9)
    np.testing.assert_allclose(rm.nlmeans(image, HOLES, strength=20, size=5, search=9), exact, atol=0.5001)


def test_nlmeans_is_the_usual_one_where_every_pixel_takes_part() -> None:
    """OpenCV makes pixels up beyond the border, and tabulates in steps."""
    inner = (slice(12, -12), slice(12, -12))
    image = SCENE.clip(0, 255).astype(np.uint8)
    theirs = cv2.fastNlMeansDenoising(image, None, 30, 7, 13)
    assert np.abs(rm.nlmeans(image, strength=30, size=7, search=13)[inner].astype(int) - theirs[inner]).max() <= 2


def test_nlmeans_takes_noise_and_leaves_edges() -> None:
    clean = np.where(np.arange(60) < 30, 50.0, 150.0)[None].repeat(40, 0)
    found = rm.nlmeans(clean + RNG.normal(0, 10, clean.shape), strength=10)
    assert np.abs(found - clean).std() < 3


def test_tv_is_the_usual_one_where_every_pixel_takes_part() -> None:
    restoration = pytest.importorskip("skimage.restoration")
    theirs = restoration.denoise_tv_chambolle(SCENE, 9, eps=0, max_num_iter=31)  # the first changes nothing
    np.testing.assert_allclose(rm.tv(SCENE, strength=9, iterations=30), theirs, rtol=1e-12)


def test_tv_of_a_part_is_that_of_the_part_alone() -> None:
    box = (slice(5, 30), slice(8, 40))
    mask = np.zeros(SCENE.shape, bool)
    mask[box] = True
    assert np.array_equal(rm.tv(SCENE, mask, strength=9)[box], rm.tv(SCENE[box].copy(), strength=9))


def energy(u: np.ndarray, f: np.ndarray, mask: np.ndarray, strength: float) -> float:
    """What total variation minimises, over what takes part."""
    fall, rise = np.zeros_like(u), np.zeros_like(u)
    fall[:-1], rise[:, :-1] = np.diff(u, axis=0) * mask[:-1] * mask[1:], np.diff(u, axis=1) * mask[:, :-1] * mask[:, 1:]
    return ((u - f)[mask] ** 2).sum() / 2 + strength * np.hypot(fall, rise).sum()


def test_tv_comes_to_the_minimum() -> None:
    found = rm.tv(SCENE, HOLES, strength=9, iterations=2000)
    least = energy(found, SCENE, HOLES, 9)
    assert least < energy(rm.tv(SCENE, HOLES, strength=9, iterations=20), SCENE, HOLES, 9)
    for _ in range(20):
        other = found + HOLES * RNG.normal(0, 0.1, SCENE.shape)
        assert energy(other, SCENE, HOLES, 9) > least
    assert found[HOLES].mean() == pytest.approx(SCENE[HOLES].mean(), rel=1e-12)


def test_tv_counts_weights() -> None:
    """A pixel that hardly takes part is hardly there for its neighbours."""
    hardly = np.where(HOLES, 1, 1e-6).astype(np.float32)
    np.testing.assert_allclose(
        rm.tv(SCENE, hardly, strength=9)[HOLES], rm.tv(SCENE, HOLES, strength=9)[HOLES], rtol=1e-5
    )


@SMOOTHERS
def test_constants_stay_and_what_is_outside_counts_nothing(smooth) -> None:
    np.testing.assert_allclose(smooth(np.full(SCENE.shape, 7.0), HOLES), 7, rtol=1e-12)
    spoiled = np.where(HOLES, SCENE, 1e6)
    assert np.array_equal(smooth(spoiled, HOLES)[HOLES], smooth(SCENE, HOLES)[HOLES])
    np.testing.assert_allclose(smooth(SCENE + 10, HOLES)[HOLES], smooth(SCENE, HOLES)[HOLES] + 10, rtol=1e-9)
