"""Weighted means under a separable, symmetric kernel: nothing takes part beyond the block.

Every output pixel is worked out by the same additions in the same order wherever it lies in a block, so that a part
of an image gives the bits that the whole gives.

Rows are spans of flat arrays, named by their first item: an array sliced out of another costs as much as a hundred
pixels. Places are unsigned, since numba asks of signed ones whether they count from the end.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.scratch import borrow
from roimask.kernels.windows import Core, shape_of

__all__ = ["mean"]

_AT_ONCE = 4  # taps a pass: the sums are loaded and stored a quarter as often
_CHUNK = 64  # columns that are worked out if one of them is wanted: a new start costs as much as so many
_place = np.uint64


def mean(
    image: np.ndarray,
    weight: np.ndarray,
    down: np.ndarray,
    along: np.ndarray,
    core: Core,
    wanted: np.ndarray,
    dtype: np.dtype,
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each window of the core and the share of the kernel that takes part, in borrowed memory.

    ``weight`` is uint8 0/1 or float32; a pixel of weight 0 is not read. ``down`` and ``along`` are odd, symmetric and
    of sum 1; ``dtype`` is what is summed in. Where ``wanted`` is 0 both answers are 0.
    """
    out, coverage = (borrow(f"separable: {name}", shape_of(core), dtype) for name in ("mean", "coverage"))
    kernel = _half(down, dtype), _half(along, dtype)
    block = rows(image), rows(weight), *image.shape
    _mean(*block, *kernel, core[0].start, core[1].start, rows(wanted), out, coverage)
    return out, coverage


def _half(weights: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The middle weight and those on one side of it, filled up with zeros to whole passes."""
    reach = weights.size // 2
    half = np.zeros(1 + max(-(-reach // _AT_ONCE), 1) * _AT_ONCE, dtype)
    half[: reach + 1] = weights[reach:]
    return half


@jit(error_model="numpy")  # a window of no pixel answers NaN
def _mean(image, weight, height, width, down, along, top, left, wanted, out, coverage):
    """Rows are weighed once, into a ring that holds a window's; ``line`` is 0 beyond the block."""
    reach, beyond = down.size - 1, 1
    while beyond < 2 * reach + 1:
        beyond *= 2
    values, share = np.zeros((beyond + 1) * width, down.dtype), np.zeros((beyond + 1) * width, down.dtype)
    line = np.zeros(width + 2 * (along.size - 1), down.dtype)
    means, shares, asked = out.reshape(-1), coverage.reshape(-1), wanted.reshape(-1)
    known = max(top - reach, 0)
    for y in range(out.shape[0]):
        while known < min(top + y + reach + 1, height):
            _weigh(image[known], weight[known], width, values, share, (known & (beyond - 1)) * width)
            known += 1
        here, seen, stop = y * out.shape[1], y * wanted.shape[1], 0
        out[y] = 0
        coverage[y] = 0
        while stop < out.shape[1]:
            start, stop = _next_span(asked, seen, stop, out.shape[1])
            if start < stop:
                at, count = here + start, stop - start
                span = top + y, height, beyond, width, left + start, count
                _sums(values, line, down, along, span, means, at)
                _sums(share, line, down, along, span, shares, at)
                _divide(means, shares, asked, _place(at), _place(seen + start), _place(count))


@jit
def _weigh(f, w, width, values, share, at):
    """A row of the image times its weight, and the weight, as floats."""
    o = _place(at)
    for x in range(_place(width)):
        part = values.dtype.type(w[x])
        share[o + x] = part
        values[o + x] = values.dtype.type(f[x]) * part if w[x] != 0 else 0


@jit
def _next_span(wanted, row, start, width):
    """The next chunks of columns of which some are wanted."""
    while start < width and not _any(wanted, row + start, width - start):
        start += _CHUNK
    stop = start
    while stop < width and _any(wanted, row + stop, width - stop):
        stop += _CHUNK
    return min(start, width), min(stop, width)


@jit
def _any(wanted, at, rest):
    o, some = _place(at), False
    for x in range(_place(min(_CHUNK, rest))):
        some |= wanted[o + x] != 0
    return some


@jit(error_model="numpy")
def _divide(total, covered, wanted, o, w, n):
    for x in range(n):
        total[o + x] = total[o + x] / covered[o + x] if wanted[w + x] != 0 else 0
        covered[o + x] = covered[o + x] if wanted[w + x] != 0 else 0


@jit
def _sums(ring, line, down, along, span, out, at):
    """Sums down the columns that are looked at, then along the row."""
    y, height, beyond, width, left, count = span
    reach = along.size - 1
    first, last = max(left - reach, 0), min(left + count + reach, width)
    _down(ring, down, (y, height, beyond, width, first, last - first), line, reach + first)
    _along(line, along, left + reach, count, out, at)


@jit
def _down(ring, k, span, out, at):
    y, n, o = span[0], _place(span[5]), _place(at)
    for j in range(1, k.size, _AT_ONCE):
        a1, b1 = _at(y - j, span), _at(y + j, span)
        a2, b2 = _at(y - j - 1, span), _at(y + j + 1, span)
        a3, b3 = _at(y - j - 2, span), _at(y + j + 2, span)
        a4, b4 = _at(y - j - 3, span), _at(y + j + 3, span)
        if j == 1:
            _start(ring, k, n, _at(y, span), a1, b1, a2, b2, a3, b3, a4, b4, out, o)
        else:
            _go_on(ring, k, j, n, a1, b1, a2, b2, a3, b3, a4, b4, out, o)


@jit
def _at(y, span):
    """Where a row of the block stands in the ring; beyond the block the row of zeros after its last."""
    _, height, beyond, width, first, _ = span
    return _place((y & (beyond - 1) if 0 <= y < height else beyond) * width + first)


@jit
def _along(line, k, middle, count, out, at):
    n, o = _place(count), _place(at)
    for j in range(1, k.size, _AT_ONCE):
        a1, b1 = _place(middle - j), _place(middle + j)
        a2, b2 = _place(middle - j - 1), _place(middle + j + 1)
        a3, b3 = _place(middle - j - 2), _place(middle + j + 2)
        a4, b4 = _place(middle - j - 3), _place(middle + j + 3)
        if j == 1:
            _start(line, k, n, _place(middle), a1, b1, a2, b2, a3, b3, a4, b4, out, o)
        else:
            _go_on(line, k, j, n, a1, b1, a2, b2, a3, b3, a4, b4, out, o)


@jit
def _start(f, k, n, c, a1, b1, a2, b2, a3, b3, a4, b4, out, o):
    """The middle and the first taps on both sides of it."""
    k0, k1, k2, k3, k4 = k[0], k[1], k[2], k[3], k[4]
    for x in range(n):
        s = k0 * f[c + x] + k1 * (f[a1 + x] + f[b1 + x])
        s += k2 * (f[a2 + x] + f[b2 + x])
        s += k3 * (f[a3 + x] + f[b3 + x])
        out[o + x] = s + k4 * (f[a4 + x] + f[b4 + x])


@jit
def _go_on(f, k, j, n, a1, b1, a2, b2, a3, b3, a4, b4, out, o):
    """The next taps, added to what is summed."""
    k1, k2, k3, k4 = k[j], k[j + 1], k[j + 2], k[j + 3]
    for x in range(n):
        s = out[o + x] + k1 * (f[a1 + x] + f[b1 + x])
        s += k2 * (f[a2 + x] + f[b2 + x])
        s += k3 * (f[a3 + x] + f[b3 + x])
        out[o + x] = s + k4 * (f[a4 + x] + f[b4 + x])
