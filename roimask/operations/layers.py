"""Layers: colours 0 to 1 with an alpha of their own, put over each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.operations.blending import MODES, OF_COLOR
from roimask.operations.tones import white
from roimask.parameters import named_color
from roimask.path import to_dtype
from roimask.sources import ArraySource
from roimask.threads import each

__all__ = [
    "Layer",
    "composite",
    "flattened",
    "from_linear",
    "layer_of",
    "paint",
    "picture_of",
    "plain",
    "to_linear",
    "unit",
]


class Layer(NamedTuple):
    """Straight (not premultiplied) colours (h, w, C) and alpha (h, w, 1), floats; 1 is white and opaque."""

    color: np.ndarray
    alpha: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.color.shape[:2]

    def at(self, part: tuple[slice, slice]) -> Layer:
        """A part of it, as a view."""
        return Layer(self.color[part], self.alpha[part])

    def with_bands(self, count: int) -> Layer:
        """The same; grey as red, green and blue where colour is asked for."""
        have = self.color.shape[2]
        if have == count:
            return self
        if have != 1:
            raise ParameterError(f"layers have as many bands, or are grey and RGB; got {have} and {count} bands")
        return Layer(np.repeat(self.color, count, axis=2), self.alpha)


def unit(dtype: np.dtype) -> float:
    """What 1, white and opaque, is in an image's type."""
    return 1.0 if dtype == np.bool_ else white(dtype)


def layer_of(source: ArraySource, window: Window | None = None) -> Layer:
    """The window of an image as a layer; pixels that hold no data are clear and black."""
    window = window or source.frame.window
    pixels, own = _with_alpha(source, window)
    working = np.result_type(pixels.dtype, np.float32)  # holds every integer of the type
    color = np.atleast_3d(pixels).astype(working) / working.type(unit(pixels.dtype))
    alpha = np.ones((*window.shape, 1), color.dtype) if own is None else own[..., None] / unit(own.dtype)
    holds = _holds(source, window)
    if holds is not None:
        color, alpha = np.where(holds, color, 0), alpha * holds
    return Layer(color, alpha.astype(color.dtype, copy=False))


def _holds(source: ArraySource, window: Window) -> np.ndarray | None:
    """Where all bands hold finite data, (h, w, 1); None where that is everywhere."""
    holds = None
    if source.dtype.kind == "f":
        holds = np.asarray(np.isfinite(np.atleast_3d(source.read(window))).all(axis=2, keepdims=True))
    if source.valid is None:
        return holds
    valid = np.asarray(np.atleast_3d(source.valid[window.slices]).all(axis=2, keepdims=True))
    return valid if holds is None else holds & valid


def _with_alpha(source: ArraySource, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
    """The bands and the alpha of an image: what its container says is alpha, else the last of 2 or 4 bands."""
    pixels = source.read(window)
    if source.alpha is not None:
        return pixels, source.alpha[window.slices]
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        return pixels[..., :-1], pixels[..., -1]
    return pixels, None


def picture_of(
    stack: Sequence[Layer], dtype: np.dtype, *, alpha: bool, linear: bool = False, premultiplied: bool = False
) -> np.ndarray:
    """Layers put over each other, as an image: (H, W, C + 1) with alpha, else (H, W, C), or (H, W) where that is grey.

    Nothing is left of a colour under an alpha of 0.
    """
    height, width = stack[0].shape
    bands = max(layer.color.shape[2] for layer in stack)
    out = np.empty((height, width, bands + alpha), np.uint8 if dtype == np.bool_ else dtype)

    def paint_rows(top: int) -> None:
        rows = slice(top, top + _ROWS), slice(None)
        _encode(flattened([layer.at(rows) for layer in stack], linear), premultiplied, out[rows])

    each(paint_rows, range(0, height, _ROWS))
    return out if out.shape[2] > 1 else out[..., 0]


_ROWS = 64  # of a strip, worked on while it is in the cache


def _encode(layer: Layer, premultiplied: bool, out: np.ndarray) -> None:
    """The layer in an image's type, with alpha last where there is room for it."""
    bands = layer.color.shape[2]
    color = layer.color * layer.alpha if premultiplied else layer.color
    out[..., :bands] = to_dtype(color * white(out.dtype), out.dtype)
    if out.shape[2] > bands:
        opacity = to_dtype(layer.alpha * white(out.dtype), out.dtype)
        out[..., bands:] = opacity
        np.copyto(out[..., :bands], 0, where=opacity == 0)


def paint(color: float | str | Sequence[float], dtype: np.dtype) -> np.ndarray:
    """A colour as floats 0 to 1, one number or three; grey names are one number."""
    if isinstance(color, str):
        rgb = np.array(named_color(color)) / 255
        return rgb[:1] if (rgb == rgb[0]).all() else rgb
    return np.atleast_1d(np.asarray(color, np.float64)) / unit(dtype)


def plain(color: np.ndarray, alpha: np.ndarray) -> Layer:
    """A layer of one colour, as opaque as given."""
    return Layer(np.broadcast_to(color.astype(alpha.dtype), (*alpha.shape[:2], color.size)), alpha)


def composite(backdrop: Layer, source: Layer, mode: str = "normal") -> Layer:
    """The source over the backdrop, blended by a mode: simple alpha compositing of W3C, section 5.1 and 10."""
    cb, ab = backdrop
    cs, share = source
    if mode in OF_COLOR and cb.shape[2] not in (1, 3):
        raise ParameterError(f"{mode} blends red, green and blue, this image has {cb.shape[2]} bands")
    if mode != "normal":
        cs = (1 - ab) * cs + ab * MODES[mode](cb, cs)
    alpha = share + ab * (1 - share)
    color = np.divide(share * cs + (1 - share) * ab * cb, alpha, out=cb.copy(), where=share > 0)
    return Layer(color, alpha)


def flattened(stack: Sequence[Layer], linear: bool) -> Layer:
    """Layers put over each other, bottom first; in linear light where that is asked for."""
    count = max(layer.color.shape[2] for layer in stack)
    layers = [layer.with_bands(count) for layer in stack]
    if not linear or len(layers) == 1:
        return reduce(composite, layers)
    flat = reduce(composite, (Layer(to_linear(layer.color), layer.alpha) for layer in layers))
    return Layer(from_linear(flat.color), flat.alpha)


def to_linear(color: np.ndarray) -> np.ndarray:
    """Colours coded as sRGB (IEC 61966-2-1) in linear light."""
    return np.where(color <= 0.04045, color / 12.92, ((np.maximum(color, 0) + 0.055) / 1.055) ** 2.4)


def from_linear(light: np.ndarray) -> np.ndarray:
    """Linear light coded as sRGB."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)
