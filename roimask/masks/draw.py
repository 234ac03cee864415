"""From outlines to masks: the pixels whose centres lie inside, or the exact share of each pixel.

Not shapes themselves: what :mod:`roimask.masks.shapes` and the vector formats draw with. Here, as in the kernels,
a point is (column, row).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence, Sized
from typing import NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.kernels.plain import coverage as outlines
from roimask.mask import Mask
from roimask.masks import store

__all__ = [
    "Arc",
    "Corners",
    "Inside",
    "check_finite",
    "check_positive",
    "cover_outline",
    "cover_rings",
    "direction",
    "fill_rings",
    "fill_where",
    "pixels_of",
    "segments",
]

# Whether the centres, rows (h, 1) and columns (w,), lie inside.
Inside = Callable[[np.ndarray, np.ndarray], np.ndarray]

# What a vertex or a crossing costs the plain kernels, in pixels as kernels.pick counts them.
_PIXELS_A_CROSSING = 10
# From so many pixels on a polygon may be kept as runs.
_TURNED = 1 << 17
# How far an outline of exact coverage may reach, in pixels.
_REACH = 1e9
# Pixels whose centres are tested at a time, so that the temporary arrays stay in the cache.
_BLOCK = 1 << 16


class Arc(NamedTuple):
    """A part of an ellipse: center + across · cos t + down · sin t, for t from start to stop (radians)."""

    center: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]
    start: float
    stop: float


class Corners(NamedTuple):
    """Corners of points (column, row), one after the other; ring k holds points offsets[k] to offsets[k + 1] - 1."""

    x: np.ndarray
    y: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, lists: Sequence[Sequence[Sequence[float]] | np.ndarray], name: Callable[[int], str]) -> Corners:
        """Lists of pairs (row, column), closed or not; ``name`` says what the n-th is called in messages.

        Raises
        ------
        ParameterError
            Where a list has fewer than three points, or one that is not finite.
        """
        offsets = _offsets(lists)
        _check_sizes(np.diff(offsets), name)
        points = np.concatenate(lists or [np.empty((0, 2))])
        _check_points(points, offsets, name)
        first, last = offsets[:-1], offsets[1:] - 1
        closed = (last - first >= 3) & (points[first] == points[last]).all(axis=1)
        if closed.any():
            points = np.delete(points, last[closed], axis=0)
            offsets[1:] -= np.cumsum(closed)
        return cls(np.ascontiguousarray(points[:, 1]), np.ascontiguousarray(points[:, 0]), offsets)

    def split(self) -> list[np.ndarray]:
        """Each ring as an array (n, 2) of (column, row)."""
        return np.split(np.stack([self.x, self.y], axis=1), self.offsets[1:-1])


def _offsets(parts: Sequence[Sized]) -> np.ndarray:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _check_points(points: np.ndarray, offsets: np.ndarray, name: Callable[[int], str]) -> None:
    if not np.isfinite(points).all():
        bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
        ring = int(np.searchsorted(offsets, bad[0], side="right")) - 1
        place = bad[0] - offsets[ring] + 1
        raise ParameterError(f"{name(ring)} has a point that is not finite, number {place}; leave it out")


def _check_sizes(sizes: np.ndarray, name: Callable[[int], str]) -> None:
    small = np.flatnonzero(sizes < 3)
    if len(small):
        raise ParameterError(f"{name(int(small[0]))} has {sizes[small[0]]} points; three or more make a polygon")


def fill_rings(
    rings: Corners, frame: Frame, polygons: np.ndarray | None = None, labels: np.ndarray | None = None
) -> Mask:
    """Fill polygons by the pixel-centre rule: the same pixels as GDAL's default.

    Parameters
    ----------
    rings : Corners
    frame : Frame
    polygons : (p + 1,) int64, optional
        Where each polygon starts among the rings, and where the last one ends; a ring in a ring is a hole. Default:
        all rings are one polygon.
    labels : (p,) int32, optional
        The label of each polygon, above 0; the later one wins. Default: all together are a binary mask.

    Notes
    -----
    Cost: O(vertices + crossings + pixels filled), not the frame's.
    """
    if polygons is None:
        polygons = np.array([0, len(rings.offsets) - 1])
    kernel = kernels.pick("polygons", int(_crossings(rings.y, frame.height) * _PIXELS_A_CROSSING))
    runs = kernel.polygon_runs(rings.x, rings.y, rings.offsets, polygons, *frame.shape)
    window = _window_of(runs)
    if labels is None and len(polygons) == 2 and _is_large(window) and store.is_worth(len(runs), window):
        return Mask._of_runs(store.turn(runs, frame.shape), frame)
    values = np.zeros(window.shape, np.uint8 if labels is None else np.int32)
    colors = np.ones(len(polygons) - 1, np.uint8) if labels is None else labels
    kernel.paint_runs(values, runs, colors, *window[:2])
    if labels is None:
        return Mask._adopt(values.view(bool), window[:2], frame, "binary")
    return Mask._adopt(values, window[:2], frame, "labels")


def _is_large(window: Window) -> bool:
    """Whether a polygon is turned to runs down the columns, or its pixels are filled sooner."""
    return window.shape[0] * window.shape[1] >= _TURNED


def _crossings(y: np.ndarray, height: int) -> float:
    """About how many vertices and crossings there are."""
    steps = np.diff(y)
    np.minimum(np.abs(steps, out=steps), height, out=steps)
    return len(y) + float(steps.sum())


def _window_of(runs: np.ndarray) -> Window:
    if not len(runs):
        return Window(0, 0, 0, 0)
    rows, starts, stops = runs[:, 0], runs[:, 1], runs[:, 2]
    return Window(int(rows.min()), int(starts.min()), int(rows.max()) + 1, int(stops.max()))


def cover_rings(rings: Corners, frame: Frame) -> Mask:
    """Weigh each pixel by the exact share of it that lies in a polygon: its outer ring first, then its holes."""
    box = rings.y.min(), rings.x.min(), rings.y.max(), rings.x.max()
    _check_reach(box)
    turned = [_turn(ring, hole=number > 0) for number, ring in enumerate(rings.split())]
    return cover_outline(frame, box, np.concatenate([segments(ring) for ring in turned]))


def _check_reach(box: Sequence[float]) -> None:
    """Areas of pixels are lost in the rounding of coordinates much larger than an image."""
    if max(map(abs, box)) > _REACH:
        raise ParameterError(f"coverage needs coordinates within {_REACH:.0e} pixels, got {max(map(abs, box)):.3g}")


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
    _check_reach(box)
    window = pixels_of(box, frame)
    if window.empty:
        return Mask._adopt(np.empty((0, 0), np.float32), (0, 0), frame, "weights")
    kernel = kernels.pick("coverage", window.shape[0] * window.shape[1])
    straight = kernel.edge_pieces(outlines.clip_edges(edges, *frame.shape))
    curved = [outlines.arc_pieces(*arc, *frame.shape) for arc in arcs]
    pieces = _within(outlines.join_pieces(straight, *curved), window)
    return Mask._adopt(kernel.sweep(pieces, *window[:2], *window.shape), window[:2], frame, "weights")


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
    return Mask._adopt(values, window[:2], frame, "binary")


def pixels_of(box: Sequence[float], frame: Frame) -> Window:
    """The pixels of the frame that a box of coordinates touches."""
    top, left, bottom, right = box
    return Window(math.floor(top), math.floor(left), math.ceil(bottom), math.ceil(right)).meet(frame.window)


def check_finite(**values: float | Sequence[float]) -> None:
    """Refuse parameters that are NaN or infinite, by name."""
    for name, value in values.items():
        if not np.isfinite(value).all():
            raise ParameterError(f"{name} is finite, got {value}")


def check_positive(**values: float | Sequence[float]) -> None:
    """Refuse sizes that are 0, negative, NaN or infinite, by name."""
    for name, value in values.items():
        if not (np.isfinite(value).all() and np.min(value) > 0):
            raise ParameterError(f"{name} is above 0, got {value}")


def direction(angle: float) -> tuple[float, float]:
    """Cosine and sine of degrees; exact along rows and columns."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return (float(round(cosine)), float(round(sine))) if angle % 90 == 0 else (cosine, sine)
