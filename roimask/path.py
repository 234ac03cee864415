"""The one path that every call takes: read a tile, let the kernel work, blend the answer back.

Laws 1, 2 and 4 and the cost law hold here, once for all operations: what takes no part is blanked before a kernel
sees it, only the pixels that are written are touched, and only the tiles that the region touches are visited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce as fold
from operator import add
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from roimask import kernels
from roimask.frame import Frame, Window
from roimask.mask import Mask, read_crop
from roimask.sources import ArraySource, Source
from roimask.threads import each

if TYPE_CHECKING:
    from roimask.operation import Operation

__all__ = ["SQUARE", "STRIP", "Place", "Request", "image_result", "observed", "picture", "summaries"]

# Rows and columns of a tile. The grid is fixed to the frame, so an answer does not depend on who works on which tile.
Tile = tuple[int, int]
SQUARE: Tile = (512, 512)  # the least halo for its pixels
STRIP: Tile = (256, 4096)  # where there is no halo: long rows are read and written twice as fast


class Place(NamedTuple):
    """Where a block lies: for kernels that name a parameter ``block``."""

    origin: tuple[int, int]
    frame: Frame

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the whole image."""
        return self.frame.shape


@dataclass(frozen=True, slots=True)
class Request:
    """One call, made ready: what is read, which pixels count, which are written, and how."""

    operation: Operation
    source: Source
    read: Mask | None
    params: Mapping[str, Any]
    write: Mask | None | Literal["all"] = None
    names_invalid: bool = False  # an explicit write mask also writes pixels without data
    min_coverage: float = 0.0
    empty: Any = "keep"
    tile: Tile | None = None
    seen: Any = None

    def tiles(self, mask: Mask | None, halo: int | None = 0) -> list[Window]:
        """The tiles that hold a pixel of the mask, of the size that suits the halo unless another is asked for."""
        return tiles(mask, self.source.frame, self.tile or (STRIP if halo == 0 else SQUARE))


# -- tiles -------------------------------------------------------------------------------------------------------


def grid(window: Window, tile: Tile) -> Iterator[Window]:
    """The tiles of a window, on a grid fixed to the frame."""
    rows, columns = tile
    for top in range(window.top - window.top % rows, window.bottom, rows):
        for left in range(window.left - window.left % columns, window.right, columns):
            yield Window(top, left, top + rows, left + columns).meet(window)


def tiles(mask: Mask | None, frame: Frame, tile: Tile) -> list[Window]:
    """The tiles that hold at least one pixel that takes part."""
    if mask is None:
        return list(grid(frame.window, tile))

    def touched() -> list[Window]:
        return [window for window in grid(mask.window, tile) if mask.values[window.within(mask.window)].any()]

    return mask._once(tile, touched)


_ONES = np.ones((1024, 4096), np.uint8)
_ONES.setflags(write=False)


def _ones(shape: tuple[int, int]) -> np.ndarray:
    global _ONES
    if shape[0] > _ONES.shape[0] or shape[1] > _ONES.shape[1]:
        ones = np.ones([max(pair) for pair in zip(shape, _ONES.shape, strict=True)], np.uint8)
        ones.setflags(write=False)
        _ONES = ones
    return _ONES[: shape[0], : shape[1]]


def weights_in(mask: Mask | None, window: Window) -> np.ndarray:
    """How much each pixel of the window takes part: uint8 0/1, or float32."""
    return _ones(window.shape) if mask is None else read_crop(mask.weight, mask.window, window)


# -- what takes part ---------------------------------------------------------------------------------------------


def _valid(block: np.ndarray, known: np.ndarray | None, finite: bool) -> np.ndarray | None:
    """Where a band holds data (and, where asked, a finite value); None where it does everywhere."""
    good = None
    if block.dtype.kind == "f":
        good = np.isfinite(block) if finite else block == block
        good = None if good.all() else good
    if known is None or known.all():
        return good
    return known if good is None else good & known


def _where_all(good: np.ndarray | None) -> np.ndarray | None:
    return good.all(axis=2) if good is not None and good.ndim == 3 else good


def _limit(weight: np.ndarray, valid: np.ndarray | None) -> np.ndarray:
    return weight if valid is None else weight * valid


