"""Highest and lowest values of windows, a row of the answer at a time, so that what is known of it stays near
the processor."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.scratch import borrow

__all__ = ["of_disk", "of_line", "of_rectangle"]


def of_disk(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    """The extreme of each disk that lies in the values whole, in borrowed memory."""
    out = _answer(values, footprint, highest)
    _disk(rows(values), values.shape[1], footprint.sum(axis=1), out, highest)
    return out


def of_line(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    """The extreme of each line, an odd number of pixels, that lies in the values whole, in borrowed memory."""
    out = _answer(values, footprint, highest)
    _line(rows(values), np.argwhere(footprint), out, highest)
    return out


def of_rectangle(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    """The extreme of each rectangle that lies in the values whole, in borrowed memory."""
    out = _answer(values, footprint, highest)
    _rectangle(rows(values), values.shape[1], *footprint.shape, out, highest)
    return out


def _answer(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    height, width = (side - of + 1 for side, of in zip(values.shape, footprint.shape, strict=True))
    return borrow("highest" if highest else "lowest", (height, width), values.dtype)


@jit
def _better(a, b, highest):
    if highest:
        return a if a > b else b
    return a if a < b else b


# Rows lie in one array, and the functions below cut out what they compare: an array handed on is counted, which
# would take longer than to compare a row. What is known lies in one of two rows, the next goes into the other.


@jit
def _disk(values, width, lengths, out, highest):
    """From the middle row outwards: what is known so far is widened by as much as the next row is shorter."""
    reach = lengths.size // 2
    both = np.empty((2, width), values.dtype)
    for y in range(out.shape[0]):
        _copy(values, y + reach, 0, both, 0, width)
        known, n = 0, width
        for offset in range(1, reach + 1):
            shorter = lengths[reach + offset - 1] - lengths[reach + offset]
            known, n = _widen(both, known, n, shorter - 1, highest)
            n -= min(shorter, 2)
            start, above, below = (width - n) // 2, y + reach - offset, y + reach + offset
            if shorter > 0:
                _widen_with_two(both, known, values, above, below, start, n, highest)
            else:
                _with_two(both, known, values, above, start, below, start, n, highest)
            known = 1 - known
        known, n = _widen(both, known, n, lengths[-1], highest)
        _copy(both, known, 0, out, y, n)


@jit
def _line(values, offsets, out, highest):
    """Two pixels more at a time."""
    n = out.shape[1]
    both = np.empty((2, n), values.dtype)
    for y in range(out.shape[0]):
        _copy(values, y + offsets[0, 0], offsets[0, 1], both, 0, n)
        known = 0
        for k in range(1, offsets.shape[0], 2):
            one, other = y + offsets[k, 0], y + offsets[k + 1, 0]
            _with_two(both, known, values, one, offsets[k, 1], other, offsets[k + 1, 1], n, highest)
            known = 1 - known
        _copy(both, known, 0, out, y, n)


@jit
def _rectangle(values, width, height, length, out, highest):
    """A ring holds the extremes of 1, 2, 4 … rows up to each of the last; two of the longest make up the height."""
    levels = 0
    while 2 << levels <= height:
        levels += 1
    ring, both = np.zeros(((levels + 1) * height, width), values.dtype), np.empty((2, width), values.dtype)
    for r in range(out.shape[0] + height - 1):
        _copy(values, r, 0, ring, r % height, width)
        for k in range(levels):
            last, before = k * height + r % height, k * height + (r - (1 << k)) % height
            _of_two(ring, last, before, 0, ring, last + height, width, highest)
        y = r - height + 1
        if y >= 0:
            last, first = levels * height + r % height, levels * height + (y + (1 << levels) - 1) % height
            _of_two(ring, last, first, 0, both, 0, width, highest)
            known, n = _widen(both, 0, width, length, highest)
            _copy(both, known, 0, out, y, n)


@jit
def _widen(both, known, n, length, highest):
    """The extreme of each run of so many of n pixels, each step nearly doubles what is known: where it lies, and how
    many there are."""
    done = 1
    while done < length:
        step = min(done, length - done)
        n -= step
        _of_two(both, known, known, step, both, 1 - known, n, highest)
        known = 1 - known
        done += step
    return known, n


@jit
def _copy(array, row, start, to, place, n):
    a, b = array[row, start:], to[place, :n]
    for x in range(b.size):
        b[x] = a[x]


@jit
def _of_two(array, row, other, shift, to, place, n, highest):
    a, b, out = array[row], array[other, shift:], to[place, :n]
    for x in range(out.size):
        out[x] = _better(a[x], b[x], highest)


@jit
def _with_two(both, known, values, one, start, other, shift, n, highest):
    a, b, c, out = both[known], values[one, start:], values[other, shift:], both[1 - known, :n]
    for x in range(out.size):
        out[x] = _better(_better(a[x], b[x], highest), c[x], highest)


@jit
def _widen_with_two(both, known, values, above, below, start, n, highest):
    """The extreme of three neighbours of what is known and a pixel of each of two rows."""
    a, b, c, out = both[known], values[above, start:], values[below, start:], both[1 - known, :n]
    for x in range(out.size):
        three = _better(_better(a[x], a[x + 1], highest), a[x + 2], highest)
        out[x] = _better(_better(three, b[x], highest), c[x], highest)
