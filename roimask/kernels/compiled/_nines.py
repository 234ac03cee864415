"""The median of 3 × 3 pixels: nine values are sorted as far as needed without leaving the registers."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.compiled._between import between
from roimask.kernels.extremes import neutral

__all__ = ["scan"]


def scan(values: np.ndarray, taking: np.ndarray, footprint: np.ndarray, q: float, out: np.ndarray, share: np.ndarray):
    """The median of each window, and the share of it that takes part; values and 0/1 with the windows' margin."""
    limits = np.array([neutral(True, values.dtype), neutral(False, values.dtype)], values.dtype)
    _scan(rows(values), rows(taking), limits, out, share)


@jit
def _scan(values, taking, limits, out, share):
    for y in range(out.shape[0]):
        v, t = values[y : y + 3], taking[y : y + 3]
        _medians(v[0], v[1], v[2], t[0], t[1], t[2], limits[0], limits[1], out[y], share[y])


@jit
def _medians(top, mid, end, in_top, in_mid, in_end, lowest, highest, out, share):
    """What takes no part is the lowest value and the highest in turn, so that the median stands fifth or between fifth
    and sixth."""
    one = np.int32(1)
    for x in range(out.size):
        odd = one
        a, odd = _or_limit(top[x], in_top[x], odd, lowest, highest)
        b, odd = _or_limit(mid[x], in_mid[x], odd, lowest, highest)
        c, odd = _or_limit(end[x], in_end[x], odd, lowest, highest)
        d, odd = _or_limit(top[x + 1], in_top[x + 1], odd, lowest, highest)
        e, odd = _or_limit(mid[x + 1], in_mid[x + 1], odd, lowest, highest)
        f, odd = _or_limit(end[x + 1], in_end[x + 1], odd, lowest, highest)
        g, odd = _or_limit(top[x + 2], in_top[x + 2], odd, lowest, highest)
        h, odd = _or_limit(mid[x + 2], in_mid[x + 2], odd, lowest, highest)
        i, odd = _or_limit(end[x + 2], in_end[x + 2], odd, lowest, highest)
        a, b, c = _sorted(a, b, c)
        d, e, f = _sorted(d, e, f)
        g, h, i = _sorted(g, h, i)
        low = max(max(a, d), g)  # the highest of the lowest
        _, middle, above = _sorted(b, e, h)
        high, beyond, _ = _sorted(c, f, i)
        low, high = min(low, high), max(low, high)
        fifth = max(low, min(middle, high))
        sixth = min(max(middle, high), min(above, beyond))
        out[x] = between(fifth, sixth, 0.0 if odd else 0.5)
        held = one * in_top[x] + in_top[x + 1] + in_top[x + 2] + in_mid[x] + in_mid[x + 1] + in_mid[x + 2]
        share[x] = np.float32(held + in_end[x] + in_end[x + 1] + in_end[x + 2]) / np.float32(9)


@jit
def _or_limit(value, there, odd, lowest, highest):
    """The value, or a limit that is another the next time."""
    filled = value if there else (lowest if odd else highest)
    return filled, odd if there else np.int32(1) - odd


@jit
def _sorted(a, b, c):
    a, b = min(a, b), max(a, b)
    b, c = min(b, c), max(b, c)
    return min(a, b), max(a, b), c
