"""What the tasks of a graph do: each has a part of an image in hand, and takes the one path with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import add
from typing import Any

import numpy as np

from roimask import call, path, threads
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.path import Request
from roimask.raster.nodata import valid_values
from roimask.record import Operation
from roimask.running.applied import Applied
from roimask.running.regions import Kept
from roimask.sources import ArraySource

__all__ = ["Asked", "Grid", "Piece", "called", "chunk", "merged", "nothing", "summary", "whole"]


@dataclass(frozen=True)
class Grid:
    """What an image is known by before its pixels are there."""

    frame: Frame
    nodata: Any = None

    def valid(self, pixels: np.ndarray) -> np.ndarray | None:
        """Where pixels hold data."""
        if self.nodata is None:
            return None
        return valid_values(pixels, self.nodata if isinstance(self.nodata, tuple) else (self.nodata,))

    def source(self, array: Any, wrap: Any = None) -> ArraySource:
        """All of the image, in memory."""
        pixels = np.asarray(array)
        return ArraySource(pixels, self.frame, self.valid(pixels), self.nodata, wrap)


class Piece:
    """The part of an image that a task has in hand, as a source."""

    def __init__(self, array: np.ndarray, window: Window, grid: Grid):
        self.array, self.window, self.grid = array, window, grid
        self.frame, self.nodata = grid.frame, grid.nodata

    @property
    def dtype(self) -> np.dtype:
        """The pixels' type."""
        return self.array.dtype

    def read(self, window: Window) -> np.ndarray:
        """A view of a part."""
        return self.array[:0, :0] if window.empty else self.array[window.within(self.window)]

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """A view of a part, and where it holds data."""
        pixels = self.read(window)
        return pixels, self.grid.valid(pixels)

    def whole(self) -> ArraySource:
        """No part of an image is the whole."""
        raise NotImplementedError


@dataclass(frozen=True)
class Asked:
    """What every chunk of a call is asked.

    Attributes
    ----------
    operation : Operation
    grid : Grid
    read : Mask or None
    params : mapping
        All parameters of the call but for the images ``beside`` it that are lazy too.
    beside : tuple of str
    """

    operation: Operation
    grid: Grid
    read: Mask | None
    params: Mapping[str, Any]
    beside: tuple[str, ...] = ()


def _region(mask: Any) -> Any:
    return Kept(mask) if isinstance(mask, Mask) else mask


def chunk(*arrays: np.ndarray, asked: Asked, seen: Any, block_info: Any = None) -> np.ndarray:
    """One chunk of the answer, from the same chunk of the image and its halo, and of those beside it."""
    (top, bottom), (left, right) = block_info[None]["array-location"][:2]
    window, frame = Window(top, left, bottom, right), asked.grid.frame
    context = _placed(arrays[0], window, asked.operation.halo_of(asked.params) or 0, frame)
    image, *others = (Piece(array, context, asked.grid) for array in arrays)
    params = {**asked.params, **dict(zip(asked.beside, others, strict=True))}
    write = _region(params.pop("write", None))
    with threads.alone():
        return Applied(asked.operation, image, _region(asked.read), params, write, seen=seen).read(window)


def _placed(array: np.ndarray, window: Window, halo: int, frame: Frame) -> Window:
    """Where a chunk with its halo lies; along an axis that is one chunk it has none."""
    grown = window.grow(halo).meet(frame.window)
    rows, columns = (grown if side != own else window for side, own in zip(array.shape, window.shape, strict=False))
    return Window(rows.top, columns.left, rows.bottom, columns.right)


def whole(asked: Asked, array: np.ndarray) -> Any:
    """The answer of a method that needs the whole image."""
    return call.run(asked.operation, asked.grid.source(array), asked.read, dict(asked.params))


def called(function: Callable[..., Any], grid: Grid, wrap: Any, given: Mapping[str, Any], array: np.ndarray) -> Any:
    """What a function of a whole image answers."""
    return function(grid.source(array, wrap), **given)


def summary(array: np.ndarray, look: Request, read: Mask | None, window: Window, grid: Grid, seen: Any) -> list[Any]:
    """The summary of each band of one chunk."""
    inside = window if read is None else read.window
    piece = Piece(np.asarray(array), window, grid)
    with threads.alone():
        return path.summaries(replace(look, source=piece, read=read, seen=seen, area=inside))


def nothing(empty: np.ndarray, look: Request, kind: Any, grid: Grid, seen: Any) -> list[Any]:
    """What a reduction says of no pixel at all."""
    nowhere = Mask(np.zeros((0, 0)), kind or "binary")
    return path.summaries(replace(look, source=Piece(empty, Window(0, 0, 0, 0), grid), read=nowhere, seen=seen))


def merged(parts: Sequence[list[Any]]) -> list[Any]:
    """The summaries of several chunks, put together band by band."""
    found, *others = parts
    for part in others:
        found = list(map(add, found, part))
    return found
