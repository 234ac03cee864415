"""Colours, by name or by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from roimask.parameters.form import Expected, TextForm
from roimask.parameters.numbers import to_number

__all__ = ["Color", "Paint", "named_color"]


def _color(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if hasattr(value, "__len__"):
        return tuple(to_number(part) for part in value)
    return to_number(value)


def _parse_color(text: str) -> Any:
    parts = text.split(",")
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        return text
    return numbers if len(numbers) > 1 else numbers[0]


def named_color(text: str) -> tuple[int, ...]:
    """Red, green and blue, 0 to 255, of a colour's CSS name or #rrggbb.

    Raises
    ------
    ValueError
        Where there is no such colour.
    """
    from PIL import ImageColor

    return ImageColor.getrgb(text)[:3]


def _paint(value: Any) -> Any:
    if isinstance(value, str):
        try:
            named_color(value)
        except ValueError:
            raise Expected("a colour name such as red, or #rrggbb") from None
        return value
    paint = _color(value)
    if isinstance(paint, tuple) and len(paint) not in (1, 3):
        raise Expected("one number or three")
    return paint


_COLOR = TextForm("a number, a colour name, or numbers with commas", _color, _parse_color)
_PAINT = TextForm("a colour name, #rrggbb, or numbers with commas", _paint, _parse_color)
Color = Annotated[float | str | Sequence[float], _COLOR]
Paint = Annotated[float | str | Sequence[float], _PAINT]  # a colour for sure, so that a union may go on to a file
