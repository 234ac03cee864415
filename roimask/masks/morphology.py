"""Masks made larger, smaller and smoother by a disk.

A pixel lies in the disk of another when their centres are no further apart than the radius, exactly. The border of the
frame is no edge: a region that is cut off by it does not shrink there. So ``shrink(mask, r) == ~grow(~mask, r)``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roimask.frame import Window
from roimask.mask import Mask
from roimask.masks.each_region import around, each_region
from roimask.masks.nearness import checked, disk, extreme_within, nearest_label, other_within
from roimask.operation import morphology
from roimask.parameters import Length

__all__ = ["closed", "grow", "opened", "shrink", "smooth"]


def _same(mask: Mask, values: np.ndarray, window: Window) -> Mask:
    """A mask like this one with other values."""
    return Mask.from_crop(values, window[:2], mask.frame, mask.kind, mask.names)


@morphology
def grow(mask: Mask, radius: Length) -> Mask:
    """Grow a mask by a disk (dilation).

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind.
    radius : float or str
        Radius of the disk, 0 or more, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).

    Returns
    -------
    Mask
        Of the same kind, cut off at the frame. A pixel takes part when one that takes part lies within the radius,
        from centre to centre. Weights: the highest weight within the radius. Labels: the label of the nearest region
        within the radius, of several as near the lowest; no label is overwritten.

    Raises
    ------
    ParameterError
        Where the radius is negative or not finite.

    Notes
    -----
    Exact, and in time that does not depend on the radius but through the larger result; weights take time in
    proportion to the radius.

    References
    ----------
    A. Meijster, J. Roerdink, W. Hesselink, "A general algorithm for computing distance transforms in linear time",
    Mathematical Morphology and its Applications to Image and Signal Processing, 2000.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> dot = rm.rectangle((5, 5), 2, 2, 1, 1)
    >>> np.asarray(rm.grow(dot, 1)).astype(int)
    array([[0, 0, 0, 0, 0],
           [0, 0, 1, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 1, 0, 0],
           [0, 0, 0, 0, 0]])
    >>> rm.grow(rm.Mask(np.zeros((5, 5), bool)), 1).area
    0
    >>> np.asarray(rm.grow(rm.Mask(np.array([[3, 0, 0, 0, 0, 2]])), 3))
    array([[3, 3, 3, 2, 2, 2]], dtype=int32)
    """
    window = around(mask, checked(radius))
    return _same(mask, _GROWN[mask.kind](mask.read(window), radius), window)


@morphology
def shrink(mask: Mask, radius: Length) -> Mask:
    """Shrink a mask by a disk (erosion).

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind.
    radius : float or str
        Radius of the disk, 0 or more, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).

    Returns
    -------
    Mask
        Of the same kind. A pixel stays when every pixel within the radius, from centre to centre, takes part; what
        lies beyond the frame is no hindrance. Weights: the lowest weight within the radius. Labels: each region
        alone, so touching regions part.

    Raises
    ------
    ParameterError
        Where the radius is negative or not finite.

    Notes
    -----
    Exact, and in time that does not depend on the radius (weights: in proportion to it).

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.shrink(rm.rectangle((9, 9), 2, 2, 5, 5), 1).bbox
    (3, 3, 6, 6)
    >>> rm.shrink(rm.rectangle((9, 9), 0, 0, 5, 5), 1).bbox
    (0, 0, 4, 4)
    >>> rm.shrink(rm.Mask(np.zeros((5, 5), bool)), 1).area
    0
    """
    checked(radius)
    window = around(mask)
    return _same(mask, _shrunk(mask.read(window), radius), window)


@morphology
def opened(mask: Mask, radius: Length) -> Mask:
    """Open a mask by a disk: shrink, then grow, which takes away what the disk does not fit into.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind.
    radius : float or str
        Radius of the disk, 0 or more, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).

    Returns
    -------
    Mask
        Of the same kind: the part of the mask that such disks cover. Labels: each region alone.

    Raises
    ------
    ParameterError
        Where the radius is negative or not finite.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> spot = rm.rectangle((9, 9), 2, 2, 5, 5) | rm.rectangle((9, 9), 0, 4, 9, 1)
    >>> rm.opened(spot, 2).bbox, rm.opened(spot, 2).area
    ((1, 2, 8, 7), 23)
    >>> rm.opened(rm.Mask(np.zeros((9, 9), bool)), 2).area
    0
    """
    return grow(shrink(mask, checked(radius)), radius)


@morphology
def closed(mask: Mask, radius: Length) -> Mask:
    """Close a mask by a disk: grow, then shrink, which fills gaps that the disk does not fit into.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind.
    radius : float or str
        Radius of the disk, 0 or more, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).

    Returns
    -------
    Mask
        Of the same kind, never less than the mask. Labels: each region alone; no label is overwritten, and what two
        regions would fill goes to the lower label.

    Raises
    ------
    ParameterError
        Where the radius is negative or not finite.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.closed(rm.Mask(np.array([[1, 1, 0, 1, 1, 0, 0]])), 1).area
    5
    >>> rm.closed(rm.Mask(np.zeros((9, 9), bool)), 2).area
    0
    """
    window = around(mask, checked(radius))
    if mask.kind == "labels":
        return each_region(mask, lambda region: _closed(region, radius), radius)
    return _same(mask, _closed(mask.read(window), radius), window)


@morphology
def smooth(mask: Mask, radius: Length) -> Mask:
    """Smooth the outline of a mask: each pixel goes with the majority of the disk around it.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind.
    radius : float or str
        Radius of the disk, 0 to 1000, in pixels, per cent of the shorter side (``"2%"``) or metres (``"30m"``).

    Returns
    -------
    Mask
        Of the same kind: the median within the disk; beyond the frame its border pixels are repeated. Labels: each
        region alone, so that a pixel goes to the region that holds most of its disk, or to none.

    Raises
    ------
    ParameterError
        Where the radius is negative or above 1000 pixels.

    Notes
    -----
    Corners are rounded, and spikes and gaps narrower than about the radius go; a straight edge stays where it is.
    Weights take time in proportion to the area of the disk.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> spiked = rm.rectangle((9, 9), 4, 0, 5, 9) | rm.rectangle((9, 9), 0, 4, 4, 1)
    >>> spiked.bbox, rm.smooth(spiked, 2).bbox
    ((0, 0, 9, 9), (3, 0, 9, 9))
    >>> rm.smooth(rm.Mask(np.zeros((9, 9), bool)), 2).area
    0
    """
    window = around(mask, checked(radius, most=1000))
    if mask.kind == "weights":
        return _same(mask, _median(mask.read(window), radius), window)
    return each_region(mask, lambda region: _majority(region, radius), radius, overwrite=True)


# -- on arrays -----------------------------------------------------------------------------------------------------


def _grown(values: np.ndarray, radius: float) -> np.ndarray:
    return values | other_within(values.view(np.uint8), radius)


def _shrunk(values: np.ndarray, radius: float) -> np.ndarray:
    if values.dtype.kind == "f":
        return extreme_within(values, radius, np.minimum)
    if values.dtype == np.bool_:
        return values > other_within(values.view(np.uint8), radius)
    return np.where(other_within(values, radius), np.int32(0), values)


def _closed(values: np.ndarray, radius: float) -> np.ndarray:
    grown = _GROWN["weights" if values.dtype.kind == "f" else "binary"]
    return _shrunk(grown(values, radius), radius)


def _majority(region: np.ndarray, radius: float) -> np.ndarray:
    """Counted in float64, whose rounding is far below half a pixel even where OpenCV transforms a large disk."""
    import cv2

    footprint = disk(radius)
    share = cv2.filter2D(region.astype(np.float64), -1, footprint.astype(np.float64), borderType=cv2.BORDER_REPLICATE)
    return share > footprint.sum() / 2


def _median(weights: np.ndarray, radius: float) -> np.ndarray:
    from scipy.ndimage import median_filter

    return median_filter(weights, footprint=disk(radius), mode="nearest")


_GROWN: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "binary": _grown,
    "labels": nearest_label,
    "weights": lambda weights, radius: extreme_within(weights, radius, np.maximum),
}
