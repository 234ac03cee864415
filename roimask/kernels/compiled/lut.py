"""Pixels through a table of all values of their type, or along a straight line between two ends."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["look_up", "ramp"]


def look_up(image: np.ndarray, tables: np.ndarray, out: np.ndarray) -> np.ndarray:
    """See ``plain.lut.look_up``."""
    unsigned = np.dtype(f"u{image.itemsize}")
    if image.dtype.kind == "i":  # as unsigned numbers the negative values come last
        tables = np.roll(tables, tables.shape[1] // 2, axis=1)
    _look_up(rows(image.view(unsigned)), tables.view(unsigned), *image.shape[:2], rows(out.view(unsigned)))
    return out


@jit
def _look_up(image, tables, height, width, out):
    bands, first = tables.shape[0], tables[0]
    for y in range(height):
        values, o = image[y], out[y]
        if bands == 1:
            for x in range(width):
                o[x] = first[values[x]]
        else:
            for x in range(width):
                for band in range(bands):
                    o[x * bands + band] = tables[band, values[x * bands + band]]


def ramp(
    image: np.ndarray, offsets: np.ndarray, slopes: np.ndarray, ends: tuple[float, float], out: np.ndarray
) -> np.ndarray:
    """See ``plain.lut.ramp``."""
    _ramp(rows(image), offsets, slopes, float(ends[0]), float(ends[1]), *image.shape[:2], rows(out))
    return out


@jit
def _ramp(image, offsets, slopes, low, high, height, width, out):
    bands = offsets.size
    for y in range(height):
        values, o = image[y], out[y]
        for band in range(bands):
            offset, slope = offsets[band], slopes[band]
            for x in range(width):
                value = (values[x * bands + band] - offset) * slope + low
                o[x * bands + band] = low if value < low else high if value > high else value
