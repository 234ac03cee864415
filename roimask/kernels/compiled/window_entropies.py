"""Shannon entropy of the values in each window: a histogram that moves along, and what each count adds to the sum."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows
from roimask.kernels.footprints import spans
from roimask.kernels.plain.window_entropies import SCALE, terms
from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["entropy"]


def entropy(bins: np.ndarray, inside: np.ndarray, footprint: np.ndarray, core: Core) -> tuple[np.ndarray, np.ndarray]:
    """The entropy in bits of the bins (uint8) in each window of the core, and the share of it that takes part.

    ``inside`` is uint8 0/1; ``footprint`` is bool, its rows runs. Where nothing takes part both are 0.
    """
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values = rows(surrounded(bins, core, reach, 0, "window entropies: values"))
    taking = rows(surrounded(inside, core, reach, 0, "window entropies: inside"))
    out, share = np.empty(shape_of(core), np.float64), np.empty(shape_of(core), np.float32)
    _scan(values, taking, spans(footprint), *terms(footprint.sum()), SCALE, np.float32(footprint.sum()), out, share)
    return out, share


@jit
def _scan(values, taking, runs, term, logarithm, scale, n, out, share):
    counts = np.zeros(256, np.int64)
    for y in range(out.shape[0]):
        counts[:] = 0
        held, total = 0, 0
        for x in range(out.shape[1]):
            for r in range(runs.shape[0]):
                row, there, first, last = values[y + r], taking[y + r], x + runs[r, 0], x + runs[r, 1]
                if x > 0 and there[first - 1]:
                    bin = row[first - 1]
                    total -= term[counts[bin]] - term[counts[bin] - 1]
                    counts[bin] -= 1
                    held -= 1
                for c in range(last - 1 if x > 0 else first, last):
                    if there[c]:
                        bin = row[c]
                        total += term[counts[bin] + 1] - term[counts[bin]]
                        counts[bin] += 1
                        held += 1
            share[y, x] = np.float32(held) / n
            out[y, x] = logarithm[held] - total / scale / held if held > 0 else 0.0
