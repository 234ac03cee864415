"""The one path that every call takes: read a tile, let the kernel work, blend the answer back.

Laws 1, 2 and 4 and the cost law hold here, once for all operations: what takes no part is blanked before a kernel
sees it, only the pixels that are written are touched, and only the tiles that the region touches are visited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce as fold
from operator import add
from typing import Any, Literal, NamedTuple

import numpy as np

from roimask import kernels
from roimask.frame import Frame, Window
from roimask.kernels.scratch import borrow
from roimask.mask import Mask, read_crop
from roimask.record import Operation
from roimask.sources import ArraySource, Source
from roimask.threads import each

__all__ = ["STRIP", "WIDE", "Place", "Request", "image_result", "observed", "picture", "summaries"]

# Rows and columns of a tile. The grid is fixed to the frame, so an answer does not depend on who works on which tile.
Tile = tuple[int, int]
Core = tuple[slice, slice]
# Long rows are read, written and summed up to three times as fast as those of a square.
WIDE: Tile = (256, 2048)
STRIP: Tile = (256, 4096)  # where there is no halo
_ONE_TILE = 1 << 18  # pixels of a bounding box that are not worth cutting up


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
    write: Mask | None | Literal["all", "unread"] = None
    names_invalid: bool = False  # an explicit write mask also writes pixels without data
    min_coverage: float = 0.0
    empty: Any = "keep"
    border: str = "outside"
    tile: Tile | None = None
    seen: Any = None
    as_one: bool = False  # labels count as one region
    as_map: bool = False  # a new quantity: written where the weight is above 0, in its own floating type
    area: Window | None = None  # the part of the answer that is asked for; None: all of it

    @property
    def reads_what_it_writes(self) -> bool:
        """Whether each pixel that is written takes part itself."""
        same = self.write is self.read or (self.read is None and self.write == "all")
        return same and not self.names_invalid and not self.operation.beside

    def tiles(self, mask: Mask | None, halo: int | None = 0) -> list[Window]:
        """The tiles that hold a pixel of the mask, of the size that suits the halo unless another is asked for."""
        size = self.tile or getattr(self.source, "tile", None) or (STRIP if halo == 0 else WIDE)
        if mask is None and self.area is not None:
            return list(grid(self.area, size))
        small = self.tile is None and mask is not None and 0 < mask.window.pixels <= _ONE_TILE
        found = [mask.window] if small else tiles(mask, self.source.frame, size)  # type: ignore[union-attr]
        return found if self.area is None else [part for tile in found if not (part := tile.meet(self.area)).empty]


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
        values = mask.values
        return [window for window in grid(mask.window, tile) if values[window.within(mask.window)].any()]

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


_WORTH_A_THREAD = 1 << 20  # pixels; what takes a millisecond is done before another thread has it in hand


def _each(work: Callable[[Window], Any], windows: list[Window]) -> list[Any]:
    """The answers for windows whose pixels take little time each."""
    pixels = sum(window.shape[0] * window.shape[1] for window in windows)
    return each(work, windows) if pixels > _WORTH_A_THREAD else [work(window) for window in windows]


def copied(image: np.ndarray) -> np.ndarray:
    """A copy of an image, made on the threads: a large one takes as long as many an operation."""
    copy = np.empty(image.shape, image.dtype)
    strips = list(grid(Window(0, 0, *image.shape[:2]), STRIP))
    _each(lambda strip: np.copyto(copy[strip.slices], image[strip.slices]), strips)
    return copy


# -- what takes part ---------------------------------------------------------------------------------------------


def _valid(block: np.ndarray, known: np.ndarray | None, operation: Operation) -> np.ndarray | None:
    """Where a band holds data (and, where asked, a finite value); None where it does everywhere."""
    good = None
    if block.dtype.kind == "f" and not operation.any_value:
        good = kernels.pick("select", block.size).holding(block, operation.finite)
    if known is None or known.all():
        return good
    return known if good is None else good & known


def _where_all(good: np.ndarray | None) -> np.ndarray | None:
    return np.asarray(good.all(axis=2)) if good is not None and good.ndim == 3 else good


def _limit(weight: np.ndarray, valid: np.ndarray | None) -> np.ndarray:
    return weight if valid is None else weight * valid


def put_in_place(block: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The block with the pixels that take no part replaced, so that no kernel can let them in."""
    if weight.all():
        return block
    taking_part = weight if weight.dtype == np.uint8 else (weight > 0).view(np.uint8)
    blank = borrow("blanked block", block.shape, block.dtype)
    return kernels.pick("select", block.size).select(block, taking_part, _nothing(block), blank)


