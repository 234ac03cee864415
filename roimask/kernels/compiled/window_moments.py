"""Mean and standard deviation over the windows of a block, by merging alone: no large number cancels another.

Two parts of a window are put together from their weights, means and sums of squares about the mean (T. Chan, G. Golub,
R. LeVeque 1983), so that neither a large offset nor a huge value elsewhere costs a digit. Every window is put together
in the same order wherever it lies.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.footprints import half_heights
from roimask.kernels.plain.window_moments import NOTHING
from roimask.kernels.scratch import borrow
from roimask.kernels.windows import Core, shape_of

__all__ = ["moments"]


def moments(
    image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation (over N) and share that takes part, of each window of the core, in borrowed memory.

    ``weight`` is uint8 0/1 or float32; ``footprint`` a square or a disk. Where nothing takes part all are 0.
    """
    held = borrow("window moments: held", shape_of(core), np.dtype(np.float32))
    mean, std = (borrow(f"window moments: {name}", held.shape, np.dtype(np.float64)) for name in ("mean", "std"))
    top, left = (part.start - side // 2 for part, side in zip(core, footprint.shape, strict=True))
    block = rows(image), rows(weight), image.shape[1], top, left
    if footprint.all():
        _square(*block, len(footprint), held, mean, std)
    else:
        _disk(*block, half_heights(footprint), held, mean, std)
    _finish(held, std, np.float32(footprint.sum()))
    return mean, std, held


@jit
def _square(image, weight, block_width, top, left, size, held, mean, spread):
    """Windows of 1, 2, 4, 8 … rows, of which those that make up the size are merged; then the same along the rows."""
    width = held.shape[1] + size - 1
    levels = 1
    while size >> levels:
        levels += 1
    n, m, s = _lines(2 * size + levels, width)
    tn, tm, ts = _lines(3, width)
    for r in range(held.shape[0] + size - 1):
        here = _row(0, r)
        _load(image, weight, block_width, top + r, left, n[here], m[here])
        for k in range(1, levels):
            a, b, to = _row(k - 1, r), _row(k - 1, r - (1 << (k - 1))), _row(k, r)
            _merge(n[a], m[a], s[a], n[b], m[b], s[b], n[to], m[to], s[to])
        y = r - size + 1
        if y >= 0:
            _copy(n[here], m[here], s[here], tn[0], tm[0], ts[0])
            back = 1
            for k in range(1, levels):
                if size >> k & 1:
                    b = _row(k, r - back)
                    _merge_into(tn[0], tm[0], ts[0], n[b], m[b], s[b])
                    back += 1 << k
            _along(tn, tm, ts, size, held[y], mean[y], spread[y])


@jit
def _row(level, r):
    """Where in the ring the window of the 2 ** level rows that end at row r stands."""
    return (1 << level) - 1 + level + r % ((1 << level) + 1)


@jit
def _lines(count, width):
    shape = (count, width)
    return np.zeros(shape, np.float32), np.zeros(shape, np.float64), np.zeros(shape, np.float64)


@jit
def _along(n, m, s, size, held, mean, spread):
    known, free, done, k = 0, 1, 1, 1
    _copy(n[0], m[0], s[0], held, mean, spread)
    while size >> k:
        b = 1 << (k - 1)
        _merge(n[known], m[known], s[known], n[known, b:], m[known, b:], s[known, b:], n[free], m[free], s[free])
        known, free = free, 3 - free
        if size >> k & 1:
            _merge_into(held, mean, spread, n[known, done:], m[known, done:], s[known, done:])
            done += 1 << k
        k += 1


@jit
def _load(image, weight, width, y, x, n, m):
    """Weights and values of part of a row of the block; 0 beyond the block, and where nothing takes part."""
    inside = 0 <= y < image.shape[0]
    first, last = max(-x, 0), min(width - x, n.size)
    for i in range(n.size):
        n[i] = m[i] = 0
    if inside:
        row, by, to_n, to_m = (
            image[y, x + first : x + last],
            weight[y, x + first : x + last],
            n[first:last],
            m[first:last],
        )
        for i in range(row.size):
            value, share = row[i], by[i]
            to_n[i] = share
            to_m[i] = np.float64(value) if share > 0 else 0.0


@jit
def _copy(n1, m1, s1, n, m, s):
    for x in range(n.size):
        n[x], m[x], s[x] = n1[x], m1[x], s1[x]


@jit(error_model="numpy")
def _merge(n1, m1, s1, n2, m2, s2, n, m, s):
    for x in range(min(n2.size, n.size)):
        a, b, one, other = n1[x], n2[x], m1[x], m2[x]
        both, base = a + b, one if a > 0 else other
        share, apart = _share(b, both), other - base
        n[x] = both
        m[x] = base + apart * share
        s[x] = s1[x] + s2[x] + apart * (a * share) * apart


@jit(error_model="numpy")
def _merge_into(n, m, s, n2, m2, s2):
    for x in range(n.size):
        a, b, one, other = n[x], n2[x], m[x], m2[x]
        both, base = a + b, one if a > 0 else other
        share, apart = _share(b, both), other - base
        n[x] = both
        m[x] = base + apart * share
        s[x] = s[x] + s2[x] + apart * (a * share) * apart


@jit(error_model="numpy")
def _share(n, both):
    """n / both to about 14 digits: twice as many are divided at once in float32, and one step of Newton's mends it."""
    inverse = np.float64(np.float32(1) / both) if both > NOTHING else 0.0
    share = n * inverse
    return share + (n - both * share) * inverse


@jit
def _disk(image, weight, width, top, left, heights, held, mean, spread):
    """Columns that are as high are merged at once, from the lowest to the highest in the middle."""
    reach = heights.size - 1
    n, m, s = _lines(held.shape[0] + 2 * reach, held.shape[1] + 2 * reach)
    tn, tm, ts = _lines(1, n.shape[1])
    for r in range(n.shape[0]):
        _load(image, weight, width, top + r, left, n[r], m[r])
    for y in range(held.shape[0]):
        for x in range(held.shape[1]):
            held[y, x] = mean[y, x] = spread[y, x] = 0
        _copy(n[y + reach], m[y + reach], s[y + reach], tn[0], tm[0], ts[0])
        c = reach
        for h in range(reach + 1):
            if h > 0:
                for r in (y + reach - h, y + reach + h):
                    _merge_into(tn[0], tm[0], ts[0], n[r], m[r], s[r])
            while c >= 0 and heights[c] == h:
                _merge_into(held[y], mean[y], spread[y], tn[0, reach - c :], tm[0, reach - c :], ts[0, reach - c :])
                if c > 0:
                    _merge_into(held[y], mean[y], spread[y], tn[0, reach + c :], tm[0, reach + c :], ts[0, reach + c :])
                c -= 1


@jit(error_model="numpy")
def _finish(held, spread, n):
    """From weights and sums of squares to shares and standard deviations."""
    for y in range(held.shape[0]):
        h, s = held[y], spread[y]
        for x in range(h.size):
            s[x] = np.sqrt(s[x] / h[x]) if h[x] > 0 else 0.0
            h[x] = h[x] / n
