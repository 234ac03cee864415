"""Set algebra and windows of masks as run lengths, compiled: the bits of ``plain.run_algebra``."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["combine", "crop"]


@jit
def combine(a, b, keep):
    """Join two masks' runs by a rule; see ``plain.run_algebra.combine``."""
    edges_a, edges_b = a.reshape(-1), b.reshape(-1)
    found = np.empty(len(edges_a) + len(edges_b), np.int64)
    i, j, k, inside = 0, 0, 0, 0
    while i < len(edges_a) or j < len(edges_b):
        next_a = i < len(edges_a) and (j == len(edges_b) or edges_a[i] <= edges_b[j])
        next_b = j < len(edges_b) and (i == len(edges_a) or edges_b[j] <= edges_a[i])
        place = edges_a[i] if next_a else edges_b[j]
        i, j = i + next_a, j + next_b
        now = keep >> (i % 2 + 2 * (j % 2)) & 1
        if now != inside:
            found[k] = place
            k, inside = k + 1, now
    return found[:k].copy().reshape(-1, 2)


@jit
def crop(runs, height, top, left, bottom, right):
    """Cut the runs to a window; see ``plain.run_algebra.crop``."""
    found, k = np.empty((len(runs) + right - left, 2), np.int64), 0
    for i in range(len(runs)):
        start, stop = runs[i, 0], runs[i, 1]
        for column in range(max(start // height, left), min((stop - 1) // height + 1, right)):
            begin, end = max(start - column * height, top), min(stop - column * height, bottom)
            shift = (column - left) * (bottom - top) - top
            if begin < end and k and found[k - 1, 1] == begin + shift:  # from the foot of the column before
                found[k - 1, 1] = end + shift
            elif begin < end:
                found[k] = begin + shift, end + shift
                k += 1
    return found[:k].copy()
