"""Masks by colour: within limits, or near to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.masks.select import found, rows_of, taking_part, white_of
from roimask.operation import selector
from roimask.parameters import Color, named_color

__all__ = ["color_near", "color_range"]

_COLORED = ("uint8", "uint16", "float32", "float64")


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
        try:
            named = np.array(named_color(color))
        except ValueError:
            raise ParameterError(f"color is a name such as 'red' or '#ff8000', got {color!r}") from None
        return (named / 255 * white_of(dtype)).astype(dtype)
    rgb = np.asarray(color, np.float64)
    if rgb.shape != (3,):
        raise ParameterError(f"color is three numbers (red, green, blue), got {color!r}")
    return rgb.astype(dtype)


def _by_color(image: np.ndarray, mask: Mask | None, space: str, inside) -> Mask:
    """Ask for each colour that takes part whether it is chosen, some rows at a time."""
    window, part = taking_part(_require_rgb(image), mask)
    colors = image[window.slices]
    for rows in rows_of(window):
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


def _in_space(rgb: np.ndarray, space: str) -> np.ndarray:
    """Colours in a space, as floats; ``"rgb"`` keeps the image's unit."""
    import cv2

    if space == "rgb":
        return rgb.astype(np.float64)
    scaled = (rgb / np.float32(white_of(rgb.dtype))).astype(np.float32)
    if rgb.dtype.kind == "f" and (np.nanmin(scaled, initial=0) < 0 or np.nanmax(scaled, initial=0) > 1):
        raise ParameterError(
            f"colours as floats lie in 0..1, got {np.nanmin(scaled):.6g} to {np.nanmax(scaled):.6g}. "
            "Divide the image by its white, or use space='rgb'."
        )
    if not scaled.size:
        return scaled
    return cv2.cvtColor(np.ascontiguousarray(scaled), cv2.COLOR_RGB2HSV if space == "hsv" else cv2.COLOR_RGB2Lab)
