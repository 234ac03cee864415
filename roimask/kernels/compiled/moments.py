"""Count, sum, squares and extremes of the pixels of a tile that take part, in one pass."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.plain.moments import LANES, settle

__all__ = ["exact", "real"]


def exact(image, weight):
    """See ``plain.moments.exact``."""
    limits = np.iinfo(image.dtype)
    low, high = image.dtype.type(limits.min), image.dtype.type(limits.max)
    count, total, squares, carries, lowest, highest = _exact(rows(image), rows(weight), *image.shape, low, high)
    return count, total, int(squares) + (int(carries) << 32), image.dtype.type(lowest), image.dtype.type(highest)


@jit
def _exact(image, weight, height, width, low, high):
    count, total, squares, carries = 0, 0, np.uint64(0), np.uint64(0)
    lowest, highest, nothing = high, low, low ^ low
    for y in range(height):
        values, part = image[y, :width], weight[y, :width]
        n = np.int32(0)  # as narrow as can be: more pixels are added at once
        for x in range(width):
            value = values[x] if part[x] else nothing
            n = np.int32(n + part[x])
            total += value
            square = np.uint64(np.int64(value) * np.int64(value))
            squares += square & np.uint64(0xFFFFFFFF)
            carries += square >> np.uint64(32)
            lowest = min(lowest, values[x] if part[x] else high)
            highest = max(highest, values[x] if part[x] else low)
        count += n
    return count, total, squares, carries, lowest, highest


def real(image, weight):
    """See ``plain.moments.real``."""
    height, width = image.shape
    values, part = rows(image), rows(weight)
    shift = _first(values, part, height, width)
    count, (total, squares, mass) = np.zeros(LANES, np.int64), np.zeros((3, LANES))
    low, high = np.full(LANES, np.inf, image.dtype), np.full(LANES, -np.inf, image.dtype)
    weights = None if weight.dtype == np.uint8 else mass
    _real(values, part, height, width, shift, count, total, squares, weights, low, high)
    return settle(shift, count, count if weights is None else mass, total, squares, low, high)


@jit
def _first(image, weight, height, width):
    for y in range(height):
        for x in range(width):
            if weight[y, x] and np.isfinite(image[y, x]):
                return np.float64(image[y, x])
    return 0.0


@jit
def _real(image, weight, height, width, shift, count, total, squares, mass, low, high):
    rest, rest_weight = np.zeros(LANES, image.dtype), np.zeros(LANES, weight.dtype)
    whole = width - width % LANES
    for y in range(height):
        for x in range(0, whole, LANES):
            _add(image[y, x : x + LANES], weight[y, x : x + LANES], shift, count, total, squares, mass, low, high)
        if whole < width:
            rest[: width - whole], rest_weight[: width - whole] = image[y, whole:width], weight[y, whole:width]
            _add(rest, rest_weight, shift, count, total, squares, mass, low, high)


@jit
def _add(values, part, shift, count, total, squares, mass, low, high):
    """Add one pixel to each lane. Lanes, not one sum: the order is fixed, and the loop vectorises all the same."""
    for x in range(LANES):
        value = values[x]
        taken = (part[x] > 0) & (value == value)
        distance = np.float64(value) - shift if taken else 0.0
        count[x] += taken
        if mass is None:
            total[x] += distance
            squares[x] += distance * distance
        else:
            weight = np.float64(part[x]) if taken else 0.0
            mass[x] += weight
            total[x] += weight * distance
            squares[x] += weight * distance * distance
        lower, upper = value if taken else low[x], value if taken else high[x]
        low[x] = lower if lower < low[x] else low[x]
        high[x] = upper if upper > high[x] else high[x]
