"""A mask on another frame: shifted, cropped, scaled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from roimask.errors import FrameMismatch
from roimask.frame import Frame, Window
from roimask.mask import Mask, read_crop

__all__ = ["to_frame"]

# A place in pixels closer to a whole number than this is that number: transforms carry rounding.
_GRID_TOLERANCE = 1e-6


class _Axis(NamedTuple):
    """Where the pixel edges of the new frame fall along one axis of the old one: ``scale * i + offset``."""

    scale: float
    offset: float

    @property
    def whole_shift(self) -> bool:
        return self.scale == 1 and self.offset == round(self.offset)

    def edges(self, start: int, stop: int) -> np.ndarray:
        return self.scale * np.arange(start, stop + 1) + self.offset

    def inside(self, start: int, stop: int) -> np.ndarray | None:
        """The one old pixel in which each new pixel lies, or None where one lies in several."""
        edges = self.edges(start, stop)
        old = np.floor((edges[:-1] + edges[1:]) / 2)
        whole = (edges[:-1] > old - _GRID_TOLERANCE) & (edges[1:] < old + 1 + _GRID_TOLERANCE)
        return old.astype(np.intp) if whole.all() else None

    def cover(self, start: int, stop: int, size: int) -> tuple[int, int]:
        """The new pixels, of ``size``, that old pixels start..stop reach."""
        first = int(np.floor((start - self.offset) / self.scale))
        last = int(np.ceil((stop - self.offset) / self.scale))
        return min(max(first, 0), size), min(max(last, 0), size)


def to_frame(mask: Mask, frame: Frame) -> Mask:
    """See :meth:`roimask.mask.Mask.to_frame`."""
    if mask.frame.fits(frame):
        return Mask.from_crop(mask.values, mask.origin, frame, mask.kind, mask.names)
    rows, columns = _axes(mask.frame, frame)
    if rows.whole_shift and columns.whole_shift:
        origin = (mask.origin[0] - round(rows.offset), mask.origin[1] - round(columns.offset))
        return Mask.from_crop(mask.values, origin, frame, mask.kind, mask.names)
    return _scaled(mask, frame, rows, columns)


def _axes(old: Frame, new: Frame) -> tuple[_Axis, _Axis]:
    if old.transform is None or new.transform is None:
        if old.georeferenced or new.georeferenced:
            _refuse(old, new, "only one of them knows its place in the world")
        return _Axis(old.height / max(new.height, 1), 0.0), _Axis(old.width / max(new.width, 1), 0.0)
    if old.crs is not None and new.crs is not None and old.crs != new.crs:
        _refuse(old, new, "they lie in different CRS; reproject one of them first")
    top, left = old.rowcol(*new.xy(0, 0))
    down, right = old.rowcol(*new.xy(1, 0)), old.rowcol(*new.xy(0, 1))
    turned = max(abs(down[1] - left) * new.height, abs(right[0] - top) * new.width)
    if turned > 0.01 or down[0] <= top or right[1] <= left:
        _refuse(old, new, "their grids are turned against each other; warp one of them first")
    return _snapped(down[0] - top, top), _snapped(right[1] - left, left)


def _snapped(scale: float, offset: float) -> _Axis:
    def snap(x: float) -> float:
        return float(round(x)) if abs(x - round(x)) < _GRID_TOLERANCE * max(1.0, abs(x)) else x

    return _Axis(snap(scale), snap(offset))


def _refuse(old: Frame, new: Frame, why: str) -> None:
    raise FrameMismatch(f"the mask is {old.describe()}, the frame to align with {new.describe()}, and {why}.")


def _scaled(mask: Mask, frame: Frame, rows: _Axis, columns: _Axis) -> Mask:
    if mask.window.empty:
        return Mask.from_crop(mask.values, (0, 0), frame, mask.kind, mask.names)
    finer = _finer(mask, frame, rows, columns)
    if finer is not None:
        return finer
    if mask.kind == "weights":
        values, window = _area_mean(mask, frame, rows, columns)
        return Mask.from_crop(values.astype(np.float32), window[:2], frame, "weights")
    if mask.kind == "binary":
        values, window = _area_mean(mask, frame, rows, columns)
        return Mask.from_crop(values >= 0.5 - 1e-9, window[:2], frame, "binary")
    return _majority(mask, frame, rows, columns)


def _finer(mask: Mask, frame: Frame, rows: _Axis, columns: _Axis) -> Mask | None:
    """The mask on a grid that divides its pixels, where nothing has to be mixed; None on any other."""
    window = _reached(mask, frame, rows, columns)
    if window.empty:
        return None
    down, across = rows.inside(window.top, window.bottom), columns.inside(window.left, window.right)
    if down is None or across is None:
        return None
    box = Window(int(down[0]), int(across[0]), int(down[-1]) + 1, int(across[-1]) + 1)
    values = read_crop(mask.values, mask.window, box)[np.ix_(down - box.top, across - box.left)]
    return Mask.from_crop(values, window[:2], frame, mask.kind, mask.names)


def _reached(mask: Mask, frame: Frame, rows: _Axis, columns: _Axis) -> Window:
    """The part of the new frame that the mask reaches."""
    top, left, bottom, right = mask.window
    first_row, last_row = rows.cover(top, bottom, frame.height)
    first_column, last_column = columns.cover(left, right, frame.width)
    return Window(first_row, first_column, last_row, last_column)


def _majority(mask: Mask, frame: Frame, rows: _Axis, columns: _Axis) -> Mask:
    """For each new pixel the label with the largest area in it, unless what has no label is larger."""
    _, (top, left, bottom, right) = _area_mean(mask.as_binary(), frame, rows, columns)
    box = Window(top, left, bottom, right)
    best = np.zeros(box.shape)
    covered = np.zeros(box.shape)
    winner = np.zeros(box.shape, np.int32)
    for label, region in _regions(mask):
        share, window = _area_mean(region, frame, rows, columns)
        if window.empty:
            continue
        part = window.within(box)
        better = share > best[part] + 1e-12
        winner[part][better] = label
        best[part] = np.maximum(best[part], share)
        covered[part] += share
    winner[best < 1 - covered - 1e-9] = 0
    return Mask.from_crop(winner, box[:2], frame, "labels", mask.names)


def _regions(mask: Mask) -> Iterator[tuple[int, Mask]]:
    """Each label and its region, found in one pass however many there are."""
    from scipy.ndimage import find_objects

    numbers = np.searchsorted([0, *mask.labels], mask.values)
    for label, box in zip(mask.labels, find_objects(numbers), strict=True):
        corner = (mask.origin[0] + box[0].start, mask.origin[1] + box[1].start)
        yield label, Mask.from_crop(mask.values[box] == label, corner, mask.frame, "binary")


def _area_mean(mask: Mask, frame: Frame, rows: _Axis, columns: _Axis) -> tuple[np.ndarray, Window]:
    """The mean over each new pixel's area, exact, and the window of the new frame that it covers."""
    window = _reached(mask, frame, rows, columns)
    if window.empty:
        return np.zeros((0, 0)), Window(0, 0, 0, 0)
    down = _box_mean(mask.values.astype(np.float64), rows.edges(window.top, window.bottom) - mask.window.top)
    both = _box_mean(down.T, columns.edges(window.left, window.right) - mask.window.left).T
    return np.clip(both, 0, 1), window


def _box_mean(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Means along the first axis between consecutive edges; 0 outside the array."""
    integral = np.zeros((values.shape[0] + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=integral[1:])
    place = np.clip(edges, 0, values.shape[0])
    below = np.minimum(place.astype(np.intp), values.shape[0] - 1)
    part = (place - below)[:, None]
    at_edges = integral[below] + part * values[below]
    return np.diff(at_edges, axis=0) / np.diff(edges)[:, None]
