"""Numbers, flags and texts: how each is read from text and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np

from roimask.parameters.form import Expected, TextForm

__all__ = [
    "FLAG",
    "NUMBER",
    "TEXT",
    "WHOLE",
    "Angle",
    "Bits",
    "Count",
    "Kernel",
    "Pairs",
    "Percent",
    "Positive",
    "Ratio",
    "Share",
    "Size",
    "Value",
    "to_number",
]


def to_number(value: Any) -> float:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__") or np.ndim(value):
        raise Expected("a number")
    return float(value)


def _no_nan(value: Any) -> float:
    number = to_number(value)
    if math.isnan(number):
        raise Expected("a number")
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise Expected("a whole number")
    return int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
        raise Expected("true or false")
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Expected("a text")
    return value


def _parse_flag(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]


def _pairs(value: Any) -> list[tuple[float, float]]:
    points = np.asarray(value, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise Expected("two or more pairs of numbers, before and after")
    return [(before, after) for before, after in points.tolist()]


def _parse_pairs(text: str) -> list[list[float]]:
    return [[float(number) for number in pair.split(",")] for pair in text.split()]


def _odd(value: Any) -> int:
    size = _whole(value)
    if size < 1 or size % 2 == 0:
        raise Expected("an odd whole number of pixels, 1 or more")
    return size


def _angle(value: Any) -> float:
    angle = to_number(value)
    if not math.isfinite(angle):
        raise Expected("a finite number of degrees")
    return angle


def _ratio(value: Any) -> float:
    above, _, below = value.partition(":") if isinstance(value, str) else (value, "", "")
    ratio = float(above) / float(below or 1)
    if not 0 < ratio < math.inf:
        raise Expected("a ratio above 0, such as 16:9 or 1.78")
    return ratio


def _between(low: float, high: float, what: str) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        number = to_number(value)
        if not low <= number <= high:
            raise Expected(what)
        return number

    return check


def _positive(value: Any) -> float:
    number = to_number(value)
    if not 0 < number < math.inf:
        raise Expected("a finite number" if number == math.inf else "a number above 0")
    return number


def _kernel(value: Any) -> np.ndarray:
    kernel = np.asarray(value)
    if kernel.dtype.kind not in "biuf" or kernel.ndim != 2 or not all(side % 2 for side in kernel.shape):
        raise Expected("an array of numbers with two axes, both odd")
    if not np.isfinite(kernel).all():
        raise Expected("an array of finite numbers")
    return kernel.astype(np.float64)


def _parse_kernel(text: str) -> list[list[float]]:
    return [[float(part) for part in row.split(",")] for row in text.split(";")]


_KERNEL = TextForm("numbers, rows apart by semicolons: -1,0,1;-2,0,2;-1,0,1", _kernel, _parse_kernel)


def _count(value: Any) -> int:
    count = _whole(value)
    if count < 1:
        raise Expected("a whole number, 1 or more")
    return count


def _bits(value: Any) -> dict[str, Any]:
    from roimask.presets.rules import Rule

    if not isinstance(value, Mapping):
        raise Expected("bits by name, such as {'cloud': 3, 'haze': '8-9>=2'}")
    found = {}
    for name, given in value.items():
        try:
            found[str(name)] = Rule.of(given)
        except ValueError as error:
            raise Expected(f"for each name {error} (see {name!r})") from None
    return found


def _parse_bits(text: str) -> dict[str, str]:
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): rule.strip() for name, _, rule in parts}


NUMBER = TextForm("a number", _no_nan, float)
WHOLE = TextForm("a whole number", _whole, int)
FLAG = TextForm("true or false", _flag, _parse_flag)
TEXT = TextForm("a text", _text, str)
_COUNT = TextForm("a whole number, 1 or more", _count, int)
_POSITIVE = TextForm("a number above 0", _positive, float)
_SHARE = TextForm("a share, 0 to 1", _between(0, 1, "a share, 0 to 1"), float)
_PERCENT = TextForm("a percentage, 0 to 100", _between(0, 100, "a percentage, 0 to 100"), float)
_ANGLE = TextForm("degrees", _angle, float)
_SIZE = TextForm("an odd number of pixels", _odd, int)
_RATIO = TextForm("a ratio, such as 16:9 or 1.78", _ratio, _ratio)
_BITS = TextForm("bits by name: name=bit,name=first-last>=value,...", _bits, _parse_bits, gathers=True)
Bits = Annotated[Any, _BITS]  # Any: the caller gives a number or a text for each name, the kernel sees its rule
Count = Annotated[int, _COUNT]
Kernel = Annotated[np.ndarray, _KERNEL]
Positive = Annotated[float, _POSITIVE]
Share = Annotated[float, _SHARE]
Pairs = Annotated[Any, TextForm("pairs of numbers: before,after before,after ...", _pairs, _parse_pairs)]
Percent = Annotated[float, _PERCENT]
Angle = Annotated[float, _ANGLE]
Size = Annotated[int, _SIZE]
Ratio = Annotated[float, _RATIO]
Value = Annotated[float, TextForm("a number or nan", to_number, float)]  # of a pixel
