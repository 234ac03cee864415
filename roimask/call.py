"""What a call does: make its arguments ready, take the one path, and hand back what the caller expects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask import path
from roimask.errors import ParameterError, RoimaskError
from roimask.frame import Frame, Window
from roimask.mask import Mask, mask_on
from roimask.parameters import unknown_name
from roimask.path import Request
from roimask.sources import ArraySource, Source, as_source

if TYPE_CHECKING:
    from roimask.operation import Operation

__all__ = ["on_frame", "on_image", "on_mask", "reducing", "working"]


def working(operation: Operation) -> Callable[..., Any]:
    """The public function of an operation whose kernel works on blocks."""

    def call(image: Any, mask: Any = None, **given: Any) -> Any:
        try:
            source = as_source(image, given.pop("channel_axis", -1))
            return run(operation, source, mask_on(mask, source.frame), operation.ready(given, source.frame))
        except RoimaskError as error:
            raise named(error, operation.name) from None

    return call


def reducing(operation: Operation) -> Callable[..., Any]:
    """The public function of a reduction."""

    def call(image: Any, mask: Any = None, **given: Any) -> Any:
        try:
            source = as_source(image, given.pop("channel_axis", -1))
            read = mask_on(mask, source.frame)
            return answer(reduced(operation, source, read, operation.ready(given, source.frame)), read, source)
        except RoimaskError as error:
            raise named(error, operation.name) from None

    return call


def named(error: RoimaskError, name: str) -> RoimaskError:
    """The error with the name of the operation in front of it."""
    text = str(error)
    return error if text.startswith(f"{name}:") else type(error)(f"{name}: {text}")


# -- reductions --------------------------------------------------------------------------------------------------


def reduced(
    operation: Operation, source: Source, read: Mask | None, params: Mapping[str, Any], tile: path.Tile | None = None
) -> list[Any]:
    """The summary of each band, tiles merged."""
    return path.summaries(path.observed(Request(operation, source, read, params, tile=tile)))


def answer(summaries: list[Any], read: Mask | None, source: Source) -> Any:
    """What the caller is given: the summary of one band, or of several put together; a table for labels."""
    bands = source.read(Window(0, 0, 0, 0)).ndim == 3
    summary = type(summaries[0]).stack(summaries) if bands else summaries[0]
    return summary.answer(read) if hasattr(summary, "answer") else summary


# -- images, maps and pictures -------------------------------------------------------------------------------------


def run(operation: Operation, source: Source, read: Mask | None, params: dict[str, Any], tile: path.Tile | None = None) -> Any:
    """The answer of an operation on blocks, tile by tile; ``params`` are complete and ready."""
    whole = source.whole()
    work = _picture if operation.result == "picture" else _image
    result = work(operation, whole, read, params, tile)
    if params.get("out") is not None:
        return params["out"]
    return whole.wrap(result) if whole.wrap is not None else result


def _picture(operation: Operation, source: ArraySource, read: Mask | None, params: dict[str, Any], tile: path.Tile | None) -> Any:
    window = source.frame.window if read is None or not params["crop"] else read.window
    name = operation.background
    given = source.nodata if name is None or params[name] is None else params[name]
    background = _value_of(given, source.array, name or "nodata")
    if name is not None:
        params = {**params, name: background}
    return path.picture(Request(operation, source, read, operation.own(params), tile=tile), window, background)


def _value_of(given: Any, image: np.ndarray, name: str) -> np.ndarray:
    """A value, or one a band, in the image's own type, one a band."""
    bands = 1 if image.ndim == 2 else image.shape[2]
    if given is None:
        return np.zeros(bands, image.dtype)
    values = np.atleast_1d(np.asarray(given))
    with np.errstate(invalid="ignore", over="ignore"):
        held = values.astype(image.dtype, copy=False) if values.dtype.kind in "biuf" else None
    if held is None or len(values) not in (1, bands) or (image.dtype.kind != "f" and not np.array_equal(held, values)):
        raise ParameterError(f"{name} is a value that {image.dtype} can hold, or one for each of {bands} bands, got {given!r}")
    return np.repeat(held, bands) if len(held) != bands else held