def _nothing(block: np.ndarray) -> np.ndarray:
    return np.zeros(1 if block.ndim == 2 else block.shape[2], block.dtype)


class _Layer(NamedTuple):
    """What a kernel works on at once: one band (or all), its pixels, and where they hold data."""

    index: Any  # of the band in the image; () for all
    pixels: np.ndarray
    valid: np.ndarray | None


def _layers(request: Request, block: np.ndarray, known: np.ndarray | None) -> Iterator[_Layer]:
    operation = request.operation
    if block.ndim == 2 or operation.bands_of(request.params) == "all":
        yield _Layer((), block, _where_all(_valid(block, known, operation)))
        return
    for band in range(block.shape[2]):
        pixels = block[..., band]
        if pixels.strides[1] != pixels.itemsize:
            pixels = np.ascontiguousarray(pixels)
        of_band = known[..., band] if known is not None and known.ndim == 3 else known
        yield _Layer((..., band), pixels, _valid(pixels, of_band, operation))


def _as_numbers(pixels: np.ndarray) -> np.ndarray:
    """Booleans as 0 and 1, with which kernels can reckon."""
    return pixels.view(np.uint8) if pixels.dtype == np.bool_ else pixels


# -- reductions --------------------------------------------------------------------------------------------------


def summaries(request: Request) -> list[Any]:
    """The summary of each band over the region (one for an image without bands)."""
    parts = _each(lambda window: _summaries_of_tile(request, window), request.tiles(request.read))
    return [fold(add, of_band) for of_band in zip(*parts, strict=True)] if parts else _summary_of_nothing(request)


def _summaries_of_tile(request: Request, window: Window) -> list[Any]:
    operation, mask = request.operation, request.read
    labels = mask is not None and mask.kind == "labels" and not request.as_one
    weight = mask.read(window) if mask is not None and labels else weights_in(mask, window)
    block, known = request.source.read_valid(window)
    answers: list[Any] = []
    for layer in _layers(request, block, known):
        part = _limit(weight, layer.valid).astype(weight.dtype, copy=False)
        seen = (request.seen[len(answers)],) if request.seen is not None else ()
        place = {"block": Place(window[:2], request.source.frame)} if operation.names_block else {}
        params = {**request.params, **place}
        answers.append(operation.kernel(_as_numbers(layer.pixels), part, *seen, **params))
    return answers


def _summary_of_nothing(request: Request) -> list[Any]:
    """What the kernel says of no pixel at all."""
    nowhere = Window(0, 0, 0, 0)
    return _summaries_of_tile(request, nowhere)


def observed(request: Request, gather: Callable[[Request], list[Any]] = summaries) -> Request:
    """The request with what its operation must know of the whole region first, which ``gather`` finds."""
    observe = request.operation.observe
    if observe is None or request.seen is not None:
        return request
    params = {name: value for name, value in request.params.items() if name in observe.parameters}
    as_one = request.as_one or request.operation.result != "summary"
    look = replace(request, operation=observe, params=observe.own({**observe.defaults, **params}), as_one=as_one)
    return replace(request, seen=gather(observed(look, gather)))


# -- images and maps ---------------------------------------------------------------------------------------------


def image_result(request: Request, out: np.ndarray) -> np.ndarray:
    """Work through the tiles that are written and put the answers into ``out``, which holds what was there before."""
    request = observed(request)
    source = request.source
    area = request.area or source.frame.window
    halo = request.operation.halo_of(request.params)
    where = None if isinstance(request.write, str) else request.write
    windows = _all_at_once(source.frame, where) if halo is None else request.tiles(where, halo)

    def work(window: Window) -> Iterator[tuple[Any, Any, Any]]:
        return _work(request, window, halo)

    def store(window: Window, answers: Iterable[tuple[Any, Any, Any]]) -> None:
        for index, result, weight in answers:
            _blend(request, out[window.within(area)][index], result, weight, _nodata(source.nodata, index))

    if halo != 0 and isinstance(source, ArraySource) and np.may_share_memory(out, source.array):
        # Neighbours read what was there before, so nothing is stored before all are done.
        for window, answers in zip(windows, each(lambda window: _kept(work(window)), windows), strict=True):
            store(window, answers)
    else:
        each(lambda window: store(window, work(window)), windows)
    return out


