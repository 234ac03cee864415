"""Order statistics of large windows: a small block is sorted once, and a window is the set of the ranks in it.

J. Suomela, "Median filtering is equivalent to sorting", 2014, arXiv:1406.1717.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.compiled._between import between
from roimask.kernels.footprints import spans

__all__ = ["blocks", "scan"]

_LEAST = 64  # rows and columns of a block, without what its windows reach


def blocks(shape: tuple[int, int], reach: tuple[int, int]) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Small blocks of a core, and the part of the core with its margin that their windows reach."""
    side = max(_LEAST, 4 * max(reach))
    for top in range(0, shape[0], side):
        for left in range(0, shape[1], side):
            here = slice(top, min(top + side, shape[0])), slice(left, min(left + side, shape[1]))
            yield here, tuple(slice(part.start, part.stop + 2 * by) for part, by in zip(here, reach, strict=True))  # type: ignore[misc]


def scan(values: np.ndarray, taking: np.ndarray, footprint: np.ndarray, q: float, out: np.ndarray, share: np.ndarray):
    """The quantile of each window, and the share of it that takes part; values and 0/1 with the windows' margin."""
    runs = spans(footprint)
    for here, reached in blocks(out.shape, (footprint.shape[0] // 2, footprint.shape[1] // 2)):
        ordered, ranks = _sorted(values[reached], taking[reached])
        _scan(ranks, ordered, runs, q, np.float32(footprint.sum()), out[here], share[here])


def _sorted(values: np.ndarray, taking: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values that take part in order, and the place of each pixel in that order, -1 where it takes no part."""
    where = np.flatnonzero(taking)
    held = values.ravel()[where]
    order = held.argsort()
    ranks = np.full(values.size, -1, np.int32)
    ranks[where[order]] = np.arange(where.size, dtype=np.int32)
    return held[order], ranks.reshape(values.shape)


@jit
def _scan(ranks, ordered, runs, q, n, out, share):
    """Bits stand for ranks; what lies in the words below a pivot is counted, and the pivot moves a little each step."""
    words = np.zeros((ordered.size >> 6) + 1, np.uint64)
    for y in range(out.shape[0]):
        words[:] = 0
        held, below, pivot = 0, 0, 0
        for x in range(out.shape[1]):
            for r in range(runs.shape[0]):
                row, first, last = ranks[y + r], x + runs[r, 0], x + runs[r, 1]
                if x > 0 and row[first - 1] >= 0:
                    held -= 1
                    below -= _flip(words, row[first - 1], pivot)
                for c in range(last - 1 if x > 0 else first, last):
                    if row[c] >= 0:
                        held += 1
                        below += _flip(words, row[c], pivot)
            share[y, x], out[y, x] = np.float32(held) / n, 0
            if held > 0:
                place = q * (held - 1)
                low = np.int64(place)
                below, pivot = _sought(words, below, pivot, low)
                out[y, x] = _at(words, ordered, pivot, low - below, place - low)


@jit
def _flip(words, rank, pivot):
    """Put a rank in, or take it out; whether it lies below the pivot."""
    words[rank >> 6] ^= np.uint64(1) << np.uint64(rank & 63)
    return np.int64((rank >> 6) < pivot)


@jit
def _sought(words, below, pivot, place):
    """Move the pivot to the word that holds a place; how many stand below it, and where it is."""
    while below > place:
        pivot -= 1
        below -= _ones(words[pivot])
    here = _ones(words[pivot])
    while below + here <= place:
        below += here
        pivot += 1
        here = _ones(words[pivot])
    return below, pivot


@jit
def _at(words, ordered, word, skip, share):
    """The value of a bit of a word, so many bits on, or between that and the next one."""
    left = words[word]
    for _ in range(skip):
        left &= left - np.uint64(1)
    first = ordered[(word << 6) + _lowest(left)]
    if share == 0:
        return between(first, first, share)
    left &= left - np.uint64(1)
    while left == 0:
        word += 1
        left = words[word]
    return between(first, ordered[(word << 6) + _lowest(left)], share)


@jit
def _lowest(word):
    """The place of the lowest bit that is set."""
    return _ones((word & (~word + np.uint64(1))) - np.uint64(1))


@jit
def _ones(word):
    """How many bits are set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
