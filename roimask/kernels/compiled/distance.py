"""Distances from each pixel to the nearest pixel of another value, or to the nearest one that has a value."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["across", "distances", "down", "fall", "gaps", "nearest", "run_end"]

# Pixels of a run that are looked at one by one, and those compared at once beyond: long runs are passed over quickly.
_NEAR, _CHUNK = 16, 64


def across(values, ramp, reach, top, bottom):
    """See ``plain.distance.across``."""
    _across(rows(values), values.shape[1], ramp, ramp[::-1].copy(), reach, top, bottom)


@jit
def run_end(line, x, width):
    """The first pixel from x on that is unlike the one before it."""
    near = min(x + _NEAR, width)
    while x < near and line[x] == line[x - 1]:
        x += 1
    if x < near:
        return x
    while x + _CHUNK <= width:
        before, here = line[x - 1 : x - 1 + _CHUNK], line[x : x + _CHUNK]
        unlike = line[0] ^ line[0]
        for i in range(_CHUNK):
            unlike |= before[i] ^ here[i]
        if unlike:
            break
        x += _CHUNK
    while x < width and line[x] == line[x - 1]:
        x += 1
    return x


@jit
def _across(values, width, ramp, down_ramp, reach, top, bottom):
    length = ramp.size
    for y in range(top, bottom):
        line, out, start = values[y], reach[y], 0
        while start < width:
            end = run_end(line, start + 1, width)
            out[start:end] = 0
            before, after = end - start, end - start  # how far each end of the run reaches into it
            if start > 0 and end < width:
                before, after = (end - start + 1) // 2, (end - start) // 2
            if start > 0:
                n = min(length, before)
                out[start : start + n] = ramp[:n]
            if end < width:
                n = min(length, after)
                out[end - n : end] = down_ramp[length - n :]
            start = end


def down(values, reach, side, out, left, right):
    """See ``plain.distance.down``."""
    _down(rows(values), reach, side, out, left, right)


@jit
def _down(values, reach, side, out, left, right):
    kind = reach.dtype.type
    none, unlike, height = kind(0), kind(side), reach.shape[0]
    left_over = np.zeros(right - left, reach.dtype)
    for y in range(height):
        above, here = values[max(y - 1, 0), left:right], values[y, left:right]
        own, touched = reach[y, left:right], out[y, left:right]
        for x in range(right - left):
            rest = left_over[x]
            rest = kind(rest - kind(rest > none)) if above[x] == here[x] else unlike
            rest = max(rest, own[x])
            left_over[x] = rest
            touched[x] = rest > none
    left_over[:] = 0
    for y in range(height - 1, -1, -1):
        below, here = values[min(y + 1, height - 1), left:right], values[y, left:right]
        own, touched = reach[y, left:right], out[y, left:right]
        for x in range(right - left):
            rest = left_over[x]
            rest = kind(rest - kind(rest > none)) if below[x] == here[x] else unlike
            rest = max(rest, own[x])
            left_over[x] = rest
            touched[x] |= rest > none


def gaps(values, gap, left, right):
    """See ``plain.distance.gaps``."""
    _gaps(rows(values), gap, np.iinfo(gap.dtype).max, left, right)


@jit
def _gaps(values, gap, far, left, right):
    height, one = gap.shape[0], gap.dtype.type(1)
    far = gap.dtype.type(far)
    gap[0, left:right] = far
    for y in range(1, height):
        above, here = values[y - 1, left:right], values[y, left:right]
        known, out = gap[y - 1, left:right], gap[y, left:right]
        for x in range(right - left):
            more = known[x] + one if known[x] < far else far
            out[x] = more if above[x] == here[x] else one
    up = np.full(right - left, far, gap.dtype)
    for y in range(height - 2, -1, -1):
        below, here, out = values[y + 1, left:right], values[y, left:right], gap[y, left:right]
        for x in range(right - left):
            more = up[x] + one if up[x] < far else far
            more = more if below[x] == here[x] else one
            up[x] = more
            out[x] = min(out[x], more)


def distances(values, gap, out, top, bottom):
    """See ``plain.distance.distances``."""
    _distances(rows(values), gap, np.iinfo(gap.dtype).max, out, top, bottom)


@jit
def _push(places, squares, count, place, square):
    """Put a parabola on the lower envelope: those that it hides go; one that only ties stays."""
    top = square + place * place
    while count > 1:
        a, b = places[count - 2], places[count - 1]
        level = squares[count - 1] + b * b
        if (level - squares[count - 2] - a * a) * (place - b) <= (top - level) * (b - a):
            break
        count -= 1
    places[count], squares[count] = place, square
    return count + 1


@jit
def _distances(values, gap, far, out, top, bottom):
    width = gap.shape[1]
    places, squares = np.empty(width + 2, np.int64), np.empty(width + 2, np.int64)
    for y in range(top, bottom):
        line, start = values[y], 0
        while start < width:
            end = run_end(line, start + 1, width)
            count = 0
            if start > 0:
                count = _push(places, squares, count, start - 1, 0)
            for x in range(start, end):
                if gap[y, x] < far:
                    count = _push(places, squares, count, x, np.int64(gap[y, x]) * np.int64(gap[y, x]))
            if end < width:
                count = _push(places, squares, count, end, 0)
            _sweep(places, squares, count, out[y], start, end)
            start = end


@jit
def _sweep(places, squares, count, out, start, end):
    k = 0
    for x in range(start, end):
        if count == 0:
            out[x] = np.inf
            continue
        here = squares[k] + (x - places[k]) * (x - places[k])
        while k + 1 < count:
            after = squares[k + 1] + (x - places[k + 1]) * (x - places[k + 1])
            if after > here:
                break
            here, k = after, k + 1
        out[x] = np.sqrt(np.float64(here))


def fall(labels, gap, found, left, right):
    """See ``plain.distance.fall``."""
    _fall(rows(labels), gap, np.iinfo(gap.dtype).max, found, left, right)


@jit
def _fall(labels, gap, far, found, left, right):
    height, one = gap.shape[0], gap.dtype.type(1)
    far, zero = gap.dtype.type(far), gap.dtype.type(0)
    distance, label = np.full(right - left, far, gap.dtype), np.zeros(right - left, found.dtype)
    for y in range(height):
        here = labels[y, left:right]
        for x in range(right - left):
            grown = distance[x] + one if distance[x] < far else far
            distance[x] = zero if here[x] else grown
            label[x] = here[x] if here[x] else label[x]
            gap[y, left + x], found[y, left + x] = distance[x], label[x]
    distance[:] = far
    for y in range(height - 1, -1, -1):
        here = labels[y, left:right]
        for x in range(right - left):
            grown = distance[x] + one if distance[x] < far else far
            distance[x] = zero if here[x] else grown
            label[x] = here[x] if here[x] else label[x]
            known = gap[y, left + x]
            if distance[x] < known or (distance[x] == known and known < far and label[x] < found[y, left + x]):
                gap[y, left + x], found[y, left + x] = distance[x], label[x]


def nearest(labels, gap, found, limit, out, top, bottom):
    """See ``plain.distance.nearest``."""
    _nearest(rows(labels), gap, found, limit, out, top, bottom)


@jit
def _nearest(labels, gap, found, limit, out, top, bottom):
    width = gap.shape[1]
    places, squares = np.empty(width + 2, np.int64), np.empty(width + 2, np.int64)
    for y in range(top, bottom):
        line, start = labels[y], 0
        while start < width:
            end = run_end(line, start + 1, width)
            if line[start]:
                out[y, start:end] = line[start]
            else:
                count = 0
                for x in range(max(start - 1, 0), min(end + 1, width)):
                    square = np.int64(gap[y, x]) * np.int64(gap[y, x])
                    if square <= limit:
                        count = _push(places, squares, count, x, square)
                _take(places, squares, count, found[y], limit, out[y], start, end)
            start = end


@jit
def _take(places, squares, count, found, limit, out, start, end):
    """The label of the nearest; where several are, the lowest."""
    k = 0
    for x in range(start, end):
        out[x] = 0
        if count == 0:
            continue
        here = squares[k] + (x - places[k]) * (x - places[k])
        label = found[places[k]]
        while k + 1 < count:
            after = squares[k + 1] + (x - places[k + 1]) * (x - places[k + 1])
            if after > here:
                break
            label = min(label, found[places[k + 1]]) if after == here else found[places[k + 1]]
            here, k = after, k + 1
        if here <= limit:
            out[x] = label
