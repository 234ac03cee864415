"""Means weighted by how alike the patches around two pixels are: one shift of the search window at a time.

For each shift the squared differences of the image and itself, shifted, are summed over all patches at once, and what
holds for a pixel and its partner holds for the partner and the pixel. Every patch is summed by the same additions in
the same order wherever it lies, so that a part of an image gives the bits that the whole gives.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["nlmeans"]

_STRIPE = 512  # columns worked on at a time: what all shifts read of them stays near the processor


def nlmeans(
    values: np.ndarray, weight: np.ndarray, size: int, reach: int, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted means (C, h, w), and the sum of their weights, 0 where no patch has a pixel in common.

    Parameters
    ----------
    values : array (C, H, W)
        What is averaged and compared, 0 where the weight is 0; with a margin of ``reach + size // 2`` on all sides.
    weight : array (H, W)
        uint8 0/1, or the type of the values.
    size : int
        Height and width of a patch, odd.
    reach : int
        How far to all sides to look for patches.
    scale : float
        What a mean squared difference, summed over the bands, is multiplied with.
    """
    margin = 2 * (reach + size // 2)
    height, width = weight.shape[0] - margin, weight.shape[1] - margin
    total = np.empty((len(values), height, width), values.dtype)
    share = np.empty((height, width), values.dtype)
    counting = values.dtype if weight.dtype != np.uint8 else np.min_scalar_type(size * size)
    for left in range(0, width, _STRIPE):
        held, part = slice(left, left + _STRIPE + margin), slice(left, left + _STRIPE)
        some = np.ascontiguousarray(values[..., held]), np.ascontiguousarray(weight[:, held])
        found, of = np.zeros(total[..., part].shape, values.dtype), np.zeros(share[:, part].shape, values.dtype)
        _all_shifts(*some, size, reach, values.dtype.type(scale), np.zeros(0, counting), found, of)
        total[..., part], share[:, part] = found, of
    return total, share


@jit(error_model="numpy")
def _all_shifts(values, weight, size, reach, scale, counting, total, share):
    margin = reach + size // 2
    for y in range(share.shape[0]):
        for c in range(total.shape[0]):
            _average(values[c, margin + y, margin:], weight[margin + y, margin:], total[c, y])
        _count(weight[margin + y, margin:], share[y])
    for dy in range(reach + 1):
        for dx in range(1 if dy == 0 else -reach, reach + 1):
            _one_shift(values, weight, size, margin, dy, dx, scale, counting, total, share)
    for c in range(total.shape[0]):
        for y in range(share.shape[0]):
            _divide(total[c, y], share[y])


@jit
def _average(value, weight, total):
    for x in range(total.size):
        total[x] = value[x] * total.dtype.type(weight[x])


@jit
def _count(weight, share):
    for x in range(share.size):
        share[x] = weight[x]


@jit(error_model="numpy")
def _divide(total, share):
    for x in range(share.size):
        total[x] = total[x] / share[x] if share[x] > 0 else total.dtype.type(0)


@jit(error_model="numpy")
def _one_shift(values, weight, size, margin, dy, dx, scale, counting, total, share):
    """Pixels of rows and columns from which, or from whose partner, the core is reached."""
    height, width = share.shape
    half, n = size // 2, width + abs(dx)
    left = margin + min(0, -dx)
    here, there = max(0, dx), max(0, -dx)  # where the core begins, among the pixels and among their partners
    line = np.empty(n + size - 1, values.dtype)
    both = np.empty(n + size - 1, counting.dtype)
    apart, held = np.zeros((size, n), values.dtype), np.zeros((size, n), counting.dtype)
    worth, pairs = np.empty(n, values.dtype), np.empty(n, counting.dtype)
    for r in range(-dy - half, height + half):
        y = margin + r
        first, last = left - half, left - half + line.size
        _compare(values, weight, y, y + dy, first, last, dx, line, both)
        _runs(line, size, apart, r % size)
        _runs(both, size, held, r % size)
        p = r - half
        if p < -dy:
            continue
        _sum(apart, r + 1, worth)
        _sum(held, r + 1, pairs)
        _alike(worth, pairs, scale)
        if p >= 0:
            _gather(values, weight, margin + p + dy, left + here + dx, worth, here, p, total, share)
        if p + dy < height:
            _gather(values, weight, margin + p, left + there, worth, there, p + dy, total, share)


@jit
def _compare(values, weight, y, other, first, last, dx, line, both):
    """The squared differences of a row and its partner, where both take part, over all bands."""
    w, v = weight[y, first:last], weight[other, first + dx : last + dx]
    for x in range(both.size):
        both[x] = w[x] * v[x]
    for x in range(line.size):
        line[x] = 0
    for c in range(values.shape[0]):
        f, g = values[c, y, first:last], values[c, other, first + dx : last + dx]
        for x in range(line.size):
            difference = f[x] - g[x]
            line[x] += difference * line.dtype.type(both[x]) * difference


@jit
def _runs(line, size, ring, row):
    out = ring[row]
    for x in range(out.size):
        out[x] = line[x]
    for k in range(1, size):
        part = line[k:]
        for x in range(out.size):
            out[x] += part[x]


@jit
def _sum(ring, oldest, out):
    size = ring.shape[0]
    for x in range(out.size):
        out[x] = ring[oldest % size, x]
    for k in range(1, size):
        row = ring[(oldest + k) % size]
        for x in range(out.size):
            out[x] += row[x]


@jit(error_model="numpy")
def _alike(worth, pairs, scale):
    """exp(-x) of the mean difference x, scaled, to 1e-6: the 64th power of a series; 0 where there is no pair."""
    number = worth.dtype.type
    one, most, step = number(1), number(0.5), scale / number(64)
    for x in range(worth.size):
        t = worth[x] * step / number(pairs[x])
        t = t if t < most else most
        s = one - t * number(1 / 7)
        s = one - t * number(1 / 6) * s
        s = one - t * number(1 / 5) * s
        s = one - t * number(1 / 4) * s
        s = one - t * number(1 / 3) * s
        s = one - t * number(1 / 2) * s
        s = one - t * s
        s *= s
        s *= s
        s *= s
        s *= s
        s *= s
        s *= s
        worth[x] = s if pairs[x] > 0 else number(0)


@jit
def _gather(values, weight, y, left, worth, start, p, total, share):
    """Let the pixels of a row count in the means of their partners, row ``p`` of the core."""
    width = share.shape[1]
    w, by, of = weight[y, left : left + width], worth[start : start + width], share[p]
    for x in range(width):
        of[x] += by[x] * of.dtype.type(w[x])
    for c in range(total.shape[0]):
        f, out = values[c, y, left : left + width], total[c, p]
        for x in range(width):
            out[x] += by[x] * out.dtype.type(w[x]) * f[x]
