"""Sorting networks: which pairs to put in order so that any input ends up sorted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["BOTH", "HIGHER", "LOWER", "sorting_network"]

BOTH, LOWER, HIGHER = 0, 1, 2  # what of a pair is looked at later


@lru_cache(maxsize=64)
def sorting_network(count: int, wanted: tuple[int, ...]) -> np.ndarray:
    """The steps (i, j, what) of Batcher's odd-even merge sort for ``count`` inputs, in order.

    A step puts the lower of the inputs i and j at i, the higher at j; ``what`` says whether both are looked at later,
    or one alone. Steps that change nothing that is wanted are left out.

    Parameters
    ----------
    count : int
        How many values are sorted.
    wanted : tuple of int
        The places of the sorted order that are looked at.

    References
    ----------
    K. E. Batcher, "Sorting networks and their applications", AFIPS 1968, 307-314.
    """
    pairs = [(i, j) for i, j in _batcher(count) if j < count]
    return np.array(_needed(pairs, set(wanted)), np.int64).reshape(-1, 3)


def _batcher(count: int):
    full = 1 << max(count - 1, 1).bit_length()
    p = 1
    while p < full:
        k = p
        while k >= 1:
            for j in range(k % p, full - k, 2 * k):
                for i in range(min(k, full - j - k)):
                    if (i + j) // (p * 2) == (i + j + k) // (p * 2):
                        yield i + j, i + j + k
            k //= 2
        p *= 2


def _needed(pairs: list[tuple[int, int]], places: set[int]) -> list[tuple[int, int, int]]:
    """Walk back from the places that are wanted: a pair counts where it writes one of them."""
    kept = []
    for i, j in reversed(pairs):
        if i in places or j in places:
            kept.append((i, j, BOTH if {i, j} <= places else LOWER if i in places else HIGHER))
            places |= {i, j}
    return kept[::-1]
