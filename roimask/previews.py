"""A picture of what an operation did: before and after side by side, each over its histogram."""

from __future__ import annotations

from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask, mask_on
from roimask.operations.statistics import histogram, statistics
from roimask.sources import as_source
from roimask.view import reduced

__all__ = ["preview"]

_GROUND = 24  # of the picture, 0 to 255
_GAP = 8
_HIGH = 98  # per cent of the bars fit; those of clipped tones would make all others flat
_BINS = 128  # few enough that each holds as many levels of an 8-bit image as the next
_COLORS = np.array([[230, 60, 60], [60, 200, 80], [70, 110, 255]], np.float64)  # of three bands
_GREY = np.array([[210, 210, 210]], np.float64)  # of one
_OUTLINE = (0, 200, 255)  # rare in photographs


def preview(before: Any, after: Any, mask: Any = None, *, size: int = 480) -> np.ndarray:
    """Show an image before and after an operation side by side, each over the histogram of the region.

    Both are shown, and counted, on the same scale.

    Parameters
    ----------
    before, after : array (H, W) or (H, W, C), PIL image or Raster
        Of three bands or more the first three are red, green and blue; else the first is shown.
    mask : Mask or array (H, W), optional
        Whose pixels the histograms count; outlined in both pictures. Default: all.
    size : int, default 480
        Longest side of each of the two pictures; what is smaller stays as it is.

    Returns
    -------
    ndarray (h, w, 3), uint8

    Raises
    ------
    ParameterError
        Where the two are not of one height and width.
    FrameMismatch
        Where images and mask are not of one size.

    Notes
    -----
    uint8 is shown as it is, other types from the lowest 2nd to the highest 98th percentile of the two. The height of
    a histogram is the square root of the counts, cut off where few are higher.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    >>> rm.preview(image, rm.stretch(image)).shape
    (120, 24, 3)
    >>> rm.preview(image, image, image < 30)[0, 7]
    array([7, 7, 7], dtype=uint8)
    >>> rm.preview(image, image, np.zeros((8, 8), bool)).shape
    (120, 24, 3)
    """
    images = [_shown_bands(as_source(image).whole().array) for image in (before, after)]
    if images[0].shape[:2] != images[1].shape[:2]:
        raise ParameterError(f"before and after have one size, got {images[0].shape[:2]} and {images[1].shape[:2]}")
    region = mask_on(mask, as_source(images[0]).frame)
    if region is not None and region.kind == "labels":  # all regions as one
        region = region.as_binary()
    low, high = _scale(images, region)
    pictures = [_outlined(_in_8_bits(reduced(image, size), low, high), region) for image in images]
    bars = _histograms(images, region, (low, high), pictures[0].shape[1])
    gap = _ground(_GAP, pictures[0].shape[1])
    halves = [np.vstack([picture, gap, bar]) for picture, bar in zip(pictures, bars, strict=True)]
    return np.hstack([halves[0], _ground(halves[0].shape[0], _GAP), halves[1]])


def _shown_bands(image: np.ndarray) -> np.ndarray:
    bands = image[..., np.newaxis] if image.ndim == 2 else image
    bands = bands[..., :3] if bands.shape[2] >= 3 else bands[..., :1]
    return bands.view(np.uint8) * np.uint8(255) if bands.dtype == np.bool_ else bands


def _scale(images: list[np.ndarray], region: Mask | None) -> tuple[float, float]:
    """What is black and white in both pictures."""
    if all(image.dtype == np.uint8 for image in images):
        return 0.0, 255.0
    found = [statistics(image, region, quantiles=(0.02, 0.98)).quantiles for image in images]
    low, high = min(q[0.02].min() for q in found), max(q[0.98].max() for q in found)
    return (float(low), float(high)) if np.isfinite(high - low) and low < high else (0.0, 1.0)


def _in_8_bits(image: np.ndarray, low: float, high: float) -> np.ndarray:
    bands = image if image.ndim == 3 else image[..., np.newaxis]
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip((bands.astype(np.float64) - low) * (255 / (high - low)), 0, 255)
    return np.broadcast_to(np.rint(np.nan_to_num(scaled)).astype(np.uint8), (*bands.shape[:2], 3))


def _outlined(picture: np.ndarray, region: Mask | None) -> np.ndarray:
    """The picture with the border of the region drawn on the pixels inside; the picture's rim is no border."""
    if region is None:
        return picture
    import cv2

    inside = np.rint(cv2.resize(np.asarray(region, np.float32), picture.shape[1::-1], interpolation=cv2.INTER_AREA))
    deep = cv2.erode(inside, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    return np.where((inside > deep)[..., np.newaxis], np.array(_OUTLINE, np.uint8), picture)


def _histograms(
    images: list[np.ndarray], region: Mask | None, ends: tuple[float, float], width: int, height: int = 104
) -> list[np.ndarray]:
    """A picture of each histogram, both on one scale."""
    bins = min(width, _BINS)
    counts = [np.sqrt(histogram(image, region, bins=bins, range=ends).counts) for image in images]
    top = max(float(np.percentile(count, _HIGH)) for count in counts) or 1.0
    return [_bars((count / top)[:, np.arange(width) * bins // width], height) for count in counts]


def _bars(shares: np.ndarray, height: int) -> np.ndarray:
    """Bars of the bands in their colours, which mix where they overlap."""
    colors = _COLORS if len(shares) == 3 else _GREY
    rows = np.arange(height, 0, -1)[:, np.newaxis]
    filled = shares[:, np.newaxis, :] * height >= rows  # (bands, height, width)
    mixed = (filled[..., np.newaxis] * colors[:, np.newaxis, np.newaxis, :]).sum(axis=0)
    return np.clip(mixed + _GROUND, 0, 255).astype(np.uint8)


def _ground(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), _GROUND, np.uint8)
