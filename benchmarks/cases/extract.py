"""Groups 1 and 12d: extraction."""

from __future__ import annotations

import cv2
import numpy as np

import roimask as rm
from benchmarks import inputs
from benchmarks.case import Race, case


def race(image: np.ndarray, mask: np.ndarray, multiply: bool = True) -> Race:
    """Extract beside OpenCV and numpy; all give zeros outside."""
    ours, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    factor = (mask if image.ndim == 2 else mask[..., None]).astype(image.dtype)
    peers = {"cv2.copyTo": lambda: cv2.copyTo(image, mask_255), "np.multiply": lambda: np.multiply(image, factor)}
    return Race(lambda: rm.extract(image, ours), peers, np.testing.assert_array_equal)


@case("1a", "extract 16 Mpx RGB uint8, 50 %", 0.75, "uint8", 3)
@case("1b uint16", "extract 16 Mpx uint16, 50 %", 0.85, "uint16")
@case("1b float32", "extract 16 Mpx float32, 50 %", 0.85, "float32")
def half(dtype: str, channels: int = 1) -> Race:
    """Half of the image takes part."""
    return race(inputs.image(dtype, channels=channels), inputs.half())


@case("1c uint16", "extract 16 Mpx uint16, 1 % region", 0.35, "uint16")
@case("1c uint8", "extract 16 Mpx uint8, 1 % region", 0.35, "uint8")
@case("1c float32", "extract 16 Mpx float32, 1 % region", 0.35, "float32")
def region(dtype: str) -> Race:
    """A hundredth of the image takes part."""
    return race(inputs.image(dtype), inputs.one_percent())


@case("12d", "extract a 64² chip, per call", 20, unit="µs")
def chip() -> Race:
    """What a call costs beside its work."""
    image, mask = inputs.image("uint8", 64), np.zeros((64, 64), bool)
    mask[8:56, 8:56] = True
    ours, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    peers = {"cv2.copyTo": lambda: cv2.copyTo(image, mask_255)}
    return Race(lambda: rm.extract(image, ours), peers, np.testing.assert_array_equal)
