"""The most frequent value of each window: a histogram that moves along, and the highest count of each 64 bins."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.compiled._sorted_blocks import blocks
from roimask.kernels.footprints import spans
from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["mode"]


def mode(image: np.ndarray, inside: np.ndarray, footprint: np.ndarray, core: Core) -> tuple[np.ndarray, np.ndarray]:
    """The most frequent value (of several the lowest) in each window of the core, and the share that takes part.

    ``inside`` is uint8 0/1; windows of no pixel answer 0.
    """
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values, taking = (
        surrounded(image, core, reach, 0, "modes: values"),
        surrounded(inside, core, reach, 0, "modes: inside"),
    )
    out, share = np.zeros(shape_of(core), image.dtype), np.empty(shape_of(core), np.float32)
    for here, reached in blocks(out.shape, reach):
        levels, bins = np.unique(values[reached], return_inverse=True)
        bins = np.where(taking[reached] > 0, bins.reshape(values[reached].shape), -1)
        _scan(bins, levels, spans(footprint), np.float32(footprint.sum()), out[here], share[here])
    return out, share


@jit
def _scan(bins, levels, runs, n, out, share):
    one = np.zeros(((levels.size >> 6) + 1) << 6, np.int32)
    most = np.zeros(one.size >> 6, np.int32)
    for y in range(out.shape[0]):
        one[:] = 0
        most[:] = 0
        held = np.int64(0)
        for x in range(out.shape[1]):
            for r in range(runs.shape[0]):
                row, first, last = bins[y + r], x + runs[r, 0], x + runs[r, 1]
                if x > 0:
                    held -= _take(one, most, row[first - 1])
                for c in range(last - 1 if x > 0 else first, last):
                    held += _add(one, most, row[c])
            share[y, x] = np.float32(held) / n
            if held > 0:
                group = most.argmax()
                out[y, x] = levels[(group << 6) + one[group << 6 : (group + 1) << 6].argmax()]


@jit
def _add(one, most, bin):
    if bin < 0:
        return 0
    one[bin] += 1
    most[bin >> 6] = max(most[bin >> 6], one[bin])
    return 1


@jit
def _take(one, most, bin):
    if bin < 0:
        return 0
    group = bin >> 6
    one[bin] -= 1
    if one[bin] + 1 == most[group]:
        most[group] = one[group << 6 : (group + 1) << 6].max()
    return 1
