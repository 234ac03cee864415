"""PIL images: alpha is no band, says what takes part, and comes back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import roimask as rm

RNG = np.random.default_rng(2)
PIXELS = RNG.integers(0, 256, (20, 30, 4), dtype=np.uint8)
PIXELS[:, :10, 3] = 0
PIXELS[:, 10:, 3] |= 1
DISK = rm.circle(PIXELS, (10, 12), 8)


def test_an_image_with_alpha_is_what_its_file_is(tmp_path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    found = rm.gaussian(Image.open(tmp_path / "a.png"), DISK, sigma=2)
    np.testing.assert_array_equal(found[..., :3], rm.gaussian(rm.Raster(tmp_path / "a.png"), DISK, sigma=2))
    np.testing.assert_array_equal(found[..., 3], PIXELS[..., 3])
    np.testing.assert_array_equal(found[:, :10], PIXELS[:, :10])  # clear: takes no part


@pytest.mark.parametrize(("mode", "bands"), [("L", ()), ("LA", (2,)), ("RGB", (3,)), ("RGBA", (4,)), ("P", (3,))])
def test_modes_come_back_as_arrays(mode: str, bands: tuple[int, ...]) -> None:
    image = Image.fromarray(PIXELS).convert("RGB" if mode == "P" else mode).convert(mode)
    assert rm.box(image, DISK, size=3).shape == (20, 30, *bands)


def test_a_palette_with_a_clear_colour_has_alpha() -> None:
    image = Image.fromarray(np.repeat([[0, 1, 2]], 4, axis=0).astype(np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.info["transparency"] = 1
    assert rm.statistics(image).count.tolist() == [8, 8, 8]
    assert rm.invert(image)[0].tolist() == [[0, 255, 255, 255], [0, 255, 0, 0], [255, 255, 0, 255]]


def test_a_crop_has_its_part_of_the_alpha_and_a_map_has_none() -> None:
    image = Image.fromarray(PIXELS)
    crop = rm.extract(image, DISK, crop=True)
    top, left, bottom, right = DISK.bbox
    assert crop.shape == (bottom - top, right - left, 4)
    np.testing.assert_array_equal(crop[..., 3], PIXELS[top:bottom, left:right, 3])
    assert rm.local_mean(image, size=3).shape == (20, 30, 3)
    assert rm.statistics(image).count.tolist() == [400] * 3


def test_cutouts_take_it_as_alpha() -> None:
    image = Image.fromarray(PIXELS)
    np.testing.assert_array_equal(rm.cutout(image, DISK), rm.cutout(PIXELS, DISK))
    np.testing.assert_array_equal(np.asarray(rm.alpha(image)), PIXELS[..., 3] / np.float32(255))


def test_what_lies_under_clear_pixels_is_redacted_too(tmp_path) -> None:
    """Of a PIL image and of a Raster as of a plain array."""
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    for image in (Image.fromarray(PIXELS), rm.Raster(tmp_path / "a.png")):
        np.testing.assert_array_equal(rm.redact(image, DISK), rm.redact(PIXELS, DISK))
