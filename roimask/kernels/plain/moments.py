"""Count, sum, squares and extremes of the pixels of a tile that take part."""

from __future__ import annotations

import numpy as np

__all__ = ["LANES", "exact", "merge_lanes", "real", "settle", "split"]

LANES = 64  # floating point sums run over the columns of each remainder modulo this, and only then over the remainders


def exact(image, weight):
    """Count, sum, sum of squares, lowest and highest of integers, without rounding.

    Parameters
    ----------
    image : integer ndarray (h, w)
    weight : uint8 ndarray (h, w)
        1 where a pixel takes part, else 0.

    Returns
    -------
    count, sum, squares : int
    low, high : of the image's type
        The limits of the type, swapped, where no pixel takes part.
    """
    values = image[weight > 0]
    limits = np.iinfo(image.dtype)
    square = np.square(values, dtype=np.int64).view(np.uint64)
    squares = int((square & 0xFFFFFFFF).sum()) + (int((square >> 32).sum()) << 32)
    low, high = values.min(initial=limits.max), values.max(initial=limits.min)
    return values.size, int(values.sum(dtype=np.int64)), squares, low, high


def real(image, weight):
    """Count, weight, sum, squares about the mean, lowest and highest of floating point numbers; NaN takes no part.

    Parameters
    ----------
    image : float ndarray (h, w)
    weight : uint8 or float32 ndarray (h, w)

    Returns
    -------
    count : int
    weight, sum, squares : float
        Of the squares of the distances from the mean, by weight.
    low, high : of the image's type
        inf and -inf where no pixel takes part.
    """
    finite = ((weight > 0) & np.isfinite(image)).ravel()
    shift = float(image.flat[finite.argmax()]) if finite.any() else 0.0
    return settle(shift, *merge_lanes([_lanes(values, part, shift) for values, part in split(image, weight)]))


def split(image, weight):
    """Image and weight cut into the columns that fill all lanes and, padded with weight 0, the rest."""
    height, width = image.shape
    whole = width - width % LANES
    yield image[:, :whole], weight[:, :whole]
    if whole < width:
        padded = np.zeros((height, LANES), image.dtype), np.zeros((height, LANES), weight.dtype)
        for there, here in zip(padded, (image, weight), strict=True):
            there[:, : width - whole] = here[:, whole:]
        yield padded


def _lanes(image, weight, shift):
    taken = (weight > 0) & (image == image)
    values = image[taken]
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    distance = np.zeros(image.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        distance[taken] = values - np.float64(shift)
        if weight.dtype == np.uint8:
            return taken.sum(), _sums(taken), _sums(distance), _sums(distance * distance), low, high
        mass = np.where(taken, weight, 0).astype(np.float64)
        moment = mass * distance
        return taken.sum(), _sums(mass), _sums(moment), _sums(moment * distance), low, high


def _sums(values):
    """The sum of each lane: NumPy adds rows to rows in order, unlike the numbers of one row."""
    return np.add.reduce(values.reshape(-1, LANES), axis=0, dtype=np.float64) + 0.0


def merge_lanes(parts):
    """The lanes of all parts of a tile as one: sums added, extremes side by side."""
    count, mass, total, squares, low, high = zip(*parts, strict=True)
    return sum(np.sum(n) for n in count), sum(mass), sum(total), sum(squares), np.min(low), np.max(high)


def settle(shift, count, mass, total, squares, low, high):
    """From sums over lanes of the distances from ``shift`` to the moments of a tile."""
    with np.errstate(invalid="ignore"):
        weight, total, squares = float(mass.sum()), float(total.sum()), float(squares.sum())
    about_mean = max(squares - total * total / weight, 0.0) if weight else 0.0
    return int(count), weight, total + shift * weight, about_mean, low, high
