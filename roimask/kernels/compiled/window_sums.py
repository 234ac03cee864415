"""Sums over the windows of a block: nothing cancels, and a pixel counts in its own windows only.

Where sums are not exact, every window is summed by the same additions in the same order wherever it lies, so that a
part of an image gives the bits that the whole gives.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.footprints import half_heights
from roimask.kernels.scratch import borrow
from roimask.kernels.windows import Core, shape_of

__all__ = ["mean", "share"]


def mean(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core, dtype: np.dtype):
    """The weighted mean of each window of the core, summed in ``dtype``, and the share of it that takes part.

    ``weight`` is uint8 0/1 or float32; ``footprint`` a square or a disk; ``dtype`` holds sums of
    integers exactly. Where nothing takes part the mean is NaN.
    """
    total = _sums(image, weight, footprint, core, dtype)
    held = _sums(weight, None, footprint, core, _counting(weight, footprint))
    share = borrow("window sums: share", held.shape, np.dtype(np.float32))
    _divide(total, held, np.float32(footprint.sum()), share)
    return total, share


def share(weight: np.ndarray, footprint: np.ndarray, core: Core) -> np.ndarray:
    """The share of each window's weight that takes part, in borrowed memory."""
    held = _sums(weight, None, footprint, core, _counting(weight, footprint))
    out = borrow("window sums: share", held.shape, np.dtype(np.float32))
    _share(held, np.float32(footprint.sum()), out)
    return out


def _counting(weight: np.ndarray, footprint: np.ndarray) -> np.dtype:
    """A type that holds the sum of a window's weights."""
    return np.dtype(np.float32) if weight.dtype != np.uint8 else np.min_scalar_type(footprint.size)


def _sums(image, weight, footprint, core, dtype):
    taking = None if weight is None else rows(weight)
    out = borrow("window sums: total" if weight is not None else "window sums: held", shape_of(core), dtype)
    top, left = (part.start - side // 2 for part, side in zip(core, footprint.shape, strict=True))
    block = rows(image), taking, image.shape[1], top, left
    if footprint.all():
        exact = dtype.kind != "f" or (image.dtype.kind != "f" and weight.dtype == np.uint8)
        (_running if exact else _doubling)(*block, *footprint.shape, out)
    elif footprint.sum() == max(footprint.shape):
        _line(*block, np.argwhere(footprint), out)
    else:
        _disk(*block, half_heights(footprint), out)
    return out


@jit
def _load(image, weight, width, y, x, out):
    """Part of a row of the block, times the weights; 0 beyond the block."""
    if y < 0 or y >= image.shape[0]:
        _clear(out)
        return
    first, last = max(-x, 0), min(width - x, out.size)
    _clear(out[:first])
    _clear(out[last:])
    row, part = image[y, x + first : x + last], out[first:last]
    if weight is None:
        for i in range(part.size):
            part[i] = row[i]
    else:
        by = weight[y, x + first : x + last]
        for i in range(part.size):
            part[i] = out.dtype.type(row[i]) * out.dtype.type(by[i]) if by[i] != 0 else 0


@jit
def _clear(out):
    for x in range(out.size):
        out[x] = 0


@jit
def _running(image, weight, block_width, top, left, height, length, out):
    """Where sums are exact a row comes and a row goes."""
    width = out.shape[1] + length - 1
    total, row = np.zeros(width, out.dtype), np.empty(width, out.dtype)
    one, other = np.empty(width, out.dtype), np.empty(width, out.dtype)
    for r in range(out.shape[0] + height - 1):
        _load(image, weight, block_width, top + r, left, row)
        _gain(total, row)
        first = r - height + 1
        if first >= 0:
            _along(total, one, other, length, out[first])
            _load(image, weight, block_width, top + first, left, row)
            _lose(total, row)


@jit
def _doubling(image, weight, block_width, top, left, height, length, out):
    """Sums of 1, 2, 4, 8 … rows, of which those that make up the height are added; then the same along the rows."""
    width = out.shape[1] + length - 1
    levels = 1
    while height >> levels:
        levels += 1
    ring = np.zeros((2 * height + levels, width), out.dtype)
    total, one, other = np.empty(width, out.dtype), np.empty(width, out.dtype), np.empty(width, out.dtype)
    for r in range(out.shape[0] + height - 1):
        _load(image, weight, block_width, top + r, left, ring[_row(0, r)])
        for k in range(1, levels):
            _add(ring[_row(k - 1, r)], ring[_row(k - 1, r - (1 << (k - 1)))], ring[_row(k, r)])
        if r >= height - 1:
            _copy(ring[_row(0, r)], total)
            back = 1
            for k in range(1, levels):
                if height >> k & 1:
                    _gain(total, ring[_row(k, r - back)])
                    back += 1 << k
            _along(total, one, other, length, out[r - height + 1])


@jit
def _row(level, r):
    """Where in the ring the sum of the 2 ** level rows that end at row r stands."""
    return (1 << level) - 1 + level + r % ((1 << level) + 1)


@jit
def _along(line, one, other, length, out):
    n = out.size
    known, done, k = line, 1, 1
    _copy(line, out)
    while length >> k:
        _add(known, known[1 << (k - 1) :], one)
        known = one
        one, other = other, one
        if length >> k & 1:
            _gain(out, known[done : done + n])
            done += 1 << k
        k += 1


@jit
def _add(a, b, out):
    for x in range(min(min(a.size, b.size), out.size)):
        out[x] = a[x] + b[x]


@jit
def _gain(out, more):
    for x in range(out.size):
        out[x] += more[x]


@jit
def _lose(out, less):
    for x in range(out.size):
        out[x] -= less[x]


@jit
def _copy(line, out):
    for x in range(out.size):
        out[x] = line[x]


@jit
def _disk(image, weight, width, top, left, heights, out):
    """Columns that are as high are added at once, from the lowest to the highest in the middle."""
    reach = heights.size - 1
    block = np.empty((out.shape[0] + 2 * reach, out.shape[1] + 2 * reach), out.dtype)
    for r in range(block.shape[0]):
        _load(image, weight, width, top + r, left, block[r])
    column = np.empty(block.shape[1], out.dtype)
    for y in range(out.shape[0]):
        _copy(block[y + reach], column)
        _clear(out[y])
        c = reach
        for h in range(reach + 1):
            if h > 0:
                _gain(column, block[y + reach - h])
                _gain(column, block[y + reach + h])
            while c >= 0 and heights[c] == h:
                _gain(out[y], column[reach - c :])
                if c > 0:
                    _gain(out[y], column[reach + c :])
                c -= 1


@jit
def _line(image, weight, width, top, left, offsets, out):
    row = np.empty(out.shape[1], out.dtype)
    for y in range(out.shape[0]):
        _clear(out[y])
        for t in range(offsets.shape[0]):
            _load(image, weight, width, top + y + offsets[t, 0], left + offsets[t, 1], row)
            _gain(out[y], row)


@jit(error_model="numpy")
def _divide(total, held, n, share):
    for y in range(total.shape[0]):
        t, h, s = total[y], held[y], share[y]
        for x in range(t.size):
            t[x] = t[x] / h[x]
            s[x] = np.float32(h[x]) / n


@jit(error_model="numpy")
def _share(held, n, share):
    for y in range(held.shape[0]):
        h, s = held[y], share[y]
        for x in range(h.size):
            s[x] = np.float32(h[x]) / n
