"""The exact share of each pixel that an outline covers, in plain numpy.

An outline is walked once and cut at the lines between pixels into pieces, each within one pixel. A piece says how far
it goes down (`cover`: what it adds to every pixel right of it in its row) and how much of its own pixel lies right of
it (`inside`). Summing along the row gives each pixel's share.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

__all__ = ["Pieces", "arc_pieces", "clip_edges", "edge_pieces", "join_pieces", "sweep"]

# Shares nearer to 0 than this are rounding.
_NOTHING = 1e-9


class Pieces(NamedTuple):
    """Parts of an outline, each within one pixel: its place and what it adds."""

    row: np.ndarray
    column: np.ndarray
    cover: np.ndarray
    inside: np.ndarray


def join_pieces(*parts: Pieces) -> Pieces:
    """Put the pieces of several parts of an outline together."""
    return Pieces(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def clip_edges(edges: np.ndarray, height: int, width: int) -> np.ndarray:
    """Cut edges to the frame: what is above, below or right of it is dropped, what is left of it moves to its side.

    Parameters
    ----------
    edges : (n, 4) float64
        x0, y0, x1, y1: column and row of both ends.
    """
    x, y = edges[:, 0::2], edges[:, 1::2]
    if y.min(initial=0) >= 0 and y.max(initial=0) <= height and x.min(initial=0) >= 0 and x.max(initial=0) <= width:
        return edges
    edges = _between(_between(edges, 1, 0.0), 1, float(height))
    edges = _between(_between(edges, 0, 0.0), 0, float(width))
    middle = (edges[:, :2] + edges[:, 2:]) / 2
    edges = edges[(middle[:, 1] > 0) & (middle[:, 1] < height) & (middle[:, 0] < width)]
    edges[:, 0::2] = np.maximum(edges[:, 0::2], 0.0)
    return edges


def edge_pieces(edges: np.ndarray) -> Pieces:
    """Cut straight edges that lie within the frame into pieces."""
    edges = edges[edges[:, 1] != edges[:, 3]]
    sign = np.where(edges[:, 1] < edges[:, 3], 1.0, -1.0)
    xa, ya, xb, yb = np.where(sign[:, None] > 0, edges, edges[:, [2, 3, 0, 1]]).T
    edge, row = _steps(np.floor(ya), np.ceil(yb))
    xa, ya, xb, yb, sign = xa[edge], ya[edge], xb[edge], yb[edge], sign[edge]
    above, below = np.maximum(ya, row), np.minimum(yb, row + 1.0)
    xs, xe = _along(xa, ya, xb, yb, above), _along(xa, ya, xb, yb, below)
    low, high = np.minimum(xs, xe), np.maximum(xs, xe)
    part, column = _steps(np.floor(low), np.maximum(np.ceil(high), np.floor(low) + 1))
    low, high, drop = low[part], high[part], ((below - above) * sign)[part]
    left, right = np.maximum(low, column), np.minimum(high, column + 1.0)
    share = np.divide(right - left, high - low, out=np.ones(len(part)), where=high > low)
    cover = drop * share
    inside = cover * (column + 1.0 - (left + right) / 2)
    return Pieces(row[part].astype(np.int32), column.astype(np.int32), cover, inside)


def arc_pieces(center, across, down, start: float, stop: float, height: int, width: int) -> Pieces:
    """Cut an elliptical arc into pieces, exactly.

    Parameters
    ----------
    center, across, down : (float, float)
        The arc is center + across · cos t + down · sin t, each a pair of column and row, for t from start to stop
        (radians, at most one turn, either way).
    height, width : int
        Size of the frame; what is above, below or right of it is dropped, what is left of it moves to its side.

    Notes
    -----
    A piece's area is that of its chord and of the segment between chord and arc, det / 2 · (Δ - sin Δ).
    Cost: O(p log p) for p pieces.
    """
    low, high = min(start, stop), max(start, stop)
    cuts = [np.array([low, high])]
    for axis, limit in ((0, width), (1, height)):
        cuts.append(_turns_at_lines(center[axis], across[axis], down[axis], limit, low, high))
    turns = np.sort(np.concatenate(cuts))
    x, y = (center[i] + across[i] * np.cos(turns) + down[i] * np.sin(turns) for i in (0, 1))
    middle = (turns[1:] + turns[:-1]) / 2
    column, row = (np.floor(center[i] + across[i] * np.cos(middle) + down[i] * np.sin(middle)) for i in (0, 1))
    step = np.diff(turns)
    cover = np.diff(y)
    segment = (across[0] * down[1] - across[1] * down[0]) / 2 * _step_minus_sine(step)
    inside = np.where(column < 0, cover, cover * (column + 1.0 - (x[1:] + x[:-1]) / 2) - segment)
    keep = (row >= 0) & (row < height) & (column < width)
    sign = 1.0 if start <= stop else -1.0
    column = np.maximum(column, 0)
    return Pieces(row[keep].astype(np.int32), column[keep].astype(np.int32), sign * cover[keep], sign * inside[keep])


def sweep(pieces: Pieces, top: int, left: int, height: int, width: int) -> np.ndarray:
    """Sum pieces along the rows of a window that holds them all.

    Returns
    -------
    (height, width) float32
        Each pixel's share, 0 to 1, even-odd: where the outline goes around twice, nothing is covered.

    Notes
    -----
    Sums in float64; cost: O(pieces + area).
    """
    within = pieces.column < left + width  # an edge along the right side is beyond
    pieces = Pieces(*(array[within] for array in pieces))
    place = (pieces.row - top).astype(np.int64) * width + (pieces.column - left)
    cover = np.bincount(place, pieces.cover, height * width).reshape(height, width)
    inside = np.bincount(place, pieces.inside, height * width).reshape(height, width)
    before = np.zeros((height, width))
    np.cumsum(cover[:, :-1], axis=1, out=before[:, 1:])
    return _even_odd(before + inside).astype(np.float32)


def _even_odd(share: np.ndarray) -> np.ndarray:
    share = np.mod(np.abs(share), 2.0)
    share = np.where(share > 1, 2.0 - share, share)
    return np.where(share < _NOTHING, 0.0, share)


def _along(xa, ya, xb, yb, y):
    """The edge's column at a row; never beyond its ends."""
    x = xa + (y - ya) * (xb - xa) / (yb - ya)
    x = np.where(y == yb, xb, x)
    return np.clip(x, np.minimum(xa, xb), np.maximum(xa, xb))


