"""What a call does: make its arguments ready, take the one path, and hand back what the caller expects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from roimask import path
from roimask.errors import ParameterError, RoimaskError
from roimask.frame import Frame, Window
from roimask.mask import Mask, mask_on
from roimask.parameters import unknown_name
from roimask.path import Request
from roimask.record import FUNCTIONS, Operation
from roimask.sources import ArraySource, Deferred, Source, as_source

__all__ = ["on_frame", "on_image", "on_mask", "reducing", "working"]


def working(operation: Operation) -> Callable[..., Any]:
    """The public function of an operation whose kernel works on blocks."""

    def call(image: Any, mask: Any = None, *more: Any, **given: Any) -> Any:
        try:
            if more:
                given.update(operation.named(more))
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
            read, params = mask_on(mask, source.frame), operation.ready(given, source.frame)
            if isinstance(source, Deferred):
                return source.reduced(operation, read, params)
            return answer(reduced(operation, source, read, params), read, source)
        except RoimaskError as error:
            raise named(error, operation.name) from None

    return call


def named(error: RoimaskError, name: str) -> RoimaskError:
    """The error with the name of the operation in front of it."""
    text = str(error)
    inner, _, rest = text.partition(": ")
    if inner == name:
        return error
    return type(error)(f"{name}: {rest if inner in FUNCTIONS else text}")  # one that it calls is not the user's


# -- reductions --------------------------------------------------------------------------------------------------


def reduced(
    operation: Operation, source: Source, read: Mask | None, params: Mapping[str, Any], tile: path.Tile | None = None
) -> list[Any]:
    """The summary of each band, tiles merged."""
    return path.summaries(path.observed(Request(operation, source, read, operation.own(params), tile=tile)))


def answer(summaries: list[Any], read: Mask | None, source: Source) -> Any:
    """What the caller is given: the summary of one band, or of several put together; a table for labels."""
    bands = source.read(Window(0, 0, 0, 0)).ndim == 3
    summary = type(summaries[0]).stack(summaries) if bands else summaries[0]
    return summary.answer(read) if hasattr(summary, "answer") else summary


# -- images, maps and pictures -------------------------------------------------------------------------------------


def run(
    operation: Operation, source: Source, read: Mask | None, params: dict[str, Any], tile: path.Tile | None = None
) -> Any:
    """The answer of an operation on blocks, tile by tile; ``params`` are complete and ready."""
    if isinstance(source, Deferred):
        return source.worked(operation, read, params)
    whole = source.whole()
    if operation.conceals and whole.alpha is not None:  # what lies under clear pixels, too
        whole = whole.plain()
    work = _picture if operation.result == "picture" else _image
    result = work(operation, whole, read, params, tile)
    if params.get("out") is not None:
        return params["out"]
    return result if whole.wrap is None else whole.wrap(result, window_of(source.frame, read, params))


def window_of(frame: Frame, read: Mask | None, params: Mapping[str, Any]) -> Window:
    """The window that the answer is of."""
    return frame.window if read is None or not params.get("crop") else read.window


def _picture(
    operation: Operation, source: ArraySource, read: Mask | None, params: Mapping[str, Any], tile: path.Tile | None
) -> Any:
    window = window_of(source.frame, read, params)
    params, background = with_background(operation, source, params)
    return path.picture(Request(operation, source, read, operation.own(params), tile=tile), window, background)


def with_background(
    operation: Operation, source: Source, params: Mapping[str, Any]
) -> tuple[Mapping[str, Any], np.ndarray]:
    """The parameters with the background of a picture spelt out, one value a band; and that background."""
    name = operation.background
    given = source.nodata if name is None or params[name] is None else params[name]
    background = _value_of(given, source.read(Window(0, 0, 0, 0)), name or "nodata")
    return (params if name is None else {**params, name: background}), background


def _value_of(given: Any, image: np.ndarray, name: str) -> np.ndarray:
    """A value, or one a band, in the image's own type, one a band."""
    bands = 1 if image.ndim == 2 else image.shape[2]
    if given is None:
        return np.zeros(bands, image.dtype)
    values = np.atleast_1d(np.asarray(given))
    with np.errstate(invalid="ignore", over="ignore"):
        held = values.astype(image.dtype, copy=False) if values.dtype.kind in "biuf" else None
    if held is None or len(values) not in (1, bands) or (image.dtype.kind != "f" and not np.array_equal(held, values)):
        raise ParameterError(
            f"{name} is a value that {image.dtype} can hold, or one for each of {bands} bands, got {given!r}"
        )
    return np.repeat(held, bands) if len(held) != bands else held


