"""What the parameters of operations may be: how each type is read from text, checked, and made ready for a kernel."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask, mask_on

__all__ = [
    "Angle",
    "AnyMask",
    "Beside",
    "Color",
    "Columns",
    "Count",
    "Image",
    "Kernel",
    "Length",
    "Paint",
    "Pairs",
    "Parameter",
    "Percent",
    "Point",
    "Points",
    "Positive",
    "Ratio",
    "Rings",
    "Rows",
    "Share",
    "Size",
    "SoftMask",
    "TextForm",
    "named_color",
    "type_form",
    "unknown_name",
]


@dataclass(frozen=True)
class TextForm:
    """One type of parameter: its name in help, how text becomes a value, and what values are allowed.

    ``check`` takes a value (from Python, TOML or ``parse``) and gives the value that the function sees, or raises
    ValueError with what was expected. ``resolve`` then turns what depends on the frame (a percentage, metres)
    into pixels. ``file`` says which kind of file the text may name; ``along``, that it is an image of which a kernel
    is given the part that its block covers; ``soft``, that shapes drawn for it cover their edge pixels in part. A type
    without a text form (``parse`` is None)
    keeps its operation off the command line.
    """

    name: str
    check: Callable[[Any], Any]
    parse: Callable[[str], Any] | None = None
    resolve: Callable[[Any, Frame], Any] | None = None
    choices: tuple[str, ...] = ()
    file: Literal["", "mask", "image"] = ""
    along: bool = False
    soft: bool = False


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation: name, type, default and help."""

    name: str
    form: TextForm
    default: Any
    help: str = ""
    required: bool = field(default=False)
    positional: bool = field(default=False)
    shared: bool = field(default=False)  # given by the path to all operations of a kind

    def check(self, value: Any, owner: str) -> Any:
        """The value as the function takes it, or one sentence that says what was expected."""
        if value is None and self.default is None and not self.required:
            return None
        try:
            return self.form.check(value)
        except (ValueError, TypeError) as error:
            raise ParameterError(f"{owner}: {self.name} is {error}, got {value!r}") from None

    def parse(self, text: str, owner: str) -> Any:
        """The value that a text stands for, on the command line."""
        assert self.form.parse is not None, f"{self.name} has no text form"
        try:
            value = self.form.parse(text)
        except (ValueError, TypeError):
            raise ParameterError(f"{owner}: {self.name} is {self.form.name}, got {text!r}") from None
        return self.check(value, owner)


def unknown_name(given: str, known: Sequence[str], what: str) -> ParameterError:
    """The error for a name that is not known, with the name that was perhaps meant."""
    close = get_close_matches(given, known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known) or 'none'}."
    return ParameterError(f"{what} {given!r} is not known: {meant}")


# -- the plain types ---------------------------------------------------------------------------------------------


def _number(value: Any) -> float:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise ValueError("a number")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise ValueError("a whole number")
    return int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
        raise ValueError("true or false")
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _parse_flag(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]


def _pairs(value: Any) -> list[tuple[float, float]]:
    points = np.asarray(value, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise ValueError("two or more pairs of numbers, before and after")
    return [(before, after) for before, after in points.tolist()]


def _parse_pairs(text: str) -> list[list[float]]:
    return [[float(number) for number in pair.split(",")] for pair in text.split()]


def _odd(value: Any) -> int:
    size = _whole(value)
    if size < 1 or size % 2 == 0:
        raise ValueError("an odd whole number of pixels, 1 or more")
    return size


# -- places and lengths on a frame -------------------------------------------------------------------------------

_UNITS = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%|m|km|px)?\s*$")


def _length(value: Any) -> float | str:
    if not isinstance(value, str):
        return _number(value)
    if not _UNITS.match(value):
        raise ValueError("a length in pixels, per cent (40%) or metres (30m)")
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
        raise ValueError(what)
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
        raise ValueError("places (row, column), such as 10,10 80,10 80,90")
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
        raise ValueError("lists of places (row, column), such as 10,10 80,10 80,90; 20,20 30,20 30,30")
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


def _angle(value: Any) -> float:
    angle = _number(value)
    if not math.isfinite(angle):
        raise ValueError("a finite number of degrees")
    return angle


