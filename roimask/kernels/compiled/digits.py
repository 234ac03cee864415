"""float32 numbers counted by the two halves of their bits."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["count_high", "count_low"]

_RUN = 64  # pixels of a row that are looked at together


def count_high(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """See ``plain.digits.count_high``."""
    counts = np.zeros(1 << 16, np.uint32)
    _count_high(rows(image.view(np.uint32)), rows(weight), *image.shape, counts)
    return counts


@jit
def _count_high(image, weight, height, width, counts):
    for y in range(height):
        bits, part = image[y], weight[y]
        for x in range(width):
            counts[bits[x] >> np.uint32(16)] += part[x]


def count_low(image: np.ndarray, weight: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """See ``plain.digits.count_low``."""
    counts = np.zeros((halves.size, 1 << 16), np.uint32)
    sought = np.resize(halves, 4).astype(np.uint32)
    _count_low(rows(image.view(np.uint32)), rows(weight), *image.shape, sought, counts)
    return counts


@jit
def _count_low(image, weight, height, width, halves, counts):
    """Few numbers are sought: a run of pixels is looked at one by one only where it holds one of them."""
    first, second, third, fourth = halves[0], halves[1], halves[2], halves[3]
    for y in range(height):
        for start in range(0, width, _RUN):
            end = min(start + _RUN, width)
            bits, part, found = image[y, start:end], weight[y, start:end], np.uint32(0)
            for x in range(bits.size):
                half = bits[x] >> np.uint32(16)
                found += np.uint32((half == first) | (half == second) | (half == third) | (half == fourth))
            for x in range(bits.size if found else 0):
                half = bits[x] >> np.uint32(16)
                if part[x] and half in (first, second, third, fourth):
                    place = 0 if half == first else 1 if half == second else 2 if half == third else 3
                    counts[place, bits[x] & np.uint32(0xFFFF)] += 1