def _image(
    operation: Operation, source: ArraySource, read: Mask | None, params: dict[str, Any], tile: path.Tile | None
) -> Any:
    source, target = _target(source, params["out"], dtype_of_map(operation, params, source.dtype))
    for part in requests(operation, source, read, params, tile):
        path.image_result(part, target)
    return target


def requests(
    operation: Operation, source: Source, read: Mask | None, params: Mapping[str, Any], tile: path.Tile | None = None
) -> list[Request]:
    """What the path is asked for an image or a map: one request, or one for each region."""
    write = params.get("write")
    dtype = dtype_of_map(operation, params, source.dtype)
    request = Request(
        operation,
        source,
        read,
        operation.own(params),
        write=_write_mask(operation, read, write, source.frame),
        names_invalid=write is not None and not isinstance(write, str),
        tile=tile,
        as_map=dtype is not None,
        **_coverage_rule(operation, params, dtype, source.dtype),
    )
    if operation.conceals:
        _refuse_soft(read, request.write)
    return _regions(request, params["per_region"], write)


def _refuse_soft(*masks: Any) -> None:
    """A pixel that is written in part keeps the rest of what it was."""
    for mask in masks:
        if isinstance(mask, Mask) and mask.weight.dtype != np.uint8:
            raise ParameterError(
                "weights between 0 and 1 would leave part of the old pixels. Give mask.as_binary(), which takes every "
                "weight above 0 in full."
            )


def dtype_of_map(operation: Operation, params: Mapping[str, Any], dtype: np.dtype) -> np.dtype | None:
    """The type of the map that is answered; None where the answer is an image."""
    asked = params.get("dtype")
    if asked is None and operation.result != "map":
        return None
    return np.dtype(asked or ("float64" if dtype == np.float64 else "float32"))


def _coverage_rule(
    operation: Operation, params: Mapping[str, Any], of_map: np.dtype | None, dtype: np.dtype
) -> dict[str, Any]:
    if not operation.window:
        return {}
    empty = ("keep" if of_map is None else "nan") if params["empty"] is None else params["empty"]
    if empty == "nan" and of_map is None and dtype.kind != "f":
        raise ParameterError(
            f"empty='nan' needs a floating point image, this one is {dtype}. Give a value, or convert it to float32."
        )
    return {"min_coverage": params["min_coverage"], "empty": empty, "border": params["border"]}


def _write_mask(operation: Operation, read: Mask | None, write: Any, frame: Frame) -> Any:
    if isinstance(write, str):
        if write != "all":
            raise ParameterError(f"write is a mask or 'all', got {write!r}")
        return "all"
    if write is not None:
        return mask_on(write, frame, "write")
    if operation.writes == "outside":
        return "unread"
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


def _target(source: ArraySource, out: Any, of_map: np.dtype | None) -> tuple[ArraySource, np.ndarray]:
    """The source to read from and the array that the answer is put into, holding what was there before."""
    image, is_map = source.array, of_map is not None
    if out is None:
        return source, np.full(image.shape, np.nan, of_map) if is_map else path.copied(image)
    target = _bands_last(out, source, of_map or image.dtype)
    if not is_map and _is_view_of(target, image):
        return source, target
    if np.may_share_memory(target, image):
        source = source.of(path.copied(image))
    target[...] = np.nan if is_map else source.array
    return source, target


