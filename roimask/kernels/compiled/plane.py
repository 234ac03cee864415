"""Planes fitted to the neighbourhood of each pixel, whatever part of it takes part."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["slopes"]


def slopes(
    image: np.ndarray, weight: np.ndarray, kernel: np.ndarray, core: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slope down the rows, slope along them, and coverage (0 where no plane is defined), for the core of a block."""
    shape = (core[0].stop - core[0].start, core[1].stop - core[1].start)
    down, along, coverage = (np.empty(shape, np.float64) for _ in range(3))
    place = core[0].start, core[1].start
    _slopes(rows(image), rows(weight), image.shape[1], kernel, kernel.sum(), *place, down, along, coverage)
    return down, along, coverage


@jit
def _slopes(image, weight, width, kernel, whole, top, left, down, along, coverage):
    reach = kernel.shape[0] // 2
    for y in range(down.shape[0]):
        for x in range(down.shape[1]):
            m = yy = xx = yx = sy = sx = f = fy = fx = 0.0
            for dy in range(-reach, reach + 1):
                r = top + y + dy
                if r < 0 or r >= image.shape[0]:
                    continue
                for dx in range(-reach, reach + 1):
                    c = left + x + dx
                    if c < 0 or c >= width:
                        continue
                    a = kernel[dy + reach, dx + reach] * weight[r, c]
                    if a == 0:
                        continue
                    value = a * image[r, c]
                    m += a
                    sy += a * dy
                    sx += a * dx
                    yy += a * dy * dy
                    xx += a * dx * dx
                    yx += a * dy * dx
                    f += value
                    fy += value * dy
                    fx += value * dx
            # The normal equations about the centre of what takes part.
            if m > 0:
                yy -= sy * sy / m
                xx -= sx * sx / m
                yx -= sy * sx / m
                fy -= sy * f / m
                fx -= sx * f / m
            determinant = yy * xx - yx * yx
            if m > 0 and determinant > 1e-5 * m * m:
                down[y, x] = (xx * fy - yx * fx) / determinant
                along[y, x] = (yy * fx - yx * fy) / determinant
                coverage[y, x] = m / whole
            else:
                down[y, x] = along[y, x] = coverage[y, x] = 0.0
