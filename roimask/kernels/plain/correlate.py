"""Correlation with any small kernel: zeros beyond the block."""

from __future__ import annotations

import numpy as np

__all__ = ["correlate"]


def correlate(image: np.ndarray, kernel: np.ndarray, core: tuple[slice, slice], out: np.ndarray) -> np.ndarray:
    """The core of a float block correlated with a kernel of odd height and width."""
    down, across = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.zeros((image.shape[0] + 2 * down, image.shape[1] + 2 * across), image.dtype)
    padded[down : down + image.shape[0], across : across + image.shape[1]] = image
    out[...] = 0
    for dy, row in enumerate(kernel.astype(image.dtype)):
        for dx, k in enumerate(row):
            if k != 0:
                out += k * padded[core[0].start + dy : core[0].stop + dy, core[1].start + dx : core[1].stop + dx]
    return out
