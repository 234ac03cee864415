"""Masks that are had by windows: of arrays, of rasters read block by block, of outlines drawn block by block.

A mask of a scene larger than memory is larger than memory too. What is here stands for one, and makes the part that a
block needs when the block needs it.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from threading import local
from typing import Any

import numpy as np

from roimask import kernels
from roimask.errors import FrameMismatch
from roimask.formats import open_mask
from roimask.formats._objects import Outlines
from roimask.formats._windows import WindowedMask
from roimask.frame import Frame, Window
from roimask.kinds import Kind
from roimask.mask import Mask, mask_on
from roimask.masks.draw import Corners
from roimask.masks.expression import MaskExpression
from roimask.raster.paths import shown

__all__ = ["Region", "mask_in", "ranges", "region_of", "region_of_file", "whole_mask"]

_last = local()  # the part that was asked for last on this thread


class Region:
    """A mask that gives its part in a window; set algebra of regions is worked out window by window.

    Attributes
    ----------
    path : str or None
        The file that it comes from.
    """

    path: str | None = None

    def leaves(self) -> Iterator[Region]:
        """What it is made of by set algebra: itself, if by none."""
        yield self

    def digest(self) -> str:
        """A text that is another for another mask in memory."""
        raise NotImplementedError

    def on(self, window: Window) -> Mask:
        """The part in a window, on a frame of the window's size."""
        raise NotImplementedError

    def settle(self, as_one: bool) -> None:
        """Make up its mind about its kind, where it is still open: all labels as one region where that will do."""

    def __and__(self, other: Region) -> Region:
        return Combined(operator.and_, self, other)

    def __or__(self, other: Region) -> Region:
        return Combined(operator.or_, self, other)

    def __xor__(self, other: Region) -> Region:
        return Combined(operator.xor, self, other)

    def __sub__(self, other: Region) -> Region:
        return Combined(operator.sub, self, other)

    def __invert__(self) -> Region:
        return Combined(operator.invert, self)


class Combined(Region):
    """What set algebra makes of regions."""

    def __init__(self, rule: Callable[..., Mask], *parts: Region):
        self.rule, self.parts = rule, parts

    def leaves(self) -> Iterator[Region]:
        """Those of all parts."""
        for part in self.parts:
            yield from part.leaves()

    def on(self, window: Window) -> Mask:
        """The rule on the parts in the window."""
        return self.rule(*(part.on(window) for part in self.parts))

    def settle(self, as_one: bool) -> None:
        """Each part."""
        for part in self.parts:
            part.settle(as_one)


class Kept(Region):
    """A mask in memory."""

    def __init__(self, mask: Mask, path: str | None = None):
        self.mask, self.path = mask, path

    def digest(self) -> str:
        """Of its pixels."""
        values = np.ascontiguousarray(self.mask.values)
        return sha256(repr((self.mask.kind, self.mask.window)).encode() + values.tobytes()).hexdigest()

    def on(self, window: Window) -> Mask:
        """A crop."""
        values = self.mask.read(window)
        return Mask._adopt(values, (0, 0), Frame(*window.shape), self.mask.kind, self.mask.names)


class InRaster(Region):
    """A mask in a raster file, on the scene's grid or on another one of the same world."""

    def __init__(self, file: WindowedMask, frame: Frame):
        self.file, self.frame, self.path, own = file, frame, file.raster.path, file.frame
        self.same = own.fits(frame)
        if not self.same and not (own.georeferenced and frame.georeferenced):
            raise FrameMismatch(
                f"{shown(file.raster.path)}: the mask is {own.describe()}, the image {frame.describe()}, and not both "
                "are georeferenced. Scale it with rm.read_mask(path).to_frame(frame) if both show the same scene."
            )

    def on(self, window: Window) -> Mask:
        """What the file holds there, aligned with the window's pixels."""
        if self.same:
            return self.file.read(window)
        frame = self.frame.crop(window)
        source = _covering(frame, self.file.frame)
        if source.empty:
            return Mask(np.zeros(window.shape), self.file.kind or "labels")
        aligned = self.file.read(source).to_frame(frame)
        return Mask.from_crop(aligned.values, aligned.origin, window.shape, aligned.kind, aligned.names)

    def settle(self, as_one: bool) -> None:
        """Whether integers are labels or one value for all is seen by reading them, where it matters."""
        self.file.settle(as_one)


def _covering(frame: Frame, other: Frame) -> Window:
    """The pixels of another frame that cover a frame, and one more on each side."""
    corners = [other.rowcol(*frame.xy(row, column)) for row in (0, frame.height) for column in (0, frame.width)]
    (top, left), (bottom, right) = np.floor(np.min(corners, axis=0)), np.ceil(np.max(corners, axis=0))
    return Window(int(top), int(left), int(bottom), int(right)).grow(1).meet(other.window)


