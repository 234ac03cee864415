"""Set algebra and windows of masks as run lengths, in plain numpy.

Runs as in :mod:`roimask.kernels.plain.runs`, of one mask: in order, and maximal, so that no two of them touch.
"""

from __future__ import annotations

import numpy as np

__all__ = ["combine", "crop", "maximal"]


def combine(a: np.ndarray, b: np.ndarray, keep: int) -> np.ndarray:
    """Join two masks' runs by a rule.

    Parameters
    ----------
    a, b : (m, 2), (n, 2) int64
    keep : int
        The rule, a bit each: 1 keeps what is in neither (never set), 2 what is in ``a`` alone, 4 in ``b`` alone,
        8 in both.

    Notes
    -----
    Cost: O((m + n) log (m + n)); compiled O(m + n).
    """
    edges_a, edges_b = a.ravel(), b.ravel()
    places = np.union1d(edges_a, edges_b)
    in_a, in_b = (np.searchsorted(edges, places, side="right") % 2 for edges in (edges_a, edges_b))
    inside = keep >> (in_a + 2 * in_b) & 1
    return places[np.diff(inside, prepend=0) != 0].reshape(-1, 2)


def crop(runs: np.ndarray, height: int, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    """Cut the runs to a window of a frame of so many rows; the places that they have in the window alone."""
    first, last = np.clip(runs[:, 0] // height, left, right), np.clip((runs[:, 1] - 1) // height + 1, left, right)
    count = last - first
    run = np.repeat(np.arange(len(runs)), count)
    column = np.arange(len(run)) - np.repeat(np.cumsum(count) - count - first, count)
    pieces = np.clip(runs[run] - (column * height)[:, None], top, bottom)
    filled = pieces[:, 0] < pieces[:, 1]
    return maximal((pieces - top + ((column - left) * (bottom - top))[:, None])[filled])


def maximal(runs: np.ndarray) -> np.ndarray:
    """Join the runs that touch, of runs in order."""
    apart = runs[1:, 0] != runs[:-1, 1]
    first, last = np.append(True, apart)[: len(runs)], np.append(apart, True)[: len(runs)]
    return np.stack([runs[first, 0], runs[last, 1]], axis=1)
