"""An operation on a source is a source again: a window of its answer is worked out when somebody reads it.

So operations stand one behind the other and work block by block, each with its own halo, and nothing lies between
them but the blocks in hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce as fold
from operator import add
from typing import Any

import numpy as np

from roimask import call, path
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.path import Request
from roimask.raster import limits
from roimask.raster.nodata import valid_values
from roimask.record import Operation
from roimask.running.regions import Region, mask_in, whole_mask
from roimask.sources import ArraySource, Source

__all__ = ["NOWHERE", "Applied", "Held", "bands_of", "observed"]

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]  # answers in order, as threads.in_order
NOWHERE = Window(0, 0, 0, 0)  # what is asked for its shape and type alone


class Held:
    """A window of a source, in memory."""

    def __init__(self, source: Source, window: Window):
        self.frame, self.nodata, self.window = source.frame, source.nodata, window
        self.array, self.valid = source.read_valid(window)

    @property
    def dtype(self) -> np.dtype:
        """The pixels' type."""
        return self.array.dtype

    def read(self, window: Window) -> np.ndarray:
        """A view of a part of the window."""
        return self.array[window.within(self.window)]

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """A view of a part, and where it holds data."""
        return self.read(window), None if self.valid is None else self.valid[window.within(self.window)]

    def whole(self) -> ArraySource:
        """No part of a source is the whole."""
        raise NotImplementedError


def bands_of(source: Source) -> tuple[int, ...]:
    """The shape of a pixel: () of one band, else (C,)."""
    return source.read(NOWHERE).shape[2:]


