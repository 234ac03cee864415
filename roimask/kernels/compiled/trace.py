"""Outlines of regions along the sides of their pixels, compiled: the bits of ``plain.trace``."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.plain import trace as plain

__all__ = ["outlines"]

_walk = jit(plain.walk)


def outlines(labels):
    """Walk around every region; see ``plain.trace.outlines``."""
    return _outlines(plain.padded(labels))


@jit
def _outlines(around):
    height, width = around.shape
    owner = np.zeros(around.shape, np.int32)
    points, ends, polygons, regions = np.empty((1024, 2), np.int32), [0], [0][:0], [0][:0]
    for row in range(1, height - 1):
        for column in range(1, width - 1):
            label = around[row, column]
            if label == 0:
                continue
            if around[row, column - 1] == label:
                owner[row, column] = owner[row, column - 1]
            elif not owner[row, column]:
                hole = around[row - 1, column] == label
                if not hole:
                    regions.append(label)
                polygons.append(owner[row - 1, column] - 1 if hole else len(regions) - 1)
                points, end = _walk(around, owner, row, column, polygons[-1] + 1, points, ends[-1])
                ends.append(end)
    return points[: ends[-1]].copy(), np.array(ends), np.array(polygons), np.array(regions)
