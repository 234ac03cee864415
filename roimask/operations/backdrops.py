"""What stands behind an object that is cut out: its outline, its shadow, a background."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from roimask.frame import Window
from roimask.operations.gradients import Gradient
from roimask.operations.layers import Layer, layer_of, paint, plain
from roimask.operations.tones import luminance
from roimask.sources import ArraySource, as_source

__all__ = ["background_of", "outline_of", "reach_of", "shadow_of"]

_UNSEEN = 1 / 512  # opacities under half a level of 8 bits
_BLUR = 0.04  # of the shorter side


def outline_of(layer: Layer, width: float, color: np.ndarray) -> Layer:
    """A shape of one colour as much larger than the layer's own, with a smooth edge."""
    own = layer.alpha[..., 0]
    alpha = np.clip(width + 0.5 - _beyond(own), 0, 1).astype(own.dtype)
    return plain(color, np.maximum(alpha, own)[..., None])


def _beyond(alpha: np.ndarray) -> np.ndarray:
    """How far each pixel lies beyond the edge, which runs through a pixel as its alpha says.

    The pixel from which that is least is one that is nearest to this pixel or to one beside it.
    """
    from scipy.ndimage import distance_transform_edt

    found, covered = np.full(alpha.shape, np.inf), alpha > 0
    if not covered.any():
        return found
    nearest = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    around = np.pad(nearest, ((0, 0), (1, 1), (1, 1)), mode="edge")
    here = np.indices(alpha.shape)
    for down, along in np.ndindex(3, 3):
        row, column = around[:, down : down + alpha.shape[0], along : along + alpha.shape[1]]
        distance = np.hypot(row - here[0], column - here[1])
        np.minimum(found, distance + 0.5 - alpha[row, column], out=found)
    return found


def reach_of(softness: float, offset: tuple[float, float]) -> float:
    """How far a shadow reaches beyond what throws it."""
    return 1.5 * softness + max(map(abs, offset)) + 1


def shadow_of(layer: Layer, softness: float, offset: tuple[float, float], opacity: float) -> Layer:
    """A layer's alpha in black, blurred (as CSS does, by half its softness) and moved."""
    import cv2

    height, width = layer.shape
    move = np.array([[1, 0, offset[1]], [0, 1, offset[0]]], np.float64)
    alpha = cv2.warpAffine(np.ascontiguousarray(layer.alpha[..., 0]), move, (width, height))
    if softness:
        alpha = cv2.GaussianBlur(alpha, (0, 0), softness / 2)
    alpha = alpha[..., None] * alpha.dtype.type(opacity)
    return plain(np.zeros(1), np.where(alpha > _UNSEEN, alpha, 0))


def background_of(given: Any, image: ArraySource, box: Window, alpha: np.ndarray) -> Layer:
    """A background on a window of the image, or beyond it: the image itself, a colour, a gradient, another image."""
    if isinstance(given, str) and given in ("blur", "gray"):
        photo = _photo(image, box)
        return _opaque(_blurred(photo, 1 - alpha) if given == "blur" else _gray(photo))
    if isinstance(given, Gradient):
        return _opaque(given.over(box.shape, alpha.dtype))
    if isinstance(given, (str, float, tuple)):
        return plain(paint(given, image.dtype), np.ones_like(alpha))
    return _opaque(_covering(layer_of(as_source(given).whole()).color.astype(alpha.dtype), box.shape))


def _opaque(color: np.ndarray) -> Layer:
    return Layer(color, np.ones((*color.shape[:2], 1), color.dtype))


def _photo(image: ArraySource, box: Window) -> np.ndarray:
    """The image's colours, its border gone on with beyond it."""
    rows = np.clip(np.arange(box.top, box.bottom), 0, image.frame.height - 1)
    columns = np.clip(np.arange(box.left, box.right), 0, image.frame.width - 1)
    return layer_of(image).color[rows[:, None], columns]


def _gray(color: np.ndarray) -> np.ndarray:
    if color.shape[2] != 3:
        return color
    return np.repeat(luminance(color)[..., None].astype(color.dtype), 3, axis=2)


def _blurred(color: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Colours blurred by what is not in front, whose colours would else shine around it."""
    size = max(round(_BLUR * min(color.shape[:2])), 1) * 2 + 1
    weight = np.maximum(weight, 1e-3).astype(color.dtype)
    return _boxes(color * weight, size) / _boxes(weight, size)


def _boxes(image: np.ndarray, size: int) -> np.ndarray:
    """Three boxes, nearly a Gaussian."""
    import cv2

    for _ in range(3):
        image = np.atleast_3d(cv2.blur(image, (size, size)))
    return image


def _covering(color: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """An image scaled to cover a shape, its middle cut out."""
    import cv2

    if 0 in shape:
        return np.zeros((*shape, color.shape[2]), color.dtype)
    scale = max(new / old for new, old in zip(shape, color.shape, strict=False))
    height, width = (max(math.ceil(side * scale), new) for side, new in zip(color.shape, shape, strict=False))
    if (height, width) != color.shape[:2]:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        color = np.atleast_3d(cv2.resize(color, (width, height), interpolation=way))
    top, left = (height - shape[0]) // 2, (width - shape[1]) // 2
    return color[top : top + shape[0], left : left + shape[1]]
