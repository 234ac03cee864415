"""The brightness of colours, and colours of another brightness but the same hue."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["luminance", "relight"]


def luminance(image: np.ndarray, out: np.ndarray) -> np.ndarray:
    """See ``plain.luminance.luminance``."""
    _luminance(rows(image), *image.shape[:2], out.dtype.kind in "iu", rows(out))
    return out


@jit
def _luminance(image, height, width, whole, out):
    for y in range(height):
        a, o = image[y], out[y]
        for x in range(width):
            red, green, blue = np.float64(a[3 * x]), np.float64(a[3 * x + 1]), np.float64(a[3 * x + 2])
            mixed = 0.299 * red + 0.587 * green + 0.114 * blue
            o[x] = np.rint(mixed) if whole else mixed


def relight(image: np.ndarray, before: np.ndarray, after: np.ndarray, white: float, out: np.ndarray) -> np.ndarray:
    """See ``plain.luminance.relight``."""
    whole = out.dtype.kind in "iu"
    limits = np.iinfo(out.dtype) if whole else np.finfo(out.dtype)
    ends = float(limits.min), float(limits.max)
    _relight(rows(image), rows(before), rows(after), float(white), *ends, *image.shape[:2], whole, rows(out))
    return out


@jit
def _relight(image, before, after, white, lowest, highest, height, width, whole, out):
    for y in range(height):
        a, o = image[y], out[y]
        for x in range(width):
            old, new = np.float64(before[y, x]), np.float64(after[y, x])
            top = np.float64(max(a[3 * x], a[3 * x + 1], a[3 * x + 2]))
            grow = (new / old if new > 0 else 0.0) if old > 0 else 1.0
            if top > old:
                fits = (white - new) / (top - old)
                if fits < grow:
                    grow = max(fits, 0.0)
            for band in range(3):
                if new != new:
                    o[3 * x + band] = a[3 * x + band]
                    continue
                colour = new + grow * (np.float64(a[3 * x + band]) - old)
                o[3 * x + band] = min(max(np.rint(colour), lowest), highest) if whole else colour
