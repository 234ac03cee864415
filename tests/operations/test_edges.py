"""Edges, corners, and smoothing that keeps edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import roimask as rm

RNG = np.random.default_rng(3)
SCENE = cv2.GaussianBlur(RNG.normal(120, 80, (60, 70)), (0, 0), 2.0)
HOLES = RNG.random(SCENE.shape) < 0.7
SPOILED = np.where(HOLES, SCENE, 1e6)


def test_canny_finds_the_step_and_not_the_mask() -> None:
    image = np.where(np.arange(40) < 20, 30, 200).astype(np.uint8)[None].repeat(30, 0)
    disk = rm.circle(image.shape, (15, 20), 10)
    found = np.argwhere(np.asarray(rm.canny(image, disk, low=2, high=5)))
    assert len(found) >= 15
    assert set(found[:, 1]) == {19}
    assert rm.canny(np.full_like(image, 90), disk).area == 0


def test_canny_links_what_starts_strong() -> None:
    image = np.zeros((20, 60))
    image[10:, :] = np.linspace(10, 100, 60)  # a step that grows along the row
    weak, strong = rm.canny(image, low=1, high=20), rm.canny(image, low=20, high=20)
    assert weak.area > strong.area > 0
    assert (strong - weak).area == 0
    with pytest.raises(rm.ParameterError, match="low is not above high"):
        rm.canny(image, low=3, high=2)


def test_canny_is_near_the_usual_one() -> None:
    image = cv2.normalize(SCENE, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    ours = np.asarray(rm.canny(image, sigma=1, low=4, high=8))[3:-3, 3:-3]
    smooth = cv2.GaussianBlur(image, (0, 0), 1)
    theirs = cv2.Canny(smooth, 32, 64, L2gradient=True)[3:-3, 3:-3] > 0
    near = cv2.dilate(theirs.view(np.uint8), np.ones((3, 3))) > 0
    assert (ours & near).sum() / ours.sum() > 0.95


@pytest.mark.parametrize("method", ["shi-tomasi", "harris"])
def test_corner_is_the_structure_tensor(method: str) -> None:
    from scipy.ndimage import gaussian_filter

    down, along = (rm.gradient(SCENE, output=output) for output in ("down", "along"))
    yy, xx, yx = (gaussian_filter(p, 2, mode="constant") for p in (down * down, along * along, down * along))
    expected = {
        "harris": yy * xx - yx**2 - 0.04 * (yy + xx) ** 2,
        "shi-tomasi": (yy + xx) / 2 - np.hypot((yy - xx) / 2, yx),
    }[method]
    inner = (slice(10, -10), slice(10, -10))
    np.testing.assert_allclose(rm.corner(SCENE, sigma=2, method=method)[inner], expected[inner], rtol=1e-6)


def test_bilateral_is_the_weighted_mean() -> None:
    image, holes = SCENE[:20, :25], HOLES[:20, :25]
    expected = image.copy()
    for r, c in np.argwhere(holes):
        y, x = np.mgrid[max(r - 3, 0) : min(r + 4, 20), max(c - 3, 0) : min(c + 4, 25)]
        w = holes[y, x] * np.exp(-((y - r) ** 2 + (x - c) ** 2) / 4.5 - (image[y, x] - image[r, c]) ** 2 / 800)
        expected[r, c] = (w * image[y, x]).sum() / w.sum()
    found = rm.bilateral(image, holes, sigma_space=1.5, sigma_range=20)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_guided_is_the_published_one_at_full_coverage() -> None:
    box = lambda a: cv2.blur(a, (7, 7))  # noqa: E731
    guide = SCENE + RNG.normal(0, 3, SCENE.shape)
    mean_i, mean_p = box(guide), box(SCENE)
    a = (box(guide * SCENE) - mean_i * mean_p) / (box(guide * guide) - mean_i**2 + 50)
    expected = box(a) * guide + box(mean_p - a * mean_i)
    inner = (slice(8, -8), slice(8, -8))
    found = rm.guided(SCENE, guide=guide, radius=3, epsilon=50)
    np.testing.assert_allclose(found[inner], expected[inner], rtol=1e-9)


def test_a_guide_without_data_takes_no_part() -> None:
    guide = np.where(HOLES, SCENE, np.nan)
    expected = rm.guided(SCENE, HOLES, guide=SCENE, radius=2, epsilon=50)
    np.testing.assert_allclose(rm.guided(SCENE, HOLES, guide=guide, radius=2, epsilon=50), expected, rtol=1e-12)
    with pytest.raises(rm.ParameterError, match="the image beside it has one band"):
        rm.guided(SCENE, guide=SCENE[:9], radius=2, epsilon=50)


@pytest.mark.parametrize(
    "smooth",
    [
        lambda i, m: rm.bilateral(i, m, sigma_space=2, sigma_range=30),
        lambda i, m: rm.guided(i, m, radius=2, epsilon=100),
        lambda i, m: rm.diffusion(i, m, kappa=20, iterations=5),
    ],
    ids=["bilateral", "guided", "diffusion"],
)
def test_smoothers_keep_constants_and_shift_with_the_image(smooth) -> None:
    np.testing.assert_allclose(smooth(np.full(SCENE.shape, 7.0), HOLES), 7, rtol=1e-12)
    assert np.array_equal(smooth(SPOILED, HOLES)[HOLES], smooth(SCENE, HOLES)[HOLES])
    np.testing.assert_allclose(smooth(SCENE + 10, HOLES)[HOLES], smooth(SCENE, HOLES)[HOLES] + 10, rtol=1e-9)


def test_diffusion_keeps_the_mean() -> None:
    found = rm.diffusion(SCENE, HOLES, kappa=20)
    assert found[HOLES].mean() == pytest.approx(SCENE[HOLES].mean(), rel=1e-12)
    assert found[HOLES].std() < SCENE[HOLES].std()