def _kept(answers: Iterable[tuple[Any, Any, Any]]) -> list[tuple[Any, Any, Any]]:
    """Answers that outlive their tile."""
    return [(index, np.array(result), np.array(weight)) for index, result, weight in answers]


def _all_at_once(frame: Frame, where: Mask | None) -> list[Window]:
    """The whole frame, for a method that needs all of it; nothing where nothing is written."""
    nothing = frame.window.empty or (where is not None and where.window.empty)
    return [] if nothing else [frame.window]


def _work(request: Request, window: Window, halo: int | None) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
    """For each layer of a tile: its index, the kernel's answer and how much of it is to be written.

    An answer is good until the next is asked for: kernels may answer in memory that they borrowed.
    """
    operation, source = request.operation, request.source
    context = _context(request, window, halo)
    inside = context.meet(source.frame.window)
    block, known = source.read_valid(inside)
    core = window.within(context)
    write = weights_in(None if isinstance(request.write, str) else request.write, window)
    read = write if halo == 0 else weights_in(request.read, inside)
    if inside != context:
        block, known, read = (_continued(part, inside, context, request.border) for part in (block, known, read))
    named, read = _beside(request, inside, context, read)
    if operation.names_block:
        named["block"] = Place(context[:2], source.frame)
    if operation.names_core:
        named["core"] = core
    for number, layer in enumerate(_layers(request, block, known)):
        weight = _limit(read, layer.valid)
        writable = _writable(request, write, weight[core], _crop(layer.valid, core), halo)
        if operation.names_wanted:
            named["wanted"] = writable
        answer = _ask(request, layer.pixels, weight, named, number)
        result, coverage = answer if isinstance(answer, tuple) else (answer, None)
        if not operation.names_core:
            result, coverage = result[core], _crop(coverage, core)
        result, writable = _judge(request, result, coverage, writable)
        yield layer.index, result, writable


def _writable(
    request: Request, write: np.ndarray, read: np.ndarray, valid: np.ndarray | None, halo: int | None
) -> np.ndarray:
    """How much of the answer each pixel takes: none without data, unless the caller names it."""
    if request.write == "unread":
        return (1 - read).astype(read.dtype, copy=False)
    return write if request.names_invalid and halo != 0 else _limit(write, valid)


def _context(request: Request, window: Window, halo: int | None) -> Window:
    """What the kernel looks at: the tile and its halo, as far as there are pixels that take part."""
    frame = request.source.frame.window
    if halo and request.border != "outside":
        return window.grow(halo)
    reach = frame if halo is None else window.grow(halo).meet(frame)
    return reach if request.read is None or halo == 0 else reach.meet(request.read.window.join(window))


# What numpy calls the ways to go on beyond the border that scipy.ndimage calls so.
_CONTINUATIONS: dict[str, Any] = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge"}


def _continued(part: Any, inside: Window, context: Window, border: str) -> Any:
    """A block, its validity or its weights, gone on with beyond the image's border."""
    if part is None:
        return None
    rows = inside.top - context.top, context.bottom - inside.bottom
    columns = inside.left - context.left, context.right - inside.right
    return np.pad(part, [rows, columns, (0, 0)][: part.ndim], mode=_CONTINUATIONS[border])


