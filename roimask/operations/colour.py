"""Colour: adjusted, balanced, reduced to grey, tinted, carried over from another picture."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.operation import operation
from roimask.operations import tones
from roimask.operations.tones import Bands
from roimask.parameters import Angle, AnyMask, Image, Percent, Share
from roimask.summary.moments import Moments, moments

__all__ = ["adjust", "color_transfer", "colorize", "grayscale", "white_balance"]

_BRIGHTNESS = np.array([0.299, 0.587, 0.114])


def _require_color(image: np.ndarray) -> None:
    if not tones.is_color(image):
        bands = 1 if image.ndim == 2 else image.shape[2]
        raise ParameterError(f"a colour has red, green and blue, this image has {bands} bands; choose three of them")


def _mean_brightness(image: np.ndarray, weight: np.ndarray) -> Bands:
    """The moments of the luminance, or of each band of an image that is not red, green and blue."""
    return Bands(moments(band, weight) for band in tones.layers(tones.measured(image, "luminance")))


@operation(observe=_mean_brightness, bands="all")
def adjust(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Bands,
    *,
    brightness: float = 1.0,
    contrast: float = 1.0,
    saturation: float = 1.0,
    hue: Angle = 0.0,
) -> np.ndarray:
    """Adjust brightness, contrast, saturation and hue.

    Contrast is raised about the mean brightness of the mask; all else depends on each pixel alone.

    Parameters
    ----------
    brightness : float, optional
        Factor of all values. Default 1.
    contrast : float, optional
        Factor of the distance from the mean; 0 leaves the mean alone. Default 1.
    saturation : float, optional
        Factor of the distance from grey of the same brightness; 0 leaves grey. Default 1.
    hue : float, optional
        Degrees by which hues are turned: 120 makes red green. Default 0.

    Raises
    ------
    ParameterError
        Where saturation or hue is asked for and the image has not three bands.

    Notes
    -----
    One after the other, and only the result is clamped. Each by itself is what Pillow's ``ImageEnhance`` and
    torchvision do. Luminance is 0.299 R + 0.587 G + 0.114 B; hue is turned in HSV.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[[200, 100, 50], [10, 20, 30]]], np.uint8)
    >>> rm.adjust(image, brightness=0.5, hue=120)
    array([[[ 25, 100,  50],
            [ 15,   5,  10]]], dtype=uint8)
    >>> rm.adjust(image, np.array([[1, 0]]), saturation=0)
    array([[[124, 124, 124],
            [ 10,  20,  30]]], dtype=uint8)
    >>> (rm.adjust(image, np.zeros((1, 2), bool), brightness=2) == image).all()
    np.True_
    """
    if saturation != 1 or hue != 0:
        _require_color(image)
    means = np.array([part.mean for part in seen.parts])
    if np.isnan(means).any():  # nothing was seen
        return image
    with np.errstate(invalid="ignore", over="ignore"):
        values = image * np.float64(brightness * contrast) + means * (brightness * (1 - contrast))
        if saturation != 1:
            grey = (values @ _BRIGHTNESS)[..., np.newaxis]
            values = grey + saturation * (values - grey)
        return _turned(values, hue) if hue % 360 else values


def _turned(values: np.ndarray, degrees: float) -> np.ndarray:
    """Colours with their hue turned in HSV."""
    red, green, blue = np.moveaxis(values, -1, 0)
    top = values.max(axis=-1)
    chroma = top - values.min(axis=-1)
    some = np.where(chroma > 0, chroma, 1)
    sextant = np.select(
        [top == red, top == green], [(green - blue) / some, (blue - red) / some + 2], (red - green) / some + 4
    )
    places = [(n + sextant + degrees / 60) % 6 for n in (5, 3, 1)]
    return np.stack([top - chroma * np.clip(np.minimum(k, 4 - k), 0, 1) for k in places], axis=-1)


def _white(image: np.ndarray, weight: np.ndarray, *, method: Literal["grey-world", "white-patch"]) -> Bands:
    """What a method must know of each band."""
    if method == "white-patch":
        return tones.tones(image, weight)
    return Bands(moments(band, tones.finite(band, weight)) for band in tones.layers(image))


@operation(observe=_white, bands="all", any_value=True)
def white_balance(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Bands,
    *,
    method: Literal["grey-world", "white-patch"] = "grey-world",
    percentile: Percent | None = None,
) -> np.ndarray:
    """Balance the colours, so that what should be neutral is.

    What is neutral is measured in the mask alone. With a mask on something grey in the picture and ``write="all"``,
    that is made grey and the whole picture with it.

    Parameters
    ----------
    method : {"grey-world", "white-patch"}, optional
        The mean of the mask becomes grey, or its brightest tones become white. Default "grey-world".
    percentile : float, optional
        Where in each band the brightest tone of ``"white-patch"`` lies, 0 to 100. Default 99.

    Raises
    ------
    ParameterError
        Where the image has one band, or a percentile is given to another method.

    Notes
    -----
    Each band is multiplied (von Kries): the means to the mean of all bands, the brightest tones to the brightest of
    all bands.

    References
    ----------
    G. Buchsbaum, "A spatial processor model for object colour perception", J. Franklin Institute 310 (1980) 1-26.
    E. H. Land, J. J. McCann, "Lightness and retinex theory", JOSA 61 (1971) 1-11.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[[50, 100, 150], [100, 100, 100]]], np.uint8)
    >>> rm.white_balance(image, np.array([[1, 0]]))
    array([[[100, 100, 100],
            [100, 100, 100]]], dtype=uint8)
    >>> rm.white_balance(image, np.array([[1, 0]]), write="all")
    array([[[100, 100, 100],
            [200, 100,  67]]], dtype=uint8)
    >>> rm.white_balance(image, np.zeros((1, 2), bool), write="all")
    array([[[ 50, 100, 150],
            [100, 100, 100]]], dtype=uint8)
    """
    if image.ndim == 2 or image.shape[2] < 2:
        raise ParameterError("colours can be balanced between two bands or more, got one")
    if percentile is not None and method != "white-patch":
        raise ParameterError(f"percentile belongs to method 'white-patch', not to {method!r}; leave it out")

    def gains() -> np.ndarray:
        return _gains(seen, method, (99.0 if percentile is None else percentile) / 100)

    if not tones.counted(image.dtype):
        return image * seen.once(gains)
    return tones.by_tables(
        image, seen.once(lambda: tones.tables_of(image.dtype, (partial(np.multiply, gain) for gain in gains())))
    )


def _gains(seen: Bands, method: str, probability: float) -> np.ndarray:
    """The factor of each band; 1 where nothing was seen, or nothing but black."""
    grey = method == "grey-world"
    found = np.array([p.mean if grey else p.quantiles([probability])[0] for p in seen.parts], np.float64)
    goal = found.mean() if grey else found.max()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((found > 0) & (goal > 0), goal / found, 1.0)


@operation(bands="all")
def grayscale(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Take the colour away: all bands become the brightness.

    Each pixel of the mask is changed by its own values alone; the image keeps its bands.

    Notes
    -----
    0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) of three bands, the mean of any other number of bands.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[[200, 100, 50], [10, 20, 30]]], np.uint8)
    >>> rm.grayscale(image)
    array([[[124, 124, 124],
            [ 18,  18,  18]]], dtype=uint8)
    >>> rm.grayscale(image, np.array([[1, 0]]))[0, 1]
    array([10, 20, 30], dtype=uint8)
    >>> (rm.grayscale(image, np.zeros((1, 2), bool)) == image).all()
    np.True_
    """
    if image.ndim == 2:
        return image
    grey = tones.luminance(image) if tones.is_color(image) else image.mean(axis=2, dtype=np.float64)
    return np.broadcast_to(grey[..., np.newaxis], image.shape)


