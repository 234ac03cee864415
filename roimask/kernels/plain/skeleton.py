"""Thinning: pixels are taken off the outline, layer by layer, until lines are left."""

from __future__ import annotations

import numpy as np

__all__ = ["thin"]

# The neighbours of a pixel in turn from the upper left one; a pattern is the sum of 2**k over those that are set.
RING = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))

# Patterns for which scikit-image departs from Zhang and Suen, so that stairs lose their corners and short ends stay:
# what is taken off in the first half of a round, in the second, in either, and never.
_EXCEPTIONS = {
    1: (3, 6, 11, 12, 14, 131, 134, 161, 194, 198),
    2: (24, 26, 56, 96, 104, 108, 176, 192, 224),
    3: (10, 40, 130, 160),
    0: (48, 129),
}


def _zhang_suen(pattern: int) -> int:
    """1 where a pixel with these neighbours goes in the first half of a round, 2 in the second, 3 in either."""
    ring = [pattern >> k & 1 for k in range(8)]
    starts = sum(before < after for before, after in zip(ring, ring[1:] + ring[:1], strict=True))
    if starts != 1 or not 2 <= sum(ring) <= 6:
        return 0
    north, east, south, west = ring[1::2]
    first = not (north and east and south) and not (east and south and west)
    second = not (north and east and west) and not (north and south and west)
    return first + 2 * second


REMOVAL = np.array([_zhang_suen(pattern) for pattern in range(256)], np.uint8)
for _half, _patterns in _EXCEPTIONS.items():
    REMOVAL[list(_patterns)] = _half


def thin(padded: np.ndarray) -> None:
    """Thin each value on its own, in place; the values are given with a row and column of 0 around."""
    changed = True
    while changed:
        changed = False
        for half in (1, 2):
            gone = (padded[1:-1, 1:-1] != 0) & (REMOVAL[_patterns_of(padded)] & half != 0)
            padded[1:-1, 1:-1][gone] = 0
            changed |= bool(gone.any())


def _patterns_of(padded: np.ndarray) -> np.ndarray:
    height, width = padded.shape
    own = padded[1:-1, 1:-1]
    patterns = np.zeros(own.shape, np.uint8)
    for k, (dy, dx) in enumerate(RING):
        patterns |= (padded[1 + dy : height - 1 + dy, 1 + dx : width - 1 + dx] == own).astype(np.uint8) << np.uint8(k)
    return patterns
