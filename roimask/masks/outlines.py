"""What the regions of a mask are drawn with: outline, skeleton, hull and bounding box, each region alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from roimask import kernels
from roimask.mask import Mask
from roimask.masks.each_region import around, each_region, with_shape
from roimask.masks.nearness import checked, other_within
from roimask.masks.regions import hull_spans
from roimask.operation import morphology
from roimask.parameters import Length

__all__ = ["bounding_boxes", "convex_hull", "outline", "skeleton"]


@morphology
def outline(mask: Mask, width: Length = 1) -> Mask:
    """Outline a mask: its pixels near its edge.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Of weights, the pixels above 0 take part, and keep their weight.
    width : float or str, default 1
        Width of the line, 0 or more, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).

    Returns
    -------
    Mask
        Of the same kind: the pixels with another that takes no part within ``width``, from centre to centre. The
        border of the frame is no edge. Labels: each region alone, so both sides of a common edge are outlined.

    Raises
    ------
    ParameterError
        Where the width is negative or not finite.

    Notes
    -----
    The mask less ``shrink(mask, width)``.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> np.asarray(rm.outline(rm.rectangle((5, 6), 1, 1, 3, 4))).astype(int)
    array([[0, 0, 0, 0, 0, 0],
           [0, 1, 1, 1, 1, 0],
           [0, 1, 0, 0, 1, 0],
           [0, 1, 1, 1, 1, 0],
           [0, 0, 0, 0, 0, 0]])
    >>> rm.outline(rm.Mask(np.zeros((3, 3), bool))).area
    0
    """
    checked(width, "width")
    window = around(mask)
    values = _separate(mask, mask.read(window))
    return with_shape(mask, other_within(values, width) & (values != 0), window)


@morphology
def skeleton(mask: Mask) -> Mask:
    """Thin a mask to lines, one pixel wide, that keep its connections.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Of weights, the pixels above 0 take part, and keep their weight.

    Returns
    -------
    Mask
        Of the same kind. What lies beyond the frame takes no part. Labels: each region alone.

    Notes
    -----
    The pixels that ``skimage.morphology.skeletonize`` keeps.

    References
    ----------
    T. Y. Zhang, C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", Communications of the ACM 27,
    1984.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> corner = rm.rectangle((6, 6), 0, 0, 6, 3) | rm.rectangle((6, 6), 3, 0, 3, 6)
    >>> np.asarray(rm.skeleton(corner)).astype(int)
    array([[0, 1, 0, 0, 0, 0],
           [0, 1, 0, 0, 0, 0],
           [0, 1, 0, 0, 0, 0],
           [0, 1, 0, 0, 1, 0],
           [0, 0, 1, 1, 0, 0],
           [0, 0, 0, 0, 0, 0]])
    >>> rm.skeleton(rm.Mask(np.zeros((3, 3), bool))).area
    0
    """
    padded = np.pad(_separate(mask, mask.values), 1)
    kernels.pick("skeleton", 50 * padded.size).thin(padded)
    return with_shape(mask, padded[1:-1, 1:-1] != 0, mask.window)


@morphology
def convex_hull(mask: Mask) -> Mask:
    """Fill the convex hull of a mask.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Filled pixels of weights are given 1.

    Returns
    -------
    Mask
        Of the same kind. Labels: the hull of each region; no label is overwritten, and where two hulls meet the lower
        label wins.

    Notes
    -----
    A pixel belongs to the hull when its centre lies in, or on the border of, the hull of the middles of the sides of
    the region's pixels (``skimage.morphology.convex_hull_image``). Exact, in whole numbers.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> np.asarray(rm.convex_hull(rm.Mask(np.array([[1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]])))).astype(int)
    array([[1, 0, 0, 0],
           [1, 1, 1, 0],
           [1, 1, 1, 1]])
    >>> rm.convex_hull(rm.Mask(np.zeros((3, 3), bool))).area
    0
    """
    return each_region(mask, _hull)


@morphology
def bounding_boxes(mask: Mask) -> Mask:
    """Fill the upright bounding box of a mask.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Filled pixels of weights are given 1.

    Returns
    -------
    Mask
        Of the same kind. Labels: the box of each region; no label is overwritten, and where two boxes meet the lower
        label wins. ``rm.regions`` gives the boxes as numbers.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.bounding_boxes(rm.Mask(np.array([[1, 0, 0], [0, 1, 0]]))).area
    4
    >>> rm.bounding_boxes(rm.Mask(np.zeros((3, 3), bool))).area
    0
    """
    return each_region(mask, _box)


def _separate(mask: Mask, values: np.ndarray) -> np.ndarray:
    """What sets pixels apart: their labels, or whether they take part."""
    return values if mask.kind == "labels" else (values > 0).view(np.uint8)


def _hull(region: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(region.any(axis=1))
    out = np.zeros_like(region)
    if rows.size:
        inner = region[rows[0] : rows[-1] + 1]
        near, far, _ = hull_spans(inner.astype(np.int32), np.array([[0, 0, *inner.shape]]))
        columns = np.arange(region.shape[1])
        out[rows[0] : rows[-1] + 1] = (columns >= near[:, None]) & (columns <= far[:, None])
    return out


def _box(region: np.ndarray) -> np.ndarray:
    rows, columns = np.any(region, axis=1, keepdims=True), np.any(region, axis=0, keepdims=True)
    return _between(rows, 0) & _between(columns, 1)


def _between(line: Any, axis: int) -> np.ndarray:
    """From the first to the last that is True, along an axis."""
    after, before = np.logical_or.accumulate(line, axis), np.logical_or.accumulate(np.flip(line, axis), axis)
    return after & np.flip(before, axis)
