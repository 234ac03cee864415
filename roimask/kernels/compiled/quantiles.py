"""Quantiles of many groups of values at once."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.plain.quantiles import interpolate

__all__ = ["regroup", "select"]

_FEW = 24  # values that are sorted by insertion


def select(values, starts, probabilities):
    """See ``plain.quantiles.select``."""
    shape = starts.size - 1, probabilities.size
    low, high, share = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape)
    _select(values, starts, probabilities, low, high, share)
    return interpolate(low, high, share)


@jit
def _select(values, starts, probabilities, low, high, share):
    for k in range(starts.size - 1):
        group = values[starts[k] : starts[k + 1]]
        known = 0
        for p in range(probabilities.size if group.size else 0):
            place = (group.size - 1) * probabilities[p]
            below = np.int64(place)
            _put_in_place(group, known, below)
            known = below  # all before it are smaller: the next one is sought behind it
            low[k, p] = group[below]
            high[k, p] = _lowest(group, below + 1) if below + 1 < group.size else group[below]
            share[k, p] = place - below


@jit
def _put_in_place(values, start, place):
    """Reorder ``values[start:]`` so that ``values[place]`` is the one that a sort would put there."""
    stop, chance = values.size, np.uint64(start)
    while stop - start > _FEW:
        pivot, chance = _pivot(values[start:stop], chance)
        split = _part(values, start, stop, pivot, False)
        if place < split:
            stop = split
            continue
        start = _part(values, split, stop, pivot, True)
        if place < start:
            return
    for i in range(start + 1, stop):
        value, j = values[i], i
        while j > start and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@jit
def _lowest(values, start):
    lowest = values[start]
    for i in range(start + 1, values.size):
        lowest = min(lowest, values[i])
    return lowest


@jit
def _pivot(values, chance):
    """The middle one of three values taken by chance: at fixed places a ramp up and down would need forever."""
    a, chance = _draw(values, chance)
    b, chance = _draw(values, chance)
    c, chance = _draw(values, chance)
    return max(min(a, b), min(max(a, b), c)), chance


@jit
def _draw(values, chance):
    chance = chance * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return values[((chance >> np.uint64(32)) * np.uint64(values.size)) >> np.uint64(32)], chance


@jit
def _part(values, start, stop, pivot, equal):
    """Move what is below the pivot (or equal to it) to the front, without a branch; where the others begin."""
    edge = start
    for i in range(start, stop):
        value = values[i]
        values[i] = values[edge]
        values[edge] = value
        edge += (value == pivot) if equal else (value < pivot)
    return edge


def regroup(values, groups, counts, starts):
    """See ``plain.quantiles.regroup``."""
    return _regroup(values, groups, counts, starts[:-1].copy(), np.empty_like(values))


@jit
def _regroup(values, groups, counts, places, out):
    taken = 0
    for run in range(groups.size):
        place, count = places[groups[run]], counts[run]
        for i in range(count):  # a loop: numba takes over a second to compile the assignment of a slice
            out[place + i] = values[taken + i]
        places[groups[run]] = place + count
        taken += count
    return out
