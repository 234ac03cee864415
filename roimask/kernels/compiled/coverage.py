"""The exact share of each pixel that an outline covers, compiled: the bits of ``plain.coverage``."""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.compiled.polygons import by_count
from roimask.kernels.plain.coverage import Pieces

__all__ = ["edge_pieces", "sweep"]


def edge_pieces(edges: np.ndarray) -> Pieces:
    """Cut straight edges that lie within the frame into pieces."""
    return Pieces(*_cut(np.ascontiguousarray(edges)))


def sweep(pieces: Pieces, top: int, left: int, height: int, width: int) -> np.ndarray:
    """Sum pieces along the rows of a window that holds them all; see :func:`roimask.kernels.plain.coverage.sweep`."""
    out = np.zeros((height, width), np.float32)
    _sum(out, pieces.row - np.int32(top), pieces.column - np.int32(left), pieces.cover, pieces.inside)
    return out


@jit
def _cut(edges):
    room = 0
    for e in range(len(edges)):
        room += int(abs(edges[e, 3] - edges[e, 1]) + abs(edges[e, 2] - edges[e, 0])) + 4
    row, column = np.empty(room, np.int32), np.empty(room, np.int32)
    cover, inside = np.empty(room), np.empty(room)
    k = 0
    for e in range(len(edges)):
        if edges[e, 1] == edges[e, 3]:
            continue
        xa, ya, xb, yb, sign = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], 1.0
        if ya > yb:
            xa, ya, xb, yb, sign = xb, yb, xa, ya, -1.0
        for r in range(math.floor(ya), math.ceil(yb)):
            above, below = max(ya, float(r)), min(yb, r + 1.0)
            xs, xe = _along(xa, ya, xb, yb, above), _along(xa, ya, xb, yb, below)
            low, high = min(xs, xe), max(xs, xe)
            for c in range(math.floor(low), max(math.ceil(high), math.floor(low) + 1)):
                a, b = max(low, float(c)), min(high, c + 1.0)
                share = (b - a) / (high - low) if high > low else 1.0
                row[k], column[k] = r, c
                cover[k] = (below - above) * sign * share
                inside[k] = cover[k] * (c + 1.0 - (a + b) / 2)
                k += 1
    return row[:k], column[:k], cover[:k], inside[:k]


@jit
def _along(xa, ya, xb, yb, y):
    """The edge's column at a row; never beyond its ends."""
    if y == yb:
        return xb
    x = xa + (y - ya) * (xb - xa) / (yb - ya)
    return min(max(x, min(xa, xb)), max(xa, xb))


@jit
def _sum(out, row, column, cover, inside):
    # Two stable passes of counting, by column, then by row, leave each row's pieces in order.
    order = by_count(column, out.shape[1] + 1)[1]
    offsets, by_row = by_count(row[order], out.shape[0])
    order = order[by_row]
    for r in range(out.shape[0]):
        line = out[r]
        before, i, stop = 0.0, offsets[r], offsets[r + 1]
        while i < stop and column[order[i]] < len(line):  # an edge along the right side is beyond
            c, down, within = column[order[i]], 0.0, 0.0
            while i < stop and column[order[i]] == c:
                down += cover[order[i]]
                within += inside[order[i]]
                i += 1
            line[c] = _even_odd(before + within)
            before += down
            share = _even_odd(before)
            if share > 0:
                gap = line[c + 1 : column[order[i]] if i < stop else len(line)]
                for j in range(len(gap)):
                    gap[j] = share


@jit
def _even_odd(share):
    share = abs(share) % 2.0
    if share > 1.0:
        share = 2.0 - share
    return share if share >= 1e-9 else 0.0