def _steps(first, last):
    """Repeat each item for every whole number from first to last - 1."""
    count = (last - first).astype(np.int64)
    item = np.repeat(np.arange(len(count)), count)
    return item, np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count) + first.astype(np.int64)[item]


def _between(edges: np.ndarray, axis: int, line: float) -> np.ndarray:
    """Cut edges where they cross a line of constant x (axis 0) or y (axis 1)."""
    start, stop = edges[:, axis], edges[:, axis + 2]
    crossing = ((start < line) & (stop > line)) | ((start > line) & (stop < line))
    if not crossing.any():
        return edges
    cut = edges[crossing]
    share = (line - cut[:, axis]) / (cut[:, axis + 2] - cut[:, axis])
    point = cut[:, :2] + share[:, None] * (cut[:, 2:] - cut[:, :2])
    point[:, axis] = line
    return np.concatenate([edges[~crossing], np.hstack([cut[:, :2], point]), np.hstack([point, cut[:, 2:]])])


def _turns_at_lines(center: float, across: float, down: float, limit: int, low: float, high: float) -> np.ndarray:
    """The turns t, low < t < high, at which center + across cos t + down sin t is a whole number of 0..limit."""
    reach = math.hypot(across, down)
    first, last = max(math.ceil(center - reach), 0), min(math.floor(center + reach), limit)
    if reach == 0 or last < first:
        return np.empty(0)
    aside = np.arccos(np.clip((np.arange(first, last + 1) - center) / reach, -1.0, 1.0))
    peak = math.atan2(down, across)
    turns = np.concatenate([peak - aside, peak + aside])
    turns = low + np.mod(turns - low, 2 * math.pi)
    return turns[(turns > low) & (turns < high)]


def _step_minus_sine(step: np.ndarray) -> np.ndarray:
    """Δ - sin Δ, by its series where the difference would be rounding."""
    small = step < 0.02
    return np.where(small, step**3 / 6 * (1 - step**2 / 20), step - np.sin(step))
