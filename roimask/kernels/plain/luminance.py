"""The brightness of colours, and colours of another brightness but the same hue."""

from __future__ import annotations

import numpy as np

__all__ = ["luminance", "relight"]


def luminance(image: np.ndarray, out: np.ndarray) -> np.ndarray:
    """0.299 R + 0.587 G + 0.114 B of an image (h, w, 3), rounded where its type is an integer."""
    red, green, blue = (image[..., band].astype(np.float64) for band in range(3))
    with np.errstate(invalid="ignore"):
        mixed = 0.299 * red + 0.587 * green + 0.114 * blue
        out[...] = np.rint(mixed) if out.dtype.kind in "iu" else mixed
    return out


def relight(image: np.ndarray, before: np.ndarray, after: np.ndarray, white: float, out: np.ndarray) -> np.ndarray:
    """The colours (h, w, 3) brought from one luminance (h, w) to another, hue kept.

    The distances of red, green and blue from the luminance grow with it, as far as the largest of the three then fits
    under ``white``. A pixel whose new luminance is NaN stays as it is.
    """
    old, new = before.astype(np.float64), after.astype(np.float64)
    top = image.max(axis=2).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        grow = np.where((old > 0) & (new > 0), new / old, np.where(old > 0, 0.0, 1.0))
        fits = (white - new) / (top - old)
        grow = np.where((top > old) & (fits < grow), np.maximum(fits, 0.0), grow)
        colours = new[..., None] + grow[..., None] * (image - old[..., None])
        if out.dtype.kind in "iu":
            limits = np.iinfo(out.dtype)
            colours = np.minimum(np.maximum(np.rint(colours), limits.min), limits.max)
        out[...] = np.where(np.isnan(new)[..., None], image, colours)
    return out
