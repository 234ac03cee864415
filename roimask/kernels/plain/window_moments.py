"""Mean and standard deviation over the windows of a block, by merging alone: no large number cancels another."""

from __future__ import annotations

import numpy as np

from roimask.kernels.footprints import half_heights
from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["NOTHING", "moments"]

NOTHING = 1e-30  # weight whose inverse float32 does not hold

Part = tuple[np.ndarray, np.ndarray, np.ndarray]  # weight, mean, sum of squares about the mean


def moments(
    image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation (over N) and share that takes part, of each window of the core.

    ``weight`` is uint8 0/1 or float32; ``footprint`` a square or a disk. Where nothing takes part all are 0.
    """
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values = surrounded(image, core, reach, 0, "window moments: values")
    held = surrounded(weight, core, reach, 0, "window moments: weights").astype(np.float32)
    part = held, np.where(held > 0, values, 0).astype(np.float64), np.zeros(held.shape)
    if footprint.all():
        held, mean, squares = _along(_down(part, len(footprint)), len(footprint))
    else:
        held, mean, squares = _disk(part, half_heights(footprint), shape_of(core))
    with np.errstate(invalid="ignore"):
        std = np.where(held > 0, np.sqrt(squares / np.where(held > 0, held, 1)), 0)
    return mean, std, held / np.float32(footprint.sum())


def _merged(one: Part, other: Part) -> Part:
    (n1, m1, s1), (n2, m2, s2) = one, other
    both, base = n1 + n2, np.where(n1 > 0, m1, m2)
    share, apart = _share(n2, both), m2 - base
    with np.errstate(over="ignore", invalid="ignore"):
        return both, base + apart * share, s1 + s2 + apart * (n1 * share) * apart


def _share(n: np.ndarray, both: np.ndarray) -> np.ndarray:
    """n / both to about 14 digits, as the compiled kernel reckons it."""
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(both > NOTHING, np.float32(1) / both, np.float32(0)).astype(np.float64)
    share = n * inverse
    return share + (n - both * share) * inverse


def _of(part: Part, *where: slice) -> Part:
    n, m, s = part
    return n[where], m[where], s[where]


def _down(part: Part, size: int) -> Part:
    turned = _runs(_of(part, slice(None, None, -1)), size)
    return _of(turned, slice(None, None, -1))


def _along(part: Part, size: int) -> Part:
    n, m, s = _runs((part[0].T, part[1].T, part[2].T), size)
    return n.T, m.T, s.T


def _runs(part: Part, size: int) -> Part:
    """Windows of 1, 2, 4, 8 … rows, of which those that make up the size are merged."""
    height = len(part[0]) - size + 1
    total, known, done, length = _of(part, slice(height)), part, 1, 1
    while 2 * length <= size:
        known, length = _merged(_of(known, slice(-length)), _of(known, slice(length, None))), 2 * length
        if size & length:
            total, done = _merged(total, _of(known, slice(done, done + height))), done + length
    return total


def _disk(part: Part, heights: np.ndarray, shape: tuple[int, int]) -> Part:
    """Columns that are as high are merged at once, from the lowest to the highest in the middle."""
    reach = heights.size - 1
    column = _of(part, slice(reach, reach + shape[0]))
    total: Part = np.zeros(shape, np.float32), np.zeros(shape), np.zeros(shape)
    for h in range(reach + 1):
        for top in (reach - h, reach + h) if h else ():
            column = _merged(column, _of(part, slice(top, top + shape[0])))
        for c in np.flatnonzero(heights == h)[::-1]:
            for left in (reach - c, reach + c) if c else (reach,):
                total = _merged(total, _of(column, slice(None), slice(left, left + shape[1])))
    return total
