"""From outlines to masks: the pixels whose centres lie inside, or the exact share of each pixel.

Not shapes themselves: what :mod:`roimask.masks.shapes` and the vector formats draw with. Here, as in the kernels,
a point is (column, row).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.kernels.plain import coverage as outlines
from roimask.mask import Mask

__all__ = ["Arc", "Inside", "as_ring", "cover_outline", "cover_rings", "fill_rings", "fill_where", "pixels_of", "segments"]

# Whether the centres, rows (h, 1) and columns (w,), lie inside.
Inside = Callable[[np.ndarray, np.ndarray], np.ndarray]

# What a vertex or a crossing costs the plain kernels, in pixels as kernels.pick counts them.
_PIXELS_A_CROSSING = 10
# Pixels whose centres are tested at a time, so that the temporary arrays stay in the cache.
_BLOCK = 1 << 16


class Arc(NamedTuple):
    """A part of an ellipse: center + across · cos t + down · sin t, for t from start to stop (radians)."""

    center: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]
    start: float
    stop: float


def as_ring(points: Sequence[Sequence[float]], name: str = "the polygon") -> np.ndarray:
    """Points (row, column) as an open ring of (column, row).

    Raises
    ------
    ParameterError
        Where there are fewer than three points, or one is not finite.
    """
    ring = np.asarray(points, dtype=np.float64)
    if ring.ndim != 2 or ring.shape[1] != 2:
        raise ParameterError(f"{name} is a list of points (row, column), got an array of shape {ring.shape}")
    if not np.isfinite(ring).all():
        raise ParameterError(f"{name} has a point that is not finite (number {_first_bad(ring)}); leave it out")
    if len(ring) > 3 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    if len(ring) < 3:
        raise ParameterError(f"{name} has {len(ring)} points; three or more make a polygon (rm.line draws a line)")
    return ring[:, ::-1]


def _first_bad(ring: np.ndarray) -> int:
    return int(np.flatnonzero(~np.isfinite(ring).all(axis=1))[0])


def fill_rings(polygons: Sequence[Sequence[np.ndarray]], frame: Frame, labels: np.ndarray | None = None) -> Mask:
    """Fill polygons by the pixel-centre rule: the same pixels as GDAL's default.

    Parameters
    ----------
    polygons : sequence of sequences of ndarray (n, 2)
        The rings of each polygon, points (column, row), open; even-odd, so a ring in a ring is a hole.
    frame : Frame
    labels : (p,) int32, optional
        The label of each polygon, the later one wins; default: all together are a binary mask.

    Notes
    -----
    Cost: O(vertices + crossings + pixels filled), not the frame's.
    """
    rings = [ring for polygon in polygons for ring in polygon]
    x, y = np.ascontiguousarray(np.concatenate(rings or [np.empty((0, 2))]).T)
    crossings = len(y) + float(np.abs(np.diff(y)).clip(max=frame.height).sum())
    kernel = kernels.pick("polygons", int(crossings * _PIXELS_A_CROSSING))
    runs = kernel.polygon_runs(x, y, _offsets(rings), _offsets(polygons), *frame.shape)
    window = _window_of(runs)
    kind = "binary" if labels is None else "labels"
    values = np.zeros(window.shape, np.uint8 if labels is None else np.int32)
    kernel.paint_runs(values, runs, np.ones(len(polygons), np.uint8) if labels is None else labels, *window[:2])
    return Mask.from_crop(values.view(bool) if labels is None else values, window[:2], frame, kind)


def _offsets(parts: Sequence[Sequence[object]]) -> np.ndarray:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _window_of(runs: np.ndarray) -> Window:
    if not len(runs):
        return Window(0, 0, 0, 0)
    rows, starts, stops = runs[:, 0], runs[:, 1], runs[:, 2]
    return Window(int(rows.min()), int(starts.min()), int(rows.max()) + 1, int(stops.max()))


def cover_rings(rings: Sequence[np.ndarray], frame: Frame) -> Mask:
    """Weigh each pixel by the exact share of it that lies in a polygon: its outer ring first, then its holes."""
    points = np.concatenate(rings)
    box = (points[:, 1].min(), points[:, 0].min(), points[:, 1].max(), points[:, 0].max())
    turned = [_turn(ring, hole=number > 0) for number, ring in enumerate(rings)]
    return cover_outline(frame, box, np.concatenate([segments(ring) for ring in turned]))


def _turn(ring: np.ndarray, hole: bool) -> np.ndarray:
    """The ring, walked the way that an outer ring is, or the other way for a hole."""
    x, y = (ring - ring[0]).T
    area = np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))
    return ring if (area >= 0) != hole else ring[::-1]


def segments(points: np.ndarray) -> np.ndarray:
    """The edges (x0, y0, x1, y1) of a ring."""
    return np.hstack([points, np.roll(points, -1, axis=0)])


def cover_outline(frame: Frame, box: Sequence[float], edges: np.ndarray, arcs: Iterable[Arc] = ()) -> Mask:
    """Weigh each pixel by the exact share of it inside a closed outline of edges and arcs.

    Parameters
    ----------
    box : (top, left, bottom, right)
        What the outline lies in.
    edges : (n, 4) float64
        x0, y0, x1, y1, walked with the arcs in one sense around what is inside (and in the other around holes).
    arcs : iterable of Arc
    """
    window = pixels_of(box, frame)
    if window.empty:
        return Mask.from_crop(np.empty((0, 0), np.float32), (0, 0), frame, "weights")
    kernel = kernels.pick("coverage", window.shape[0] * window.shape[1])
    straight = kernel.edge_pieces(outlines.clip_edges(edges, *frame.shape))
    curved = [outlines.arc_pieces(*arc, *frame.shape) for arc in arcs]
    pieces = _within(outlines.join_pieces(straight, *curved), window)
    return Mask.from_crop(kernel.sweep(pieces, *window[:2], *window.shape), window[:2], frame, "weights")


def _within(pieces: outlines.Pieces, window: Window) -> outlines.Pieces:
    """The pieces with those that rounding put a pixel beyond the box back into it."""
    row = np.clip(pieces.row, window.top, window.bottom - 1)
    return pieces._replace(row=row, column=np.clip(pieces.column, window.left, window.right))


def fill_where(frame: Frame, box: Sequence[float], inside: Inside) -> Mask:
    """Take the pixels whose centres lie inside; none lies beyond the box (top, left, bottom, right)."""
    window = pixels_of(box, frame)
    values = np.empty(window.shape, bool)
    columns = np.arange(window.left, window.right) + 0.5
    step = max(_BLOCK // max(len(columns), 1), 1)
    for top in range(0, len(values), step):
        block = values[top : top + step]
        block[...] = inside(np.arange(len(block))[:, None] + (window.top + top + 0.5), columns)
    return Mask.from_crop(values, window[:2], frame, "binary")


def pixels_of(box: Sequence[float], frame: Frame) -> Window:
    """The pixels of the frame that a box of coordinates touches."""
    top, left, bottom, right = box
    return Window(math.floor(top), math.floor(left), math.ceil(bottom), math.ceil(right)).meet(frame.window)
