"""Highest and lowest values of windows: whole blocks are compared with themselves, shifted."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from roimask.kernels.scratch import borrow

__all__ = ["of_disk", "of_line", "of_rectangle"]


class _Steps:
    """Comparisons one after another, each into the buffer that the one before did not use."""

    def __init__(self, highest: bool):
        name = "highest" if highest else "lowest"
        self.compare = np.maximum if highest else np.minimum
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


def of_rectangle(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    """The extreme of each rectangle that lies in the values whole, in borrowed memory (the values, of one pixel)."""
    steps = _Steps(highest)
    return steps.run(steps.run(values, footprint.shape[0], 0), footprint.shape[1], 1)


def of_line(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    """The extreme of each line that lies in the values whole, in borrowed memory: one pixel after another."""
    steps = _Steps(highest)
    height, width = (side - of + 1 for side, of in zip(values.shape, footprint.shape, strict=True))
    parts = [values[r : r + height, c : c + width] for r, c in np.argwhere(footprint)]
    known = parts[0]
    for part in parts[1:]:
        known = steps.of(known, part)
    return known


def of_disk(values: np.ndarray, footprint: np.ndarray, highest: bool) -> np.ndarray:
    """The extreme of each disk that lies in the values whole, in borrowed memory.

    Row by row from the middle outwards: what is known so far is widened by as much as the next row is shorter.
    """
    steps, lengths = _Steps(highest), footprint.sum(axis=1)
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
