"""Resizing against Pillow at full coverage, and what a mask keeps out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import roimask as rm

IMAGE = np.random.default_rng(5).normal(100, 30, (24, 31)).astype(np.float32)
PILLOW = {"area": Image.Resampling.BOX, "linear": Image.Resampling.BILINEAR, "cubic": Image.Resampling.BICUBIC}
PILLOW |= {"lanczos": Image.Resampling.LANCZOS, "nearest": Image.Resampling.NEAREST}


@pytest.mark.parametrize("method", ["linear", "cubic", "lanczos", "nearest"])
@pytest.mark.parametrize("shape", [(12, 10), (24, 31), (50, 40), (7, 90)])
def test_as_pillow_at_full_coverage(method: str, shape: tuple[int, int]) -> None:
    theirs = np.asarray(Image.fromarray(IMAGE).resize(shape[::-1], PILLOW[method]))
    np.testing.assert_allclose(rm.resize(IMAGE, shape=shape, method=method), theirs, rtol=2e-5)


def test_area_is_the_exact_mean() -> None:
    assert rm.resize(IMAGE, shape=(8, 1), method="area")[3, 0] == pytest.approx(IMAGE[9:12].mean(), rel=1e-6)
    assert rm.resize(np.array([[1.0, 2, 3]]), shape=(1, 2)).tolist() == [[pytest.approx(4 / 3), pytest.approx(8 / 3)]]


@pytest.mark.parametrize("method", ["area", "linear", "cubic", "lanczos"])
def test_nothing_masked_is_mixed_in(method: str) -> None:
    mask = np.arange(31)[None].repeat(24, 0) < 20
    spoiled = np.where(mask, 50, np.nan).astype(np.float32)
    found = rm.resize(spoiled, mask, shape=(12, 14), method=method)
    np.testing.assert_allclose(found[np.isfinite(found)], 50, rtol=1e-6)
    assert np.array_equal(rm.resize(np.where(mask, IMAGE, 9e9), mask, shape=(12, 14), method=method)[:, :8],
                          rm.resize(IMAGE, mask, shape=(12, 14), method=method)[:, :8])  # fmt: skip


def test_pyramid_halves_image_and_mask() -> None:
    mask = rm.rectangle(IMAGE.shape, 0, 0, 24, 16)
    levels = rm.pyramid(IMAGE, mask, levels=3)
    assert [image.shape for image, _ in levels] == [(24, 31), (12, 16), (6, 8)]
    assert [mask.area for _, mask in levels] == [24 * 16, 12 * 8, 6 * 4]


def test_what_covers_too_little_is_empty() -> None:
    image = np.array([[10, 20, 30, 40]], np.uint8)
    assert rm.resize(image, image == 10, shape=(1, 2), min_coverage=0.6).tolist() == [[0, 0]]
    assert rm.resize(image, image == 10, shape=(1, 2), min_coverage=0.5).tolist() == [[10, 0]]
