"""Means weighted by nearness in space and in value, and steps of diffusion."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["bilateral", "diffuse"]


def bilateral(
    image: np.ndarray, weight: np.ndarray, near: np.ndarray, alike: np.ndarray, scale: float, core: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each window of the core and its coverage; ``alike`` tabulates what a difference, times ``scale``,
    is worth."""
    shape = (core[0].stop - core[0].start, core[1].stop - core[1].start)
    out, coverage = np.empty(shape, image.dtype), np.empty(shape, image.dtype)
    _bilateral(
        rows(image), rows(weight), image.shape[1], near, alike, scale, core[0].start, core[1].start, out, coverage
    )
    return out, coverage


@jit
def _bilateral(image, weight, width, near, alike, scale, top, left, out, coverage):
    reach, last = near.shape[0] // 2, alike.size - 2
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            centre = image[top + y, left + x]
            known = weight[top + y, left + x] > 0
            total = share = space = 0.0
            for dy in range(-reach, reach + 1):
                r = top + y + dy
                if r < 0 or r >= image.shape[0]:
                    continue
                for dx in range(-reach, reach + 1):
                    c = left + x + dx
                    if c < 0 or c >= width or weight[r, c] == 0:
                        continue
                    w = near[dy + reach, dx + reach] * weight[r, c]
                    space += w
                    if known:
                        place = abs(image[r, c] - centre) * scale
                        if place >= last:
                            continue
                        low = int(place)
                        w *= alike[low] + (place - low) * (alike[low + 1] - alike[low])
                    total += w * image[r, c]
                    share += w
            out[y, x] = total / share if share > 0 else 0.0
            coverage[y, x] = space


def diffuse(image: np.ndarray, weight: np.ndarray, step: float, scale: float) -> np.ndarray:
    """One step of Perona and Malik: nothing flows to or from pixels that take no part."""
    out = np.empty_like(image)
    _diffuse(image, weight, step, scale, out)
    return out


@jit
def _diffuse(image, weight, step, scale, out):
    height, width = image.shape
    for y in range(height):
        for x in range(width):
            here = image[y, x]
            flow = 0.0
            for side in range(4):
                r = y + (1 if side == 0 else -1 if side == 1 else 0)
                c = x + (1 if side == 2 else -1 if side == 3 else 0)
                if 0 <= r < height and 0 <= c < width:
                    difference = image[r, c] - here
                    slope = difference * scale
                    flow += weight[r, c] * difference / (1.0 + slope * slope)
            out[y, x] = here + step * flow
