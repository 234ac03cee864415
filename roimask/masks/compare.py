"""How alike masks are, and which of many that overlap are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.mask import Mask
from roimask.masks.nearness import distance_to_other
from roimask.masks.overlap import iou

__all__ = ["boundary_distance", "dice", "hausdorff", "suppress"]


def dice(masks_a: Any, masks_b: Any) -> np.ndarray:
    """Measure the overlap of each mask of one list with each of another: the Dice coefficient, or F1 score.

    Parameters
    ----------
    masks_a, masks_b : array (N, H, W), Mask, or sequence
        As :func:`roimask.iou` takes them. A labels mask alone stands for its regions.

    Returns
    -------
    float64 ndarray (N_a, N_b)
        0 to 1; 0 where both are empty.

    Raises
    ------
    FrameMismatch
        Where the masks have not all one size.

    Notes
    -----
    Twice the intersection over the sum of the areas, which is 2 IoU / (1 + IoU); of weights by the lower and higher.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> a, b = rm.rectangle((9, 9), 0, 0, 4, 4), rm.rectangle((9, 9), 0, 2, 4, 4)
    >>> rm.dice([a, b], [a, a & ~a])
    array([[1. , 0. ],
           [0.5, 0. ]])
    """
    overlap = iou(masks_a, masks_b)
    return 2 * overlap / (1 + overlap)


def hausdorff(a: Any, b: Any) -> float:
    """Measure how far two masks are apart at most: the Hausdorff distance.

    Parameters
    ----------
    a, b : Mask or array (H, W)
        On one frame. Of weights, the pixels above 0 take part; all labels are taken as one region.

    Returns
    -------
    float
        In pixels: the largest distance from a pixel of either mask to the nearest of the other, from centre to
        centre. 0 where both are empty, inf where one is.

    Raises
    ------
    FrameMismatch
        Where the masks lie on different frames.

    Notes
    -----
    ``skimage.metrics.hausdorff_distance``. Linear in the pixels of the box around both.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.hausdorff(np.array([[1, 0, 0, 0]]), np.array([[1, 0, 0, 1]]))
    3.0
    >>> rm.hausdorff(np.zeros((2, 2), bool), np.ones((2, 2), bool))
    inf
    """
    a, b = _pair(a, b)
    one, other = _shown(a, b)
    return max(_largest(_distances(other, one)), _largest(_distances(one, other)))


def boundary_distance(a: Any, b: Any) -> float:
    """Measure how far the boundaries of two masks are apart on average.

    Parameters
    ----------
    a, b : Mask or array (H, W)
        On one frame. Of weights, the pixels above 0 take part; all labels are taken as one region.

    Returns
    -------
    float
        In pixels: the mean, over the boundary pixels of both masks, of the distance to the nearest boundary pixel of
        the other, from centre to centre. 0 where both are empty, inf where one is.

    Raises
    ------
    FrameMismatch
        Where the masks lie on different frames.

    Notes
    -----
    The average symmetric surface distance. A boundary pixel is one of the mask with a side to a pixel that takes no
    part; what lies beyond the frame takes no part.

    References
    ----------
    T. Heimann et al., "Comparison and Evaluation of Methods for Liver Segmentation from CT Datasets", IEEE
    Transactions on Medical Imaging 28, 2009.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.boundary_distance(rm.rectangle((9, 9), 1, 1, 6, 3), rm.rectangle((9, 9), 1, 1, 6, 3))
    0.0
    >>> rm.boundary_distance(np.array([[1, 0, 0, 0]]), np.array([[0, 0, 1, 0]]))
    2.0
    >>> rm.boundary_distance(np.zeros((2, 2), bool), np.ones((2, 2), bool))
    inf
    """
    a, b = _pair(a, b)
    one, other = (_boundary(values) for values in _shown(a, b))
    found = np.concatenate([_distances(other, one), _distances(one, other)])
    return float(found.mean(dtype=np.float64)) if found.size else 0.0


def suppress(masks: Any, scores: Sequence[float], *, iou_threshold: float = 0.5) -> np.ndarray:
    """Choose, of masks that overlap, those with the highest scores: non-maximum suppression.

    Parameters
    ----------
    masks : array (N, H, W), Mask, or sequence
        As :func:`roimask.iou` takes them. A labels mask alone stands for its regions.
    scores : sequence of float
        One a mask.
    iou_threshold : float, default 0.5
        A mask goes when its IoU with one that is kept is above this.

    Returns
    -------
    int64 ndarray
        Places of the masks that are kept, the highest score first; of equal scores the first.

    Raises
    ------
    ParameterError
        Where there is not one finite score a mask.
    FrameMismatch
        Where the masks have not all one size.

    Notes
    -----
    ``torchvision.ops.nms`` by masks in place of boxes.

    Examples
    --------
    >>> import roimask as rm
    >>> squares = [rm.rectangle((9, 9), 0, left, 4, 4) for left in (0, 1, 4)]
    >>> rm.suppress(squares, [0.8, 0.9, 0.3])
    array([1, 2])
    >>> rm.suppress([], [])
    array([], dtype=int64)
    """
    overlap = iou(masks, masks)
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    if order.shape != (len(overlap),) or not np.isfinite(np.asarray(scores, np.float64)).all():
        raise ParameterError(f"scores are {len(overlap)} finite numbers, one a mask, got {scores!r}")
    kept: list[int] = []
    for place in order.tolist():
        if not (overlap[place, kept] > iou_threshold).any():
            kept.append(place)
    return np.array(kept, np.int64)


def _pair(a: Any, b: Any) -> tuple[Mask, Mask]:
    a, b = (mask if isinstance(mask, Mask) else Mask(mask) for mask in (a, b))
    b.frame.require(a.frame, "b", "a")
    return a.as_binary(), b.as_binary()


def _shown(a: Mask, b: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Both in the window around them."""
    window: Window = a.window.join(b.window)
    return a.read(window), b.read(window)


def _boundary(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return values & ~inner


def _distances(there: np.ndarray, here: np.ndarray) -> np.ndarray:
    """From each pixel of one mask to the nearest of another."""
    if not there.any():
        return np.full(np.count_nonzero(here), np.inf, np.float32)
    return np.where(there, np.float32(0), distance_to_other(there.view(np.uint8)))[here]


def _largest(distances: np.ndarray) -> float:
    return float(distances.max(initial=0))
