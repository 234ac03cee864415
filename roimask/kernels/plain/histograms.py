"""How often each value, or each range of values, occurs among the pixels of a tile that take part."""

from __future__ import annotations

import numpy as np

__all__ = ["count_bins", "count_values"]


def count_values(image, weight):
    """How often each value of an 8 or 16-bit type occurs, from the lowest that the type has.

    Parameters
    ----------
    image : uint8, uint16 or int16 ndarray (h, w)
    weight : uint8 or float32 ndarray (h, w)

    Returns
    -------
    ndarray (256,) or (65536,), uint32, or float64 where ``weight`` is float32
    """
    taken = weight > 0
    limits = np.iinfo(image.dtype)
    values = image[taken].astype(np.int64) - limits.min
    counts = _count(values, weight[taken], limits.max - limits.min + 1)
    return counts if weight.dtype == np.float32 else counts.astype(np.uint32)


def count_bins(image, weight, edges):
    """How often values lie between each two edges; the last edge belongs to the last bin.

    Parameters
    ----------
    image : ndarray (h, w)
        NaN and what lies beyond the edges is not counted.
    weight : uint8 or float32 ndarray (h, w)
    edges : float64 ndarray (bins + 1,)
        Ascending, equally far apart.

    Returns
    -------
    ndarray (bins,), int64, or float64 where ``weight`` is float32
    """
    taken = (weight > 0) & (image >= edges[0]) & (image <= edges[-1])
    places = np.searchsorted(edges, image[taken].astype(np.float64), side="right") - 1
    return _count(np.minimum(places, edges.size - 2), weight[taken], edges.size - 1)


def _count(places, weight, size):
    if weight.dtype == np.uint8:
        return np.bincount(places, minlength=size)
    return np.bincount(places, weight, size).astype(np.float64)  # of nothing bincount answers integers
