"""Pixels through a table of all values of their type, or along a straight line between two ends."""

from __future__ import annotations

import numpy as np

__all__ = ["look_up", "ramp"]


def look_up(image: np.ndarray, tables: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Each pixel's value in the table of its band.

    Parameters
    ----------
    image : uint8, uint16 or int16 ndarray (h, w) or (h, w, C)
    tables : ndarray (C, 256) or (C, 65536), of the image's type
        What the lowest value of the type becomes, the next one, and so on.
    out : ndarray of the image's shape and type
    """
    lowest = np.iinfo(image.dtype).min
    bands = np.atleast_3d(image).astype(np.int64) - lowest
    for band, table in enumerate(tables):
        np.atleast_3d(out)[..., band] = table[bands[..., band]]
    return out


def ramp(
    image: np.ndarray, offsets: np.ndarray, slopes: np.ndarray, ends: tuple[float, float], out: np.ndarray
) -> np.ndarray:
    """``(value - offset) * slope + ends[0]``, clamped between the ends; NaN stays.

    Parameters
    ----------
    image : ndarray (h, w) or (h, w, C)
    offsets, slopes : float64 ndarray (C,)
    ends : (float, float)
        The lower one first.
    out : float ndarray of the image's shape
    """
    with np.errstate(invalid="ignore", over="ignore"):
        values = (np.atleast_3d(image) - offsets) * slopes + ends[0]
        out[...] = np.clip(values, *ends).reshape(image.shape)
    return out
