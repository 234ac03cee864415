"""Thinning: pixels are taken off the outline, layer by layer, until lines are left."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.plain.skeleton import REMOVAL, RING

__all__ = ["thin"]


def thin(padded):
    """See ``plain.skeleton.thin``."""
    width = padded.shape[1]
    _thin(padded.reshape(-1), width, np.array([dy * width + dx for dy, dx in RING]))


@jit
def _pattern(flat, place, width):
    """Written out, as a loop takes twice as long."""
    own, above, below = flat[place], place - width, place + width
    pattern = (flat[above - 1] == own) | (flat[above] == own) << 1 | (flat[above + 1] == own) << 2
    pattern |= (flat[place + 1] == own) << 3 | (flat[below + 1] == own) << 4 | (flat[below] == own) << 5
    return pattern | (flat[below - 1] == own) << 6 | (flat[place - 1] == own) << 7


@jit
def _thin(flat, width, ring):
    """Only pixels beside one that just went are looked at again."""
    seen = np.zeros(flat.size, np.uint8)
    waiting = _outline(flat, width)
    while waiting.size:
        seen[waiting] = 1
        first = _take_off(flat, waiting, 1, width)
        beside = _beside(flat, first, seen, ring)
        second = _take_off(flat, np.concatenate((waiting, beside)), 2, width)
        seen[waiting], seen[beside] = 0, 0
        gone = np.concatenate((first, second))
        waiting = _beside(flat, gone, seen, ring)
        seen[waiting] = 0


@jit
def _outline(flat, width):
    """Pixels with another value beside them."""
    found, count = np.empty(flat.size, np.int64), 0
    for place in range(width, flat.size - width):
        if flat[place]:
            found[count] = place
            count += _pattern(flat, place, width) != 255
    return found[:count].copy()


@jit
def _take_off(flat, places, half, width):
    """The pixels among these that go, all at once."""
    gone, count = np.empty(places.size, np.int64), 0
    for place in places:
        gone[count] = place
        count += flat[place] != 0 and REMOVAL[_pattern(flat, place, width)] & half != 0
    for place in gone[:count]:
        flat[place] = 0
    return gone[:count]


@jit
def _beside(flat, gone, seen, ring):
    """The pixels left beside those that went, each once, but for those seen already."""
    found, count = np.empty(8 * gone.size, np.int64), 0
    for place in gone:
        for step in ring:
            other = place + step
            if flat[other] and not seen[other]:
                seen[other] = 1
                found[count] = other
                count += 1
    return found[:count]
