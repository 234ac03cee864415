"""The blend modes of W3C Compositing and Blending Level 1, on colours 0 to 1 with bands last.

Each is B(backdrop, source), in the letters of the recommendation: Cb and Cs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

__all__ = ["MODES", "OF_COLOR", "Mode"]

Mode = Literal[
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn", "hard-light",
    "soft-light", "difference", "exclusion", "hue", "saturation", "color", "luminosity",
]  # fmt: skip

# -- separable: each band alone ------------------------------------------------------------------------------------


def _screen(cb: np.ndarray, cs: np.ndarray) -> np.ndarray:
    return cb + cs - cb * cs


def _color_dodge(cb: np.ndarray, cs: np.ndarray) -> np.ndarray:
    quotient = np.divide(cb, 1 - cs, out=np.ones_like(cb), where=cs < 1)
    return np.where(cb == 0, 0, np.minimum(quotient, 1))


def _color_burn(cb: np.ndarray, cs: np.ndarray) -> np.ndarray:
    quotient = np.divide(1 - cb, cs, out=np.ones_like(cb), where=cs > 0)
    return np.where(cb == 1, 1, 1 - np.minimum(quotient, 1))


def _hard_light(cb: np.ndarray, cs: np.ndarray) -> np.ndarray:
    return np.where(cs <= 0.5, 2 * cb * cs, _screen(cb, 2 * cs - 1))


def _soft_light(cb: np.ndarray, cs: np.ndarray) -> np.ndarray:
    bright = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, np.sqrt(np.maximum(cb, 0)))
    return np.where(cs <= 0.5, cb - (1 - 2 * cs) * cb * (1 - cb), cb + (2 * cs - 1) * (bright - cb))


# -- of the colour as a whole: red, green and blue -----------------------------------------------------------------


def _lum(color: np.ndarray) -> np.ndarray:
    return (color * np.array([0.3, 0.59, 0.11], color.dtype)).sum(axis=-1, keepdims=True)


def _sat(color: np.ndarray) -> np.ndarray:
    return color.max(axis=-1, keepdims=True) - color.min(axis=-1, keepdims=True)


def _clip_color(color: np.ndarray) -> np.ndarray:
    """Colours beyond 0 to 1 drawn towards their grey until they lie within."""
    gray = _lum(color)
    low, high = color.min(axis=-1, keepdims=True), color.max(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        color = np.where(low < 0, gray + (color - gray) * gray / (gray - low), color)
        return np.where(high > 1, gray + (color - gray) * (1 - gray) / (high - gray), color)


def _set_lum(color: np.ndarray, lum: np.ndarray) -> np.ndarray:
    return _clip_color(color + (lum - _lum(color)))


def _set_sat(color: np.ndarray, sat: np.ndarray) -> np.ndarray:
    """Lowest band 0, highest ``sat``, the middle one in proportion; grey becomes black."""
    shape = np.broadcast_shapes(color.shape, sat.shape)
    above = np.broadcast_to(color - color.min(axis=-1, keepdims=True), shape)
    spread = np.broadcast_to(_sat(color), shape)
    return np.divide(above * sat, spread, out=np.zeros(shape, color.dtype), where=spread > 0)


MODES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "normal": lambda cb, cs: cs,
    "multiply": lambda cb, cs: cb * cs,
    "screen": _screen,
    "overlay": lambda cb, cs: _hard_light(cs, cb),
    "darken": np.minimum,
    "lighten": np.maximum,
    "color-dodge": _color_dodge,
    "color-burn": _color_burn,
    "hard-light": _hard_light,
    "soft-light": _soft_light,
    "difference": lambda cb, cs: np.abs(cb - cs),
    "exclusion": lambda cb, cs: cb + cs - 2 * cb * cs,
    "hue": lambda cb, cs: _set_lum(_set_sat(cs, _sat(cb)), _lum(cb)),
    "saturation": lambda cb, cs: _set_lum(_set_sat(cb, _sat(cs)), _lum(cb)),
    "color": lambda cb, cs: _set_lum(cs, _lum(cb)),
    "luminosity": lambda cb, cs: _set_lum(cb, _lum(cs)),
}
OF_COLOR = frozenset({"hue", "saturation", "color", "luminosity"})  # those that need red, green and blue
