"""Count, sum, squares and extremes of the pixels of a tile that take part, in one pass."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.plain.moments import LANES, merge_lanes, settle, split

__all__ = ["exact", "real"]


def exact(image, weight):
    """See ``plain.moments.exact``."""
    kind = image.dtype.type
    limits = np.iinfo(image.dtype)
    found = _exact(rows(image), rows(weight), *image.shape, kind(limits.min), kind(limits.max))
    count, total, squares, carries, low, high = found
    return count, total, int(squares) + (int(carries) << 32), kind(low), kind(high)


@jit
def _exact(image, weight, height, width, lowest, highest):
    kind = image.dtype.type
    count, total, squares, carries = 0, 0, np.uint64(0), np.uint64(0)
    low, high = highest, lowest
    for y in range(height):
        values, part = image[y, :width], weight[y, :width]
        n = np.int32(0)
        for x in range(width):  # three loops: each adds as many pixels at once as its own widest type allows
            n = np.int32(n + part[x])
        count += n
        for x in range(width):
            keep = kind(-kind(part[x]))  # bits, not choices: they vectorise better
            value = values[x] & keep
            low = min(low, kind(value | kind(highest & ~keep)))
            high = max(high, kind(value | kind(lowest & ~keep)))
        for x in range(width):
            value = kind(values[x] & kind(-kind(part[x])))
            square = np.uint64(np.int64(value) * np.int64(value))
            total += value
            squares += square & np.uint64(0xFFFFFFFF)
            carries += square >> np.uint64(32)
    return count, total, squares, carries, low, high


def real(image, weight):
    """See ``plain.moments.real``."""
    shift = _first(rows(image), rows(weight), *image.shape)
    lanes = [_lanes(values, part, shift) for values, part in split(image, weight)]
    return settle(shift, *merge_lanes(lanes))


@jit
def _first(image, weight, height, width):
    for y in range(height):
        for x in range(width):
            if weight[y, x] and np.isfinite(image[y, x]):
                return np.float64(image[y, x])
    return 0.0


def _lanes(image, weight, shift):
    weighted = None if weight.dtype == np.uint8 else True
    kind = image.dtype.type
    found = _real(rows(image), rows(weight), *image.shape, shift, weighted, kind(-np.inf), kind(np.inf))
    count, mass, *others = found
    return count, mass if weighted else count, *others


@jit
def _real(image, weight, height, width, shift, weighted, lowest, highest):
    """Sums in lanes: their order is fixed, and the loop along them vectorises all the same."""
    count, mass, total, squares = np.zeros(LANES, np.int32), np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    low, high = np.full(LANES, highest, image.dtype), np.full(LANES, lowest, image.dtype)
    for y in range(height):
        for start in range(0, width, LANES):
            values, part = image[y, start : start + LANES], weight[y, start : start + LANES]
            for x in range(LANES):
                value = values[x]
                taken = (part[x] != 0) & (value == value)
                lower, upper = value if taken else highest, value if taken else lowest
                low[x] = lower if lower < low[x] else low[x]
                high[x] = upper if upper > high[x] else high[x]
                count[x] += taken
            for x in range(LANES):
                value = values[x]
                taken = (part[x] != 0) & (value == value)
                distance = np.float64(value) - shift if taken else 0.0
                w = np.float64(part[x]) if taken else 0.0
                if weighted is None:
                    total[x] += distance
                    squares[x] += distance * distance
                else:
                    mass[x] += w
                    total[x] += w * distance
                    squares[x] += w * distance * distance
    return count, mass, total, squares, low, high
