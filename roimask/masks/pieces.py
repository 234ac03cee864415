"""The connected pieces of a mask, and its holes.

Pixels are connected when they share a side or, with ``connectivity=8``, a corner. Regions of a labels mask stand alone.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.masks.each_region import each_region, with_shape
from roimask.operation import morphology

__all__ = ["components", "fill_holes", "keep_largest", "remove_small"]


@morphology
def components(mask: Mask, *, connectivity: Literal[4, 8] = 8) -> Mask:
    """Number the connected pieces of a mask, which makes each a region.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of weights, the pixels above 0 take part. Pieces of different regions of a labels mask stay apart.
    connectivity : {4, 8}, default 8
        8: pixels that share a corner are connected; 4: only those that share a side.

    Returns
    -------
    Mask
        Labels 1, 2, 3, ... in the order of the pieces' first pixels, row by row. Names are not kept.

    Notes
    -----
    The pieces that ``scipy.ndimage.label`` finds.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> corner = rm.Mask(np.array([[1, 0], [0, 1]]))
    >>> rm.components(corner).labels, rm.components(corner, connectivity=4).labels
    ((1,), (1, 2))
    >>> rm.components(rm.Mask(np.zeros((2, 2), bool))).labels
    ()
    """
    pieces, _ = _pieces(mask, connectivity)
    return Mask.from_crop(pieces, mask.origin, mask.frame, "labels")


@morphology
def fill_holes(mask: Mask, *, area: float | None = None) -> Mask:
    """Fill the holes of a mask: what it encloses on all sides.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Filled pixels of weights are given 1.
    area : float, optional
        Fill only holes of at most so many pixels; default: all.

    Returns
    -------
    Mask
        Of the same kind. Labels: each region alone; no label is overwritten, so a region inside another stays.

    Notes
    -----
    A gap that reaches the border of the frame, or the outside by a way of pixels that share sides, is no hole
    (``scipy.ndimage.binary_fill_holes``).

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> ring = rm.Mask(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]))
    >>> rm.fill_holes(ring).area
    9
    >>> rm.fill_holes(rm.Mask(np.array([[1, 1, 1], [1, 0, 1], [1, 0, 1]]))).area
    7
    >>> rm.fill_holes(rm.Mask(np.zeros((3, 3), bool))).area
    0
    """
    most = np.inf if area is None else area
    return each_region(mask, lambda region: _filled(region, most))


@morphology
def keep_largest(mask: Mask, n: int = 1, *, connectivity: Literal[4, 8] = 8) -> Mask:
    """Keep the largest connected pieces of a mask.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Each region of a labels mask keeps its own largest pieces.
    n : int, default 1
        How many pieces stay, 0 or more; of pieces of the same size the first, row by row.
    connectivity : {4, 8}, default 8
        8: pixels that share a corner are connected; 4: only those that share a side.

    Returns
    -------
    Mask
        Of the same kind.

    Raises
    ------
    ParameterError
        Where n is negative.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.keep_largest(rm.Mask(np.array([[1, 0, 1, 1, 0, 1]]))).bbox
    (0, 2, 1, 4)
    >>> rm.keep_largest(rm.Mask(np.zeros((3, 3), bool))).area
    0
    """
    if n < 0:
        raise ParameterError(f"n is the number of pieces to keep, 0 or more, got {n}")
    pieces, count = _pieces(mask, connectivity)
    region = np.zeros(count + 1, np.int32)
    if mask.kind == "labels":
        region[pieces] = mask.values
    order = np.lexsort((-_areas(pieces, count), region[1:])) + 1  # by region, the largest first
    ordered = region[order]
    rank = np.arange(count) - np.searchsorted(ordered, ordered)
    keep = np.zeros(count + 1, bool)
    keep[order[rank < n]] = True
    return with_shape(mask, keep[pieces], mask.window)


@morphology
def remove_small(mask: Mask, area: float, *, connectivity: Literal[4, 8] = 8) -> Mask:
    """Remove the connected pieces of a mask that are smaller than an area.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Of any kind. Of weights, the pixels above 0 are counted; of labels, each region's pieces alone.
    area : float
        Pieces of fewer pixels than this go.
    connectivity : {4, 8}, default 8
        8: pixels that share a corner are connected; 4: only those that share a side.

    Returns
    -------
    Mask
        Of the same kind.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.remove_small(rm.Mask(np.array([[1, 0, 1, 1, 0, 1]])), 2).bbox
    (0, 2, 1, 4)
    >>> rm.remove_small(rm.Mask(np.zeros((3, 3), bool)), 2).area
    0
    """
    pieces, count = _pieces(mask, connectivity)
    keep = np.concatenate([[False], _areas(pieces, count) >= area])
    return with_shape(mask, keep[pieces], mask.window)


def _pieces(mask: Mask, connectivity: int) -> tuple[np.ndarray, int]:
    """The number of each pixel's piece, and how many pieces there are."""
    values = mask.values if mask.kind == "labels" else mask.as_binary().values.view(np.uint8)
    kernel = kernels.pick("components", values.size * (1 + len(mask.labels)))
    return kernel.components(values, int(connectivity == 8))


def _areas(pieces: np.ndarray, count: int) -> np.ndarray:
    """Pixels of pieces 1, 2, 3, ..."""
    return np.bincount(pieces.ravel(), minlength=count + 1)[1:]


def _filled(region: np.ndarray, most: float) -> np.ndarray:
    import cv2

    padded = np.pad(~region, 1, constant_values=True).view(np.uint8)
    _, gaps, found, _ = cv2.connectedComponentsWithStats(padded, connectivity=4)
    hole = found[:, cv2.CC_STAT_AREA] <= most
    hole[gaps[0, 0]] = hole[0] = False  # the outside, and the region itself
    return region | hole[gaps[1:-1, 1:-1]]
