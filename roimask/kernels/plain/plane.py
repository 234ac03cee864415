"""Planes fitted to the neighbourhood of each pixel, whatever part of it takes part."""

from __future__ import annotations

import numpy as np

__all__ = ["slopes"]


def slopes(
    image: np.ndarray, weight: np.ndarray, kernel: np.ndarray, core: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slope down the rows, slope along them, and coverage (0 where no plane is defined), for the core of a block."""
    m, sy, sx, yy, xx, yx, f, fy, fx = _moments(image, weight, kernel, core)
    with np.errstate(divide="ignore", invalid="ignore"):
        yy, xx, yx = yy - sy * sy / m, xx - sx * sx / m, yx - sy * sx / m
        fy, fx = fy - sy * f / m, fx - sx * f / m
        determinant = yy * xx - yx * yx
        down, along = (xx * fy - yx * fx) / determinant, (yy * fx - yx * fy) / determinant
    defined = (m > 0) & (determinant > 1e-5 * m * m)
    return np.where(defined, down, 0.0), np.where(defined, along, 0.0), np.where(defined, m / kernel.sum(), 0.0)


def _moments(image: np.ndarray, weight: np.ndarray, kernel: np.ndarray, core: tuple[slice, slice]) -> np.ndarray:
    reach = kernel.shape[0] // 2
    values, weights = np.pad(image.astype(np.float64), reach), np.pad(weight.astype(np.float64), reach)
    sums = np.zeros((9, core[0].stop - core[0].start, core[1].stop - core[1].start))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            part = (
                slice(core[0].start + reach + dy, core[0].stop + reach + dy),
                slice(core[1].start + reach + dx, core[1].stop + reach + dx),
            )
            a = kernel[dy + reach, dx + reach] * weights[part]
            value = a * values[part]
            sums += np.stack([a, a * dy, a * dx, a * dy * dy, a * dx * dx, a * dy * dx, value, value * dy, value * dx])
    return sums
