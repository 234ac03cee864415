"""Weighted means under a separable, symmetric kernel: nothing takes part beyond the block."""

from __future__ import annotations

import numpy as np

__all__ = ["mean", "weigh"]


def weigh(image: np.ndarray, weight: np.ndarray, values: np.ndarray, share: np.ndarray) -> None:
    """The image times its weight, and the weight, as floats."""
    share[...] = weight
    np.multiply(image.astype(values.dtype), share, out=values)


def mean(
    values: np.ndarray,
    share: np.ndarray,
    down: np.ndarray,
    along: np.ndarray,
    core: tuple[slice, slice],
    wanted: np.ndarray,
    out: np.ndarray,
    coverage: np.ndarray,
) -> None:
    """The mean of each window of the core and the share of the kernel that takes part.

    ``values`` are weighted already; ``down`` and ``along`` are odd, symmetric and of sum 1. Where ``wanted`` is 0 both
    answers are 0.
    """
    coverage[...] = _sums(_sums(share, down, core[0]).T, along, core[1]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        np.divide(_sums(_sums(values, down, core[0]).T, along, core[1]).T, coverage, out=out)
    out[wanted == 0] = coverage[wanted == 0] = 0


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
