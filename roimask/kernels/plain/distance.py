"""Distances from each pixel to the nearest pixel of another value, or to the nearest one that has a value.

Each is found in two passes, so that its cost does not depend on how far it looks: along the rows and then down the
columns (or the other way round). Both passes take a range, so that several threads can share them.
"""

from __future__ import annotations

import numpy as np

__all__ = ["across", "distances", "down", "fall", "gaps", "nearest"]


def across(values: np.ndarray, ramp: np.ndarray, reach: np.ndarray, top: int, bottom: int) -> None:
    """How many rows each pixel reaches up and down, for the rows top..bottom - 1.

    ``ramp[d - 1]`` is 1 more than what a pixel reaches whose nearest pixel of another value in its row lies d columns
    away; ``reach`` is given that, and 0 where the ramp ends before. With a circle as the ramp, the pixels that some
    ``reach`` covers are those with another value within its radius.
    """
    block = values[top:bottom]
    distance = np.minimum(_since_change(block), _since_change(block[:, ::-1])[:, ::-1])
    lookup = np.concatenate([[0], ramp, [0]]).astype(ramp.dtype)
    reach[top:bottom] = lookup[np.minimum(distance, len(ramp) + 1)]


def _since_change(block: np.ndarray) -> np.ndarray:
    """Columns from the last pixel of another value in the row to each pixel; very many where there is none."""
    columns = np.arange(block.shape[1])
    last = np.full(block.shape, -(2**40))
    last[:, 1:] = np.where(block[:, 1:] != block[:, :-1], columns[:-1], -(2**40))
    return columns - np.maximum.accumulate(last, axis=1)


def down(values: np.ndarray, reach: np.ndarray, side: int, out: np.ndarray, left: int, right: int) -> None:
    """Where another value lies within reach, for the columns left..right - 1: 1 there, else 0.

    ``side`` is what a pixel of another value, just above or below, leaves to reach.
    """
    block, own, touched = values[:, left:right], reach[:, left:right], out[:, left:right]
    _pour(block, own, side, touched)
    upwards = np.zeros_like(touched)
    _pour(block[::-1], own[::-1], side, upwards[::-1])
    touched |= upwards


def _pour(block: np.ndarray, own: np.ndarray, side: int, touched: np.ndarray) -> None:
    rest = np.zeros(block.shape[1], own.dtype)
    for y, line in enumerate(block):
        rest = np.where(line == block[max(y - 1, 0)], rest - (rest > 0), side).astype(own.dtype)
        rest = np.maximum(rest, own[y])
        touched[y] = rest > 0


def gaps(values: np.ndarray, gap: np.ndarray, left: int, right: int) -> None:
    """Rows to the nearest pixel of another value in the same column; the largest number of the type where none is."""
    far = np.iinfo(gap.dtype).max
    block = values[:, left:right]
    found = np.minimum(_since_change(block.T), _since_change(block.T[:, ::-1])[:, ::-1]).T
    gap[:, left:right] = np.minimum(found, far)


def distances(values: np.ndarray, gap: np.ndarray, out: np.ndarray, top: int, bottom: int) -> None:
    """Distance from each pixel to the nearest one of another value, given the :func:`gaps`; inf where none is."""
    block, far = values[top:bottom], np.iinfo(gap.dtype).max
    squares = _squared(gap[top:bottom], far)
    best = squares.copy()
    for shift in range(1, block.shape[1]):
        if shift * shift >= best.max(initial=0):
            break
        for here, there in (np.s_[:, shift:], np.s_[:, :-shift]), (np.s_[:, :-shift], np.s_[:, shift:]):
            beyond = np.where(block[here] == block[there], squares[there], 0)
            best[here] = np.minimum(best[here], beyond + shift * shift)
    out[top:bottom] = np.where(best < _FAR, np.sqrt(best.astype(np.float64)), np.inf)


_FAR = 2**60


def _squared(gap: np.ndarray, far: int) -> np.ndarray:
    return np.where(gap < far, gap.astype(np.int64) ** 2, _FAR)


def fall(labels: np.ndarray, gap: np.ndarray, found: np.ndarray, left: int, right: int) -> None:
    """Rows to the nearest pixel with a label in the same column, and that label: of two as near, the lower."""
    far = np.iinfo(gap.dtype).max
    block = labels[:, left:right]
    above, label = _falling(block, far)
    below, other = (array[::-1] for array in _falling(block[::-1], far))
    nearer = (below < above) | ((below == above) & (below < far) & (other < label))
    gap[:, left:right] = np.where(nearer, below, above)
    found[:, left:right] = np.where(nearer, other, label)


def _falling(block: np.ndarray, far: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(block.shape[0])[:, None]
    last = np.maximum.accumulate(np.where(block != 0, rows, -1), axis=0)
    label = np.take_along_axis(block, np.maximum(last, 0), axis=0)
    return np.where(last >= 0, rows - last, far), np.where(last >= 0, label, 0)


def nearest(
    labels: np.ndarray, gap: np.ndarray, found: np.ndarray, limit: int, out: np.ndarray, top: int, bottom: int
) -> None:
    """The label of the nearest pixel that has one, given what :func:`fall` found; of several as near, the lowest.

    Pixels whose squared distance to it is beyond the limit are given 0.
    """
    near, names = _squared(gap[top:bottom], np.iinfo(gap.dtype).max), found[top:bottom]
    best, label = near.copy(), names.copy()
    for shift in range(1, near.shape[1]):
        if shift * shift > min(best.max(initial=0), limit):
            break
        for here, there in (np.s_[:, shift:], np.s_[:, :-shift]), (np.s_[:, :-shift], np.s_[:, shift:]):
            square, name = near[there] + shift * shift, names[there]
            closer = (square < best[here]) | ((square == best[here]) & (square < _FAR) & (name < label[here]))
            best[here] = np.where(closer, square, best[here])
            label[here] = np.where(closer, name, label[here])
    out[top:bottom] = np.where(best <= limit, label, 0)