class Drawn(Region):
    """Outlines of a vector file, drawn in the window alone: the same pixels as drawn on the whole frame."""

    def __init__(self, outlines: Outlines, frame: Frame, kind: Kind | None, path: str):
        self.outlines, self.frame, self.kind, self.path = outlines, frame, kind or outlines.kind, path
        self.boxes = _boxes(outlines)

    def on(self, window: Window) -> Mask:
        """The polygons that reach into the window, the later one over the earlier."""
        rings, starts, labels = _chosen(self.outlines, self._near(window))
        labelled = self.kind == "labels"
        values = np.zeros(window.shape, np.int32 if labelled else np.uint8)
        # In the coordinates of the whole frame, because shifted ones would be rounded otherwise.
        kernel = kernels.pick("polygons", 10 * len(rings.y) + values.size // 64)
        runs = kernel.polygon_runs(rings.x, rings.y, rings.offsets, starts, window.bottom, self.frame.width)
        colors = labels if labelled else np.ones(len(labels), np.uint8)
        kernel.paint_runs(values, _clipped(runs, window), colors, *window[:2])
        frame = Frame(*window.shape)
        if labelled:
            return Mask._adopt(values, (0, 0), frame, "labels", self.outlines.names)
        mask = Mask._adopt(values.view(bool), (0, 0), frame, "binary")
        return mask if self.kind == "binary" else Mask(mask, self.kind)

    def settle(self, as_one: bool) -> None:
        """Labels take four times the memory of one region."""
        if as_one and self.kind == "labels":
            self.kind = "binary"

    def _near(self, window: Window) -> np.ndarray:
        top, left, bottom, right = self.boxes.T
        return np.flatnonzero(
            (top < window.bottom) & (bottom > window.top) & (left < window.right) & (right > window.left)
        )


def _boxes(outlines: Outlines) -> np.ndarray:
    """The bounding box of each polygon, (p, 4) top, left, bottom, right."""
    first = outlines.rings.offsets[outlines.starts[:-1]]
    y, x = outlines.rings.y, outlines.rings.x
    if not len(first):
        return np.empty((0, 4))
    low, high = np.minimum.reduceat, np.maximum.reduceat
    return np.stack([low(y, first), low(x, first), high(y, first), high(x, first)], axis=1)


def _chosen(outlines: Outlines, polygons: np.ndarray) -> tuple[Corners, np.ndarray, np.ndarray]:
    """Some of the polygons: their rings, where each starts among these, and their labels."""
    starts, offsets = outlines.starts, outlines.rings.offsets
    rings = ranges(starts[polygons], starts[polygons + 1])
    points = ranges(offsets[rings], offsets[rings + 1])
    chosen = Corners(outlines.rings.x[points], outlines.rings.y[points], _ends(offsets[rings + 1] - offsets[rings]))
    return chosen, _ends(starts[polygons + 1] - starts[polygons]), outlines.labels[polygons]


def _ends(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def ranges(starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """The numbers from each start to its stop, one range after the other."""
    counts = stops - starts
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())


def _clipped(runs: np.ndarray, window: Window) -> np.ndarray:
    """What of the runs (row, first, stop, polygon) lies in a window."""
    kept = runs[(runs[:, 0] >= window.top) & (runs[:, 1] < window.right) & (runs[:, 2] > window.left)]
    return np.column_stack([kept[:, 0], np.clip(kept[:, 1:3], window.left, window.right), kept[:, 3]])


# -- what a caller may give ----------------------------------------------------------------------------------------


def region_of(given: Any, frame: Frame, kind: Kind | None = None) -> Region | None:
    """The region of a mask, an array, a mask file or an expression of files; None stays None."""
    if given is None or isinstance(given, Region):
        return given
    if isinstance(given, MaskExpression):
        return given.work_out(lambda name: region_of_file(name, frame, kind))
    if not isinstance(given, (str, os.PathLike)):
        return Kept(mask_on(given, frame))  # type: ignore[arg-type]  # None was answered above
    text = os.fspath(given)
    if os.path.lexists(text):
        return region_of_file(text, frame, kind)
    return MaskExpression(text).work_out(lambda name: region_of_file(name, frame, kind))


def region_of_file(path: str, frame: Frame, kind: Kind | None) -> Region:
    """The region of a mask file."""
    opened = open_mask(path, frame, kind)
    if isinstance(opened, WindowedMask):
        return InRaster(opened, frame)
    return Kept(opened, path) if isinstance(opened, Mask) else Drawn(opened, frame, kind, path)


def mask_in(region: Region | None, window: Window, frame: Frame) -> Mask | None:
    """The part of a region in a window, as a mask on the whole frame that is empty elsewhere.

    Steps without a halo and reductions ask for the same part one after the other: the last one is kept for the thread.
    """
    if region is None:
        return None
    if getattr(_last, "asked", None) != (region, window):
        part = region.on(window)
        origin = part.origin[0] + window.top, part.origin[1] + window.left
        _last.part = Mask._adopt(part.values, origin, frame, part.kind, part.names)
        _last.asked = region, window
    return _last.part


def whole_mask(region: Region | None, frame: Frame) -> Mask | None:
    """All of a region."""
    return mask_in(region, frame.window, frame)
