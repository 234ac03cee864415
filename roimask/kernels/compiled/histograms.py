"""How often each value, or each range of values, occurs among the pixels of a tile that take part."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["count_bins", "count_values"]


def count_values(image, weight):
    """See ``plain.histograms.count_values``."""
    unsigned = image.view(f"u{image.itemsize}")
    counts = np.zeros(1 << 8 * image.itemsize, np.float64 if weight.dtype == np.float32 else np.uint32)
    count = _weigh if weight.dtype == np.float32 else _count
    count(rows(unsigned), rows(weight), *image.shape, counts)
    return np.roll(counts, counts.size // 2) if image.dtype.kind == "i" else counts


@jit
def _weigh(image, weight, height, width, counts):
    for y in range(height):
        values, part = image[y, :width], weight[y, :width]
        for x in range(width):
            counts[values[x]] += part[x]  # 0 is added too: a branch costs more than it saves


@jit
def _count(image, weight, height, width, counts):
    """Eight pixels at a time: those of which none takes part cost next to nothing."""
    for y in range(height):
        values, part = image[y, :width], weight[y, :width]
        for k in range(width // 8):
            i = 8 * k
            word = _word(part, i)
            if word == np.uint64(0x0101010101010101):
                for j in range(8):
                    counts[values[i + j]] += 1
            elif word != np.uint64(0):
                for j in range(8):
                    counts[values[i + j]] += part[i + j]
        for x in range(width - width % 8, width):
            counts[values[x]] += part[x]


@jit(inline="always")
def _word(part, i):
    """Eight bytes as one number, which the compiler reads at once."""
    low = np.uint64(part[i]) | np.uint64(part[i + 1]) << np.uint64(8)
    low |= np.uint64(part[i + 2]) << np.uint64(16) | np.uint64(part[i + 3]) << np.uint64(24)
    high = np.uint64(part[i + 4]) | np.uint64(part[i + 5]) << np.uint64(8)
    high |= np.uint64(part[i + 6]) << np.uint64(16) | np.uint64(part[i + 7]) << np.uint64(24)
    return low | high << np.uint64(32)


def count_bins(image, weight, edges):
    """See ``plain.histograms.count_bins``."""
    counts = np.zeros(edges.size - 1, np.float64 if weight.dtype == np.float32 else np.int64)
    _count_bins(rows(image), rows(weight), *image.shape, edges, counts)
    return counts


@jit
def _count_bins(image, weight, height, width, edges, counts):
    last = counts.size - 1
    low, high = edges[0], edges[last + 1]
    scale = counts.size / (high - low)
    for y in range(height):
        values, part = image[y, :width], weight[y, :width]
        for x in range(width):
            value = np.float64(values[x])
            if part[x] and low <= value <= high:
                place = min(np.int64((value - low) * scale), last)
                if value < edges[place]:  # rounding may miss by one
                    place -= 1
                elif value >= edges[place + 1] and place < last:
                    place += 1
                counts[place] += part[x]
