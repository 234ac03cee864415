"""The geometry of the regions of a mask, as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from roimask import kernels

__all__ = ["geometry", "hull_spans"]

_STEP_LENGTHS = (1, math.sqrt(2), (1 + math.sqrt(2)) / 2)
_ROWS_AT_ONCE = 2**24  # of hulls: scattered regions have more rows than pixels


def geometry(regions: np.ndarray, count: int, origin: tuple[int, int]) -> dict[str, np.ndarray]:
    """Columns of numbers about the regions 1..count, none of which is empty, of a block whose first pixel is given."""
    kernel = kernels.pick("region_moments", 20 * regions.size)
    boxes, sums = kernel.moments(regions, count)
    steps, quads = kernel.edges(np.pad(regions, 2), count)
    area, perimeter = sums[:, 0], steps @ np.array(_STEP_LENGTHS)
    row, column, *spread = _moments(boxes, sums)
    with np.errstate(divide="ignore"):
        compactness = np.where(perimeter > 0, 4 * math.pi * area / perimeter**2, np.nan)
    return {
        "area": area,
        **dict(zip(("top", "left", "bottom", "right"), (boxes + np.array(origin * 2)).T, strict=True)),
        "centroid_row": origin[0] + row + 0.5,
        "centroid_col": origin[1] + column + 0.5,
        "perimeter": perimeter,
        **_ellipse(*spread),
        "solidity": area / _hull_areas(regions, boxes),
        "euler_number": quads // 4,
        "compactness": compactness,
    }


def _moments(boxes: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mean row and column, and variances down, both ways and along; about the box's corner, in small whole numbers."""
    top, left = boxes[:, 0], boxes[:, 1]
    n, y, x, yy, yx, xx = sums.T
    row, column = (y - top * n) / n, (x - left * n) / n
    down = (yy - 2 * top * y + top * top * n) / n - row * row
    both = (yx - top * x - left * y + top * left * n) / n - row * column
    along = (xx - 2 * left * x + left * left * n) / n - column * column
    return top + row, left + column, down, both, along


def _ellipse(down: np.ndarray, both: np.ndarray, along: np.ndarray) -> dict[str, np.ndarray]:
    """The ellipse with these variances."""
    middle, apart = (down + along) / 2, np.hypot((down - along) / 2, both)
    large, small = middle + apart, np.maximum(middle - apart, 0)
    with np.errstate(invalid="ignore"):
        flatness = np.where(large > 0, 1 - small / large, 0)
    return {
        "orientation": np.degrees(np.arctan2(-2 * both, along - down)) / 2 % 180 % 180,
        "major_axis": 4 * np.sqrt(large),
        "minor_axis": 4 * np.sqrt(small),
        "eccentricity": np.sqrt(flatness),
    }


def hull_spans(regions: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last column of the convex hulls in each row of their boxes, and where each region's rows start."""
    kernel = kernels.pick("region_moments", 20 * regions.size)
    starts = np.concatenate([[0], np.cumsum(boxes[:, 2] - boxes[:, 0])])
    near, far = kernel.row_spans(regions, boxes, starts)
    kernel.hulls(near, starts)
    kernel.hulls(far, starts)
    return near, -far, starts


def _hull_areas(regions: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    areas = [np.empty(0, np.int64)]
    for first, last in _batches(boxes[:, 2] - boxes[:, 0]):
        near, far, starts = hull_spans(regions - first if first else regions, boxes[first:last])
        areas.append(np.add.reduceat(far - near + 1, starts[:-1]))
    return np.concatenate(areas)


def _batches(heights: np.ndarray) -> Iterator[tuple[int, int]]:
    """Regions first..last - 1 whose rows are not too many together."""
    batch = np.cumsum(heights) // _ROWS_AT_ONCE
    return pairwise([*np.flatnonzero(np.diff(batch, prepend=-1)).tolist(), len(heights)])
