"""Dask arrays: an operation on one answers another, each of whose chunks takes the one path when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from roimask import call, path
from roimask.arrays import tasks
from roimask.arrays.tasks import Asked, Grid, Piece
from roimask.brought import library_of
from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.path import Request
from roimask.record import Operation
from roimask.running.regions import Kept, mask_in
from roimask.sources import ArraySource, Deferred, adapter, supported

__all__ = ["DaskSource"]

_NOWHERE = Window(0, 0, 0, 0)
_AT_ONCE = 8  # summaries that are merged in one task of the tree


class DaskSource(Deferred):
    """A dask array (H, W) or (H, W, C) as an image that is not there yet.

    Parameters
    ----------
    array : dask.array.Array
        Bands last.
    frame : Frame, optional
    nodata : number or tuple, optional
    wrap : callable, optional
        Turns a result, and the window that it is of, into what the caller gave.
    """

    def __init__(self, array: Any, frame: Frame | None = None, nodata: Any = None, wrap: Any = None):
        if any(side != side for side in array.shape):
            raise ParameterError(
                "the sides of a dask array must be known before it can be worked on: call array.compute_chunk_sizes()"
            )
        self.array = array.rechunk({2: -1}) if array.ndim == 3 else array  # all bands of a pixel together
        self.grid, self.wrap = Grid(frame or Frame(*array.shape[:2]), nodata), wrap

    @property
    def frame(self) -> Frame:
        """The grid of the image."""
        return self.grid.frame

    @property
    def nodata(self) -> Any:
        """The value that means "no data"."""
        return self.grid.nodata

    @property
    def dtype(self) -> np.dtype:
        """The pixels' type."""
        return self.array.dtype

    def read(self, window: Window) -> np.ndarray:
        """The pixels of a window, worked out now."""
        return self._empty if window.empty else np.asarray(self.array[window.slices])

    @property
    def _empty(self) -> np.ndarray:
        return np.empty((0, 0, *self.array.shape[2:]), self.dtype)

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """The same, and where it holds data."""
        return Piece(self.read(window), window, self.grid).read_valid(window)

    def whole(self) -> ArraySource:
        """All of it, worked out now."""
        return self.grid.source(self.array)

    # -- what an operation answers ---------------------------------------------------------------------------------

    def worked(self, operation: Operation, read: Mask | None, params: Mapping[str, Any]) -> Any:
        """The image, map or picture that an operation makes, as a dask array."""
        if params.get("out") is not None:
            raise ParameterError("out is an array in memory; a dask array answers another one")
        if operation.result != "picture":  # says what of the parameters does not go together
            call.requests(operation, self, read, params)
        by_chunks = self.array.size > 0 and _goes_by_chunks(operation, params)
        answer = (self._by_chunks if by_chunks else self._at_once)(operation, read, params)
        return answer if self.wrap is None else self.wrap(answer, call.window_of(self.frame, read, params))

    def reduced(self, operation: Operation, read: Mask | None, params: Mapping[str, Any]) -> Any:
        """The answer of a reduction, as a Delayed: chunks are summed up by themselves, and merged by a tree."""
        request = path.observed(Request(operation, self, read, operation.own(params)), self._summaries)
        bands = Piece(self._empty, _NOWHERE, self.grid)
        return _delayed(call.answer)(self._summaries(request), _shared(read), _shared(bands))

    def called(self, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        """What a function of the whole image answers, as a Delayed."""
        return _delayed(partial(tasks.called, function, self.grid, self.wrap, dict(given)))(self.array)

    def _by_chunks(self, operation: Operation, read: Mask | None, params: Mapping[str, Any]) -> Any:
        import dask.array as da

        halo = operation.halo_of(params) or 0
        beside = {name: params[name] for name in operation.beside if isinstance(params[name], DaskSource)}
        here = {name: value for name, value in params.items() if name not in beside}
        asked = Asked(operation, self.grid, read, here, tuple(beside))
        array = _with_room(self.array, halo)
        arrays = [array, *(source.array.rechunk(array.chunks[:2]) for source in beside.values())]
        seen = path.observed(Request(operation, self, read, operation.own(params)), self._summaries).seen
        dtype = self._answered(operation, params)
        empty = np.empty((0,) * array.ndim, dtype)
        worked = da.map_blocks(
            tasks.chunk, *(_grown(part, halo) for part in arrays), asked=_shared(asked), seen=seen,
            dtype=dtype, meta=empty, chunks=array.chunks,
        )  # fmt: skip
        return worked.rechunk(self.array.chunks)

    def _at_once(self, operation: Operation, read: Mask | None, params: Mapping[str, Any]) -> Any:
        """A method that needs the whole image, in one task."""
        import dask.array as da

        answer = _delayed(partial(tasks.whole, Asked(operation, self.grid, read, params)))(self.array)
        shape = (*call.window_of(self.frame, read, params).shape, *self.array.shape[2:])
        worked = da.from_delayed(answer, shape, self._answered(operation, params))
        return worked.rechunk(self.array.chunks) if shape == self.array.shape else worked

    def _answered(self, operation: Operation, params: Mapping[str, Any]) -> np.dtype:
        return call.dtype_of_map(operation, params, self.dtype) or self.dtype

    def _summaries(self, request: Request) -> Any:
        """The summary of each band over the region, as a Delayed list."""
        # The tasks put in what is left out here, of their own chunk.
        look = _shared(replace(request, source=Piece(self._empty, _NOWHERE, self.grid), read=None, seen=None))
        parts = [
            _delayed(tasks.summary)(block, look, _shared(part), window, self.grid, request.seen)
            for block, window in zip(self.array.to_delayed().ravel(), _windows(self.array.chunks), strict=False)
            if not window.empty and ((part := _part(request.read, window, self.frame)) is None or part.area)
        ]
        if not parts:
            kind = None if request.read is None else request.read.kind
            return _delayed(tasks.nothing)(self._empty, look, kind, self.grid, request.seen)
        while len(parts) > 1:
            parts = [_delayed(tasks.merged)(parts[at : at + _AT_ONCE]) for at in range(0, len(parts), _AT_ONCE)]
        return parts[0]


def _delayed(function: Callable[..., Any]) -> Any:
    from dask import delayed

    return delayed(function)


def _shared(value: Any) -> Any:
    """A value as one node of the graph, which all tasks look at."""
    from dask import delayed

    return delayed(value, traverse=False)


# -- chunks --------------------------------------------------------------------------------------------------------


def _goes_by_chunks(operation: Operation, params: Mapping[str, Any]) -> bool:
    """Whether a chunk of the answer needs no more than a chunk and its halo, and what was seen of the whole."""
    if operation.halo_of(params) is None or params.get("crop"):
        return False
    return not (params.get("per_region") and operation.observe is not None)


def _with_room(array: Any, halo: int) -> Any:
    """The array in chunks no smaller than the halo."""
    from dask.array.overlap import ensure_minimum_chunksize

    chunks = [
        (side,) if side <= halo else ensure_minimum_chunksize(halo, of_axis)
        for side, of_axis in zip(array.shape[:2], array.chunks[:2], strict=True)
    ]
    return array.rechunk(dict(enumerate(chunks)))


def _grown(array: Any, halo: int) -> Any:
    """Each chunk with its halo."""
    from dask.array.overlap import overlap

    depth = {axis: halo if len(array.chunks[axis]) > 1 else 0 for axis in (0, 1)}
    return overlap(array, depth, boundary="none") if any(depth.values()) else array


def _windows(chunks: Sequence[Sequence[int]]) -> list[Window]:
    """The windows of the chunks, row by row."""
    rows, columns = (np.cumsum([0, *of_axis]).tolist() for of_axis in chunks[:2])
    return [
        Window(top, left, bottom, right) for top, bottom in pairwise(rows) for left, right in pairwise(columns)
    ]  # fmt: skip


def _part(mask: Mask | None, window: Window, frame: Frame) -> Mask | None:
    return None if mask is None else mask_in(Kept(mask), window, frame)


# -- the adapter ---------------------------------------------------------------------------------------------------


@adapter(lambda image: library_of(image) == "dask")
def _source(image: Any, channel_axis: int) -> DaskSource:
    """A dask array as an image."""
    if not hasattr(type(image), "chunks"):
        raise ParameterError(
            f"of dask an array was expected, got a {type(image).__name__}. Call compute(), or dask.array.from_delayed"
        )
    image = supported(image)
    if image.ndim not in (2, 3):
        raise ParameterError(f"an image has two axes, or three with bands, got a dask array of shape {image.shape}")
    if image.ndim == 2 or channel_axis in (-1, 2):
        return DaskSource(image)
    return DaskSource(
        np.moveaxis(image, channel_axis, -1), wrap=lambda result, _: np.moveaxis(result, -1, channel_axis)
    )
