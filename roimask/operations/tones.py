"""What the operations on contrast share: what white is, tables of values, and how the values of a region lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce as fold
from operator import add
from threading import RLock
from typing import Any, Literal

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.kernels.scratch import borrow
from roimask.mask import mask_on
from roimask.path import to_dtype, weights_in
from roimask.sources import as_source
from roimask.summary.distribution import distribution

__all__ = [
    "Bands",
    "On",
    "Range",
    "by_tables",
    "checked",
    "counted",
    "finite",
    "is_color",
    "layers",
    "luminance",
    "measured",
    "recolored",
    "region_of",
    "table_of",
    "tables_of",
    "through",
    "toned",
    "tones",
    "white",
]

Range = tuple[float, float]
On = Literal["luminance", "bands"]


def white(dtype: np.dtype) -> float:
    """What full brightness is in a type: its largest value, or 1 for floating point numbers."""
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)


def checked(range: Range | None, dtype: np.dtype, name: str = "range") -> Range:
    """The two ends that were given, or black and white of the type."""
    if range is None:
        return 0.0, white(dtype)
    if not (np.isfinite(range).all() and range[0] < range[1]):
        raise ParameterError(f"{name} is two finite numbers, the lower first, got {range}")
    return range


def counted(dtype: np.dtype) -> bool:
    """Whether a type has so few values that a table holds them all."""
    return dtype.kind != "f" and dtype.itemsize <= 2


# -- functions of a value ----------------------------------------------------------------------------------------


def through(image: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Each pixel through a function of float64 values, in the image's type where that is counted."""
    if not counted(image.dtype):
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            return function(image.astype(np.float64))
    return by_tables(image, table_of(image.dtype, function)[np.newaxis])


def table_of(dtype: np.dtype, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What a function makes of each value of a type, in that type."""
    limits = np.iinfo(dtype)
    return to_dtype(function(np.arange(limits.min, limits.max + 1, dtype=np.float64)), dtype)


def tables_of(dtype: np.dtype, functions: Iterable[Callable[[np.ndarray], np.ndarray]]) -> np.ndarray:
    """The table of each band's function."""
    return np.array([table_of(dtype, function) for function in functions])


def by_tables(image: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Each pixel through the table of its band."""
    out = borrow("toned", image.shape, image.dtype)
    return kernels.pick("lut", image.size).look_up(image, tables, out)


# -- how the values of a region lie --------------------------------------------------------------------------------


_one_at_a_time = RLock()


class Bands:
    """What was found out about each band of a region; ``a + b`` is the same of both regions.

    Attributes
    ----------
    parts : tuple
        A mergeable summary a band.
    """

    __slots__ = ("_made", "parts")

    def __init__(self, parts: Iterable[Any]):
        self.parts = tuple(parts)
        self._made: list[Any] = []

    def __add__(self, other: Bands) -> Bands:
        return Bands(map(add, self.parts, other.parts))

    def linked(self) -> Bands:
        """All bands as one."""
        return Bands((fold(add, self.parts),) * len(self.parts))

    def once(self, make: Callable[[], Any]) -> Any:
        """What follows from the whole region: made with the first block, and kept for the others."""
        with _one_at_a_time:
            if not self._made:
                self._made.append(make())
        return self._made[0]


def layers(image: np.ndarray) -> list[np.ndarray]:
    """The bands of an image, one by one."""
    return [image] if image.ndim == 2 else [image[..., band] for band in range(image.shape[2])]


def tones(image: np.ndarray, weight: np.ndarray) -> Bands:
    """How the finite values of each band are distributed."""
    return Bands(distribution(band, finite(band, weight)) for band in layers(image))


def finite(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weight, less the pixels of a band that hold NaN or inf."""
    return weight if image.dtype.kind != "f" else weight * np.isfinite(image)


def region_of(reference: Any, mask: Any) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of another image, and how much each takes part."""
    source = as_source(reference).whole()
    weight = weights_in(mask_on(mask, source.frame), source.frame.window)
    if source.valid is not None:
        weight = weight * (source.valid if source.valid.ndim == 2 else source.valid.all(axis=2))
    return source.array.view(np.uint8) if source.dtype == np.bool_ else source.array, weight


# -- colour ------------------------------------------------------------------------------------------------------


def luminance(image: np.ndarray) -> np.ndarray:
    """The brightness of a colour image, in its type."""
    out = borrow("luminance", image.shape[:2], image.dtype)
    return kernels.pick("luminance", image.size).luminance(image, out)


def recolored(image: np.ndarray, before: np.ndarray, after: np.ndarray, top: float | None = None) -> np.ndarray:
    """A colour image with another luminance and the same hues, no band above ``top``: white, or inf of floats."""
    if top is None:
        top = white(image.dtype) if image.dtype.kind != "f" else np.inf
    out = borrow("relit", image.shape, image.dtype)
    return kernels.pick("luminance", image.size).relight(image, before, after, top, out)


def is_color(image: np.ndarray) -> bool:
    """Three bands are red, green and blue."""
    return image.ndim == 3 and image.shape[2] == 3


def toned(image: np.ndarray, on: On, work: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    """The image with ``work(band, number)`` done to each band, or to the luminance of its colours alone."""
    if image.ndim == 2:
        return work(image, 0)
    if on == "luminance" and is_color(image):
        before = luminance(image)
        return recolored(image, before, work(before, 0))
    bands = (work(np.ascontiguousarray(image[..., band]), band).copy() for band in range(image.shape[2]))
    return np.stack(list(bands), axis=2)


def measured(image: np.ndarray, on: On) -> np.ndarray:
    """What is measured: the luminance of a colour image, or its bands."""
    return luminance(image) if on == "luminance" and is_color(image) else image
