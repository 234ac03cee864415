"""Masks as numpy arrays of the whole frame: bool, int32 or float32, exact; names and grid are kept by npz alone."""

from __future__ import annotations

from os import PathLike

import numpy as np

from roimask.formats._pixels import read
from roimask.mask import Mask
from roimask.raster.atomic import atomic

__all__ = ["RASTER", "SUFFIXES", "read", "write"]

SUFFIXES = (".npy",)
RASTER = True


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the whole frame."""
    with atomic(path) as temporary, open(temporary, "wb") as file:
        np.save(file, np.asarray(mask))
