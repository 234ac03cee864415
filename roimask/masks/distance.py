"""How far each pixel is from the edge of a mask, and soft edges made from it.

Distances are exact, from pixel centre to pixel centre. The border of the frame is no edge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from roimask.frame import Window
from roimask.mask import Mask
from roimask.masks.each_region import around
from roimask.masks.nearness import checked, distance_to_other
from roimask.operation import measure, morphology
from roimask.parameters import Length

__all__ = ["distance", "feather"]


@measure(takes="mask", result="map")
def distance(mask: Mask, *, signed: bool = False) -> np.ndarray:
    """Measure how far each pixel of a mask is from the nearest pixel that takes no part.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of weights, the pixels above 0 take part. Of labels, each region stands alone: distances are to the nearest
        pixel that is not of the same region.
    signed : bool, default False
        Also measure outside: there, minus the distance to the nearest pixel that takes part.

    Returns
    -------
    ndarray (H, W), float32
        Euclidean distances in pixels; 0 (or negative) outside. inf where there is no such pixel: in a mask that
        fills its frame; -inf for an empty mask with ``signed=True``.

    Notes
    -----
    ``scipy.ndimage.distance_transform_edt`` of the same mask, in float32. Linear in the number of pixels; unsigned,
    in those of the bounding box.

    References
    ----------
    P. Felzenszwalb, D. Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8, 2012.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.distance(rm.Mask(np.array([[0, 1, 1, 1, 0]])))
    array([[0., 1., 2., 1., 0.]], dtype=float32)
    >>> rm.distance(rm.Mask(np.array([[1, 1, 0, 0]])), signed=True)
    array([[ 2.,  1., -1., -2.]], dtype=float32)
    >>> rm.distance(rm.Mask(np.zeros((1, 2), bool)))
    array([[0., 0.]], dtype=float32)
    """
    out = np.zeros(mask.shape, np.float32)
    window = mask.frame.window if signed else around(mask)
    values = _regions(mask, window)
    far = distance_to_other(values)
    out[window.slices] = np.where(values, far, -far if signed else np.float32(0))
    return out


@morphology
def feather(mask: Mask, radius: Length, *, where: Literal["inside", "outside", "both"] = "inside") -> Mask:
    """Give a mask a soft edge.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of weights, the pixels above 0 take part, and none is given more than it had. All labels are taken as one.
    radius : float or str
        Width of the soft edge, 0 or more, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).
    where : {"inside", "outside", "both"}, default "inside"
        Whether weights fall off inside the mask, outside of it, or half on either side (``radius`` each).

    Returns
    -------
    Mask
        Weights.

    Raises
    ------
    ParameterError
        Where the radius is negative or not finite.

    Notes
    -----
    Let s be the distance of a pixel's centre from the edge, positive inside: half a pixel less than the distance to
    the nearest centre on the other side. The weight is s/r inside, 1 + s/r outside, or 1/2 + s/2r on both sides,
    cut to 0..1. The border of the frame is no edge.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> bar = rm.Mask(np.array([[0, 0, 1, 1, 1, 1, 1, 1]]))
    >>> np.asarray(rm.feather(bar, 4))
    array([[0.   , 0.   , 0.125, 0.375, 0.625, 0.875, 1.   , 1.   ]], dtype=float32)
    >>> np.asarray(rm.feather(bar, 2, where="both"))
    array([[0.125, 0.375, 0.625, 0.875, 1.   , 1.   , 1.   , 1.   ]], dtype=float32)
    >>> rm.feather(rm.Mask(np.zeros((4, 4), bool)), 2).area
    0.0
    """
    checked(radius)
    window = around(mask, 0 if where == "inside" else radius)
    inside = mask.as_binary().read(window)
    weights = _soft(inside, radius, _RAMPS[where]) if radius else inside.astype(np.float32)
    if mask.kind == "weights":
        weights = np.where(inside, np.minimum(weights, mask.read(window)), weights)
    return Mask.from_crop(weights, window[:2], mask.frame, "weights")


def _regions(mask: Mask, window: Window) -> np.ndarray:
    """What counts as another value: each label, or whether a pixel takes part."""
    return mask.read(window) if mask.kind == "labels" else mask.as_binary().read(window).view(np.uint8)


_RAMPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inside": lambda s: s,
    "outside": lambda s: 1 + s,
    "both": lambda s: (1 + s) / 2,
}


def _soft(inside: np.ndarray, radius: float, ramp: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    depth = distance_to_other(inside.view(np.uint8)) - np.float32(0.5)
    return np.clip(ramp(np.where(inside, depth, -depth) / np.float32(radius)), 0, 1)
