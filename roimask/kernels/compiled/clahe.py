"""Histograms of the tiles of an image, tables that equalise them, and pixels between the tables of four tiles."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.compiled import rows as as_rows

__all__ = ["count_tiles", "equalising", "interpolate"]

_RUN = 64  # pixels of a row that are passed over together where none takes part


@jit
def _some(weight):
    found = False
    for x in range(weight.size):
        found |= weight[x] != 0
    return found


def count_tiles(
    image: np.ndarray, weight: np.ndarray, rows: np.ndarray, columns: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """See ``plain.clahe.count_tiles``."""
    ends = np.append(np.flatnonzero(np.diff(columns)) + 1, columns.size)
    _count_tiles(as_rows(image), as_rows(weight), rows, columns, ends, counts)
    return counts


@jit
def _count_tiles(image, weight, rows, columns, ends, counts):
    for y in range(rows.size):
        first = 0
        for end in ends:
            tile = counts[rows[y], columns[first]] if first < end else counts[0, 0]
            for start in range(first, end, _RUN):
                stop = min(start + _RUN, end)
                if _some(weight[y, start:stop]):
                    _count(image[y, start:stop], weight[y, start:stop], tile)
            first = end


@jit
def _count(values, part, counts):
    for x in range(values.size):
        counts[values[x]] += part[x]


def equalising(counts: np.ndarray, area: float, limit: float, table: np.ndarray) -> np.ndarray:
    """See ``plain.clahe.equalising``."""
    _equalising(counts, float(area), float(limit), table)
    return table


@jit
def _equalising(counts, area, limit, table):
    size = counts.size
    total = 0.0
    for k in range(size):
        total += counts[k]
    factor, excess = area / total, 0.0
    for k in range(size):
        if limit > 0 and counts[k] * factor > limit:
            excess += counts[k] * factor - limit
    batch = np.floor(excess / size)
    rest = np.int64(excess - batch * size)
    step = max(size // rest, 1) if rest else size
    scale, upto, extra = (size - 1) / area, 0.0, 0 if rest else size
    for k in range(size):
        count = counts[k] * factor
        count = (limit if count > limit else count) + batch if limit > 0 else count
        if k == extra:
            count += 1
            rest -= 1
            extra = k + step if rest else size
        upto += count
        table[k] = min(np.rint(upto * scale), size - 1)


def interpolate(
    image: np.ndarray,
    weight: np.ndarray,
    tables: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
    columns: tuple[np.ndarray, np.ndarray, np.ndarray],
    out: np.ndarray,
) -> np.ndarray:
    """See ``plain.clahe.interpolate``."""
    left, right, far = columns
    ends = np.append(np.flatnonzero(np.diff(left) | np.diff(right)) + 1, left.size)
    whole = out.dtype.kind == "u"
    _interpolate(as_rows(image), as_rows(weight), tables, *rows, left, right, far, ends, whole, as_rows(out))
    return out


@jit
def _interpolate(image, weight, tables, up, down, low, left, right, far, ends, whole, out):
    """Row by row, and between the same two columns of tiles: there the four tables are the same."""
    for y in range(up.size):
        first = 0
        for end in ends:
            a, b = left[first] if end else 0, right[first] if end else 0
            corners = tables[up[y], a], tables[up[y], b], tables[down[y], a], tables[down[y], b]
            for start in range(first, end, _RUN):
                stop = min(start + _RUN, end)
                if _some(weight[y, start:stop]):
                    part = image[y, start:stop], weight[y, start:stop], far[start:stop], out[y, start:stop]
                    _between(*corners, low[y], *part, whole)
            first = end


@jit
def _between(upper_left, upper_right, lower_left, lower_right, low, values, weight, far, out, whole):
    one = np.float32(1)
    high = one - low
    for x in range(values.size):
        v, f = values[x], far[x]
        above = np.float32(upper_left[v]) * (one - f) + np.float32(upper_right[v]) * f
        below = np.float32(lower_left[v]) * (one - f) + np.float32(lower_right[v]) * f
        mixed = above * high + below * low
        if weight[x] != 0:
            out[x] = np.rint(mixed) if whole else mixed