def _beside(request: Request, inside: Window, context: Window, read: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """The blocks of images that are parameters; where one of them holds no data, nothing takes part."""
    images: dict[str, Any] = {}
    for name in request.operation.beside:
        source = request.params[name]
        if source is not None:
            block, known = source.read_valid(inside)
            valid = _valid(block, known, request.operation)
            if inside != context:
                block, valid = (_continued(part, inside, context, request.border) for part in (block, valid))
            images[name] = block if valid is None else np.where(valid, block, 0)
            read = _limit(read, valid)
    return images, read


def _ask(request: Request, pixels: np.ndarray, weight: np.ndarray, named: Mapping[str, Any], number: int) -> Any:
    operation = request.operation
    arguments = [] if request.seen is None else [request.seen[number] if _sees_alike(operation) else request.seen]
    image = _as_numbers(pixels)
    if operation.blanked:
        image = put_in_place(image, weight)
    return operation.kernel(image, weight, *arguments, **{**request.params, **named})


def _sees_alike(operation: Operation) -> bool:
    """Whether what is observed was observed of the very layer that the kernel works on, not of each of its bands."""
    return operation.observe is not None and operation.observe.bands == operation.bands


def _crop(array: Any, core: Core) -> Any:
    return None if array is None else array[core]


_ROUNDING = 1e-6  # a share that is a sum of float32 falls short of 1 by less
_ANY = float(np.finfo(np.float32).tiny)  # the least share that is not none


def _judge(request: Request, result: np.ndarray, coverage: Any, write: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply ``min_coverage`` and ``empty``: what to do where too little of the window takes part."""
    if coverage is None:
        return result, write
    if callable(coverage):
        if request.min_coverage <= _ROUNDING and request.reads_what_it_writes:
            return result, write
        coverage = coverage()
    least = request.min_coverage - _ROUNDING if request.min_coverage > _ROUNDING else _ANY
    if kernels.pick("select", write.size).covered(coverage, least, write):
        return result, write
    lacking = coverage < least
    if request.empty == "keep":
        return result, write * ~lacking
    value = np.nan if request.empty == "nan" else request.empty
    return np.where(lacking if result.ndim == 2 else lacking[..., None], value, result), write


def _blend(request: Request, out: np.ndarray, result: np.ndarray, weight: np.ndarray, nodata: Any) -> None:
    """Write the result by weight, in the image's own type; a map wherever the weight is above 0."""
    if _rounds_at_once(result, out, nodata, weight):
        kernels.pick("select", out.size).put_rounded(result, weight, out)
        return
    share = weight[..., None] if out.ndim == 3 else weight
    answer = to_dtype(result if request.as_map else _mixed(share, result, out), out.dtype)
    if nodata is not None and not request.as_map:
        answer = beside_nodata(answer, nodata)
    kernels.pick("select", out.size).put(answer, weight, out)


def _rounds_at_once(result: np.ndarray, out: np.ndarray, nodata: Any, weight: np.ndarray) -> bool:
    """Whether floats only have to be rounded into a band of small integers, which one pass does."""
    small = out.dtype.kind in "iu" and out.dtype.itemsize < 4 and out.dtype.isnative
    return small and out.ndim == 2 and result.dtype.kind == "f" and nodata is None and weight.dtype == np.uint8


def _mixed(weight: np.ndarray, result: np.ndarray, image: np.ndarray) -> np.ndarray:
    """w * result + (1 - w) * image; the result alone at full weight, and where the image holds NaN."""
    if weight.dtype == np.uint8:
        return result
    share = weight.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        mixed = share * result + (1 - share) * image
    return np.where((share == 1) | (image != image), result, mixed)


def to_dtype(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values in another type: integers round half to even and clamp."""
    if values.dtype == dtype or (dtype == np.bool_ and values.dtype == np.uint8):
        return values.view(dtype) if values.dtype != dtype else values
    if dtype.kind == "f" or np.can_cast(values.dtype, dtype):
        return values.astype(dtype)
    low, high = (0, 1) if dtype == np.bool_ else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    with np.errstate(invalid="ignore"):  # a NaN here is not written
        if values.dtype.kind == "f":  # float32 does not hold the limits of int32
            values = np.rint(values if dtype.itemsize < 4 else values.astype(np.float64))
        return np.clip(values, low, high).astype(dtype)


def _nodata(nodata: Any, index: Any) -> np.ndarray | None:
    """The nodata value of a layer, or one a band; NaN where a band has none."""
    if isinstance(nodata, tuple) and index:
        nodata = nodata[index[-1]]
    return None if nodata is None else np.array(nodata, np.float64)


def beside_nodata(values: np.ndarray, nodata: np.ndarray) -> np.ndarray:
    """A result that happens to equal nodata moves to the next value: it is data."""
    hit = values == (nodata.astype(values.dtype) if values.dtype.kind == "f" else nodata)
    if not hit.any():
        return values
    if values.dtype.kind == "f":
        return np.where(hit, np.nextafter(values, np.inf, dtype=values.dtype), values)
    return np.where(hit, np.where(values == np.iinfo(values.dtype).max, values - 1, values + 1), values).astype(
        values.dtype
    )


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

    _each(paint, windows)
    return out


def _covered(windows: list[Window], window: Window) -> bool:
    """Whether tiles, which never overlap, cover all of a window."""
    return sum(t.shape[0] * t.shape[1] for t in windows) == window.shape[0] * window.shape[1]


def _filled(shape: tuple[int, ...], background: np.ndarray, dtype: np.dtype, covered: bool) -> np.ndarray:
    if covered:
        return np.empty(shape, dtype)
    return np.full(shape, background, dtype) if background.any() else np.zeros(shape, dtype)
