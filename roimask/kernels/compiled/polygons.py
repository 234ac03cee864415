"""Polygons to runs of pixels by the pixel-centre rule, compiled: the bits of ``plain.polygons``."""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.plain.polygons import flat_runs, merge_runs

__all__ = ["by_count", "paint_runs", "polygon_runs"]


def polygon_runs(x, y, rings, polygons, height: int, width: int) -> np.ndarray:
    """Find the runs of pixels of each polygon; see :func:`roimask.kernels.plain.polygons.polygon_runs`.

    Cost: O(vertices + crossings + rows): crossings are put in order by counting, never by comparing.
    """
    slots, first, columns = _crossings(x, y, rings, polygons, height, width)
    return merge_runs(_pair(slots, first, columns, height), flat_runs(x, y, rings, polygons, height, width))


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
def _crossings(x, y, rings, polygons, height, width):
    """Where edges cross lines of pixel centres: columns in order, by slot (one line of one polygon).

    Returns the slots' offsets among the columns, each polygon's (first slot, first row), and the columns.
    """
    first = _first_slots(y, rings, polygons, height)
    total = _count(y, rings, height)
    columns, slots = np.empty(total, np.int32), np.empty(total, np.int32)
    k = 0
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
                    column = math.floor((row + 0.5 - ya) * (xb - xa) / (yb - ya) + xa + 0.5)
                    columns[k] = int(min(max(column, 0.0), float(width)))
                    slots[k] = row + shift
                    k += 1
    # Two stable passes of counting, by column, then by slot, leave each slot's columns in order.
    order = by_count(columns, width + 1)[1]
    columns, slots = columns[order], slots[order]
    offsets, order = by_count(slots, first[-1, 0])
    return offsets, first, columns[order]


@jit
def _first_slots(y, rings, polygons, height):
    """Each polygon's first slot and first row; the last line holds the number of slots."""
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
def _count(y, rings, height):
    """How often edges cross lines of pixel centres."""
    total = 0
    for ring in range(len(rings) - 1):
        if rings[ring + 1] > rings[ring]:
            before = _line(y[rings[ring + 1] - 1], height)
            for i in range(rings[ring], rings[ring + 1]):
                line = _line(y[i], height)
                total += abs(line - before)
                before = line
    return total


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
def _pair(offsets, first, columns, height):
    """Runs between each odd crossing of a slot and the next."""
    runs = np.empty((len(columns) // 2, 4), np.int32)
    k = 0
    for p in range(len(first) - 1):
        for slot in range(first[p, 0], first[p + 1, 0]):
            for i in range(offsets[slot], offsets[slot + 1], 2):
                if columns[i] < columns[i + 1]:
                    runs[k, 0] = first[p, 1] + slot - first[p, 0]
                    runs[k, 1] = columns[i]
                    runs[k, 2] = columns[i + 1]
                    runs[k, 3] = p
                    k += 1
    return runs[:k]
