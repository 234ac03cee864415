"""Weighted means under a separable, symmetric kernel: nothing takes part beyond the block.

Every output pixel is worked out by the same additions in the same order wherever it lies in a block, so that a part
of an image gives the bits that the whole gives.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["mean", "weigh"]

_AT_ONCE = 4  # taps a pass: the sums are loaded and stored a quarter as often
_GAP = 512  # columns that are worked out though not wanted: a new start costs as much as so many


def weigh(image: np.ndarray, weight: np.ndarray, values: np.ndarray, share: np.ndarray) -> None:
    """The image times its weight, and the weight, as floats."""
    _weigh(rows(image), rows(weight), image.shape[1], values, share)


@jit
def _weigh(image, weight, width, values, share):
    for y in range(values.shape[0]):
        f, w, v, s = image[y], weight[y], values[y], share[y]
        for x in range(width):
            part = values.dtype.type(w[x])
            s[x] = part
            v[x] = values.dtype.type(f[x]) * part


def mean(
    values: np.ndarray,
    share: np.ndarray,
    down: np.ndarray,
    along: np.ndarray,
    core: tuple[slice, slice],
    wanted: np.ndarray,
    out: np.ndarray,
    coverage: np.ndarray,
) -> None:
    """The mean of each window of the core and the share of the kernel that takes part.

    ``values`` are weighted already; ``down`` and ``along`` are odd, symmetric and of sum 1. Where ``wanted`` is 0 both
    answers are 0.
    """
    kernel = _half(down, values.dtype), _half(along, values.dtype)
    _mean(values, share, *kernel, core[0].start, core[1].start, rows(wanted), out, coverage)


def _half(weights: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The middle weight and those on one side of it, filled up with zeros to whole passes."""
    reach = weights.size // 2
    half = np.zeros(1 + -(-reach // _AT_ONCE) * _AT_ONCE, dtype)
    half[: reach + 1] = weights[reach:]
    return half


@jit(error_model="numpy")  # a window of no pixel answers NaN
def _mean(values, share, down, along, top, left, wanted, out, coverage):
    reach = along.size - 1
    line = np.zeros(values.shape[1] + 2 * reach, values.dtype)
    nothing = np.zeros(values.shape[1], values.dtype)
    out[:] = 0
    coverage[:] = 0
    for y in range(out.shape[0]):
        stop = 0
        while stop < out.shape[1]:
            start, stop = _next_span(wanted[y], stop, out.shape[1])
            if start < stop:
                total, covered, some = out[y, start:stop], coverage[y, start:stop], wanted[y, start:stop]
                _sums(values, nothing, line, down, along, top + y, left + start, total)
                _sums(share, nothing, line, down, along, top + y, left + start, covered)
                for x in range(total.size):
                    total[x] = total[x] / covered[x] if some[x] != 0 else 0
                    covered[x] = covered[x] if some[x] != 0 else 0


@jit
def _next_span(wanted, start, width):
    """The next columns that are wanted, with small gaps between them."""
    while start < width and wanted[start] == 0:
        start += 1
    stop, x = start, start
    while x < width and x - stop < _GAP:
        x += 1
        if wanted[x - 1] != 0:
            stop = x
    return (start, stop) if stop > start else (width, width)


@jit
def _sums(image, nothing, line, down, along, y, left, out):
    """Sums down the columns that are looked at, then along the row; ``line`` is 0 beyond the block."""
    reach = along.size - 1
    first, last = max(left - reach, 0), min(left + out.size + reach, image.shape[1])
    _column_sums(image, nothing, down, y, first, last, line[reach + first : reach + last])
    _row_sums(line[left : left + out.size + 2 * reach], along, out)


@jit
def _column_sums(image, nothing, weights, y, first, last, out):
    row, k = image[y, first:last], weights[0]
    for x in range(out.size):
        out[x] = k * row[x]
    for j in range(1, weights.size, _AT_ONCE):
        a1, b1 = _row(image, nothing, y - j, first, last), _row(image, nothing, y + j, first, last)
        a2, b2 = _row(image, nothing, y - j - 1, first, last), _row(image, nothing, y + j + 1, first, last)
        a3, b3 = _row(image, nothing, y - j - 2, first, last), _row(image, nothing, y + j + 2, first, last)
        a4, b4 = _row(image, nothing, y - j - 3, first, last), _row(image, nothing, y + j + 3, first, last)
        _add(out, weights[j : j + _AT_ONCE], a1, b1, a2, b2, a3, b3, a4, b4)


@jit
def _row(image, nothing, y, first, last):
    if 0 <= y < image.shape[0]:
        return image[y, first:last]
    return nothing[first:last]


@jit
def _row_sums(line, weights, out):
    reach, width = weights.size - 1, out.size
    centre, k = line[reach : reach + width], weights[0]
    for x in range(width):
        out[x] = k * centre[x]
    for j in range(1, weights.size, _AT_ONCE):
        a, b = line[reach - j - 3 : reach - j + width], line[reach + j : reach + j + 3 + width]
        _add(out, weights[j : j + _AT_ONCE], a[3:], b, a[2:], b[1:], a[1:], b[2:], a, b[3:])


@jit
def _add(out, k, a1, b1, a2, b2, a3, b3, a4, b4):
    k1, k2, k3, k4 = k[0], k[1], k[2], k[3]
    for x in range(out.size):
        s = out[x] + k1 * (a1[x] + b1[x])
        s += k2 * (a2[x] + b2[x])
        s += k3 * (a3[x] + b3[x])
        out[x] = s + k4 * (a4[x] + b4[x])
