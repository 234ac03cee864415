"""Masks from what an image holds: thresholds, changes, and the pixels that hold no data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.masks.thresholds import FROM_HISTOGRAM, histogram_of, multiotsu
from roimask.operation import selector
from roimask.parameters import Size, Value
from roimask.sources import ArraySource

__all__ = [
    "alpha",
    "difference",
    "found",
    "nodata",
    "one_band",
    "opacity",
    "rows_of",
    "taking_part",
    "threshold",
    "white_of",
]

# Which methods a parameter belongs to; None: no method.
_BELONGS: dict[str, tuple[str | None, ...]] = {
    "above": (None,),
    "below": (None,),
    "dark": (*FROM_HISTOGRAM, "local"),
    "classes": ("multiotsu",),
    "size": ("local",),
    "offset": ("local",),
    "low": ("hysteresis",),
    "high": ("hysteresis",),
}
_BLOCK = 1 << 18  # pixels that are worked on at a time


@selector
def threshold(
    image: np.ndarray,
    mask: Mask | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
    method: Literal["otsu", "li", "triangle", "yen", "multiotsu", "local", "hysteresis"] | None = None,
    dark: bool = False,
    classes: int | None = None,
    size: Size | None = None,
    offset: float | None = None,
    low: float | None = None,
    high: float | None = None,
    band: int | None = None,
) -> Mask:
    """Select pixels by their brightness.

    A threshold that a method finds is computed from the mask's pixels alone, and only they are selected. NaN is
    never selected; inf is, but takes no part in finding a threshold.

    Parameters
    ----------
    image : ndarray (H, W) or (H, W, C)
        Any dtype.
    mask : Mask, optional
        Which pixels take part; default: all.
    above, below : float, optional
        Select what is greater than ``above`` and less than ``below``, in the image's own unit.
    method : {"otsu", "li", "triangle", "yen", "multiotsu", "local", "hysteresis"}, optional
        How to find the threshold; what is greater is selected. ``"multiotsu"`` gives labels, 1 the darkest class;
        ``"local"`` compares each pixel with the mean around it; ``"hysteresis"`` selects what is greater than
        ``low`` and connected (8 neighbours) to something greater than ``high``.
    dark : bool, default False
        Select what is not greater than the threshold, instead of what is.
    classes : int, default 3
        Number of classes of multi-Otsu, 2 or more.
    size : int, default 51
        Side of the window of ``"local"``, odd.
    offset : float, default 0
        What ``"local"`` subtracts from the mean.
    low, high : float, optional
        The two thresholds of ``"hysteresis"``.
    band : int, optional
        The band to look at, from 0; default: the brightness (0.299 R + 0.587 G + 0.114 B) of an RGB image.

    Returns
    -------
    Mask
        Binary; labels for multi-Otsu.

    Raises
    ------
    ParameterError
        Where neither a limit nor a method is given, or a parameter that the method does not have; where no pixel
        takes part in finding a threshold.

    Notes
    -----
    Histograms are exact for whole numbers within 65536 of each other, else of 256 bins (multi-Otsu: above 1024
    levels). Cost: two passes over the mask's bounding box.

    References
    ----------
    Otsu 1979; Li & Tam 1998; Zack, Rogers & Latt 1977; Yen, Chang & Chang 1995; Liao, Chen & Chung 2001.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 2, 8, 9], [1, 2, 8, 200]], np.uint8)
    >>> np.asarray(rm.threshold(image, method="otsu")).astype(int)
    array([[0, 0, 0, 0],
           [0, 0, 0, 1]])
    >>> np.asarray(rm.threshold(image, image < 100, method="otsu")).astype(int)
    array([[0, 0, 1, 1],
           [0, 0, 1, 0]])
    >>> rm.threshold(image, np.zeros((2, 4), bool), above=5).area
    0
    """
    given = dict(above=above, below=below, dark=dark or None, classes=classes, size=size, offset=offset)
    _refuse_strangers(method, {**given, "low": low, "high": high})
    grey = one_band(image, band)
    window, part = taking_part(grey, mask)
    pixels = grey[window.slices]
    if method == "multiotsu":
        limits = multiotsu(histogram_of(pixels, part), _at_least(2, 3 if classes is None else classes, "classes"))
        return found(np.where(part, np.digitize(pixels, limits, right=True) + 1, 0), window, image, "labels")
    if method is None:
        chosen = _between(pixels, above, below)
    elif method == "hysteresis":
        chosen = _hysteresis(pixels, part, low, high)
    elif method == "local":
        chosen = pixels > _local_mean(pixels, part, size or 51) - (offset or 0)
    else:
        chosen = pixels > _level(pixels, part, method)
    return found((~chosen if dark else chosen) & part, window, image)


def _refuse_strangers(method: str | None, given: dict[str, float | None]) -> None:
    for name, value in given.items():
        if value is not None and method not in _BELONGS[name]:
            owners = " and ".join(f"method={owner!r}" for owner in _BELONGS[name] if owner) or "no method"
            raise ParameterError(f"{name} goes with {owners}, got it with method={method!r}; leave one of them out")
    if method is None and given["above"] is None and given["below"] is None:
        raise ParameterError("one of above=, below= and method= is needed, got none")


def _at_least(least: int, value: int, name: str) -> int:
    if value < least:
        raise ParameterError(f"{name} is {least} or more, got {value}")
    return value


def one_band(image: np.ndarray, band: int | None) -> np.ndarray:
    """The band asked for, or the brightness; booleans as 0 and 1."""
    image = image.view(np.uint8) if image.dtype == np.bool_ else image
    if image.ndim == 2:
        if band not in (None, 0):
            raise ParameterError(f"the image has one band, number 0, got band={band}")
        return image
    bands = image.shape[2]
    if band is None and bands in (1, 3):
        return image[..., 0] if bands == 1 else _brightness(image)
    if band is None or not -bands <= band < bands:
        raise ParameterError(f"the image has {bands} bands, choose one with band=0 to {bands - 1}, got band={band}")
    return image[..., band]


def _brightness(image: np.ndarray) -> np.ndarray:
    value = image @ np.array([0.299, 0.587, 0.114], np.float64 if image.dtype == np.float64 else np.float32)
    return value if image.dtype.kind == "f" else np.rint(value).astype(image.dtype)


def _between(pixels: np.ndarray, above: float | None, below: float | None) -> np.ndarray:
    chosen = np.ones(pixels.shape, bool)
    if above is not None:
        chosen &= pixels > above
    if below is not None:
        chosen &= pixels < below
    return chosen


def _level(pixels: np.ndarray, part: np.ndarray, method: str) -> float:
    histogram = histogram_of(pixels, part)
    return histogram.levels[0] if len(histogram.levels) == 1 else FROM_HISTOGRAM[method](histogram)


def _local_mean(pixels: np.ndarray, part: np.ndarray, size: int) -> np.ndarray:
    """The mean over what takes part of a window around each pixel; what is beyond the border takes no part."""
    import cv2

    def total(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, cv2.CV_64F, (size, size), normalize=False, borderType=cv2.BORDER_CONSTANT)

    part = part & np.isfinite(pixels)
    if not part.size:
        return np.zeros(part.shape)
    count = total(part.astype(np.float64))
    return total(np.where(part, pixels, 0).astype(np.float64)) / np.maximum(count, 1)


def _hysteresis(pixels: np.ndarray, part: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    import cv2

    if low is None or high is None or not low <= high:
        raise ParameterError(f"hysteresis needs low= and high=, low at most high, got {low} and {high}")
    weak = part & (pixels > low)
    if not weak.any():
        return weak
    count, components = cv2.connectedComponents(weak.view(np.uint8), connectivity=8)
    strong = np.zeros(count, bool)
    strong[components[weak & (pixels > high)]] = True
    return strong[components]


@selector
def difference(image: np.ndarray, reference: np.ndarray, mask: Mask | None = None, *, tolerance: float = 0) -> Mask:
    """Select the pixels in which two images differ.

    Parameters
    ----------
    image, reference : ndarray (H, W) or (H, W, C)
        Of the same shape.
    mask : Mask, optional
        Which pixels take part; default: all. NaN in either image takes no part.
    tolerance : float, default 0
        The greatest difference, in the images' unit, that counts as none.

    Returns
    -------
    Mask
        Binary: where a band differs by more than ``tolerance``.

    Raises
    ------
    ParameterError
        Where the shapes differ or the tolerance is negative.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> before, after = np.array([[1, 2, 3]], np.uint8), np.array([[1, 5, 4]], np.uint8)
    >>> np.asarray(rm.difference(after, before, tolerance=1)).astype(int)
    array([[0, 1, 0]])
    >>> rm.difference(after, before, [[1, 0, 1]]).area
    1
    >>> rm.difference(after, before, [[0, 0, 0]]).area
    0
    """
    if image.shape != reference.shape:
        raise ParameterError(f"image and reference have one shape, got {image.shape} and {reference.shape}; align them")
    if not tolerance >= 0:
        raise ParameterError(f"tolerance is 0 or more, got {tolerance:g}")
    window, part = taking_part(image, mask)
    part &= taking_part(reference, mask)[1]
    ours, theirs = image[window.slices], reference[window.slices]
    for rows in rows_of(window):
        with np.errstate(invalid="ignore"):  # inf - inf is no difference
            apart = abs(ours[rows].astype(np.float64) - theirs[rows]) > tolerance
        part[rows] &= apart.any(axis=2) if apart.ndim == 3 else apart
    return found(part, window, image)


@selector
def nodata(image: ArraySource, value: Value | None = None) -> Mask:
    """Select the pixels that hold no data.

    Parameters
    ----------
    image : ndarray (H, W) or (H, W, C), or Raster
        A Raster says itself where it holds no data: nodata value, alpha 0, internal mask.
    value : float, optional
        A value that stands for "no data", besides NaN.

    Returns
    -------
    Mask
        Binary: the pixels that hold data in no band; ``~rm.nodata(image)`` are the valid ones.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[np.nan, 0.0, 3.0]])
    >>> np.asarray(rm.nodata(image)).astype(int)
    array([[1, 0, 0]])
    >>> np.asarray(rm.nodata(image, 0)).astype(int)
    array([[1, 1, 0]])
    >>> rm.nodata(np.zeros((2, 2), np.uint8)).area
    0
    """
    pixels = image.array
    missing = np.isnan(pixels) if pixels.dtype.kind == "f" else np.zeros(pixels.shape, bool)
    if value is not None:
        missing = missing | (pixels == value)
    if image.valid is not None:
        missing = missing | ~(image.valid if image.valid.ndim == missing.ndim else image.valid[..., None])
    nowhere = np.asarray(missing.all(axis=2) if missing.ndim == 3 else missing)
    return found(nowhere, image.frame.window, pixels)


@selector
def alpha(image: ArraySource) -> Mask:
    """Take an image's alpha, its last band, as weights.

    Parameters
    ----------
    image : ndarray (H, W, 2) or (H, W, 4), or Raster
        Grey or RGB with alpha: 8 or 16 bit, or floats 0..1. A Raster says itself whether it has alpha.

    Returns
    -------
    Mask
        Weights: 1 where the image is opaque, 0 where it is clear.

    Raises
    ------
    ParameterError
        Where the image has no alpha.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((1, 3, 4), np.uint8)
    >>> image[..., 3] = [0, 51, 255]
    >>> np.asarray(rm.alpha(image))
    array([[0. , 0.2, 1. ]], dtype=float32)
    >>> rm.alpha(np.zeros((2, 2, 4), np.uint8)).area
    0.0
    """
    opaque = opacity(image)
    if opaque is None:
        raise ParameterError(f"alpha is the last of 2 or 4 bands, got an image without, of shape {image.array.shape}")
    return Mask(opaque, "weights", image.frame)


def opacity(image: ArraySource) -> np.ndarray | None:
    """An image's alpha, 0 to 1; None where it has none."""
    pixels, opaque = image.array, image.alpha
    if opaque is None and pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        opaque = pixels[..., -1]
    if opaque is None or opaque.dtype == bool:
        return None
    return (opaque / white_of(opaque.dtype)).astype(np.float32)


# -- shared by all selectors ---------------------------------------------------------------------------------------


def white_of(dtype: np.dtype) -> float:
    """What white, or opaque, is in a type."""
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)


def rows_of(window: Window) -> Iterator[slice]:
    """The rows of a window, some at a time."""
    height, width = window.shape
    step = max(_BLOCK // max(width, 1), 1)
    return (slice(top, top + step) for top in range(0, height, step))


def taking_part(image: np.ndarray, mask: Mask | None) -> tuple[Window, np.ndarray]:
    """The window that the mask covers, and which of its pixels take part: above 0, and NaN in no band."""
    window = Frame.of(image).window if mask is None else mask.window
    part = np.ones(window.shape, bool) if mask is None else mask.weight > 0
    if image.dtype.kind == "f":
        missing = np.isnan(image[window.slices])
        part &= ~(missing.any(axis=2) if missing.ndim == 3 else missing)
    return window, part


def found(values: np.ndarray, window: Window, image: np.ndarray, kind: Literal["binary", "labels"] = "binary") -> Mask:
    """The mask of what was found in a window."""
    return Mask.from_crop(values, window[:2], Frame.of(image), kind)
