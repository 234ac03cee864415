"""Which pixels hold data, from the values of a file's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["holds", "valid_values"]

# A nodata value given with too few digits for the dtype still means its nearest neighbours.
_NEIGHBOURS = 4


def holds(dtype: np.dtype, value: Any) -> bool:
    """Whether a pixel of this dtype can have the value."""
    if dtype.kind == "f":
        return True
    if value is None or not np.isfinite(value) or value != int(value):
        return False
    return dtype.kind == "b" or np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def valid_values(pixels: np.ndarray, nodata: Sequence[Any]) -> np.ndarray | None:
    """Where the pixels are neither NaN nor their band's nodata value.

    Parameters
    ----------
    pixels : ndarray (h, w) or (h, w, C)
    nodata : sequence
        A value or None for each band.

    Returns
    -------
    bool ndarray of the pixels' shape, or None where every pixel is valid
    """
    known = [value if value is not None and holds(pixels.dtype, value) else None for value in nodata]
    if pixels.dtype.kind != "f" and all(value is None for value in known):
        return None
    if pixels.ndim == 2 or len(set(known)) == 1:
        valid = _is_data(pixels, known[0])
    else:
        valid = np.stack([_is_data(pixels[..., band], value) for band, value in enumerate(known)], axis=-1)
    return None if valid.all() else valid


def _is_data(pixels: np.ndarray, nodata: Any) -> np.ndarray:
    """Where one value is neither NaN nor nodata."""
    if pixels.dtype.kind != "f":
        return pixels != pixels.dtype.type(nodata) if nodata is not None else np.ones(pixels.shape, bool)
    valid = pixels == pixels  # False for NaN alone
    if nodata is None or np.isnan(nodata):
        return valid
    value = pixels.dtype.type(nodata)
    if float(value) == float(nodata) or np.isinf(value):
        return valid & (pixels != value)
    tolerance = _NEIGHBOURS * np.finfo(pixels.dtype).eps * abs(float(value))
    with np.errstate(over="ignore"):
        return valid & ~(np.abs(pixels - value) <= pixels.dtype.type(tolerance))
