"""Extremes of flat windows: the highest or lowest pixel that takes part.

Whole blocks are compared with themselves, shifted: numpy's comparison of two arrays is vector code for every type.
"""

from __future__ import annotations

from itertools import cycle

import numpy as np

from roimask.kernels import pick
from roimask.kernels.scratch import borrow
from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["extreme", "neutral"]


def neutral(highest: bool, dtype: np.dtype) -> float:
    """What changes no extreme: the lowest value of a type for the highest, the highest for the lowest."""
    if dtype.kind == "f":
        return -np.inf if highest else np.inf
    limits = np.iinfo(dtype)
    return int(limits.min if highest else limits.max)


def extreme(image: np.ndarray, inside: np.ndarray, footprint: np.ndarray, highest: bool, core: Core) -> np.ndarray:
    """The highest (or lowest) value of each window of the core, in memory borrowed for highest (or lowest) values.

    ``inside`` is uint8 0/1; ``footprint`` is bool, of odd height and width, its rows runs and mirror images about the
    middle. A window in which nothing takes part answers :func:`neutral`.
    """
    steps = _Steps("highest", np.maximum) if highest else _Steps("lowest", np.minimum)
    nothing = neutral(highest, image.dtype)
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    filled = _filled(image, inside, nothing, f"{steps.name}: filled")
    values = surrounded(filled, core, reach, nothing, f"{steps.name}: margin")
    if footprint.all():
        return steps.run(steps.run(values, footprint.shape[0], 0), footprint.shape[1], 1)
    if footprint.sum() == max(footprint.shape):
        return _line(values, footprint, steps, shape_of(core))
    return _disk(values, footprint.sum(axis=1), steps)


def _filled(image: np.ndarray, inside: np.ndarray, nothing: float, purpose: str) -> np.ndarray:
    if inside.all():
        return image
    fill = np.array([nothing], image.dtype)
    return pick("select", image.size).select(image, inside, fill, borrow(purpose, image.shape, image.dtype))


class _Steps:
    """Comparisons one after another, each into the buffer that the one before did not use."""

    def __init__(self, name: str, compare: np.ufunc):
        self.name, self.compare = name, compare
        self.buffers = cycle((f"{name}: one", f"{name}: other"))

    def of(self, some: np.ndarray, others: np.ndarray) -> np.ndarray:
        """The extreme of each pair."""
        return self.compare(some, others, out=borrow(next(self.buffers), some.shape, some.dtype))

    def run(self, values: np.ndarray, length: int, axis: int) -> np.ndarray:
        """The extreme of each run of so many pixels along an axis; each step nearly doubles what is known."""
        known = 1
        while known < length:
            step = min(known, length - known)
            values = self.both(values, step, axis)
            known += step
        return values

    def both(self, values: np.ndarray, step: int, axis: int) -> np.ndarray:
        """The extreme of each pixel and the one that many further along an axis."""
        return self.of(values[:-step], values[step:]) if axis == 0 else self.of(values[:, :-step], values[:, step:])


def _line(values: np.ndarray, footprint: np.ndarray, steps: _Steps, shape: tuple[int, int]) -> np.ndarray:
    """One pixel after another."""
    parts = [values[r : r + shape[0], c : c + shape[1]] for r, c in np.argwhere(footprint)]
    known = parts[0]
    for part in parts[1:]:
        known = steps.of(known, part)
    return known


def _disk(values: np.ndarray, lengths: np.ndarray, steps: _Steps) -> np.ndarray:
    """Row by row from the middle outwards: what is known so far is widened by as much as the next row is shorter."""
    reach = lengths.size // 2
    height, width = values.shape[0] - 2 * reach, values.shape[1]
    known = values[reach : reach + height]
    for offset in range(1, reach + 1):
        narrower, wider = lengths[reach + offset], lengths[reach + offset - 1]
        known = steps.run(known, wider - narrower + 1, 1)
        margin = (width - known.shape[1]) // 2
        for top in (reach - offset, reach + offset):
            known = steps.of(known, values[top : top + height, margin : width - margin])
    return steps.run(known, lengths[-1], 1)
