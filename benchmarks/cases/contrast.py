"""Group 8: contrast measured and changed under a mask."""

from __future__ import annotations

import cv2
import numpy as np

import roimask as rm
from benchmarks import inputs, peers
from benchmarks.case import Race, case


def near(limit: float):
    """A check that no pixel differs by more than ``limit``."""

    def check(ours: np.ndarray, theirs: np.ndarray) -> None:
        worst = np.abs(ours.astype(np.float64) - theirs).max()
        assert worst <= limit, f"answers differ by up to {worst:.3g}"

    return check


@case("8a uint8", "stretch to percentiles 2 and 98, 16 Mpx uint8, 50 %", 0.6, "uint8", 1)
@case("8a uint16", "stretch to percentiles 2 and 98, 16 Mpx uint16, 50 %", 0.6, "uint16", 2)
@case("8a float32", "stretch to percentiles 2 and 98, 16 Mpx float32, 50 %", 0.6, "float32", 0.01)
def stretch(dtype: str, limit: float) -> Race:
    """OpenCV's percentiles of floats are those of a histogram, ours are exact."""
    image, mask = inputs.image(dtype), inputs.half()
    region, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    by_hand = {"cv2 by hand": lambda: peers.opencv_stretch(image, mask_255, 0.02, 0.98)}
    return Race(lambda: rm.stretch(image, region), by_hand, near(limit))


@case("8b uint8", "histogram equalisation, 16 Mpx uint8, 50 %", 0.7, "uint8")
@case("8b uint16", "histogram equalisation, 16 Mpx uint16, 50 %", 0.7, "uint16")
def equalize(dtype: str) -> Race:
    """Beside a table made from OpenCV's histogram."""
    image, mask = inputs.image(dtype), inputs.half()
    region, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    by_hand = {"cv2 by hand": lambda: peers.opencv_equalize(image, mask_255)}
    return Race(lambda: rm.equalize(image, region), by_hand, near(1))


@case("8c uint8", "CLAHE, 16 Mpx uint8, 50 %, beside one without a mask", 1.6, "uint8")
@case("8c uint16", "CLAHE, 16 Mpx uint16, 50 %, beside one without a mask", 1.6, "uint16")
def clahe(dtype: str) -> Race:
    """OpenCV's takes no mask."""
    image, region = inputs.image(dtype), rm.Mask(inputs.half())
    theirs = cv2.createCLAHE(2.0, (8, 8))
    name = "cv2.createCLAHE, no mask"
    return Race(lambda: rm.clahe(image, region), {name: lambda: theirs.apply(image)}, other_answers=frozenset({name}))