@dataclass
class Applied:
    """What an operation makes of a source.

    Attributes
    ----------
    operation : Operation
    source : Source
        What it works on.
    region : Region or None
        What it reads, and writes where nothing else is said.
    params : mapping
        All parameters of the call, ready for the frame; ``write`` apart.
    write : Region, "all" or None
    number : int
        Which step of its run it is.
    """

    operation: Operation
    source: Source
    region: Region | None
    params: Mapping[str, Any]
    write: Any = None
    number: int = 0
    seen: Any = None  # what a two-pass operation must know first
    _whole: ArraySource | None = field(default=None, repr=False)

    @property
    def frame(self) -> Frame:
        """That of the source: operations here keep the grid."""
        return self.source.frame

    @property
    def dtype(self) -> np.dtype:
        """Of the pixels that are answered."""
        return self._map_dtype or self.source.dtype

    @property
    def nodata(self) -> Any:
        """NaN of a map, else that of the source."""
        return np.nan if self.is_map else self.source.nodata

    @property
    def is_map(self) -> bool:
        """Whether it answers a new quantity, with NaN where there is none."""
        return self._map_dtype is not None

    @property
    def _map_dtype(self) -> np.dtype | None:
        return call.dtype_of_map(self.operation, self.params, self.source.dtype)

    @property
    def memory_limit(self) -> int:
        """Of what is read."""
        return getattr(self.source, "memory_limit", limits.default_limit())

    @property
    def halo(self) -> int | None:
        """How far it looks beyond what is asked for; None: at the whole."""
        return self.operation.halo_of(self.params)

    def prepare(self, blocks: Iterable[Window], each: Each) -> None:
        """Find what must be known of the whole before a block can be worked."""
        if self.halo is None:
            self._whole = self._work_whole()
        else:
            request = Request(self.operation, self.source, None, self.operation.own(self.params))
            self.seen = observed(request, self.region, blocks, each)

    def read(self, window: Window) -> np.ndarray:
        """The answer in a window."""
        return self.read_valid(window)[0]

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """The answer in a window, and where it is data."""
        if window.empty:
            return np.empty((0, 0, *bands_of(self.source)), self.dtype), None
        if self._whole is not None:
            return self._whole.read_valid(window)
        return self._picture(window) if self.operation.result == "picture" else self._image(window)

    def whole(self) -> ArraySource:
        """All of the answer, in memory."""
        return self._whole or ArraySource(*self._of_whole(self.read_valid(self.frame.window)))

    # -- images and maps -----------------------------------------------------------------------------------------

    def _image(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        write = mask_in(self.write, window, self.frame) if isinstance(self.write, Region) else self.write
        read = mask_in(self.region, self._around(window), self.frame)
        written = self._written(window, read, write)
        held = Held(self.source, self._needed(window, written))
        out = self._before(held, window)
        if not written.empty:
            params = {**self.params, "write": write}
            for request in call.requests(self.operation, held, read, params):
                path.image_result(replace(request, area=window, seen=self.seen), out)
        return out, self._valid_after(out, held, window, write)

    def _around(self, window: Window) -> Window:
        return window.grow(self.halo or 0).meet(self.frame.window)

    def _written(self, window: Window, read: Mask | None, write: Any) -> Window:
        """The part of a window that holds all that is written."""
        mask = write if write is not None else read
        return mask.window.meet(window) if isinstance(mask, Mask) else window

    def _needed(self, window: Window, written: Window) -> Window:
        """What must be read: all around what is written, and for an image what stays as it is."""
        around = NOWHERE if written.empty else self._around(written)
        return around if self.is_map else around.join(window)

    def _before(self, held: Held, window: Window) -> np.ndarray:
        if not self.is_map:
            return np.array(held.read(window))
        return np.full((*window.shape, *held.array.shape[2:]), np.nan, self._map_dtype)

    def _valid_after(self, out: np.ndarray, held: Held, window: Window, write: Any) -> np.ndarray | None:
        """Where the answer is data: where the source is, and where a value was put in place of none."""
        if self.is_map:
            return None  # NaN says it
        valid = held.read_valid(window)[1]
        fills = self.operation.writes == "outside" and write is None
        if valid is None or not (fills or isinstance(write, Mask)):
            return valid
        written = path.weights_in(None if fills else write, window) > 0
        return _both(valid | (written[..., None] if valid.ndim == 3 else written), self._by_value(out))

    def _by_value(self, out: np.ndarray) -> np.ndarray | None:
        nodata = self.source.nodata
        return valid_values(out, nodata if isinstance(nodata, tuple) else (nodata,))

    # -- pictures ------------------------------------------------------------------------------------------------

    def _picture(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        params, background = call.with_background(self.operation, self.source, self.params)
        read = mask_in(self.region, window, self.frame)
        inside = window if read is None else read.window.meet(window)
        held = Held(self.source, inside)
        request = Request(self.operation, held, read, self.operation.own(params), area=inside)
        out = path.picture(request, window, background)
        valid = None
        if held.valid is not None:
            valid = np.ones((*window.shape, *held.valid.shape[2:]), bool)
            valid[inside.within(window)] = held.valid
        return out, _both(valid, self._by_value(out))

    # -- the whole -----------------------------------------------------------------------------------------------

    def _work_whole(self) -> ArraySource:
        """The answer of a method that looks at all of the image."""
        _require_room(self.operation.name, self.source, self.memory_limit)
        source = self.source.whole()
        write = whole_mask(self.write, self.frame) if isinstance(self.write, Region) else self.write
        params = {**self.params, "write": write}
        out = call.run(self.operation, source, whole_mask(self.region, self.frame), params)
        valid = self._valid_after(out, Held(source, self.frame.window), self.frame.window, write)
        return ArraySource(*self._of_whole((out, valid)))

    def _of_whole(self, answer: tuple[np.ndarray, np.ndarray | None]) -> tuple[Any, ...]:
        return answer[0], self.frame, answer[1], self.nodata


def _both(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
    if a is None or b is None:
        return b if a is None else a
    return a[..., None] & b if b.ndim > a.ndim else a & b[..., None] if a.ndim > b.ndim else a & b


def _require_room(name: str, source: Source, limit: int) -> None:
    """Refuse a method that needs the whole image where that is beyond the memory limit."""
    height, width = source.frame.shape
    size = height * width * max(bands_of(source), default=1) * source.dtype.itemsize
    needs = f"{name} looks at the whole image and cannot go by blocks"
    limits.check(needs, "the image and its answer", 3 * size, limit, "Crop it first")


# -- reductions ----------------------------------------------------------------------------------------------------


def observed(request: Request, region: Region | None, blocks: Iterable[Window], each: Each) -> Any:
    """What an operation must know of the whole region first; None where it need know nothing."""
    return path.observed(request, lambda look: _summarised(look, region, blocks, each)).seen


def _summarised(look: Request, region: Region | None, blocks: Iterable[Window], each: Each) -> list[Any]:
    """The summary of each band over a region, block by block."""
    parts = [part for part in each(_Look(look, region), blocks) if part is not None]
    if parts:
        return [fold(add, of_band) for of_band in zip(*parts, strict=True)]
    kind = None if region is None else region.on(NOWHERE).kind
    return path.summaries(replace(look, read=Mask(np.zeros((0, 0)), kind or "binary")))


@dataclass(frozen=True)
class _Look:
    """What a reduction sees in a block; None where no pixel takes part."""

    request: Request
    region: Region | None

    def __call__(self, block: Window) -> list[Any] | None:
        source = self.request.source
        read = mask_in(self.region, block, source.frame)
        inside = block if read is None else read.window
        if inside.empty:
            return None
        return path.summaries(replace(self.request, source=Held(source, inside), read=read, area=inside))
