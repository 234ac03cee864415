"""Masks from what an image holds: thresholds, colours, changes, and the pixels that hold no data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.masks.thresholds import FROM_HISTOGRAM, histogram_of, multiotsu
from roimask.operation import selector
from roimask.parameters import Color, Size
from roimask.sources import ArraySource

__all__ = ["alpha", "color_near", "color_range", "difference", "nodata", "threshold"]

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
_COLORED = ("uint8", "uint16", "float32", "float64")
_BLOCK = 1 << 18  # pixels whose colours are turned at a time


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
    low, high : float
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
    grey = _one_band(image, band)
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


def _one_band(image: np.ndarray, band: int | None) -> np.ndarray:
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
def color_range(
    image: np.ndarray,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    mask: Mask | None = None,
    *,
    space: Literal["hsv", "rgb", "lab"] = "hsv",
) -> Mask:
    """Select pixels whose colour lies between two limits.

    Parameters
    ----------
    image : ndarray (H, W, 3) or (H, W, 4)
        RGB or RGBA: 8 or 16 bit, or floats 0..1. Where alpha is 0, or a band is NaN, nothing is selected.
    low, high : (float, float, float)
        The limits, both included. ``"hsv"``: hue 0 to 360 degrees (a low hue above the high one goes over 360),
        saturation and value 0..1. ``"lab"``: CIE L* 0..100, a* and b* about -128..127, for D65. ``"rgb"``: in the
        image's own unit.
    mask : Mask, optional
        Which pixels take part; default: all.
    space : {"hsv", "rgb", "lab"}, default "hsv"
        What the limits mean.

    Returns
    -------
    Mask
        Binary.

    Raises
    ------
    ParameterError
        Where the image is not RGB, or floats do not lie in 0..1.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[[255, 0, 0], [0, 255, 0], [250, 0, 20]]], np.uint8)
    >>> np.asarray(rm.color_range(image, (330, 0.5, 0.5), (30, 1, 1))).astype(int)
    array([[1, 0, 1]])
    >>> rm.color_range(image, (330, 0.5, 0.5), (30, 1, 1), [[0, 1, 1]]).area
    1
    >>> rm.color_range(image, (330, 0.5, 0.5), (30, 1, 1), [[0, 0, 0]]).area
    0
    """
    least, most = np.asarray(low, float), np.asarray(high, float)
    wraps = space == "hsv" and least[0] > most[0]

    def inside(colors: np.ndarray) -> np.ndarray:
        over, under = colors >= least, colors <= most
        hue = over[..., 0] | under[..., 0] if wraps else over[..., 0] & under[..., 0]
        return hue & (over & under)[..., 1:].all(axis=-1)

    return _by_color(image, mask, space, inside)


@selector
def color_near(
    image: np.ndarray, color: Color, distance: float, mask: Mask | None = None, *, space: Literal["lab", "rgb"] = "lab"
) -> Mask:
    """Select pixels whose colour is near to a given one.

    Parameters
    ----------
    image : ndarray (H, W, 3) or (H, W, 4)
        RGB or RGBA: 8 or 16 bit, or floats 0..1. Where alpha is 0, or a band is NaN, nothing is selected.
    color : str or (float, float, float)
        A name (``"red"``, ``"#ff8000"``) or RGB in the image's own unit.
    distance : float
        The greatest distance: in ``"lab"`` CIE ΔE (1976), of which 2.3 is just seen; in ``"rgb"`` the image's unit.
    mask : Mask, optional
        Which pixels take part; default: all.
    space : {"lab", "rgb"}, default "lab"
        Where the (Euclidean) distance is measured.

    Returns
    -------
    Mask
        Binary.

    Raises
    ------
    ParameterError
        Where the image is not RGB, floats do not lie in 0..1, or the colour is not known.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[[255, 0, 0], [0, 255, 0], [250, 0, 20]]], np.uint8)
    >>> np.asarray(rm.color_near(image, "red", 20)).astype(int)
    array([[1, 0, 1]])
    >>> rm.color_near(image, "red", 20, [[0, 0, 1]]).area
    1
    >>> rm.color_near(image, "red", 20, [[0, 0, 0]]).area
    0
    """
    center = _in_space(_rgb_of(color, image.dtype).reshape(1, 1, 3), space)

    def inside(colors: np.ndarray) -> np.ndarray:
        return ((colors - center) ** 2).sum(axis=-1) <= distance**2

    return _by_color(image, mask, space, inside)


def _rgb_of(color: str | float | Sequence[float], dtype: np.dtype) -> np.ndarray:
    """A colour in the unit and dtype of an image."""
    if isinstance(color, str):
        from PIL import ImageColor

        try:
            named = np.array(ImageColor.getrgb(color)[:3])
        except ValueError:
            raise ParameterError(f"color is a name such as 'red' or '#ff8000', got {color!r}") from None
        return (named / 255 * _white(dtype)).astype(dtype)
    rgb = np.asarray(color, np.float64)
    if rgb.shape != (3,):
        raise ParameterError(f"color is three numbers (red, green, blue), got {color!r}")
    return rgb.astype(dtype)


def _white(dtype: np.dtype) -> float:
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)


def _by_color(image: np.ndarray, mask: Mask | None, space: str, inside) -> Mask:
    """Ask for each colour that takes part whether it is chosen, some rows at a time."""
    window, part = taking_part(_require_rgb(image), mask)
    colors = image[window.slices]
    for rows in _rows(window):
        block = colors[rows]
        rgb = np.where(part[rows][..., None], block[..., :3], 0)
        part[rows] &= inside(_in_space(rgb, space))
        if block.shape[2] == 4:
            part[rows] &= block[..., 3] > 0
    return found(part, window, image)


def _require_rgb(image: np.ndarray) -> np.ndarray:
    if image.ndim != 3 or image.shape[2] not in (3, 4) or image.dtype.name not in _COLORED:
        raise ParameterError(
            "colours need an RGB or RGBA image (H, W, 3 or 4) of 8 or 16 bit or floats 0..1, "
            f"got {image.shape} of {image.dtype}"
        )
    return image


def _rows(window: Window) -> Iterator[slice]:
    height, width = window.shape
    step = max(_BLOCK // max(width, 1), 1)
    return (slice(top, top + step) for top in range(0, height, step))


def _in_space(rgb: np.ndarray, space: str) -> np.ndarray:
    """Colours in a space, as floats; ``"rgb"`` keeps the image's unit."""
    import cv2

    if space == "rgb":
        return rgb.astype(np.float64)
    scaled = (rgb / np.float32(_white(rgb.dtype))).astype(np.float32)
    if rgb.dtype.kind == "f" and (np.nanmin(scaled, initial=0) < 0 or np.nanmax(scaled, initial=0) > 1):
        raise ParameterError(
            f"colours as floats lie in 0..1, got {np.nanmin(scaled):.6g} to {np.nanmax(scaled):.6g}. "
            "Divide the image by its white, or use space='rgb'."
        )
    if not scaled.size:
        return scaled
    return cv2.cvtColor(np.ascontiguousarray(scaled), cv2.COLOR_RGB2HSV if space == "hsv" else cv2.COLOR_RGB2Lab)


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
    for rows in _rows(window):
        with np.errstate(invalid="ignore"):  # inf - inf is no difference
            apart = abs(ours[rows].astype(np.float64) - theirs[rows]) > tolerance
        part[rows] &= apart.any(axis=2) if apart.ndim == 3 else apart
    return found(part, window, image)


@selector
def nodata(image: ArraySource, value: float | None = None) -> Mask:
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
    pixels, opaque = image.array, image.alpha
    if opaque is None and pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        opaque = pixels[..., -1]
    if opaque is None or opaque.dtype == bool:
        raise ParameterError(f"alpha is the last of 2 or 4 bands, got an image without, of shape {pixels.shape}")
    return Mask((opaque / _white(opaque.dtype)).astype(np.float32), "weights", image.frame)


# -- shared by all selectors ---------------------------------------------------------------------------------------


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
