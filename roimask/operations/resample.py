"""Other sizes of an image, into which no masked pixel is mixed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.operation import measure
from roimask.parameters import Count, Share

__all__ = ["pyramid", "resize"]

Method = Literal["area", "linear", "cubic", "lanczos", "nearest"]


def _cubic(x: np.ndarray) -> np.ndarray:
    """Keys' cubic convolution with a = -1/2."""
    x = np.abs(x)
    inner, outer = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, inner, np.where(x < 2, outer, 0))


_SHAPES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "linear": (lambda x: np.maximum(1 - np.abs(x), 0), 1.0),
    "cubic": (_cubic, 2.0),
    "lanczos": (lambda x: np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0), 3.0),
}


@measure(takes="image", result="picture")
def resize(
    image: np.ndarray,
    mask: Mask | None = None,
    *,
    shape: tuple[int, int],
    method: Method = "area",
    min_coverage: Share = 0.0,
) -> np.ndarray:
    """Resize an image; only pixels that take part are mixed.

    What is missing of a window is taken to be the weighted mean of what is there. ``mask.to_frame(shape)`` is the
    mask that goes with the result.

    Parameters
    ----------
    image : array (H, W) or (H, W, C)
    mask : Mask or array (H, W), optional
        Which pixels take part; NaN does not.
    shape : (int, int)
        Height and width of the result in pixels.
    method : {"area", "linear", "cubic", "lanczos", "nearest"}, optional
        ``"area"`` (the default) is the mean over each new pixel's area. The others widen with the step when they
        shrink an image, as Pillow's do, so that nothing is skipped; ``"nearest"`` takes one pixel.
    min_coverage : float, optional
        The share of a window's weight that must take part, 0 to 1. Default 0: any will do.

    Returns
    -------
    array (h, w) or (h, w, C)
        Of the image's dtype; 0 (NaN for floats) where too little takes part.

    Raises
    ------
    ParameterError
        Where the shape has no pixel.

    Notes
    -----
    sum(k w f) + mu sum(k (1 - w)) with mu = sum(abs(k) w f) / sum(abs(k) w), along rows and columns.

    References
    ----------
    R. G. Keys, "Cubic convolution interpolation", IEEE TASSP 29 (1981) 1153-1160.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 30, 250]], np.uint8)
    >>> rm.resize(image, shape=(1, 2))
    array([[ 15, 140]], dtype=uint8)
    >>> rm.resize(image, image < 100, shape=(1, 2))
    array([[15, 30]], dtype=uint8)
    >>> rm.resize(image, np.zeros((1, 4), bool), shape=(1, 2))
    array([[0, 0]], dtype=uint8)
    """
    if min(shape) < 1 or min(image.shape[:2]) < 1:
        raise ParameterError(f"an image of {image.shape[:2]} cannot be resized to {tuple(shape)}: both have pixels")
    down, along = (_windows(old, new, method) for old, new in zip(image.shape[:2], shape, strict=True))
    weight = (
        np.ones(image.shape[:2]) if mask is None else np.asarray(mask.as_binary() if mask.kind == "labels" else mask)
    )
    bands = [image] if image.ndim == 2 else list(np.moveaxis(image, -1, 0))
    resized = [_band(band, weight.astype(np.float64), down, along, min_coverage) for band in bands]
    return resized[0] if image.ndim == 2 else np.stack(resized, axis=-1)


@measure(takes="image", result="objects")
def pyramid(image: np.ndarray, mask: Mask | None = None, *, levels: Count = 4) -> list[tuple[np.ndarray, Mask]]:
    """Halve an image again and again, each time with the mask that goes with it.

    Parameters
    ----------
    image : array (H, W) or (H, W, C)
    mask : Mask or array (H, W), optional
        Which pixels take part.
    levels : int, optional
        How many images, the first of which is the image itself. Default 4; fewer where a side comes to 1 pixel.

    Returns
    -------
    list of (array, Mask)
        Largest first; by area. The first is the image as it was given; the others hold nothing of what is masked out.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> [level.shape for level, _ in rm.pyramid(np.zeros((10, 7), np.uint8), levels=3)]
    [(10, 7), (5, 4), (3, 2)]
    >>> rm.pyramid(np.zeros((10, 7)), np.zeros((10, 7), bool), levels=2)[1][1].area
    0
    """
    mask = Mask(np.ones(image.shape[:2], bool)) if mask is None else mask
    found = [(image, mask)]
    while len(found) < levels and min(found[-1][0].shape[:2]) > 1:
        image, mask = found[-1]
        half = (-(-image.shape[0] // 2), -(-image.shape[1] // 2))
        found.append((resize(image, mask, shape=half), mask.to_frame(half)))
    return found


Windows = tuple[np.ndarray, np.ndarray]  # which old pixels each new one looks at, and their weights, of sum 1


def _windows(old: int, new: int, method: Method) -> Windows:
    step = old / new
    centre = (np.arange(new) + 0.5) * step
    if method == "nearest":
        return np.minimum(centre, old - 1).astype(np.intp)[:, None], np.ones((new, 1))
    if method == "area":
        return _areas(old, new, step)
    shape, reach = _SHAPES[method]
    wide = max(step, 1.0)
    first = np.floor(centre - reach * wide).astype(np.intp)
    index = first[:, None] + np.arange(2 * math.ceil(reach * wide) + 1)
    weights = shape((index + 0.5 - centre[:, None]) / wide) * ((index >= 0) & (index < old))
    return index.clip(0, old - 1), weights / weights.sum(axis=1, keepdims=True)


def _areas(old: int, new: int, step: float) -> Windows:
    edges = np.arange(new + 1) * step
    index = np.floor(edges[:-1] + 1e-9).astype(np.intp)[:, None] + np.arange(math.ceil(step) + 1)
    overlap = np.minimum(index + 1, edges[1:, None]) - np.maximum(index, edges[:-1, None])
    weights = np.where(index < old, np.maximum(overlap, 0), 0)
    return index.clip(0, old - 1), weights / weights.sum(axis=1, keepdims=True)


def _band(image: np.ndarray, weight: np.ndarray, down: Windows, along: Windows, min_coverage: float) -> np.ndarray:
    from roimask.path import to_dtype

    values = image.astype(np.float64)
    weight = np.where(np.isfinite(values), weight, 0)
    values = np.where(weight > 0, values, 0) * weight
    size = _sums(np.ones(weight.shape), down, along, np.abs)
    coverage = _sums(weight, down, along, np.abs)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _sums(values, down, along, np.abs) / coverage
        answer = _sums(values, down, along) + np.where(coverage > 0, mean, 0) * (1 - _sums(weight, down, along))
    enough = (coverage > 1e-12) & (coverage >= min_coverage * size * (1 - 1e-12))
    return to_dtype(np.where(enough, answer, np.nan if image.dtype.kind == "f" else 0), image.dtype)


def _sums(values: np.ndarray, down: Windows, along: Windows, of: Callable = lambda weights: weights) -> np.ndarray:
    """Weighted sums over the windows of both axes."""
    for index, weights in (down, along):
        values = sum(of(weights[:, t, None]) * values[index[:, t]] for t in range(index.shape[1])).T  # type: ignore[union-attr]
    return values
