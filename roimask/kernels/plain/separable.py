"""Weighted means under a separable, symmetric kernel: nothing takes part beyond the block."""

from __future__ import annotations

import numpy as np

from roimask.kernels.windows import Core

__all__ = ["mean"]


def mean(
    image: np.ndarray,
    weight: np.ndarray,
    down: np.ndarray,
    along: np.ndarray,
    core: Core,
    wanted: np.ndarray,
    dtype: np.dtype,
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each window of the core and the share of the kernel that takes part.

    ``weight`` is uint8 0/1 or float32; a pixel of weight 0 is not read. ``down`` and ``along`` are odd, symmetric and
    of sum 1; ``dtype`` is what is summed in. Where ``wanted`` is 0 both answers are 0.
    """
    share = weight.astype(dtype)
    values = np.where(weight == 0, 0, image).astype(dtype) * share
    coverage = _sums(_sums(share, down, core[0]).T, along, core[1]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        out = _sums(_sums(values, down, core[0]).T, along, core[1]).T / coverage
    out[wanted == 0] = coverage[wanted == 0] = 0
    return out, coverage


def _sums(image: np.ndarray, weights: np.ndarray, part: slice) -> np.ndarray:
    """Weighted sums along the first axis, from the middle outwards."""
    reach, weights = weights.size // 2, weights.astype(image.dtype)
    padded = np.zeros((image.shape[0] + 2 * reach, image.shape[1]), image.dtype)
    padded[reach : reach + image.shape[0]] = image

    def moved(by: int) -> np.ndarray:
        return padded[part.start + reach + by : part.stop + reach + by]

    sums = weights[reach] * moved(0)
    for j in range(1, reach + 1):
        sums += weights[reach + j] * (moved(-j) + moved(j))
    return sums