@operation(bands="all")
def colorize(image: np.ndarray, weight: np.ndarray, *, hue: Angle, saturation: Share = 0.5) -> np.ndarray:
    """Tint: give all pixels one hue and saturation, and leave them their brightness.

    Each pixel of the mask is changed by its own values alone.

    Parameters
    ----------
    hue : float
        Degrees: 0 red, 120 green, 240 blue.
    saturation : float, optional
        0 (grey) to 1. Default 0.5.

    Raises
    ------
    ParameterError
        Where the image has not three bands.

    Notes
    -----
    HSL with the lightness (0.299 R + 0.587 G + 0.114 B) / white.

    References
    ----------
    CSS Color Module Level 4, section 7.1, https://www.w3.org/TR/css-color-4/

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[[128, 128, 128], [0, 0, 255]]], np.uint8)
    >>> rm.colorize(image, hue=0)
    array([[[192,  64,  64],
            [ 44,  15,  15]]], dtype=uint8)
    >>> rm.colorize(image, np.array([[1, 0]]), hue=0)[0, 1]
    array([  0,   0, 255], dtype=uint8)
    >>> (rm.colorize(image, np.zeros((1, 2), bool), hue=0) == image).all()
    np.True_
    """
    _require_color(image)
    top = tones.white(image.dtype)
    light = (image @ _BRIGHTNESS) / top
    strength = saturation * np.minimum(light, 1 - light)
    places = [(n + hue / 30) % 12 for n in (0, 8, 4)]
    return top * np.stack([light - strength * np.clip(min(k - 3, 9 - k), -1, 1) for k in places], axis=-1)


