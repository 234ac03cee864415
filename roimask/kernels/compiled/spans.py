"""From outlines and labels to spans: which pixels of a strip of rows are in which of many zones.

A span is ``(row, start, stop, zone)`` with a share: the part of each of its pixels that lies in the zone. The spans of
one zone stand together, so that what is gathered along them is in order by zone.
"""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.compiled.coverage import _along, _even_odd
from roimask.kernels.compiled.polygons import by_count

__all__ = ["areas_within", "cover_spans", "label_extents", "label_spans", "tiles_of"]

_ALL = 1 - 1e-12  # a share that is a sum of roundings falls short of 1 by less


@jit
def cover_spans(x, y, rings, zones, boxes, chosen, top, bottom, width, touched):
    """Find the spans of some zones in the rows of a strip, with the exact share of each pixel.

    Parameters
    ----------
    x, y : float64 ndarray (N,)
        Columns and rows of the corners; each ring ends with its first corner.
    rings : int64 ndarray (R + 1,)
        Where each ring starts among the corners; holes are walked against their outer rings.
    zones : int64 ndarray (Z + 1,)
        Where each zone starts among the rings.
    boxes : float64 ndarray (Z, 4)
        The extent of each zone: top, left, bottom, right.
    chosen : int64 ndarray (K,)
        The zones to look for; a span's zone is its place here.
    top, bottom, width : int
        The rows, and the columns from 0 on, to look in.
    touched : bool
        Let every pixel of which any part is covered count in full.

    Returns
    -------
    spans : int32 ndarray (S, 4)
    shares : float64 ndarray (S,)
    """
    first = _slots(boxes, chosen, top, bottom)
    room = _room(x, y, rings, zones, chosen, top, bottom, width)
    slot, column = np.empty(room, np.int32), np.empty(room, np.int32)
    cover, inside = np.empty(room), np.empty(room)
    k = 0
    for j in range(len(chosen)):
        for ring in range(zones[chosen[j]], zones[chosen[j] + 1]):
            for e in range(rings[ring], rings[ring + 1] - 1):
                k = _cut(
                    x[e], y[e], x[e + 1], y[e + 1], first[j, 0], first[j, 1], first[j, 2], width,
                    slot, column, cover, inside, k,
                )  # fmt: skip
    return _sweep(first, slot[:k], column[:k], cover, inside, width, touched)


@jit
def _slots(boxes, chosen, top, bottom):
    """For each zone its first slot (a slot a row), first row and the row after its last; then the number of slots."""
    first = np.zeros((len(chosen) + 1, 3), np.int64)
    for j in range(len(chosen)):
        box = boxes[chosen[j]]
        first[j, 1] = max(math.floor(box[0]), top)
        first[j, 2] = max(min(math.ceil(box[2]), bottom), first[j, 1])
        first[j + 1, 0] = first[j, 0] + first[j, 2] - first[j, 1]
    return first


@jit
def _room(x, y, rings, zones, chosen, top, bottom, width):
    """As many pieces as there can be: an edge has one more than the lines between pixels that it crosses."""
    room = 0
    for j in range(len(chosen)):
        for ring in range(zones[chosen[j]], zones[chosen[j] + 1]):
            for e in range(rings[ring], rings[ring + 1] - 1):
                above, below = max(min(y[e], y[e + 1]), top), min(max(y[e], y[e + 1]), bottom)
                if above < below:
                    left, right = max(min(x[e], x[e + 1]), 0.0), min(max(x[e], x[e + 1]), width)
                    room += int(below - above + max(right - left, 0.0)) + 5
    return room


@jit
def _cut(xa, ya, xb, yb, slots, top, bottom, width, slot, column, cover, inside, k):
    """Cut an edge into pieces, each within a pixel; what lies left of the frame falls onto its side."""
    if ya == yb:
        return k
    sign = 1.0
    if ya > yb:
        xa, ya, xb, yb, sign = xb, yb, xa, ya, -1.0
    for r in range(max(math.floor(ya), top), min(math.ceil(yb), bottom)):
        above, below = max(ya, float(r)), min(yb, r + 1.0)
        xs, xe = _along(xa, ya, xb, yb, above), _along(xa, ya, xb, yb, below)
        low, high, drop = min(xs, xe), max(xs, xe), (below - above) * sign
        if low < 0.0:
            aside = drop * ((min(high, 0.0) - low) / (high - low)) if high > 0.0 else drop
            slot[k], column[k], cover[k], inside[k] = slots + r - top, 0, aside, aside
            k += 1
            if high <= 0.0:
                continue
        start = max(math.floor(low), 0)
        for c in range(start, min(max(math.ceil(high), start + 1), width)):
            a, b = max(low, float(c)), min(high, c + 1.0)
            part = drop * ((b - a) / (high - low)) if high > low else drop
            slot[k], column[k], cover[k], inside[k] = slots + r - top, c, part, part * (c + 1.0 - (a + b) / 2)
            k += 1
    return k