def _color(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if hasattr(value, "__len__"):
        return tuple(_number(part) for part in value)
    return _number(value)


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
            raise ValueError("a colour name such as red, or #rrggbb") from None
        return value
    paint = _color(value)
    if isinstance(paint, tuple) and len(paint) not in (1, 3):
        raise ValueError("one number or three")
    return paint


def _ratio(value: Any) -> float:
    above, _, below = value.partition(":") if isinstance(value, str) else (value, "", "")
    ratio = float(above) / float(below or 1)
    if not 0 < ratio < math.inf:
        raise ValueError("a ratio above 0, such as 16:9 or 1.78")
    return ratio


def _between(low: float, high: float, what: str) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        number = _number(value)
        if not low <= number <= high:
            raise ValueError(what)
        return number

    return check


def _kernel(value: Any) -> np.ndarray:
    kernel = np.asarray(value)
    if kernel.dtype.kind not in "biuf" or kernel.ndim != 2 or not all(side % 2 for side in kernel.shape):
        raise ValueError("an array of numbers with two axes, both odd")
    if not np.isfinite(kernel).all():
        raise ValueError("an array of finite numbers")
    return kernel.astype(np.float64)


def _parse_kernel(text: str) -> list[list[float]]:
    return [[float(part) for part in row.split(",")] for row in text.split(";")]


_KERNEL = TextForm("numbers, rows apart by semicolons: -1,0,1;-2,0,2;-1,0,1", _kernel, _parse_kernel)


def _count(value: Any) -> int:
    count = _whole(value)
    if count < 1:
        raise ValueError("a whole number, 1 or more")
    return count


_COUNT = TextForm("a whole number, 1 or more", _count, int)
_POSITIVE = TextForm("a number above 0", _between(math.ulp(0.0), math.inf, "a number above 0"), float)
_SHARE = TextForm("a share, 0 to 1", _between(0, 1, "a share, 0 to 1"), float)
_PERCENT = TextForm("a percentage, 0 to 100", _between(0, 100, "a percentage, 0 to 100"), float)
_LENGTH = TextForm("a length in pixels, per cent or metres", _length, _parse_length, _resolve_length)
_ROWS = TextForm("a length in pixels, per cent of the height or metres", _length, _parse_length, _resolve_rows)
_COLUMNS = TextForm("a length in pixels, per cent of the width or metres", _length, _parse_length, _resolve_columns)
_POINT = TextForm("a place: row,column", _point, _parse_pair, _resolve_point)
_POINTS = TextForm("places: row,column row,column ...", _points, _parse_points, _resolve_points)
_RINGS = TextForm("rings: row,column ...; row,column ...", _rings, _parse_rings, _resolve_rings)
_ANGLE = TextForm("degrees", _angle, float)
_SIZE = TextForm("an odd number of pixels", _odd, int)
_COLOR = TextForm("a number, a colour name, or numbers with commas", _color, _parse_color)
_PAINT = TextForm("a colour name, #rrggbb, or numbers with commas", _paint, _parse_color)
_RATIO = TextForm("a ratio, such as 16:9 or 1.78", _ratio, _ratio)

Count = Annotated[int, _COUNT]
Kernel = Annotated[np.ndarray, _KERNEL]
Positive = Annotated[float, _POSITIVE]
Share = Annotated[float, _SHARE]
Pairs = Annotated[Any, TextForm("pairs of numbers: before,after before,after ...", _pairs, _parse_pairs)]
Percent = Annotated[float, _PERCENT]
# Any: the caller may give text ("40%"), the kernel sees pixels.
Length = Annotated[Any, _LENGTH]
Rows = Annotated[Any, _ROWS]
Columns = Annotated[Any, _COLUMNS]
Point = Annotated[Any, _POINT]
Points = Annotated[Any, _POINTS]
Rings = Annotated[Any, _RINGS]
Angle = Annotated[float, _ANGLE]
Size = Annotated[int, _SIZE]
Color = Annotated[float | str | Sequence[float], _COLOR]
Paint = Annotated[float | str | Sequence[float], _PAINT]  # a colour for sure, so that a union may go on to a file
Ratio = Annotated[float, _RATIO]


# -- masks and images ------------------------------------------------------------------------------------------------


def _mask(value: Any) -> Mask:
    return value if isinstance(value, Mask) else Mask(value)


def _read_mask(text: str) -> Mask:
    from roimask.formats import read_mask

    return read_mask(text)


# A mask whose edges are to be soft where that can be had.
SoftMask = Annotated[Mask, TextForm("a mask, or a mask file", _mask, _read_mask, mask_on, file="mask", soft=True)]


def _image(value: Any) -> np.ndarray:
    from roimask.sources import as_source

    return as_source(value).whole().array


def _no_text(image: Any) -> Any:
    if isinstance(image, str):
        raise ValueError("an image; a file is given as rm.read(path) or rm.Raster(path)")
    return image


def _read_image(text: str) -> np.ndarray:
    from roimask.raster.io import read

    return read(text)


def _open_image(text: str) -> Any:
    from roimask.raster.raster import Raster

    return Raster(text)


# A mask of another image, on that image's own frame.
AnyMask = Annotated[Any, TextForm("a mask, or a mask file", _mask, _read_mask)]
# An image that another operation reads, by tiles and with its own validity; np.ndarray: its pixels.
Image = Annotated[Any, TextForm("an image, or an image file", _no_text, _open_image, file="image")]


def _beside(value: Any, frame: Frame) -> Any:
    from roimask.sources import as_source

    source = as_source(value)
    if not source.frame.fits(frame) or source.read(Window(0, 0, 0, 0)).ndim != 2:
        raise ParameterError(
            f"the image beside it has one band and the size {frame.describe()}, this one is {source.frame.describe()}. "
            "Choose one band, such as image[..., 0]."
        )
    return source


# An image of one band on the same grid, cut along with the blocks.
_ONE_BAND = "an image of one band, or an image file"
Beside = Annotated[Any, TextForm(_ONE_BAND, lambda image: image, _open_image, _beside, file="image", along=True)]

_PLAIN: Mapping[Any, TextForm] = {
    float: TextForm("a number", _number, float),
    int: TextForm("a whole number", _whole, int),
    bool: TextForm("true or false", _flag, _parse_flag),
    str: TextForm("a text", _text, str),
    Mask: TextForm("a mask, or a mask file", _mask, _read_mask, mask_on, file="mask"),
    np.ndarray: TextForm("an image, or an image file", _image, _read_image, file="image"),
}


def type_form(annotation: Any) -> TextForm:
    """The text form that stands for a parameter's annotation."""
    if get_origin(annotation) is Annotated:
        return next(note for note in get_args(annotation)[1:] if isinstance(note, TextForm))
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choice(parts)
    if origin in (Union, UnionType):
        return _either([type_form(part) for part in parts if part is not NoneType])
    if origin is tuple and Ellipsis not in parts:
        return _several(type_form(parts[0]), len(parts))
    if origin in (tuple, list, get_origin(Sequence[int])):
        return _several(type_form(parts[0]), None)
    return TextForm(getattr(annotation, "__name__", str(annotation)), lambda value: value)


def _choice(choices: tuple[str | int, ...]) -> TextForm:
    by_text = {str(choice): choice for choice in choices}
    name = f"one of {', '.join(by_text)}"

    def check(value: Any) -> str | int:
        chosen = by_text.get(value, value) if isinstance(value, str) else value
        if chosen not in choices:
            raise ValueError(name)
        return chosen

    return TextForm(name, check, str, choices=tuple(by_text))


def _either(forms: list[TextForm]) -> TextForm:
    if len(forms) == 1:
        return forms[0]

    def first(forms: list[TextForm], make: Callable[[TextForm], Any]) -> Any:
        for form in forms:
            try:
                return make(form)
            except (ValueError, TypeError, OSError):  # OSError: no such file
                continue
        raise ValueError(" or ".join(form.name for form in forms))

    texts = [form for form in forms if form.parse is not None]
    return TextForm(
        " or ".join(form.name for form in forms),
        lambda value: first(forms, lambda form: form.check(value)),
        (lambda text: first(texts, lambda form: form.check(form.parse(text)))) if texts else None,  # type: ignore[misc]
        file=next((form.file for form in forms if form.file), ""),
    )


def _several(form: TextForm, count: int | None) -> TextForm:
    def check(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str) or not hasattr(value, "__len__") or (count is not None and len(value) != count):
            raise ValueError(f"{count or 'some'} values, each {form.name}")
        return tuple(form.check(part) for part in value)

    parse = form.parse
    return TextForm(
        f"values with commas between, each {form.name}",
        check,
        None if parse is None else lambda text: tuple(parse(part.strip()) for part in text.split(",") if part.strip()),
    )
