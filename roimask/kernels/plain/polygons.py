"""Polygons to runs of pixels by the pixel-centre rule, in plain numpy."""

from __future__ import annotations

import numpy as np

__all__ = ["clockwise", "edges", "flat_runs", "merge_runs", "paint_runs", "polygon_runs"]

# GDAL takes corners nearer than this for one.
_SAME_POINT = 1e-5


def polygon_runs(x, y, rings, polygons, height: int, width: int) -> np.ndarray:
    """Find the runs of pixels whose centres lie in each polygon: GDAL's default rule, to the pixel.

    Parameters
    ----------
    x, y : (n,) float64
        Column and row coordinates of the vertices of all rings, one ring after the other.
    rings : (m + 1,) int64
        Where each ring starts among the vertices, and where the last one ends; closed or not.
    polygons : (p + 1,) int64
        Where each polygon starts among the rings, and where the last one ends.
    height, width : int
        Size of the frame; what lies outside is cut off.

    Returns
    -------
    (k, 4) int32
        Row, first column, column after the last, and number of the polygon; by polygon, row and column.

    Notes
    -----
    A line of pixel centres is crossed by the edges that start on or above it and end below. Between an odd crossing
    and the next, a pixel belongs to the polygon when its centre lies right of the first and not right of the second.
    Cost: O(k log k) for k crossings.
    """
    x0, y0, x1, y1, owner = edges(x, y, rings, polygons)
    edge, row = _rows_of_edges(y0, y1, height)
    down = y0[edge] < y1[edge]
    xa, ya = np.where(down, x0[edge], x1[edge]), np.where(down, y0[edge], y1[edge])
    xb, yb = np.where(down, x1[edge], x0[edge]), np.where(down, y1[edge], y0[edge])
    # GDAL's own expression, from the upper end: another order of the same terms rounds otherwise.
    column = _round_column((row + 0.5 - ya) * (xb - xa) / (yb - ya) + xa, width)
    order = np.lexsort((column, row, owner[edge]))
    starts, stops = column[order][0::2], column[order][1::2]
    runs = np.stack([row[order][0::2], starts, stops, owner[edge][order][0::2]], axis=1).astype(np.int32)
    return merge_runs(runs[starts < stops], flat_runs(x, y, rings, polygons, height, width))


def edges(x, y, rings, polygons):
    """List the edges of all rings: both ends and the number of the polygon."""
    after = neighbours(rings)[1]
    owner = np.repeat(np.repeat(np.arange(len(polygons) - 1), np.diff(polygons)), np.diff(rings))
    return x, y, x[after], y[after], owner


def neighbours(rings):
    """Each vertex's predecessor and successor in its ring."""
    vertices = np.arange(rings[-1])
    before, after = vertices - 1, vertices + 1
    firsts, lasts = rings[:-1], rings[1:] - 1
    whole = firsts <= lasts
    before[firsts[whole]], after[lasts[whole]] = lasts[whole], firsts[whole]
    return before, after


def flat_runs(x, y, rings, polygons, height: int, width: int) -> np.ndarray:
    """Find the runs that GDAL adds: edges on a line of pixel centres that are walked leftwards in a clockwise ring.

    GDAL turns every ring, holes too, to be clockwise with y upwards. A polygon without holes gains nothing by it;
    a hole whose upper edge lies on a line of pixel centres loses that line.
    """
    if not (y - np.floor(y) == 0.5).any():
        return np.empty((0, 4), np.int32)
    x0, y0, x1, y1, owner = edges(x, y, rings, polygons)
    flat = np.flatnonzero((y0 == y1) & (x0 != x1) & (y0 - np.floor(y0) == 0.5) & (y0 > 0) & (y0 < height))
    ring = np.searchsorted(rings, flat, side="right") - 1
    flat = flat[(x0[flat] > x1[flat]) == clockwise(x, y, rings)[ring]]
    left, right = np.minimum(x0, x1)[flat], np.maximum(x0, x1)[flat]
    starts, stops = _round_column(left, width), _round_column(right, width)
    runs = np.stack([np.floor(y0[flat]).astype(np.int64), starts, stops, owner[flat]], axis=1).astype(np.int32)
    return runs[starts < stops]


def clockwise(x, y, rings) -> np.ndarray:
    """Whether each ring is clockwise with y upwards, as GDAL decides: by its corner of least y, then greatest x.

    Where that corner is doubled or straight, by the sign of the area.
    """
    before, after = neighbours(rings)
    turn = np.full(len(rings) - 1, 0.0)
    whole = np.flatnonzero(np.diff(rings))
    order = np.lexsort((-x, y, np.repeat(np.arange(len(turn)), np.diff(rings))))
    corner = order[rings[:-1][whole]]
    second = order[np.minimum(rings[:-1][whole] + 1, rings[1:][whole] - 1)]
    dx0, dy0 = x[before[corner]] - x[corner], y[before[corner]] - y[corner]
    dx1, dy1 = x[after[corner]] - x[corner], y[after[corner]] - y[corner]
    doubled = (second != corner) & (x[second] == x[corner]) & (y[second] == y[corner])
    near = np.minimum(np.maximum(abs(dx0), abs(dy0)), np.maximum(abs(dx1), abs(dy1))) < _SAME_POINT
    turn[whole] = np.where(doubled | near, 0.0, dx1 * dy0 - dx0 * dy1)
    area = np.zeros(len(turn))
    area[whole] = np.add.reduceat(x * (y[after] - y[before]), rings[:-1][whole])
    return np.where(turn == 0, area, turn) < 0


def merge_runs(runs: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Put two lists of runs into one, by polygon, row and column."""
    if not len(more):
        return runs
    both = np.concatenate([runs, more])
    return both[np.lexsort((both[:, 1], both[:, 0], both[:, 3]))]


def paint_runs(out: np.ndarray, runs: np.ndarray, values: np.ndarray, top: int, left: int) -> None:
    """Write each run's value (by polygon) into ``out``, whose corner is (top, left); the later run wins."""
    shifted = runs[:, :3] - np.array([top, left, left], runs.dtype)
    for (row, start, stop), value in zip(shifted.tolist(), values[runs[:, 3]].tolist(), strict=True):
        out[row, start:stop] = value


def _rows_of_edges(y0, y1, height: int):
    """Repeat each edge for every line of pixel centres that it crosses."""
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), 0, height).astype(np.int64)
    count = last - first
    edge = np.repeat(np.arange(len(count)), count)
    return edge, np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]


def _round_column(x, width: int):
    return np.clip(np.floor(x + 0.5), 0, width).astype(np.int64)
