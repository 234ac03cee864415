"""Masks as TIFF, with their place in the world: binary 0/255, labels as integers, weights as float32."""

from __future__ import annotations

from os import PathLike

import numpy as np

from roimask.formats import _tag
from roimask.formats._pixels import read, smallest_integers
from roimask.formats._windows import WindowedMask as windowed
from roimask.mask import Mask
from roimask.raster import io

__all__ = ["RASTER", "SUFFIXES", "read", "windowed", "write"]

SUFFIXES = (".tif", ".tiff")
RASTER = True


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a mask exactly."""
    values = np.asarray(mask)
    if mask.kind == "labels":
        values = smallest_integers(values)
    io.write(path, values, frame=mask.frame, tags=_tag.make(mask))
