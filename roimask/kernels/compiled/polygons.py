"""Polygons to runs of pixels by the pixel-centre rule, compiled: the bits of ``plain.polygons``."""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.plain.polygons import flat_runs, merge_runs

__all__ = ["by_count", "paint_runs", "polygon_runs"]


def polygon_runs(x, y, rings, polygons, height: int, width: int) -> np.ndarray:
    """Find the runs of pixels of each polygon; see :func:`roimask.kernels.plain.polygons.polygon_runs`.

    Cost: O(vertices + crossings + rows), as long as few edges cross a line.
    """
    first = _first_slots(y, rings, polygons, height)
    offsets, place = _offsets(y, rings, polygons, height, first)
    columns = _crossings(x, y, rings, polygons, height, width, first, offsets, place)
    return merge_runs(_pair(offsets, first, columns), flat_runs(x, y, rings, polygons, height, width))


@jit
def paint_runs(out, runs, values, top, left):
    """Write each run's value (by polygon) into ``out``, whose corner is (top, left); the later run wins."""
    for k in range(len(runs)):
        row = out[runs[k, 0] - top, runs[k, 1] - left : runs[k, 2] - left]
        value = values[runs[k, 3]]
        for i in range(len(row)):
            row[i] = value


@jit
def _line(y, height):
    """The first line of pixel centres on or below ``y``."""
    return int(min(max(math.ceil(y - 0.5), 0.0), float(height)))


@jit
def _first_slots(y, rings, polygons, height):
    """Give each line of each polygon a slot: each polygon's first slot and row; the last one holds their number."""
    first = np.zeros((len(polygons), 2), np.int64)
    for p in range(len(polygons) - 1):
        top, bottom = height, 0
        for i in range(rings[polygons[p]], rings[polygons[p + 1]]):
            line = _line(y[i], height)
            top, bottom = min(top, line), max(bottom, line)
        first[p, 1] = top
        first[p + 1, 0] = first[p, 0] + max(bottom - top, 0)
    return first


@jit
def _offsets(y, rings, polygons, height, first):
    """Where each slot starts among the crossings; twice, for the second is used up."""
    # An edge adds one crossing to each slot from its upper to its lower end: note the two changes, then sum them.
    changes = np.zeros(first[-1, 0] + 1, np.int64)
    for p in range(len(polygons) - 1):
        shift = first[p, 0] - first[p, 1]
        for ring in range(polygons[p], polygons[p + 1]):
            before = _line(y[rings[ring + 1] - 1], height)
            for i in range(rings[ring], rings[ring + 1]):
                line = _line(y[i], height)
                changes[min(line, before) + shift] += 1
                changes[max(line, before) + shift] -= 1
                before = line
    offsets = np.zeros(len(changes), np.int64)
    count = 0
    for slot in range(len(changes) - 1):
        count += changes[slot]
        changes[slot] = offsets[slot]
        offsets[slot + 1] = offsets[slot] + count
    return offsets, changes


@jit
def _crossings(x, y, rings, polygons, height, width, first, offsets, place):
    """Where edges cross lines of pixel centres: columns; in order within each slot that has more than two."""
    columns = np.empty(offsets[-1], np.int32)
    for p in range(len(polygons) - 1):
        shift = first[p, 0] - first[p, 1]
        for ring in range(polygons[p], polygons[p + 1]):
            before = rings[ring + 1] - 1
            for i in range(rings[ring], rings[ring + 1]):
                xa, ya, xb, yb = x[before], y[before], x[i], y[i]
                before = i
                if ya > yb:
                    xa, ya, xb, yb = xb, yb, xa, ya
                for row in range(_line(ya, height), _line(yb, height)):
                    column = (row + 0.5 - ya) * (xb - xa) / (yb - ya) + xa + 0.5
                    k = place[row + shift]
                    columns[k] = int(column) if 0.0 < column < width else 0 if column <= 0.0 else width
                    place[row + shift] = k + 1
    for slot in range(len(offsets) - 1):
        if offsets[slot + 1] - offsets[slot] > 2:
            _sort(columns[offsets[slot] : offsets[slot + 1]])
    return columns


@jit
def _sort(values):
    """Shell's sort in place: quick for a few values, no harm in many."""
    gap = 1
    while gap < len(values) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, len(values)):
            value, j = values[i], i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3


@jit
def by_count(keys, limit):
    """Offsets of each key's items, and the stable order that sorts the keys (0 to limit - 1)."""
    offsets = np.zeros(limit + 1, np.int64)
    for key in keys:
        offsets[key + 1] += 1
    for key in range(limit):
        offsets[key + 1] += offsets[key]
    place = offsets.copy()
    order = np.empty(len(keys), np.int32)
    for i in range(len(keys)):
        order[place[keys[i]]] = i
        place[keys[i]] += 1
    return offsets, order


@jit
def _pair(offsets, first, columns):
    """Runs between each odd crossing of a slot and the next."""
    runs = np.empty((len(columns) // 2, 4), np.int32)
    k = 0
    for p in range(len(first) - 1):
        for slot in range(first[p, 0], first[p + 1, 0]):
            row = first[p, 1] + slot - first[p, 0]
            for i in range(offsets[slot], offsets[slot + 1], 2):
                start, stop = min(columns[i], columns[i + 1]), max(columns[i], columns[i + 1])
                if start < stop:
                    runs[k, 0], runs[k, 1], runs[k, 2], runs[k, 3] = row, start, stop, p
                    k += 1
    return runs[:k]
