"""How like a strip with two sides of its own each place is: the smaller of the contrasts to either side.

A step edge has a contrast on one side only, so that it answers nothing. Each contrast is told relative to how much the
strip itself varies, and to the spread of its surroundings: an even strip on uneven ground is a road.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from roimask.frame import Window
from roimask.path import grid
from roimask.templates.drawn import covered
from roimask.threads import each

__all__ = ["Strips", "strips"]

_TILE = (512, 512)
_ORIENTATIONS = 24
_LEAST = 0.5  # of a strip and of either side that must take part
_FAINT = 0.02  # of the level: a spread below it is rounding or a compressor's work
_EVEN = 0.25  # of the spread of the surroundings: how even a strip must be to count as wholly even


class Strips(NamedTuple):
    """The best strip at each cell: how strong, at which angle in degrees, how wide in cells."""

    strength: np.ndarray
    angle: np.ndarray
    width: np.ndarray


class Form(NamedTuple):
    """A strip of one angle and width: which cells are its own, and which lie on either side."""

    angle: float
    width: float
    parts: tuple[np.ndarray, np.ndarray, np.ndarray]


def strips(
    planes: np.ndarray,
    weight: np.ndarray,
    signs: Sequence[tuple[int, ...]],
    widths: Sequence[float],
    length: float,
    side: float,
    gap: float,
    surroundings: float,
) -> Strips:
    """The strongest strip at each cell, over planes (h, w, P) of which ``signs`` says if bright or dark ones count.

    All lengths are in cells.
    """
    forms = [_form(angle, width, length, side, gap) for width in widths for angle in _angles()]
    reach = max(max(form.parts[0].shape) for form in forms) // 2 + math.ceil(surroundings) // 2 + 1
    height, width = weight.shape
    out = Strips(*(np.zeros((height, width), np.float32) for _ in range(3)))

    def work(tile: Window) -> None:
        around = tile.grow(reach).meet((0, 0, height, width))
        found = _of_block(planes[around.slices], weight[around.slices], signs, forms, surroundings)
        for whole, part in zip(out, found, strict=True):
            whole[tile.slices] = part[tile.within(around)]

    each(work, list(grid(Window(0, 0, height, width), _TILE)))
    return out


def _angles() -> list[float]:
    return [180 * step / _ORIENTATIONS for step in range(_ORIENTATIONS)]


def _form(angle: float, width: float, length: float, side: float, gap: float) -> Form:
    size = math.ceil(math.hypot(length, width + 2 * (gap + side))) | 1

    def part(low: float, high: float) -> np.ndarray:
        return covered(
            size, angle, lambda along, across: (np.abs(along) <= length / 2) & (across >= low) & (across <= high)
        ).astype(np.float32)

    near, far = width / 2 + gap, width / 2 + gap + side
    return Form(angle, width, (part(-width / 2, width / 2), part(near, far), part(-far, -near)))


def _of_block(
    planes: np.ndarray, weight: np.ndarray, signs: Sequence[tuple[int, ...]], forms: Sequence[Form], surroundings: float
) -> tuple[np.ndarray, ...]:
    best, angle, width = np.zeros((3, *weight.shape), np.float32)
    centred = [_centred(planes[..., k], weight) for k in range(len(signs))]
    spreads = [_spread(plane, np.abs(planes[..., k]), weight, surroundings) for k, plane in enumerate(centred)]
    for form in forms:
        shares = [_sums(weight, part) for part in form.parts]
        there = np.all([s >= _LEAST * p.sum() for s, p in zip(shares, form.parts, strict=True)], axis=0)
        for plane, spread, of_plane in zip(centred, spreads, signs, strict=True):
            contrast, noise = _contrasts(plane, weight, form.parts, shares)
            strength = np.maximum(*[_smaller(contrast, sign) for sign in (of_plane * 2)[:2]])
            strength *= there / np.sqrt(noise + np.square(_EVEN * spread) + 1e-12)
            better = strength > best
            best[better], angle[better], width[better] = strength[better], form.angle, form.width
    return best, angle, width


def _centred(plane: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Less a usual value, so that squares lose no digits; scaled by the weight."""
    some = plane[weight > 0]
    return (plane - (np.median(some) if some.size else 0)).astype(np.float32) * weight


def _sums(values: np.ndarray, part: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.filter2D(values, -1, part, borderType=cv2.BORDER_CONSTANT)


def _means(values: np.ndarray, part: np.ndarray, share: np.ndarray) -> np.ndarray:
    return _sums(values, part) / np.maximum(share, 1e-3)


def _contrasts(
    plane: np.ndarray, weight: np.ndarray, parts: Sequence[np.ndarray], shares: Sequence[np.ndarray]
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """The strip less either side, and how much the strip varies (its variance)."""
    own, left, right = (_means(plane, part, share) for part, share in zip(parts, shares, strict=True))
    squares = _means(plane * plane / np.maximum(weight, 1e-3), parts[0], shares[0])
    return (own - left, own - right), np.maximum(squares - own * own, 0)


def _smaller(contrasts: tuple[np.ndarray, np.ndarray], sign: int) -> np.ndarray:
    return np.minimum(sign * contrasts[0], sign * contrasts[1])


def _spread(plane: np.ndarray, level: np.ndarray, weight: np.ndarray, size: float) -> np.ndarray:
    """The standard deviation of the surroundings, and of even ground a small share of its level."""
    import cv2

    side = math.ceil(size) | 1

    def box(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)

    share = np.maximum(box(weight), 1e-3)
    mean = box(plane) / share
    variance = np.maximum(box(plane * plane / np.maximum(weight, 1e-3)) / share - mean * mean, 0)
    return np.sqrt(variance + np.square(_FAINT * box(level * weight) / share))
