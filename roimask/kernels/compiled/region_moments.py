"""Areas, boxes, moments, outlines and hulls of numbered regions, all regions in one pass."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.compiled.distance import run_end
from roimask.kernels.plain.region_moments import ABSENT, NO_STEP, STEPS, side_of_hull

__all__ = ["edges", "hulls", "moments", "row_spans"]


def moments(regions, count):
    """See ``plain.region_moments.moments``."""
    boxes = np.zeros((count, 4), np.int64)
    boxes[:, :2] = 2**31
    sums = np.zeros((count, 6), np.int64)
    _moments(rows(regions), *regions.shape, boxes, sums)
    return boxes, sums


@jit
def _squares_below(n):
    return (n - 1) * n * (2 * n - 1) // 6


@jit
def _moments(regions, height, width, boxes, sums):
    for y in range(height):
        line, start = regions[y], 0
        while start < width:
            end = run_end(line, start + 1, width)
            if line[start]:
                box, total = boxes[line[start] - 1], sums[line[start] - 1]
                box[0], box[1] = min(box[0], y), min(box[1], start)
                box[2], box[3] = y + 1, max(box[3], end)
                length, columns = end - start, (start + end - 1) * (end - start) // 2
                total[0] += length
                total[1] += y * length
                total[2] += columns
                total[3] += y * y * length
                total[4] += y * columns
                total[5] += _squares_below(end) - _squares_below(start)
            start = end


def edges(padded, count):
    """See ``plain.region_moments.edges``."""
    steps, quads = np.zeros((count, NO_STEP + 1), np.int64), np.zeros(count, np.int64)
    _outline(padded, steps)
    _quads(padded, quads)
    return steps[:, :NO_STEP], quads


@jit
def _on_outline(padded, y, x):
    own = padded[y, x]
    above, below, left, right = padded[y - 1, x], padded[y + 1, x], padded[y, x - 1], padded[y, x + 1]
    return above != own or below != own or left != own or right != own


@jit
def _outline(padded, steps):
    height, width = padded.shape
    for y in range(2, height - 2):
        for x in range(2, width - 2):
            own = padded[y, x]
            if own and _on_outline(padded, y, x):
                sides, corners = 0, 0
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        if (dy or dx) and padded[y + dy, x + dx] == own and _on_outline(padded, y + dy, x + dx):
                            sides += dy == 0 or dx == 0
                            corners += dy != 0 and dx != 0
                steps[own - 1, STEPS[sides, corners]] += 1


@jit
def _quads(padded, quads):
    height, width = padded.shape
    for y in range(2, height - 1):
        above, here = padded[y - 1], padded[y]
        for x in range(2, width - 1):
            a, b, c, d = above[x - 1], above[x], here[x - 1], here[x]
            if a == b and a == c and a == d:
                continue
            if a:
                quads[a - 1] += _quad(a, a, b, c, d)
            if b and b != a:
                quads[b - 1] += _quad(b, a, b, c, d)
            if c and c != a and c != b:
                quads[c - 1] += _quad(c, a, b, c, d)
            if d and d != a and d != b and d != c:
                quads[d - 1] += 1


@jit
def _quad(own, a, b, c, d):
    pixels = (a == own) + (b == own) + (c == own) + (d == own)
    if pixels == 2:
        return -2 if (a == own) == (d == own) else 0
    return 2 - pixels


def row_spans(regions, boxes, starts):
    """See ``plain.region_moments.row_spans``."""
    near = np.full(starts[-1], ABSENT)
    far = near.copy()
    _row_spans(rows(regions), *regions.shape, boxes[:, 0].copy(), starts, near, far)
    return near, far


@jit
def _row_spans(regions, height, width, tops, starts, near, far):
    past = starts.size - 1
    for y in range(height):
        line, start = regions[y], 0
        while start < width:
            end = run_end(line, start + 1, width)
            region = line[start] - 1
            if 0 <= region < past:
                place = starts[region] + y - tops[region]
                near[place] = min(near[place], start)
                far[place] = min(far[place], 1 - end)
            start = end


_side = jit(side_of_hull)


def hulls(bounds, starts):
    """See ``plain.region_moments.hulls``."""
    _hulls(bounds, starts)


@jit
def _hulls(bounds, starts):
    for region in range(starts.size - 1):
        _side(bounds[starts[region] : starts[region + 1]])
