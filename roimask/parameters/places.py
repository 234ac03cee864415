"""Places and lengths on a frame: in pixels, per cent or metres, turned into pixels once the frame is known."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame
from roimask.parameters.form import Expected, TextForm
from roimask.parameters.numbers import to_number

__all__ = ["Columns", "Length", "Point", "Points", "Rings", "Rows"]


_UNITS = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%|m|km|px)?\s*$")


def _length(value: Any) -> float | str:
    if not isinstance(value, str):
        return to_number(value)
    if not _UNITS.match(value):
        raise Expected("a length in pixels, per cent (40%) or metres (30m)")
    return value


def _parse_length(text: str) -> float | str:
    _length(text)
    return text


def _to_pixels(value: Any, frame: Frame, side: float, pixel: float) -> float:
    if not isinstance(value, str):
        return value
    number, unit = _UNITS.match(value).groups()  # type: ignore[union-attr]
    if unit == "%":
        return float(number) / 100 * side
    if unit in ("m", "km"):
        return float(number) * (1000 if unit == "km" else 1) / _metres(frame, pixel, value)
    return float(number)


def _metres(frame: Frame, pixel: float, value: str) -> float:
    if not frame.georeferenced:
        raise ParameterError(
            f"{value} cannot be turned into pixels: the image has no georeference. Give pixels or per cent."
        )
    if frame.geographic:
        raise ParameterError(
            f"{value} cannot be turned into pixels: the image's grid is in degrees ({frame.crs}). "
            "Give pixels, or reproject the image to a grid in metres."
        )
    return pixel * frame.unit_in_metres


def _resolve_length(value: Any, frame: Frame) -> float:
    height, width = frame.pixel_size
    return _to_pixels(value, frame, min(frame.shape), math.sqrt(height * width))


def _resolve_rows(value: Any, frame: Frame) -> float:
    return _to_pixels(value, frame, frame.height, frame.pixel_size[0])


def _resolve_columns(value: Any, frame: Frame) -> float:
    return _to_pixels(value, frame, frame.width, frame.pixel_size[1])


def _pair(value: Any, what: str) -> tuple[Any, Any]:
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        raise Expected(what)
    return value[0], value[1]


def _point(value: Any) -> tuple[Any, Any]:
    row, column = _pair(value, "a place (row, column), in pixels or per cent")
    return _length(row), _length(column)


def _resolve_point(value: Any, frame: Frame) -> tuple[float, float]:
    return _resolve_rows(value[0], frame), _resolve_columns(value[1], frame)


def _points(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.char == "d" and value.ndim == 2 and value.shape[1] == 2:
        return value
    if isinstance(value, str) or not hasattr(value, "__len__"):
        raise Expected("places (row, column), such as 10,10 80,10 80,90")
    numbers = _pairs_of_numbers(value)
    return [_point(point) for point in value] if numbers is None else numbers


def _pairs_of_numbers(value: Any) -> np.ndarray | None:
    """Places that are plain numbers, at once as an array (n, 2): a polygon may have a million corners."""
    try:
        numbers = np.asarray(value)
    except ValueError:
        return None
    if numbers.dtype.kind not in "iuf" or numbers.shape[1:] != (2,):
        return None
    return numbers if numbers.dtype == np.float64 else numbers.astype(np.float64)


def _rings(value: Any) -> list[Any]:
    if isinstance(value, str) or not hasattr(value, "__len__"):
        raise Expected("lists of places (row, column), such as 10,10 80,10 80,90; 20,20 30,20 30,30")
    return [_points(ring) for ring in value]


def _parse_pair(text: str) -> list[Any]:
    parts = [part.strip() for part in text.split(",")]
    return [part if part[-1:] in ("%", "m") else float(part) for part in parts]


def _parse_points(text: str) -> list[Any]:
    return [_parse_pair(part) for part in text.split()]


def _parse_rings(text: str) -> list[Any]:
    return [_parse_points(part) for part in text.split(";") if part.strip()]


def _resolve_points(value: Any, frame: Frame) -> Any:
    return value if isinstance(value, np.ndarray) else [_resolve_point(point, frame) for point in value]


def _resolve_rings(value: Any, frame: Frame) -> list[Any]:
    return [_resolve_points(ring, frame) for ring in value]


_LENGTH = TextForm("a length in pixels, per cent or metres", _length, _parse_length, _resolve_length)
_ROWS = TextForm("a length in pixels, per cent of the height or metres", _length, _parse_length, _resolve_rows)
_COLUMNS = TextForm("a length in pixels, per cent of the width or metres", _length, _parse_length, _resolve_columns)
_POINT = TextForm("a place: row,column", _point, _parse_pair, _resolve_point)
_POINTS = TextForm("places: row,column row,column ...", _points, _parse_points, _resolve_points)
_RINGS = TextForm("rings: row,column ...; row,column ...", _rings, _parse_rings, _resolve_rings)
# Any: the caller may give text ("40%"), the kernel sees pixels.
Length = Annotated[Any, _LENGTH]
Rows = Annotated[Any, _ROWS]
Columns = Annotated[Any, _COLUMNS]
Point = Annotated[Any, _POINT]
Points = Annotated[Any, _POINTS]
Rings = Annotated[Any, _RINGS]
