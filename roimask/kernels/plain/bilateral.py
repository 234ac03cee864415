"""Means weighted by nearness in space and in value, and steps of diffusion."""

from __future__ import annotations

import numpy as np

__all__ = ["bilateral", "diffuse"]


def bilateral(
    image: np.ndarray, weight: np.ndarray, near: np.ndarray, alike: np.ndarray, scale: float, core: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each window of the core and its coverage; ``alike`` tabulates what a difference, times ``scale``,
    is worth."""
    reach, last = near.shape[0] // 2, alike.size - 2
    values, weights = np.pad(image, reach), np.pad(weight, reach)
    centre, known = image[core], weight[core] > 0
    total, share, space = (np.zeros(centre.shape) for _ in range(3))
    for dy in range(near.shape[0]):
        for dx in range(near.shape[1]):
            part = slice(core[0].start + dy, core[0].stop + dy), slice(core[1].start + dx, core[1].stop + dx)
            w = near[dy, dx] * weights[part]
            space += w
            place = np.where(known, abs(values[part] - centre) * scale, 0)
            low = np.minimum(place, last).astype(np.int64)
            worth = alike[low] + (place - low) * (alike[low + 1] - alike[low])
            w = np.where(known, np.where(place >= last, 0, w * worth), w)
            total += w * values[part]
            share += w
    mean = np.divide(total, share, out=np.zeros_like(total), where=share > 0)
    return mean.astype(image.dtype), space.astype(image.dtype)


def diffuse(image: np.ndarray, weight: np.ndarray, step: float, scale: float) -> np.ndarray:
    """One step of Perona and Malik: nothing flows to or from pixels that take no part."""
    values, weights = np.pad(image, 1), np.pad(weight, 1)
    flow = np.zeros_like(image)
    for part in (
        (slice(2, None), slice(1, -1)),
        (slice(None, -2), slice(1, -1)),
        (slice(1, -1), slice(2, None)),
        (slice(1, -1), slice(None, -2)),
    ):
        difference = values[part] - image
        slope = difference * scale
        flow += weights[part] * difference / (1.0 + slope * slope)
    return image + step * flow
