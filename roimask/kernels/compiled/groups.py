"""The moments of each region of a labels mask, over one tile, in one pass.

A region's sums are a row of a table, side by side in memory; a run of pixels of one label is added to it at once.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.plain.groups import settle

__all__ = ["exact", "gather", "real"]

_LARGEST = np.int32(np.iinfo(np.int32).max)


def exact(image, labels):
    """See ``plain.groups.exact``."""
    labels, first, last, names = _dense(labels)
    kind, limits = image.dtype.type, np.iinfo(image.dtype)
    ids, table = _exact(rows(image), rows(labels), *image.shape, first, last, limits.min, limits.max)
    count, total, squares, carries, low, high = table.T.copy()
    squares, carries = squares.view(np.uint64), carries.view(np.uint64)
    return _named(ids, names), count, total, squares, carries, low.astype(kind), high.astype(kind)


def real(image, labels):
    """See ``plain.groups.real``."""
    labels, first, last, names = _dense(labels)
    ids, table = _real(rows(image), rows(labels), *image.shape, first, last)
    count, shift, total, squares, low, high = table.T.copy()
    moments = settle(count.astype(np.int64), shift, total, squares)
    return _named(ids, names), *moments, low.astype(image.dtype), high.astype(image.dtype)


def gather(image, labels, ids, count):
    """See ``plain.groups.gather``."""
    labels, first, last, names = _dense(labels)
    keys = ids if names is None else np.searchsorted(names, ids)
    ends = np.cumsum(count)
    return _gather(rows(image), rows(labels), *image.shape, first, last, keys, ends - count, int(count.sum()))


def _dense(labels):
    """Labels, the lowest and highest of them, and, where they are too far apart to count through, their real names."""
    first, last = _range(rows(labels), *labels.shape)
    if last - first <= 4 * labels.size + 65536:
        return labels, first, last, None
    names, numbers = np.unique(np.append(labels.ravel(), np.int32(0)), return_inverse=True)
    return numbers[:-1].astype(np.int32).reshape(labels.shape), 1, names.size - 1, names


def _named(ids, names):
    return ids if names is None else names[ids]


@jit
def _range(labels, height, width):
    low, high = _LARGEST, np.int32(0)
    for y in range(height):
        part = labels[y, :width]
        for x in range(width):
            low = min(low, part[x] if part[x] else _LARGEST)
            high = max(high, part[x])
    return min(low, high), high


@jit
def _run(part, x, width):
    """Where the run of one label that starts at ``x`` stops."""
    label, stop = part[x], x + 1
    while (
        stop + 4 <= width
        and ((part[stop] ^ label) | (part[stop + 1] ^ label) | (part[stop + 2] ^ label) | (part[stop + 3] ^ label)) == 0
    ):
        stop += 4
    while stop < width and part[stop] == label:
        stop += 1
    return stop


@jit
def _exact(image, labels, height, width, first, last, lowest, highest):
    slots = np.zeros(last - first + 1, np.int32)
    room = min(last - first + 1, height * width)
    ids, table, found = np.empty(room, np.int32), np.empty((room, 6), np.int64), 0
    for y in range(height):
        values, part = image[y, :width], labels[y, :width]
        x = 0
        while x < width:
            stop, label = _run(part, x, width), part[x]
            if label:
                row = slots[label - first] - 1
                if row < 0:
                    row, ids[found], table[found] = found, label, 0
                    table[row, 4], table[row, 5] = highest, lowest
                    found += 1
                    slots[label - first] = found
                _add_exact(table, row, values, x, stop)
            x = stop
    return ids[:found], table[:found]


@jit
def _add_exact(table, row, values, start, stop):
    total, squares, carries, low, high = 0, np.uint64(0), np.uint64(0), table[row, 4], table[row, 5]
    for x in range(start, stop):
        value = np.int64(values[x])
        square = np.uint64(value * value)
        total += value
        squares += square & np.uint64(0xFFFFFFFF)
        carries += square >> np.uint64(32)
        low, high = min(low, value), max(high, value)
    table[row, 0] += stop - start
    table[row, 1] += total
    table[row, 2] += np.int64(squares)
    table[row, 3] += np.int64(carries)
    table[row, 4], table[row, 5] = low, high


@jit
def _real(image, labels, height, width, first, last):
    slots = np.zeros(last - first + 1, np.int32)
    room = min(last - first + 1, height * width)
    ids, table, found = np.empty(room, np.int32), np.empty((room, 6)), 0
    shifted = np.zeros(room, np.bool_)
    for y in range(height):
        values, part = image[y, :width], labels[y, :width]
        x = 0
        while x < width:
            stop, label = _run(part, x, width), part[x]
            if label:
                row = slots[label - first] - 1
                if row < 0:
                    row, ids[found], table[found] = found, label, 0.0
                    table[row, 4], table[row, 5] = np.inf, -np.inf
                    found += 1
                    slots[label - first] = found
                if not shifted[row]:
                    shifted[row] = _shift(table, row, values, x, stop)
                _add_real(table, row, values, x, stop)
            x = stop
    return ids[:found], table[:found]


@jit
def _shift(table, row, values, start, stop):
    """Take distances from the first finite value, so that no digits are lost far from zero."""
    for x in range(start, stop):
        if np.isfinite(values[x]):
            table[row, 1] = values[x]
            return True
    return False


@jit
def _add_real(table, row, values, start, stop):
    count, shift, total, squares = table[row, 0], table[row, 1], table[row, 2], table[row, 3]
    low, high = table[row, 4], table[row, 5]
    for x in range(start, stop):
        value = np.float64(values[x])
        if value == value:
            distance = value - shift
            count += 1
            total += distance
            squares += distance * distance
            low, high = min(low, value), max(high, value)
    table[row, 0], table[row, 2], table[row, 3] = count, total, squares
    table[row, 4], table[row, 5] = low, high


@jit
def _gather(image, labels, height, width, first, last, keys, starts, size):
    places, values = np.zeros(last - first + 1, np.int64), np.empty(size, image.dtype)
    for k in range(keys.size):
        places[keys[k] - first] = starts[k]
    for y in range(height):
        line, part = image[y, :width], labels[y, :width]
        x = 0
        while x < width:
            stop = _run(part, x, width)
            if part[x]:
                place = places[part[x] - first]
                for i in range(x, stop):
                    if line[i] == line[i]:
                        values[place] = line[i]
                        place += 1
                places[part[x] - first] = place
            x = stop
    return values
