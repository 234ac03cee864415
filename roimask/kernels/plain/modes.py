"""The most frequent value of each window."""

from __future__ import annotations

import numpy as np

from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["mode"]


def mode(image: np.ndarray, inside: np.ndarray, footprint: np.ndarray, core: Core) -> tuple[np.ndarray, np.ndarray]:
    """The most frequent value (of several the lowest) in each window of the core, and the share that takes part.

    ``inside`` is uint8 0/1; windows of no pixel answer 0.
    """
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values, taking = (
        np.lib.stride_tricks.sliding_window_view(surrounded(array, core, reach, 0, f"modes: {name}"), footprint.shape)
        for name, array in (("values", image), ("inside", inside))
    )
    out, share = np.zeros(shape_of(core), image.dtype), np.zeros(shape_of(core), np.float32)
    for place in np.ndindex(out.shape):
        found, often = np.unique(values[place][(taking[place] > 0) & footprint], return_counts=True)
        share[place] = often.sum() / np.float32(footprint.sum())
        if found.size:
            out[place] = found[often.argmax()]
    return out, share
