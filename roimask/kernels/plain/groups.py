"""The moments of each region of a labels mask, over one tile."""

from __future__ import annotations

import numpy as np

__all__ = ["exact", "gather", "real", "settle"]


def exact(image, labels):
    """Count, sum, sum of squares, lowest and highest of the integers of each label, without rounding.

    Parameters
    ----------
    image : integer ndarray (h, w)
    labels : int32 ndarray (h, w)
        0 where there is no region.

    Returns
    -------
    ids : int32 ndarray (K,)
        The labels that occur.
    count, sum : int64 ndarray (K,)
    squares, carries : uint64 ndarray (K,)
        The sum of squares is ``squares + 2**32 * carries``.
    low, high : ndarray (K,) of the image's type
    """
    values = image[labels > 0].astype(np.int64)
    ids, slots, count = np.unique(labels[labels > 0], return_inverse=True, return_counts=True)
    square = np.square(values).view(np.uint64)
    total, squares, carries = np.zeros(ids.size, np.int64), *np.zeros((2, ids.size), np.uint64)
    for sums, terms in ((total, values), (squares, square & 0xFFFFFFFF), (carries, square >> 32)):
        np.add.at(sums, slots, terms)
    return ids, count, total, squares, carries, *_extremes(values.astype(image.dtype), slots, ids.size)


def real(image, labels):
    """Count, sum, squares about the mean, lowest and highest of the floats of each label; NaN takes no part.

    Parameters
    ----------
    image : float ndarray (h, w)
    labels : int32 ndarray (h, w)

    Returns
    -------
    ids : int32 ndarray (K,)
        The labels that occur, be it with NaN alone.
    count : int64 ndarray (K,)
    sum, squares : float64 ndarray (K,)
    low, high : ndarray (K,) of the image's type
        inf and -inf for a label with NaN alone.
    """
    ids, everywhere = np.unique(labels[labels > 0], return_inverse=True)
    values, slots = image[labels > 0], everywhere
    values, slots = values[values == values], slots[values == values]
    finite = np.isfinite(values)
    known, first = np.unique(slots[finite], return_index=True)
    shift = np.zeros(ids.size)
    shift[known] = values[finite][first]
    with np.errstate(invalid="ignore", over="ignore"):
        distance = values - shift[slots]
        sums = [np.bincount(slots, terms, ids.size) for terms in (distance, distance * distance)]
    return ids, *settle(np.bincount(slots, minlength=ids.size), shift, *sums), *_extremes(values, slots, ids.size)


def settle(count, shift, total, squares):
    """From sums of distances from ``shift`` to count, sum and squares about the mean."""
    with np.errstate(invalid="ignore", over="ignore"):
        about_mean = np.maximum(squares - total * total / np.maximum(count, 1), 0.0)
        return count, total + shift * count, about_mean


def _extremes(values, slots, size):
    limits = np.iinfo(values.dtype) if values.dtype.kind != "f" else None
    low = np.full(size, np.inf if limits is None else limits.max, values.dtype)
    high = np.full(size, -np.inf if limits is None else limits.min, values.dtype)
    np.minimum.at(low, slots, values)
    np.maximum.at(high, slots, values)
    return low, high


def gather(image, labels, ids, count):
    """The values of each label side by side, labels in the order of ``ids``; NaN left out.

    Parameters
    ----------
    image : ndarray (h, w)
    labels : int32 ndarray (h, w)
    ids : int32 ndarray (K,)
    count : int64 ndarray (K,)
        How many pixels of each take part; both as :func:`exact` or :func:`real` answered them.

    Returns
    -------
    ndarray (N,) of the image's type
    """
    taken = (labels > 0) & (image == image)
    order = np.argsort(ids)
    slots = order[np.searchsorted(ids, labels[taken], sorter=order)]
    return image[taken][np.argsort(slots, kind="stable")]
