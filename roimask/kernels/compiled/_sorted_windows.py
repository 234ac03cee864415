"""Order statistics of small windows: a row of windows at once is sorted by a network, so that it vectorises."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.compiled._between import between
from roimask.kernels.extremes import neutral
from roimask.kernels.networks import BOTH, LOWER, sorting_network

__all__ = ["scan"]


def scan(values: np.ndarray, taking: np.ndarray, footprint: np.ndarray, q: float, out: np.ndarray, share: np.ndarray):
    """The quantile of each window, and the share of it that takes part; values and 0/1 with the windows' margin."""
    place, last = int(q * (footprint.sum() - 1)), int(footprint.sum()) - 1
    steps = sorting_network(last + 1, (place, min(place + 1, last)))
    limits = np.array([neutral(True, values.dtype), neutral(False, values.dtype)], values.dtype)
    _scan(rows(values), rows(taking), np.argwhere(footprint), steps, limits, q, out, share)


@jit
def _scan(values, taking, offsets, steps, limits, q, out, share):
    """What takes no part is filled with the lowest value so often, and else with the highest, that the quantile stands
    at the same place in all windows."""
    n, width = offsets.shape[0], out.shape[1]
    line = np.empty((n, width), values.dtype)
    held, lows = np.empty(width, np.uint8), np.empty(width, np.uint8)
    place = int(q * (n - 1))
    for y in range(out.shape[0]):
        held[:] = 0
        for t in range(n):
            c = offsets[t, 1]
            _add(taking[y + offsets[t, 0], c : c + width], held)
        _lows(held, place, q, lows)
        for t in range(n):
            r, c = y + offsets[t, 0], offsets[t, 1]
            _fill(values[r, c : c + width], taking[r, c : c + width], limits[0], limits[1], lows, line[t])
        for s in range(steps.shape[0]):
            _order(line[steps[s, 0]], line[steps[s, 1]], steps[s, 2])
        _answer(line[place], line[min(place + 1, n - 1)], held, q, out[y])
        _share(held, np.float32(n), share[y])


@jit
def _add(there, held):
    for x in range(held.size):
        held[x] += there[x]


@jit
def _lows(held, place, q, lows):
    """How often each window is filled with the lowest value."""
    for x in range(held.size):
        lows[x] = place - int(q * (held[x] - 1)) if held[x] > 0 else 0


@jit
def _fill(values, there, lowest, highest, lows, out):
    for x in range(out.size):
        left = lows[x]
        out[x] = values[x] if there[x] else (lowest if left else highest)
        lows[x] = left if there[x] or left == 0 else left - np.uint8(1)


@jit
def _order(a, b, what):
    if what == BOTH:
        for x in range(a.size):
            low, high = min(a[x], b[x]), max(a[x], b[x])
            a[x] = low
            b[x] = high
    elif what == LOWER:
        for x in range(a.size):
            a[x] = min(a[x], b[x])
    else:
        for x in range(a.size):
            b[x] = max(a[x], b[x])


@jit
def _answer(low, high, held, q, out):
    for x in range(out.size):
        place = q * (held[x] - 1)
        out[x] = between(low[x], high[x], place - np.floor(place))


@jit
def _share(held, n, out):
    for x in range(out.size):
        out[x] = np.float32(held[x]) / n
