"""What lies within a distance of each pixel: the passes of ``kernels.distance`` shared out over the threads.

Distances are from pixel centre to pixel centre. Nothing is known beyond the border of the block, so it is no edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.threads import each

__all__ = ["checked", "disk", "distance_to_other", "extreme_within", "nearest_label", "other_within"]

_ROWS, _COLUMNS = 256, 1024  # of a thread's share


def checked(radius: float, name: str = "radius", most: float = math.inf) -> float:
    """A length of 0 or more, or an error."""
    if radius > most:
        raise ParameterError(f"{name} is at most {most:g} pixels, got {radius:g}")
    if not (math.isfinite(radius) and radius >= 0):
        raise ParameterError(f"{name} is a finite length of 0 pixels or more, got {radius:g}")
    return radius


def _squared(radius: float) -> int:
    """The largest whole number whose root is no more than the radius: squared distances are whole numbers."""
    radius = min(radius, 2.0**30)  # beyond any frame
    square = math.floor(radius * radius)
    return square + (math.sqrt(square + 1) <= radius) - (math.sqrt(square) > radius)


def _half_width(square: int, offset: int) -> int:
    """How far a disk of that squared radius reaches to either side, ``offset`` rows from its centre."""
    return math.isqrt(square - offset * offset)


def disk(radius: float) -> np.ndarray:
    """The pixels within the radius of the middle one, as bool; square, of an odd size."""
    square = _squared(radius)
    steps = np.arange(-math.isqrt(square), math.isqrt(square) + 1)
    return steps[:, None] ** 2 + steps**2 <= square


def _shared(work: Callable[[int, int], None], length: int, share: int) -> None:
    each(lambda start: work(start, min(start + share, length)), range(0, length, share))


def other_within(values: np.ndarray, radius: float) -> np.ndarray:
    """Where a pixel of another value lies within the radius, as bool."""
    height, width = values.shape
    square = _squared(radius)
    most = min(math.isqrt(square), height)
    reaches = [min(_half_width(square, d), height) + 1 for d in range(1, min(math.isqrt(square), width) + 1)]
    ramp = np.array(reaches, np.min_scalar_type(most + 1))
    reach, out = np.empty(values.shape, ramp.dtype), np.zeros(values.shape, np.uint8)
    if most:
        kernel = kernels.pick("distance", 4 * values.size)
        _shared(lambda top, bottom: kernel.across(values, ramp, reach, top, bottom), height, _ROWS)
        _shared(lambda left, right: kernel.down(values, reach, most, out, left, right), width, _COLUMNS)
    return out.view(np.bool_)


def distance_to_other(values: np.ndarray) -> np.ndarray:
    """Distance from each pixel to the nearest one of another value, float32; inf where there is none."""
    gap, out = np.empty(values.shape, np.int32), np.empty(values.shape, np.float32)
    if values.size:
        kernel = kernels.pick("distance", 40 * values.size)
        _shared(lambda left, right: kernel.gaps(values, gap, left, right), values.shape[1], _COLUMNS)
        _shared(lambda top, bottom: kernel.distances(values, gap, out, top, bottom), values.shape[0], _ROWS)
    return out


def nearest_label(labels: np.ndarray, radius: float) -> np.ndarray:
    """The label of the nearest pixel that has one, 0 where none lies within the radius; of several, the lowest."""
    gap, found, out = np.empty(labels.shape, np.int32), np.empty_like(labels), np.empty_like(labels)
    if labels.size:
        kernel, limit = kernels.pick("distance", 40 * labels.size), _squared(radius)
        _shared(lambda left, right: kernel.fall(labels, gap, found, left, right), labels.shape[1], _COLUMNS)
        _shared(lambda top, bottom: kernel.nearest(labels, gap, found, limit, out, top, bottom), labels.shape[0], _ROWS)
    return out


def extreme_within(weights: np.ndarray, radius: float, extreme: np.ufunc) -> np.ndarray:
    """The highest (``np.maximum``) or lowest (``np.minimum``) weight within the radius; takes as long as it is wide."""
    out, square = np.empty_like(weights), _squared(radius)
    strips = _strips(weights.shape[0], math.isqrt(square))
    each(lambda strip: _extreme_of_rows(weights, square, extreme, out, *strip), strips)
    return out


def _strips(height: int, halo: int) -> Iterator[tuple[int, int]]:
    share = max(_ROWS // 4, halo)
    return ((top, min(top + share, height)) for top in range(0, height, share))


def _extreme_of_rows(
    weights: np.ndarray, square: int, extreme: np.ufunc, out: np.ndarray, top: int, bottom: int
) -> None:
    """The disk is taken apart into its rows: from the outermost inwards they only grow wider."""
    height = weights.shape[0]
    halo = min(math.isqrt(square), height)
    first, last = max(top - halo, 0), min(bottom + halo, height)
    wide, width = weights[first:last].copy(), 0
    result = out[top:bottom]
    result[...] = weights[top:bottom]
    for offset in range(halo, -1, -1):
        while width < min(_half_width(square, offset), weights.shape[1]):
            wide, width = _widened(wide, extreme), width + 1
        for shift in {offset, -offset}:
            rows = slice(max(top + shift, 0), max(min(bottom + shift, height), 0))
            here = slice(rows.start - shift - top, rows.stop - shift - top)
            if rows.start < rows.stop:
                extreme(result[here], wide[rows.start - first : rows.stop - first], out=result[here])


def _widened(wide: np.ndarray, extreme: np.ufunc) -> np.ndarray:
    """The extreme of windows one pixel wider on either side."""
    wider = wide.copy()
    extreme(wider[:, 1:], wide[:, :-1], out=wider[:, 1:])
    extreme(wider[:, :-1], wide[:, 1:], out=wider[:, :-1])
    return wider
