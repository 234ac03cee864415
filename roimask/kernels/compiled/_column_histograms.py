"""Order statistics of large squares in 8 bit images: a histogram a column; the window's own gains one and loses one.

S. Perreault, P. Hébert, "Median filtering in constant time", IEEE TIP 16 (2007) 2389-2394.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.compiled._between import between

__all__ = ["LARGEST", "scan"]

LARGEST = 255  # rows of a window whose pixels 16 bits can count
_COARSE = 256  # behind the 256 levels, 16 counts of 16 levels each
_BINS = 272


def scan(values: np.ndarray, taking: np.ndarray, footprint: np.ndarray, q: float, out: np.ndarray, share: np.ndarray):
    """The quantile of each window, and the share of it that takes part; values and 0/1 with the windows' margin."""
    _scan(rows(values), rows(taking), values.shape[1], len(footprint), q, out, share)


@jit
def _scan(values, taking, width, size, q, out, share):
    columns, window = np.zeros((width, _BINS), np.uint16), np.zeros(_BINS, np.uint16)
    for r in range(size - 1):
        _count_row(values[r], taking[r], 1, columns)
    for y in range(out.shape[0]):
        _count_row(values[y + size - 1], taking[y + size - 1], 1, columns)
        if y > 0:
            _count_row(values[y - 1], taking[y - 1], -1, columns)
        window[:] = 0
        for c in range(size):
            window += columns[c]
        for x in range(out.shape[1]):
            if x > 0:
                _exchange(window, columns[x + size - 1], columns[x - 1])
            held = window[_COARSE:].sum()
            share[y, x] = np.float32(held) / np.float32(size * size)
            out[y, x] = 0 if held == 0 else _level(window, q * (held - 1))


@jit
def _count_row(values, taking, by, columns):
    for c in range(columns.shape[0]):
        if taking[c]:
            columns[c, values[c]] += by
            columns[c, _COARSE + (values[c] >> 4)] += by


@jit
def _exchange(window, new, old):
    for b in range(_BINS):
        window[b] += new[b] - old[b]


@jit
def _level(window, place):
    """The level at a place of the sorted window, or between that and the next one."""
    low = np.int64(place)
    before, group = np.int64(0), 0
    while before + window[_COARSE + group] <= low:
        before += window[_COARSE + group]
        group += 1
    level = group * 16
    while before + window[level] <= low:
        before += window[level]
        level += 1
    if place == low or before + window[level] > low + 1:
        return np.float64(level)
    after = level + 1
    while window[after] == 0:
        after += 1
    return between(level, after, place - low)
