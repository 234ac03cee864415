"""Masks as PNG: binary 0/255, labels in 8 or 16 bits, weights in 16 bits (rounded to 1/65535)."""

from __future__ import annotations

from os import PathLike

import numpy as np

from roimask.errors import WriteError
from roimask.formats import _tag
from roimask.formats._pixels import read, smallest_integers
from roimask.mask import Mask
from roimask.raster import io
from roimask.raster.paths import shown

__all__ = ["RASTER", "SUFFIXES", "read", "write"]

SUFFIXES = (".png",)
RASTER = True
_SMALL = 6  # masks pack well and quickly


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a mask; weights lose what lies below 1/65535."""
    values = np.asarray(mask)
    if mask.kind == "weights":
        values = np.round(values * np.float32(65535)).astype(np.uint16)
    elif mask.kind == "labels":
        values = smallest_integers(values)
    if values.dtype == np.int32:
        raise WriteError(f"{shown(path)}: PNG cannot hold labels above 65535; .tif, .npy and .npz can.")
    io.write(path, values, compress=_SMALL, tags=_tag.make(mask))