def _image(operation: Operation, source: ArraySource, read: Mask | None, params: dict[str, Any], tile: path.Tile | None) -> Any:
    write = params.get("write")
    request = Request(
        operation,
        source,
        read,
        operation.own(params),
        write=_write_mask(operation, read, write, source.frame),
        names_invalid=write is not None and not isinstance(write, str),
        tile=tile,
        **_coverage_rule(operation, params, source.dtype),
    )
    target = _target(operation, source, params["out"])
    for part in _regions(request, params["per_region"], write):
        path.image_result(part, target)
    return target


def _coverage_rule(operation: Operation, params: Mapping[str, Any], dtype: np.dtype) -> dict[str, Any]:
    if not operation.window:
        return {}
    is_map = operation.result == "map"
    empty = ("nan" if is_map else "keep") if params["empty"] is None else params["empty"]
    if empty == "nan" and not is_map and dtype.kind != "f":
        raise ParameterError(f"empty='nan' needs a floating point image, this one is {dtype}. Use image.astype('float32').")
    return {"min_coverage": params["min_coverage"], "empty": empty}


def _write_mask(operation: Operation, read: Mask | None, write: Any, frame: Frame) -> Any:
    if isinstance(write, str):
        if write != "all":
            raise ParameterError(f"write is a mask or 'all', got {write!r}")
        return "all"
    if write is not None:
        return mask_on(write, frame)
    if operation.writes == "outside":
        return Mask(np.zeros(frame.shape, bool)) if read is None else ~read
    return "all" if read is None else read


def _regions(request: Request, per_region: bool, write: Any) -> list[Request]:
    if not per_region:
        return [request]
    if write is not None:
        raise ParameterError("per_region=True and write= exclude each other: each region reads and writes itself")
    if request.read is None:
        raise ParameterError("per_region=True needs a mask with regions, got none")
    mask = request.read
    regions = [mask[label] for label in mask.labels] if mask.kind == "labels" else [mask]
    return [replace(request, read=region, write=region) for region in regions]


def _target(operation: Operation, source: ArraySource, out: Any) -> np.ndarray:
    """The array that the answer is put into, holding what was there before."""
    image, is_map = source.array, operation.result == "map"
    dtype = image.dtype if not is_map else np.dtype(np.float64 if image.dtype == np.float64 else np.float32)
    if out is None:
        return np.full(image.shape, np.nan, dtype) if is_map else image.copy()
    target = _bands_last(out, image.shape, dtype)
    if is_map:
        target[...] = np.nan
    elif not np.may_share_memory(target, image):
        target[...] = image
    return target


def _bands_last(out: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """``out`` as the path writes it."""
    if isinstance(out, np.ndarray) and out.dtype == dtype and out.flags.writeable:
        for view in (out, np.moveaxis(out, 0, -1)):
            if view.shape == shape:
                return view
    given = f"{out.shape} of {out.dtype}" if isinstance(out, np.ndarray) else type(out).__name__
    raise ParameterError(f"out is a writable array of shape {shape} and {dtype}, got {given}")


# -- functions of a whole image, mask or frame -----------------------------------------------------------------------


def _whole(prepare: Callable[[Any], tuple[Any, Frame]]) -> Callable[[Operation], Callable[..., Any]]:
    def make(operation: Operation) -> Callable[..., Any]:
        signature = inspect.signature(operation.kernel)
        first = next(iter(signature.parameters))

        def call(*args: Any, **given: Any) -> Any:
            try:
                arguments = _bound(operation, signature, args, given)
                thing, frame = prepare(arguments.pop(first))
                return operation.kernel(thing, **operation.ready(arguments, frame))
            except RoimaskError as error:
                raise named(error, operation.name) from None

        return call

    return make


def _bound(operation: Operation, signature: inspect.Signature, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
    for name in given:
        if name not in signature.parameters:
            raise unknown_name(name, list(operation.parameters), f"{operation.name}: the parameter")
    try:
        return dict(signature.bind(*args, **given).arguments)
    except TypeError as error:
        raise ParameterError(f"{operation.name}: {error}") from None


def _prepare_image(image: Any) -> tuple[np.ndarray, Frame]:
    source = as_source(image).whole()
    return source.array, source.frame


def _prepare_frame(frame: Any) -> tuple[Frame, Frame]:
    ready = Frame.of(frame)
    return ready, ready


def _prepare_mask(mask: Any) -> tuple[Mask, Frame]:
    ready = mask if isinstance(mask, Mask) else Mask(mask)
    return ready, ready.frame


on_image = _whole(_prepare_image)
on_frame = _whole(_prepare_frame)
on_mask = _whole(_prepare_mask)