def _is_view_of(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of one shape are the same pixels in memory."""
    return a.strides == b.strides and a.__array_interface__["data"][0] == b.__array_interface__["data"][0]


def _bands_last(out: Any, source: ArraySource, dtype: np.dtype) -> np.ndarray:
    """``out`` as the path writes it."""
    image = source.array
    if isinstance(out, np.ndarray) and out.dtype.newbyteorder("=") == dtype and out.flags.writeable:
        view = np.moveaxis(out, source.channel_axis, -1) if out.ndim == 3 else out
        if view.shape == image.shape:
            return view
    shape = np.moveaxis(image, -1, source.channel_axis).shape if image.ndim == 3 else image.shape
    given = f"{out.shape} of {out.dtype}" if isinstance(out, np.ndarray) else type(out).__name__
    raise ParameterError(f"out is a writable array of shape {shape} and {dtype}, got {given}")


# -- functions of a whole image, mask or frame -----------------------------------------------------------------------


def _whole(ask: Callable[[Operation, Any, dict[str, Any]], Any]) -> Callable[[Operation], Callable[..., Any]]:
    def make(operation: Operation) -> Callable[..., Any]:
        signature = inspect.signature(operation.kernel)
        first = next(iter(signature.parameters))

        def call(*args: Any, **given: Any) -> Any:
            try:
                arguments = _bound(operation, signature, args, given)
                return ask(operation, arguments.pop(first), arguments)
            except RoimaskError as error:
                raise named(error, operation.name) from None

        return call

    return make


def _bound(
    operation: Operation, signature: inspect.Signature, args: tuple[Any, ...], given: dict[str, Any]
) -> dict[str, Any]:
    given = _gathered(operation, given, {name for name in given if name not in signature.parameters})
    try:
        arguments = dict(signature.bind_partial(*args, **given).arguments)
    except TypeError as error:
        raise ParameterError(f"{operation.name}: {error}") from None
    first = next(iter(signature.parameters))
    if first not in arguments:
        raise ParameterError(f"{operation.name}: {first} is missing; it is given first")
    return arguments


def _gathered(operation: Operation, given: dict[str, Any], others: set[str]) -> dict[str, Any]:
    """What was given, other names together in the parameter that gathers them."""
    into = operation.gathers
    if not others:
        return given
    if into is None:
        raise unknown_name(min(others), list(operation.parameters), f"{operation.name}: the parameter")
    known = {name: value for name, value in given.items() if name not in others}
    return {**known, into: {**known.get(into, {}), **{name: given[name] for name in others}}}


def _ask_image(operation: Operation, image: Any, given: dict[str, Any]) -> Any:
    """What a function finds in an image, of which pixels without data take no part."""
    opened = as_source(image)
    if isinstance(opened, Deferred):
        return opened.called(operation.function, given)
    if operation.names_windows:
        return operation.kernel(opened, **operation.ready(given, opened.frame))
    source = opened.whole()
    params = operation.ready(given, source.frame)
    if "mask" in params:
        params["mask"] = _with_data(params["mask"], source)
    found = operation.kernel(source if operation.names_source else source.array, **params)
    if isinstance(found, Mask) and source.frame.georeferenced:
        return Mask.from_crop(found.values, found.origin, source.frame, found.kind, found.names)
    return source.wrap(found, None) if isinstance(found, np.ndarray) and source.wrap is not None else found


def _with_data(mask: Mask | None, source: ArraySource) -> Mask | None:
    """The pixels of a mask for which the container says that every band holds data."""
    if source.valid is None:
        return mask
    valid = Mask(source.valid.all(axis=2) if source.valid.ndim == 3 else source.valid, "binary", source.frame)
    return valid if mask is None else mask & valid


def _ask_frame(operation: Operation, frame: Any, given: dict[str, Any]) -> Any:
    ready = Frame.of(frame)
    return operation.kernel(ready, **operation.ready(given, ready))


def _ask_mask(operation: Operation, mask: Any, given: dict[str, Any]) -> Any:
    ready = mask if isinstance(mask, Mask) else Mask(mask)
    return operation.kernel(ready, **operation.ready(given, ready.frame))


on_image = _whole(_ask_image)
on_frame = _whole(_ask_frame)
on_mask = _whole(_ask_mask)
