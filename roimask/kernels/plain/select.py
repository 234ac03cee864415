"""Pixels inside, something else outside."""

from __future__ import annotations

import numpy as np

__all__ = ["covered", "holding", "mix", "put", "put_rounded", "select"]


def holding(block: np.ndarray, finite: bool) -> np.ndarray | None:
    """Where floats are numbers (where asked, finite ones); None where all are."""
    good = np.isfinite(block) if finite else block == block
    return None if good.all() else good


def covered(coverage: np.ndarray, least: float, weight: np.ndarray) -> bool:
    """Whether no pixel whose weight is not 0 has a coverage below the least."""
    return not ((coverage < least) & (weight != 0)).any()


def select(image: np.ndarray, weight: np.ndarray, fill: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The image where the weight is not 0, the fill (of the image's type, one a band) elsewhere."""
    inside = weight.view(np.bool_) if weight.dtype == np.uint8 else weight != 0
    out[...] = fill
    np.copyto(out, image, where=inside if image.ndim == 2 else inside[..., None])
    return out


def put(image: np.ndarray, weight: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Put the pixels whose weight is not 0 over those that are in ``out``, of the same type."""
    inside = weight.view(np.bool_) if weight.dtype == np.uint8 else weight != 0
    np.copyto(out, image, where=inside if out.ndim == 2 else inside[..., None])
    return out


def put_rounded(values: np.ndarray, weight: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Put floats, rounded half to even and clamped, over the 8 or 16 bit integers (h, w) whose weight is not 0."""
    limits = np.iinfo(out.dtype)
    with np.errstate(invalid="ignore"):  # a NaN here is not written
        rounded = np.clip(np.rint(values), limits.min, limits.max).astype(out.dtype)
    return put(rounded, weight, out)


def mix(image: np.ndarray, weight: np.ndarray, fill: np.ndarray, out: np.ndarray) -> np.ndarray:
    """w * image + (1 - w) * fill in float64; integers round half to even."""
    w = weight.astype(np.float64) if image.ndim == 2 else weight.astype(np.float64)[..., None]
    with np.errstate(invalid="ignore"):
        mixed = w * image + (1 - w) * fill.astype(np.float64)
    mixed = np.where(w == 0, fill, np.where(w == 1, image, mixed))
    if out.dtype.kind in "iu":
        limits = np.iinfo(out.dtype)
        mixed = np.clip(np.rint(mixed), limits.min, limits.max)
    out[...] = mixed.astype(out.dtype)
    return out