@jit
def _sweep(first, slot, column, cover, inside, width, touched):
    """Sum the pieces of each slot from left to right."""
    offsets, order = by_count(slot, first[-1, 0])
    spans, shares = np.empty((2 * len(slot), 4), np.int32), np.empty(2 * len(slot))
    n = 0
    for j in range(len(first) - 1):
        for place in range(first[j, 0], first[j + 1, 0]):
            row = first[j, 1] + place - first[j, 0]
            _sort(order[offsets[place] : offsets[place + 1]], column)
            before, i, stop, new = 0.0, offsets[place], offsets[place + 1], n
            while i < stop:
                c, down, within = column[order[i]], 0.0, 0.0
                while i < stop and column[order[i]] == c:
                    down += cover[order[i]]
                    within += inside[order[i]]
                    i += 1
                n = _emit(spans, shares, n, new, row, c, c + 1, j, before + within, touched)
                before += down
                n = _emit(
                    spans, shares, n, new, row, c + 1, column[order[i]] if i < stop else width, j, before, touched
                )
    return spans[:n], shares[:n]


@jit
def _emit(spans, shares, n, new, row, start, stop, zone, share, touched):
    """Put a span down unless it is empty; ``new`` is the first of this row, with which none before is joined."""
    share = _even_odd(share)
    if share <= 0.0 or start >= stop:
        return n
    if touched or share > _ALL:
        share = 1.0
    if n > new and spans[n - 1, 2] == start and shares[n - 1] == share:
        spans[n - 1, 2] = stop
        return n
    spans[n, 0], spans[n, 1], spans[n, 2], spans[n, 3] = row, start, stop, zone
    shares[n] = share
    return n + 1


@jit
def _sort(order, keys):
    """Shell's sort of places by their keys: few in a row as a rule, no harm in many."""
    gap = 1
    while gap < len(order) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, len(order)):
            place, j = order[i], i
            while j >= gap and keys[order[j - gap]] > keys[place]:
                order[j] = order[j - gap]
                j -= gap
            order[j] = place
        gap //= 3


@jit
def areas_within(x, y, rings, zones, height, width):
    """The area of each zone inside of the frame, from corners as in :func:`cover_spans`."""
    found = np.zeros(len(zones) - 1)
    for zone in range(len(zones) - 1):
        for ring in range(zones[zone], zones[zone + 1]):
            aside = min(max(x[rings[ring]], 0.0), width)  # small numbers lose fewer digits
            for e in range(rings[ring], rings[ring + 1] - 1):
                drop = y[e + 1] - y[e]
                if drop != 0.0:
                    above, below = min(max(y[e], 0.0), height), min(max(y[e + 1], 0.0), height)
                    slope = (x[e + 1] - x[e]) / drop
                    xs, xe = x[e] + (above - y[e]) * slope, x[e] + (below - y[e]) * slope
                    found[zone] += (below - above) * (_mean_clamped(xs, xe, width) - aside)
    return np.abs(found)


@jit
def _mean_clamped(xs, xe, width):
    """The mean column along an edge of which what lies beyond the sides falls onto them."""
    if xs == xe:
        return min(max(xs, 0.0), width)
    return (_clamped_sum(xe, width) - _clamped_sum(xs, width)) / (xe - xs)


@jit
def _clamped_sum(x, width):
    inside = min(max(x, 0.0), width)
    return inside * inside / 2 + max(x - width, 0.0) * width


# -- labels --------------------------------------------------------------------------------------------------------


@jit
def label_spans(labels, numbers, top, left):
    """The spans of labelled pixels (h, w) whose corner is (top, left), by zone; ``numbers[label]`` is the zone."""
    spans, n = np.empty((_runs(labels), 4), np.int32), 0
    for y in range(labels.shape[0]):
        row, x = labels[y], 0
        while x < len(row):
            start, label = x, row[x]
            while x < len(row) and row[x] == label:
                x += 1
            if label:
                spans[n, 0], spans[n, 1], spans[n, 2], spans[n, 3] = y + top, start + left, x + left, numbers[label]
                n += 1
    return spans[:n]


@jit
def _runs(labels):
    """How many runs of one label there are in all rows."""
    count = 0
    for y in range(labels.shape[0]):
        row = labels[y]
        for x in range(len(row)):
            count += row[x] != 0 and (x == 0 or row[x] != row[x - 1])
    return count


@jit
def label_extents(labels, numbers, count):
    """The first row of each zone, and the row after its last."""
    extents = np.zeros((count, 2), np.int64)
    for y in range(labels.shape[0]):
        before = 0
        for label in labels[y]:
            if label and label != before:
                zone = numbers[label]
                if extents[zone, 1] == 0:
                    extents[zone, 0] = y
                extents[zone, 1] = y + 1
            before = label
    return extents


@jit
def tiles_of(spans, side, width):
    """The box (top, left, bottom, right) of the spans in each tile of ``side`` columns; 0 where there are none."""
    tiles = np.zeros(((width + side - 1) // side, 4), np.int64)
    for k in range(len(spans)):
        row, start, stop = spans[k, 0], spans[k, 1], spans[k, 2]
        for tile in range(start // side, (stop - 1) // side + 1):
            low, high, box = max(start, tile * side), min(stop, (tile + 1) * side), tiles[tile]
            if box[3] == 0:
                box[0], box[1] = row, low
            box[0], box[1] = min(box[0], row), min(box[1], low)
            box[2], box[3] = max(box[2], row + 1), max(box[3], high)
    return tiles
