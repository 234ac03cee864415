"""Count, sum, squares and extremes of the pixels of a tile that take part."""

from __future__ import annotations

import numpy as np

__all__ = ["LANES", "exact", "real", "settle"]

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
    taken = (weight > 0) & (image == image)
    finite = image[taken & np.isfinite(image)]
    shift = float(finite[0]) if finite.size else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.where(taken, image - np.float64(shift), 0.0)
        mass = np.where(taken, weight, 0).astype(np.float64)
        total, squares = _lanes(mass * distance), _lanes(mass * distance * distance)
    low = image.min(axis=None, initial=np.inf, where=taken)
    high = image.max(axis=None, initial=-np.inf, where=taken)
    return settle(shift, taken.sum(), _lanes(mass), total, squares, low, high)


def _lanes(values):
    """Sums of the columns of each lane, row by row."""
    height, width = values.shape
    padded = np.zeros((height, -(-width // LANES) * LANES))
    padded[:, :width] = values
    lanes = padded.reshape(-1, LANES)
    return np.cumsum(lanes, axis=0)[-1] + 0.0 if lanes.size else np.zeros(LANES)  # cumsum adds in order, sum need not


def settle(shift, count, mass, total, squares, low, high):
    """From sums over lanes of distances from ``shift`` to the moments of a tile."""
    weight, total, squares = float(mass.sum()), float(total.sum()), float(squares.sum())
    about_mean = max(squares - total * total / weight, 0.0) if weight else 0.0
    return int(np.sum(count)), weight, total + shift * weight, about_mean, np.min(low), np.max(high)
