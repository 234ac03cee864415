"""Run lengths of binary masks read down the columns, in plain numpy.

A run is the place of its first pixel and of the one after its last; the place of pixel (row, column) in a frame of
``height`` rows is column · height + row, so a run may go on from the foot of one column to the head of the next.
The runs of several masks are one array (m, 2) int64, those of mask k from ``offsets[k]`` to ``offsets[k + 1]``;
none is empty.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

__all__ = ["boxes", "crop_runs", "fill_runs", "overlaps", "read_counts", "stack_runs", "write_counts"]

# Enough groups of five bits for 60, and for the sign.
_GROUPS = np.arange(13)


def stack_runs(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the runs of each mask of a stack (n, height, width) uint8, in which anything but 0 takes part.

    Returns
    -------
    runs : (m, 2) int64
    offsets : (n + 1,) int64
    """
    n, height, width = stack.shape
    found = [crop_runs(mask, 0, 0, height) for mask in stack]
    offsets = np.cumsum([0, *map(len, found)], dtype=np.int64)
    return np.concatenate([np.empty((0, 2), np.int64), *found]), offsets


def crop_runs(values: np.ndarray, top: int, left: int, height: int) -> np.ndarray:
    """Find the runs (m, 2) of one mask, in a frame of so many rows, of which the window at (top, left) is given."""
    down = np.zeros(values.shape[1] * height + 2, bool)
    down[1:-1].reshape(-1, height)[:, top : top + len(values)] = values.T != 0
    return np.flatnonzero(down[1:] != down[:-1]).reshape(-1, 2) + left * height


def fill_runs(stack: np.ndarray, runs: np.ndarray, offsets: np.ndarray) -> None:
    """Set the pixels of each mask's runs to 1 in a stack (n, height, width) uint8 of zeros."""
    for mask, first, last in zip(stack, offsets[:-1], offsets[1:], strict=True):
        lengths = np.diff(runs[first:last].ravel(), prepend=0)
        values = np.repeat(np.arange(len(lengths), dtype=np.uint8) % 2, lengths)
        down = np.zeros(mask.size, np.uint8)
        down[: len(values)] = values
        mask[:] = down.reshape(mask.shape[::-1]).T


def write_counts(runs: np.ndarray, offsets: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Write the counts of masks of ``size`` pixels as COCO text.

    Returns
    -------
    text : (characters,) uint8
    offsets : (n + 1,) int64
        Where each mask's text starts, and where the last one ends.

    Notes
    -----
    Counts are the lengths of runs of zeros and ones in turn, zeros first. From the fourth on, the difference to the
    last but one is written, in groups of five bits, the lowest first, in two's complement, each as the character
    48 + bits (+ 32 where more groups follow).
    """
    texts = [_as_text(_counts(runs[start:stop], size)) for start, stop in pairwise(offsets)]
    return np.concatenate([np.empty(0, np.uint8), *texts]), np.cumsum([0, *map(len, texts)], dtype=np.int64)


def _counts(runs: np.ndarray, size: int) -> np.ndarray:
    edges = runs.ravel()
    last = [] if len(edges) and edges[-1] == size else [size]  # the zeros at the end
    return np.diff(np.concatenate([[0], edges, last]).astype(np.int64))


def _as_text(counts: np.ndarray) -> np.ndarray:
    numbers = counts.copy()
    numbers[3:] -= counts[1:-2]
    groups = numbers[:, None] >> 5 * _GROUPS
    more = np.where(groups & 16, groups >> 5 != -1, groups >> 5 != 0)
    used = np.cumsum(~more, axis=1) - ~more == 0
    return (48 + (groups & 31) + 32 * more)[used].astype(np.uint8)


def read_counts(text: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read COCO text as counts.

    Parameters
    ----------
    text : (characters,) uint8
    offsets : (n + 1,) int64

    Returns
    -------
    counts : (m,) int64
    offsets : (n + 1,) int64
    good : (n,) bool
        Whether each mask's text is whole, and no count of it is negative or above 60 bits.
    """
    read = [_from_text(text[a:b].astype(np.int64) - 48) for a, b in pairwise(offsets)]
    counts = [numbers for numbers, _ in read]
    ends = np.cumsum([0, *map(len, counts)], dtype=np.int64)
    return np.concatenate([np.empty(0, np.int64), *counts]), ends, np.array([good for _, good in read], bool)


def _from_text(bits: np.ndarray) -> tuple[np.ndarray, bool]:
    last = np.flatnonzero(bits & 32 == 0)
    first = np.concatenate([[0], last[:-1] + 1])[: len(last)].astype(np.int64)
    lengths = last - first + 1
    whole = not len(bits) or (bool(len(last)) and last[-1] == len(bits) - 1)
    if not (whole and ((bits >= 0) & (bits < 64)).all() and (lengths <= 12).all()):
        return np.empty(0, np.int64), False
    shift = 5 * (np.arange(len(bits)) - np.repeat(first, lengths))
    numbers = np.add.reduceat((bits & 31) << shift, first) if len(first) else np.empty(0, np.int64)
    numbers -= np.where(bits[last] & 16, 1 << 5 * lengths, 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers, bool((numbers >= 0).all())


def boxes(runs: np.ndarray, offsets: np.ndarray, height: int) -> np.ndarray:
    """Find the bounding box of each mask: (n, 4) int64 top, left, bottom, right, half open; zeros for an empty one."""
    found = np.zeros((len(offsets) - 1, 4), np.int64)
    for k, (a, b) in enumerate(pairwise(offsets)):
        mine = runs[a:b]
        if len(mine):
            (left, first), (right, last) = np.divmod(mine[:, 0], height), np.divmod(mine[:, 1] - 1, height)
            one_column = left == right
            found[k, :2] = np.where(one_column, first, 0).min(), left[0]
            found[k, 2:] = np.where(one_column, last + 1, height).max(), right[-1] + 1
    return found


def overlaps(runs_a, offsets_a, boxes_a, runs_b, offsets_b, boxes_b, height: int) -> np.ndarray:
    """Count the pixels that each mask of one list shares with each of another, from their runs and boxes.

    Returns
    -------
    (n_a, n_b) int64

    Notes
    -----
    Pairs whose boxes do not meet cost nothing more; of the others only the runs in columns of both boxes are looked at.
    """
    shared = np.zeros((len(offsets_a) - 1, len(offsets_b) - 1), np.int64)
    low = np.maximum(boxes_a[:, None, :2], boxes_b[None, :, :2])
    high = np.minimum(boxes_a[:, None, 2:], boxes_b[None, :, 2:])
    for i, j in np.argwhere((low < high).all(axis=2)):
        a, b = runs_a[offsets_a[i] : offsets_a[i + 1]], runs_b[offsets_b[j] : offsets_b[j + 1]]
        shared[i, j] = (_covered(b, a[:, 1]) - _covered(b, a[:, 0])).sum()
    return shared


def _covered(runs: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How many pixels of the runs lie before each place."""
    before = np.concatenate([[0], np.cumsum(runs[:, 1] - runs[:, 0])])
    run = np.searchsorted(runs[:, 0], places, side="right")
    beyond = np.where(run > 0, np.maximum(runs[:, 1][run - 1] - places, 0), 0)
    return before[run] - beyond