def put_in_place(block: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The block with the pixels that take no part replaced, so that no kernel can let them in."""
    if weight.all():
        return block
    taking_part = weight if weight.dtype == np.uint8 else (weight > 0).view(np.uint8)
    return kernels.pick("select", block.size).select(block, taking_part, _nothing(block), np.empty_like(block, order="C"))


def _nothing(block: np.ndarray) -> np.ndarray:
    return np.zeros(1 if block.ndim == 2 else block.shape[2], block.dtype)


class _Layer(NamedTuple):
    """What a kernel works on at once: one band (or all), its pixels, and where they hold data."""

    index: Any  # of the band in the image; () for all
    pixels: np.ndarray
    valid: np.ndarray | None


def _layers(operation: Operation, block: np.ndarray, known: np.ndarray | None) -> Iterator[_Layer]:
    if block.ndim == 2 or operation.bands == "all":
        valid = None if operation.any_value else _where_all(_valid(block, known, operation.finite))
        yield _Layer((), block, valid)
        return
    for band in range(block.shape[2]):
        pixels = block[..., band]
        if pixels.strides[1] != pixels.itemsize:
            pixels = np.ascontiguousarray(pixels)
        of_band = known[..., band] if known is not None and known.ndim == 3 else known
        yield _Layer((..., band), pixels, _valid(pixels, of_band, operation.finite))


# -- reductions --------------------------------------------------------------------------------------------------


def summaries(request: Request) -> list[Any]:
    """The summary of each band over the region (one for an image without bands)."""
    parts = each(lambda window: _summaries_of_tile(request, window), request.tiles(request.read))
    return [fold(add, of_band) for of_band in zip(*parts, strict=True)] if parts else _summary_of_nothing(request)


def _summaries_of_tile(request: Request, window: Window) -> list[Any]:
    operation, mask = request.operation, request.read
    labels = mask is not None and mask.kind == "labels"
    weight = mask.read(window) if mask is not None and labels else weights_in(mask, window)
    block = request.source.read(window)
    known = request.source.validity(window)
    answers = []
    for layer in _layers(operation, block, known):
        part = _limit(weight, layer.valid).astype(weight.dtype, copy=False)
        seen = (request.seen[len(answers)],) if request.seen is not None else ()
        answers.append(operation.kernel(layer.pixels, part, *seen, **request.params))
    return answers


def _summary_of_nothing(request: Request) -> list[Any]:
    """What the kernel says of no pixel at all."""
    nowhere = Window(0, 0, 0, 0)
    return _summaries_of_tile(request, nowhere)


def observed(request: Request) -> Request:
    """The request with what its operation must know of the whole region first."""
    observe = request.operation.observe
    if observe is None:
        return request
    params = {name: value for name, value in request.params.items() if name in observe.parameters}
    look = replace(request, operation=observe, params={**observe.defaults, **params})
    return replace(request, seen=summaries(observed(look)))


# -- images and maps ---------------------------------------------------------------------------------------------


def image_result(request: Request, out: np.ndarray) -> np.ndarray:
    """Work through the tiles that are written and put the answers into ``out``, which holds what was there before."""
    request = observed(request)
    source = request.source
    halo = request.operation.halo_of(request.params)
    where = None if request.write == "all" else request.write
    windows = [source.frame.window] if halo is None else request.tiles(where, halo)

    def work(window: Window) -> list[tuple[Any, Any, Any]]:
        return _work(request, window, halo)

    def store(window: Window, answers: list[tuple[Any, Any, Any]]) -> None:
        for index, result, weight in answers:
            _blend(request, out[window.slices][index], result, weight)

    if halo != 0 and isinstance(source, ArraySource) and np.may_share_memory(out, source.array):
        for window, answers in zip(windows, each(work, windows), strict=True):
            store(window, answers)  # only now: neighbours read what was there before
    else:
        each(lambda window: store(window, work(window)), windows)
    return out


def _work(request: Request, window: Window, halo: int | None) -> list[tuple[Any, np.ndarray, np.ndarray]]:
    """For each layer of a tile: its index, the kernel's answer and how much of it is to be written."""
    operation, source = request.operation, request.source
    context = _context(request, window, halo)
    block, known = source.read(context), source.validity(context)
    core = window.within(context)
    write = weights_in(None if request.write == "all" else request.write, window)  # type: ignore[arg-type]
    read = write if halo == 0 else weights_in(request.read, context)
    answers = []
    for number, layer in enumerate(_layers(operation, block, known)):
        weight = _limit(read, layer.valid)
        answer = _ask(request, layer.pixels, weight, context, number)
        result, coverage = answer if isinstance(answer, tuple) else (answer, None)
        writable = write if request.names_invalid and halo != 0 else _limit(write, _crop(layer.valid, core))
        result, writable = _judge(request, result[core], _crop(coverage, core), writable)
        answers.append((layer.index, result, writable))
    return answers


def _context(request: Request, window: Window, halo: int | None) -> Window:
    """What the kernel looks at: the tile and its halo, as far as there are pixels that take part."""
    frame = request.source.frame.window
    reach = frame if halo is None else window.grow(halo).meet(frame)
    return reach if request.read is None or halo == 0 else reach.meet(request.read.window.join(window))


def _ask(request: Request, pixels: np.ndarray, weight: np.ndarray, context: Window, number: int) -> Any:
    operation = request.operation
    arguments = [] if request.seen is None else [request.seen if operation.bands == "all" else request.seen[number]]
    params = dict(request.params)
    if operation.names_block:
        params["block"] = Place(context[:2], request.source.frame)
    image = pixels.view(np.uint8) if pixels.dtype == np.bool_ else pixels
    if not operation.any_value:
        image = put_in_place(image, weight)
    return operation.kernel(image, weight, *arguments, **params)


def _crop(array: Any, core: tuple[slice, slice]) -> Any:
    return None if array is None else array[core]


def _judge(request: Request, result: np.ndarray, coverage: Any, write: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply ``min_coverage`` and ``empty``: what to do where too little of the window takes part."""
    if coverage is None:
        return result, write
    lacking = coverage < request.min_coverage if request.min_coverage > 0 else coverage <= 0
    if not lacking.any():
        return result, write
    if request.empty == "keep":
        return result, write * ~lacking
    value = np.nan if request.empty == "nan" else request.empty
    return np.where(lacking, value, result), write


def _blend(request: Request, out: np.ndarray, result: np.ndarray, weight: np.ndarray) -> None:
    """w * result + (1 - w) * image, in the image's own type; a map is written wherever the weight is above 0."""
    if out.ndim == 3:
        weight = weight[..., None]
    if request.operation.result == "map" or weight.dtype == np.uint8:
        answer, where = result, weight > 0
    else:
        weight = weight.astype(np.float64)
        answer, where = weight * result + (1 - weight) * out, weight > 0
    answer = to_dtype(answer, out.dtype)
    if request.source.nodata is not None:
        answer = _beside_nodata(answer, request.source.nodata)
    if where.all():
        out[...] = answer
    else:
        np.copyto(out, answer, where=where)


def to_dtype(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values in another type: integers round half to even and clamp."""
    if values.dtype == dtype or (dtype == np.bool_ and values.dtype == np.uint8):
        return values.view(dtype) if values.dtype != dtype else values
    if dtype.kind == "f" or values.dtype == np.bool_:
        return values.astype(dtype)
    low, high = (0, 1) if dtype == np.bool_ else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    rounded = np.rint(values) if values.dtype.kind == "f" else values
    return np.clip(rounded, low, high).astype(dtype)


def _beside_nodata(values: np.ndarray, nodata: Any) -> np.ndarray:
    """A result that happens to equal nodata moves to the next value: it is data."""
    hit = values == np.asarray(nodata, values.dtype)
    if not hit.any():
        return values
    if values.dtype.kind == "f":
        return np.where(hit, np.nextafter(values, np.inf, dtype=values.dtype), values)
    return np.where(hit, np.where(values == np.iinfo(values.dtype).max, values - 1, values + 1), values).astype(values.dtype)


# -- pictures ----------------------------------------------------------------------------------------------------


def picture(request: Request, window: Window, background: np.ndarray) -> np.ndarray:
    """A picture of the window: the kernel's answer on the tiles that the mask touches, the background elsewhere."""
    source = request.source
    windows = [tile.meet(window) for tile in request.tiles(request.read)]
    shape = (*window.shape, *source.read(Window(0, 0, 0, 0)).shape[2:])
    out = _filled(shape, background, source.dtype, _covered(windows, window))

    def paint(tile: Window) -> None:
        block = source.read(tile)
        request.operation.kernel(
            block, weights_in(request.read, tile), **{**request.params, "out": out[tile.within(window)]}
        )

    each(paint, windows)
    return out


def _covered(windows: list[Window], window: Window) -> bool:
    """Whether tiles, which never overlap, cover all of a window."""
    return sum(t.shape[0] * t.shape[1] for t in windows) == window.shape[0] * window.shape[1]


def _filled(shape: tuple[int, ...], background: np.ndarray, dtype: np.dtype, covered: bool) -> np.ndarray:
    if covered:
        return np.empty(shape, dtype)
    return np.full(shape, background, dtype) if background.any() else np.zeros(shape, dtype)