_TO_CONES = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
_TO_AXES = np.diag(1 / np.sqrt([3.0, 6.0, 2.0])) @ np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]])


def _to_opponent(image: np.ndarray) -> np.ndarray:
    """Ruderman's lαβ: an achromatic axis, yellow to blue, red to green, of logarithms of what the cones see."""
    top = tones.white(image.dtype)
    least = 0.4 / top if image.dtype.kind != "f" else 1e-5  # which rounds to black again
    seen = np.maximum(image / top, least) @ _TO_CONES.T
    return np.log10(seen) @ _TO_AXES.T


def _from_opponent(axes: np.ndarray, dtype: np.dtype) -> np.ndarray:
    cones = 10.0 ** (axes @ np.linalg.inv(_TO_AXES).T)
    return cones @ np.linalg.inv(_TO_CONES).T * tones.white(dtype)


def _opponent_moments(image: np.ndarray, weight: np.ndarray) -> Bands:
    """Mean and spread of each of the three axes."""
    _require_color(image)
    with np.errstate(invalid="ignore", over="ignore"):
        axes = _to_opponent(image)
    return Bands(moments(np.ascontiguousarray(axes[..., k]), weight) for k in range(3))


@operation(observe=_opponent_moments, bands="all", finite=True)
def color_transfer(
    image: np.ndarray, weight: np.ndarray, seen: Bands, *, reference: Image, reference_mask: AnyMask | None = None
) -> np.ndarray:
    """Carry the colours of a region of another picture over: its mean colour and how much colours vary.

    Both are measured in the masks alone, and only pixels of the mask change.

    Parameters
    ----------
    reference : image (H, W, 3)
        Of any size and dtype.
    reference_mask : Mask or array, optional
        Which pixels of the reference are looked at. Default: all that hold data.

    Raises
    ------
    ParameterError
        Where image or reference have not three bands, or no pixel of the reference takes part.
    FrameMismatch
        Where the reference's mask is not of its size.

    Notes
    -----
    Mean and standard deviation of each axis of lαβ are brought to those of the reference. Floats are taken to lie
    between 0 and 1; what is black has no logarithm and is taken to be nearly so.

    References
    ----------
    E. Reinhard, M. Ashikhmin, B. Gooch, P. Shirley, "Color transfer between images", IEEE Computer Graphics and
    Applications 21 (2001) 34-41.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.full((2, 2, 3), 90, np.uint8)
    >>> sunset = np.full((3, 3, 3), (200, 120, 60), np.uint8)
    >>> mask = np.array([[1, 0], [0, 0]])
    >>> rm.color_transfer(image, mask, reference=sunset)[0]
    array([[200, 120,  60],
           [ 90,  90,  90]], dtype=uint8)
    >>> rm.color_transfer(image, reference=sunset)[1, 1]
    array([200, 120,  60], dtype=uint8)
    >>> (rm.color_transfer(image, np.zeros((2, 2), bool), reference=sunset) == image).all()
    np.True_
    """
    goals = seen.once(lambda: _reference_moments(reference, reference_mask)).parts
    if not all(part.count for part in seen.parts):
        return image
    axes = _to_opponent(image)
    for k, (mine, theirs) in enumerate(zip(seen.parts, goals, strict=True)):
        width = _deviation(mine)
        axes[..., k] = (axes[..., k] - mine.mean) * (_deviation(theirs) / width if width > _FLAT else 0.0) + theirs.mean
    return _from_opponent(axes, image.dtype)


_FLAT = 1e-6  # what varies less does so by rounding


def _deviation(part: Moments) -> float:
    return float(np.sqrt(part.spread / part.weight))


def _reference_moments(reference: Any, mask: Any) -> Bands:
    pixels, weight = tones.region_of(reference, mask)
    if pixels.dtype.kind == "f" and pixels.ndim == 3:
        weight = weight * np.isfinite(pixels).all(axis=2)
    found = _opponent_moments(pixels, weight)
    if not found.parts[0].count:
        raise ParameterError("no pixel of the reference takes part; give another reference_mask")
    return found
