"""Connected pixels of one value, numbered."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.compiled.distance import run_end

__all__ = ["components"]


def components(values, reach):
    """See ``plain.components.components``."""
    out = np.zeros(values.shape, np.int32)
    return out, _components(rows(values), values.shape[1], reach, out)


@jit
def _root(parents, run):
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@jit
def _components(values, width, reach, out):
    """Runs of a row are joined with those of the row above that they touch; the first run of a piece leads it."""
    starts, ends, lines = _runs(values, width, out.shape[0])
    parents = np.arange(starts.size)
    first, above = 0, 0  # the runs of this row, and of the row above, start here
    for run in range(starts.size):
        if run and lines[run] != lines[run - 1]:
            above, first = first if lines[run] == lines[run - 1] + 1 else run, run
        while above < first and ends[above] + reach <= starts[run]:
            above += 1
        other = above
        while other < first and starts[other] < ends[run] + reach:
            if values[lines[run], starts[run]] == values[lines[other], starts[other]]:
                a, b = _root(parents, run), _root(parents, other)
                parents[max(a, b)] = min(a, b)
            other += 1
    count = 0
    names = np.zeros(starts.size, np.int32)
    for run in range(starts.size):
        leader = _root(parents, run)
        if leader == run:
            count += 1
            names[run] = count
        out[lines[run], starts[run] : ends[run]] = names[leader]
    return count


@jit
def _runs(values, width, height):
    """Start, end and row of each run of pixels that are not 0."""
    found, count = np.empty((3, 1024 + values.size // 16), np.int32), 0
    for y in range(height):
        if count + width // 2 + 1 > found.shape[1]:
            found = np.concatenate((found, np.empty_like(found), np.empty((3, width), np.int32)), axis=1)
        start = 0
        while start < width:
            end = run_end(values[y], start + 1, width)
            if values[y, start]:
                found[0, count], found[1, count], found[2, count] = start, end, y
                count += 1
            start = end
    return found[0, :count], found[1, :count], found[2, :count]
