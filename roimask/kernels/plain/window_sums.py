"""Sums over the windows of a block, by additions alone: nothing cancels, and a pixel counts in its own windows only."""

from __future__ import annotations

import numpy as np

from roimask.kernels.footprints import half_heights
from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["mean", "share"]


def mean(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core, dtype: np.dtype):
    """The weighted mean of each window of the core, summed in ``dtype``, and the share of it that takes part.

    ``weight`` is uint8 0/1 or float32, a pixel of weight 0 is not read; ``footprint`` a square or a disk. Where
    nothing takes part the mean is NaN.
    """
    held = _sums(_counted(weight, footprint), footprint, core)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(weight == 0, 0, image).astype(dtype) * weight.astype(dtype)
        total = _sums(values, footprint, core) / held.astype(dtype)
    return total, held.astype(np.float32) / np.float32(footprint.sum())


def share(weight: np.ndarray, footprint: np.ndarray, core: Core) -> np.ndarray:
    """The share of each window's weight that takes part."""
    return _sums(_counted(weight, footprint), footprint, core).astype(np.float32) / np.float32(footprint.sum())


def _counted(weight: np.ndarray, footprint: np.ndarray) -> np.ndarray:
    """The weights in a type that holds the sum of a window."""
    return weight if weight.dtype != np.uint8 else weight.astype(np.min_scalar_type(footprint.size))


def _sums(image: np.ndarray, footprint: np.ndarray, core: Core) -> np.ndarray:
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values = surrounded(image, core, reach, 0, "window sums: values")
    if footprint.all():
        return _runs(_runs(values[::-1], footprint.shape[0])[::-1].T, footprint.shape[1]).T
    if footprint.sum() == max(footprint.shape):
        return _line(values, footprint, shape_of(core))
    return _disk(values, half_heights(footprint), shape_of(core))


def _runs(values: np.ndarray, size: int) -> np.ndarray:
    """Sums of 1, 2, 4, 8 … rows, of which those that make up the size are added."""
    height = len(values) - size + 1
    total, known, done, length = values[:height], values, 1, 1
    while 2 * length <= size:
        known, length = known[:-length] + known[length:], 2 * length
        if size & length:
            total, done = total + known[done : done + height], done + length
    return total


def _disk(values: np.ndarray, heights: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Columns that are as high are added at once, from the lowest to the highest in the middle."""
    reach = heights.size - 1
    column, total = values[reach : reach + shape[0]], np.zeros(shape, values.dtype)
    for h in range(reach + 1):
        for top in (reach - h, reach + h) if h else ():
            column = column + values[top : top + shape[0]]
        for c in np.flatnonzero(heights == h)[::-1]:
            for left in (reach - c, reach + c) if c else (reach,):
                total += column[:, left : left + shape[1]]
    return total


def _line(values: np.ndarray, footprint: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    total = np.zeros(shape, values.dtype)
    for r, c in np.argwhere(footprint):
        total += values[r : r + shape[0], c : c + shape[1]]
    return total
