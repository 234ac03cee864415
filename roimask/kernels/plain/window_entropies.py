"""Shannon entropy of the values in each window."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["SCALE", "entropy", "terms"]

SCALE = 2.0**32  # n log n is kept as a whole number of this fraction, so that no order of additions matters


@lru_cache(maxsize=16)
def terms(most: int) -> tuple[np.ndarray, np.ndarray]:
    """n log2 n times SCALE as int64, and log2 n, for n from 0 to ``most``."""
    n = np.arange(most + 1)
    logarithm = np.log2(np.maximum(n, 1))
    return np.rint(n * logarithm * SCALE).astype(np.int64), logarithm


def entropy(bins: np.ndarray, inside: np.ndarray, footprint: np.ndarray, core: Core) -> tuple[np.ndarray, np.ndarray]:
    """The entropy in bits of the bins (uint8) in each window of the core, and the share of it that takes part.

    ``inside`` is uint8 0/1; ``footprint`` is bool, its rows runs. Where nothing takes part both are 0.
    """
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values, taking = (
        np.lib.stride_tricks.sliding_window_view(surrounded(array, core, reach, 0, name), footprint.shape)
        for name, array in (("window entropies: values", bins), ("window entropies: inside", inside))
    )
    term, logarithm = terms(footprint.sum())
    out, share = np.zeros(shape_of(core)), np.zeros(shape_of(core), np.float32)
    for place in np.ndindex(out.shape):
        counts = np.bincount(values[place][(taking[place] > 0) & footprint])
        held = counts.sum()
        share[place] = np.float32(held) / np.float32(footprint.sum())
        if held:
            out[place] = logarithm[held] - term[counts].sum() / SCALE / held
    return out, share
