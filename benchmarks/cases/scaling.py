"""Group 14: cost follows the region, not the image."""

from __future__ import annotations

import numpy as np

import roimask as rm
from benchmarks import inputs
from benchmarks.case import Race, case

SMALL, LARGE = 1024, 16384


def placed(side: int) -> tuple[np.ndarray, rm.Mask]:
    """An image with the same 256² region at its middle, whatever its size."""
    image = np.zeros((side, side), np.uint8)
    start = side // 2 - 128
    image[start : start + 256, start : start + 256] = inputs.image("uint8", 256)
    return image, rm.rectangle((side, side), start, start, 256, 256)


@case("14 statistics", "statistics of a 256² region: in 16384² beside in 1024²", 1.5, "statistics")
@case("14 extract", "extract(crop=True) of a 256² region: in 16384² beside in 1024²", 1.5, "extract")
def region(name: str) -> Race:
    """The peer is the same call on the small image."""
    options = {"crop": True} if name == "extract" else {}
    (small, on_small), (large, on_large) = placed(SMALL), placed(LARGE)
    operation = getattr(rm, name)
    itself = {"itself in 1024²": lambda: operation(small, on_small, **options)}
    return Race(lambda: operation(large, on_large, **options), itself)
