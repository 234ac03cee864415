"""Colour gradients as CSS writes them, to stand behind a cutout."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, NamedTuple

import numpy as np

from roimask.parameters import TextForm, named_color

__all__ = ["Gradient", "Ramp"]

_FORM = re.compile(r"\s*(linear|radial)-gradient\((.*)\)\s*$")
_APART = re.compile(r",(?![^(]*\))")  # commas, but for those of rgb(1, 2, 3)
_STOP = re.compile(r"(.+?)(?:\s+([\d.]+)%)?$")
_WORDS = "a gradient such as linear-gradient(90deg, navy, #88aaff 40%, white) or radial-gradient(white, black)"


class Gradient(NamedTuple):
    """Colours along a line or from the middle outwards, as CSS has them."""

    radial: bool
    angle: float  # degrees clockwise, 0 upwards
    colors: np.ndarray  # (N, 3) or (N, 1) where all are grey, 0 to 1
    places: np.ndarray  # (N,) of the colours, 0 to 1, ascending

    @classmethod
    def parsed(cls, text: Any) -> Gradient:
        """The gradient that a text names; raises ValueError with what was expected."""
        if isinstance(text, cls):
            return text
        found = _FORM.match(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(_WORDS)
        first, *rest = stops = [part.strip() for part in _APART.split(found[2])]
        radial, turned = found[1] == "radial", first.endswith("deg")
        if turned and not radial:
            stops = rest
        if len(stops) < 2:
            raise ValueError(_WORDS)
        angle = float(first[:-3]) if turned and not radial else 180.0
        return cls(radial, angle, *_stops(stops))

    def over(self, shape: tuple[int, int], dtype: np.dtype) -> np.ndarray:
        """Its colours on a box of pixels, (h, w, 1 or 3)."""
        t = self._place(*shape)
        bands = [np.interp(t, self.places, band) for band in self.colors.T]
        return np.stack(bands, axis=2).astype(dtype)

    def _place(self, height: int, width: int) -> np.ndarray:
        """Where each pixel lies between the ends: CSS Images 3, the ends of a line meet the corners."""
        y = (np.arange(height) + 0.5 - height / 2)[:, np.newaxis]
        x = np.arange(width) + 0.5 - width / 2
        if self.radial:  # an ellipse through the corners
            return np.hypot(x / (width / math.sqrt(2)), y / (height / math.sqrt(2)))
        down, along = -math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return (x * along + y * down) / (abs(width * along) + abs(height * down)) + 0.5


def _stops(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Colours and places; those without a place lie evenly between their neighbours."""
    stops = [_STOP.match(text).groups() for text in texts if text]  # type: ignore[union-attr]
    if len(stops) < len(texts):
        raise ValueError(_WORDS)
    colors = np.array([named_color(color) for color, _ in stops]) / 255
    given = np.array([float(place or "nan") / 100 for _, place in stops])
    given[[0, -1]] = np.where(np.isnan(given[[0, -1]]), [0, 1], given[[0, -1]])
    known = np.flatnonzero(~np.isnan(given))
    places = np.maximum.accumulate(np.interp(range(len(given)), known, given[known]))
    return (colors[:, :1] if (colors == colors[:, :1]).all() else colors), places


# Text, so that it may stand beside colours and files in a union.
Ramp = Annotated[str, TextForm("a gradient: linear-gradient(90deg, navy, white)", Gradient.parsed, str)]
