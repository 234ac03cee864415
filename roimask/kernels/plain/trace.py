"""Outlines of regions along the sides of their pixels, in plain Python."""

from __future__ import annotations

import numpy as np

__all__ = ["outlines", "padded", "walk"]


def outlines(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Walk around every region: pixels that touch at a side are one polygon, its holes are rings as well.

    Parameters
    ----------
    labels : (height, width) int32
        0 is no region.

    Returns
    -------
    points : (n, 2) int32
        Row and column of the corners of all rings, one ring after the other, the region on the right hand: outer rings
        have a positive area in (column, row), holes a negative one.
    rings : (m + 1,) int64
        Where each ring starts among the points, and where the last one ends.
    polygons : (m,) int64
        The polygon of each ring; its outer ring comes first.
    regions : (p,) int64
        The label of each polygon, in the order of their first pixels.

    Notes
    -----
    A ring is met first at the left side of a pixel, the topmost and of these the leftmost. It is a hole's where the
    pixel above is of the same region, and so of the same polygon. Cost: O(pixels + sides of outlines).
    """
    around = padded(labels)
    owner = np.zeros(around.shape, np.int32)  # 1 + the polygon, of pixels whose left side is walked along, or seen
    points, polygons, regions = [np.empty((0, 2), np.int32)], [], []
    for row, start, stop in _spans(around):
        if not owner[row, start]:
            hole = around[row - 1, start] == around[row, start]
            if not hole:
                regions.append(int(around[row, start]))
            polygons.append(owner[row - 1, start] - 1 if hole else len(regions) - 1)
            corners, used = walk(around, owner, row, start, polygons[-1] + 1, np.empty((64, 2), np.int32), 0)
            points.append(corners[:used])
        owner[row, start:stop] = owner[row, start]
    rings = np.cumsum([0, *map(len, points[1:])], dtype=np.int64)
    return np.concatenate(points), rings, np.array(polygons, np.int64), np.array(regions, np.int64)


def padded(labels: np.ndarray) -> np.ndarray:
    """The labels with a border of zeros, so that no pixel lacks a neighbour."""
    return np.pad(labels, 1)


def _spans(around: np.ndarray) -> list[list[int]]:
    """Row, first column and column after the last of each stretch of one label, row by row."""
    changes = around[:, 1:] != around[:, :-1]
    row, before = np.nonzero(changes)
    start = before + 1
    inside = around[row, start] != 0
    return np.stack([row, start, np.roll(start, -1)], axis=1)[inside].tolist()


def walk(around, owner, row, column, mark, points, k):
    """Note the corners of the ring that goes up the left side of a pixel; pixels that touch at a corner are parted.

    Returns the points, or a longer copy of them, and how many there are then. (It is compiled as it stands.)
    """
    label = around[row, column]
    y, x, dy, dx = row + 1, column, -1, 0
    while True:
        if dy < 0:
            if owner[y - 1, x]:
                return points, k
            owner[y - 1, x] = mark
        y, x = y + dy, x + dx
        right = around[y + (dy + dx - 1) // 2, x + (dx - dy - 1) // 2] == label
        left = around[y + (dy - dx - 1) // 2, x + (dx + dy - 1) // 2] == label
        if right and not left:
            continue
        dy, dx = (-dx, dy) if right else (dx, -dy)
        if k == len(points):
            longer = np.empty((2 * k, 2), points.dtype)
            longer[:k] = points
            points = longer
        points[k, 0], points[k, 1] = y - 1, x - 1
        k += 1
