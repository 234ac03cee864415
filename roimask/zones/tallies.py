"""How many pixels of each class there are in each zone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.zones.spans import Spans

__all__ = ["Tallies", "Tally", "tallied"]

_CELLS = 1 << 22  # of a table (zones, classes)
_CLASSES = 1 << 16


class Tally(NamedTuple):
    """A row for each class that occurs in a zone.

    Attributes
    ----------
    zone, value, pixels : ndarray (N,)
        The zone, the class, and how many pixels it has there.
    sums : float64 ndarray (N, 2)
        Of the weights of the pixels, and of what these cover in square metres.
    """

    zone: np.ndarray
    value: np.ndarray
    pixels: np.ndarray
    sums: np.ndarray


def tallied(
    chosen: np.ndarray, spans: Spans, window: Window, frame: Frame, pixels: np.ndarray, weight: np.ndarray
) -> list[Tally]:
    """What some zones hold in a block."""
    values, numbers = _classes(pixels, weight)
    rows = np.arange(window.top, window.bottom) + 0.5
    ground = np.broadcast_to(frame.pixel_area(rows, (window.left + window.right) / 2), rows.shape).copy()
    return [
        Tally(chosen[zones], values[classes], counts, sums)
        for zones, classes, counts, sums in _cells(len(chosen), values.size, spans, window, numbers, weight, ground)
    ]


def _classes(pixels: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values that take part, ascending, and the number of each pixel's; of a pixel without weight any number."""
    taken = pixels[weight > 0]
    if pixels.dtype.kind == "f" or pixels.itemsize > 2:
        values = np.unique(taken)
        if values.size > _CLASSES:
            raise ParameterError(
                f"classes=True counts each value, of which this raster has {values.size} in one block alone. Give one "
                "with classes, such as numpy.digitize(raster, edges), or leave classes= out."
            )
        return values, np.minimum(np.searchsorted(values, pixels), max(values.size - 1, 0)).astype(np.int32)
    lowest = np.iinfo(pixels.dtype).min
    counts = np.bincount(taken.astype(np.int64) - lowest, minlength=np.iinfo(pixels.dtype).max - lowest + 1)
    numbers = np.maximum(np.cumsum(counts > 0) - 1, 0).astype(np.int32)
    return (np.flatnonzero(counts) + lowest).astype(pixels.dtype), numbers[pixels.astype(np.int64) - lowest]


def _cells(
    zones: int, classes: int, spans: Spans, window: Window, numbers: np.ndarray, weight: np.ndarray, ground: np.ndarray
) -> Iterator[tuple[np.ndarray, ...]]:
    """The cells that are not empty, of tables (zones, classes) for so many zones at a time that none is too large."""
    from roimask.kernels.compiled import rows
    from roimask.kernels.compiled.zones import tally

    step = max(_CELLS // max(classes, 1), 1)
    for first in range(0, zones if classes else 0, step):
        start, stop = np.searchsorted(spans.places[:, 3], [first, first + step])
        places, size = spans.places[start:stop] - np.array([0, 0, 0, first], np.int32), min(step, zones - first)
        counts, sums = np.zeros((size, classes), np.int64), np.zeros((size, classes, 2))
        block = rows(numbers), rows(weight), *numbers.shape, *window[:2], places, spans.shares[start:stop]
        tally(*block, ground, counts, sums)
        zone, value = np.nonzero(counts)
        yield zone + first, value, counts[zone, value], sums[zone, value]


class Tallies:
    """The classes of all zones in one band."""

    def __init__(self) -> None:
        self._parts: list[Tally] = []

    def add(self, parts: list[Tally]) -> None:
        """Add those of a strip."""
        self._parts += parts

    def table(self) -> Tally:
        """One row for each zone and class, in their order."""
        if not any(part.zone.size for part in self._parts):
            nothing = np.empty(0, np.int64)
            return Tally(nothing, nothing, nothing, np.empty((0, 2)))
        zone, value, count, sums = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        order = np.lexsort((value, zone))
        zone, value = zone[order], value[order]
        first = np.flatnonzero(np.append(True, (np.diff(zone) > 0) | (value[1:] != value[:-1])))
        return Tally(zone[first], value[first], *(np.add.reduceat(column[order], first) for column in (count, sums)))
