"""COCO's run-length code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from roimask.mask import Mask
from roimask.masks.runs import Runs

__all__ = ["decode_rle", "encode_rle"]


def encode_rle(masks: Any) -> list[dict[str, Any]]:
    """Encode masks as COCO run lengths, byte for byte as pycocotools does.

    Parameters
    ----------
    masks : array (N, H, W), Mask, or sequence of masks
        A stack of masks, in which anything but 0 takes part; one Mask (of labels: each region becomes a mask, in the
        order of ``mask.labels``); or a sequence of Mask and arrays (H, W), each of its own size, each as one mask
        (any label, any weight above 0).

    Returns
    -------
    list of dict
        ``{"size": [height, width], "counts": bytes}`` for each mask. For JSON: ``rle["counts"].decode()``.

    Raises
    ------
    ParameterError
        Where the array has not three axes.

    Notes
    -----
    Pixels are counted down the columns, which no array in rows' order has to be turned for: rows are compared with the
    row above, and what differs is put in order by column. Cost: O(pixels read once + pixels on outlines).

    References
    ----------
    https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> stack = np.zeros((2, 3, 4), bool)
    >>> stack[1, 1:, 2] = True
    >>> rm.encode_rle(stack)
    [{'size': [3, 4], 'counts': b'<'}, {'size': [3, 4], 'counts': b'723'}]
    >>> rm.encode_rle([]), rm.decode_rle(rm.encode_rle(stack)).sum(axis=(1, 2)).tolist()
    ([], [0, 2])
    """
    if isinstance(masks, Mask):
        return Runs.of_regions(masks).rles()
    if hasattr(masks, "ndim"):
        return Runs.of_stack(masks).rles()
    masks = [mask if hasattr(mask, "shape") else Mask(mask) for mask in masks]
    if len({mask.shape for mask in masks}) == 1:
        return Runs.of_masks(masks).rles()
    return [rle for mask in masks for rle in Runs.of_masks([mask]).rles()]


def decode_rle(rles: Any) -> np.ndarray:
    """Decode COCO run lengths to a stack of masks.

    Parameters
    ----------
    rles : sequence of dict
        ``{"size": [height, width], "counts": ...}``, all of one size; counts as compressed bytes or str, or as a
        list of numbers. A dict alone is a sequence of one.

    Returns
    -------
    bool ndarray (N, H, W)

    Raises
    ------
    MaskValueError
        Where counts are damaged, or do not add up to the size; the text says which.
    FrameMismatch
        Where the sizes are not all the same.

    Notes
    -----
    Cost: O(pixels, set to 0 + rows of each bounding box).

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.decode_rle([{"size": [2, 3], "counts": [1, 2, 3]}]).astype(int)
    array([[[0, 1, 0],
            [1, 0, 0]]])
    >>> rm.decode_rle([{"size": [2, 3], "counts": [6]}]).any()
    np.False_
    >>> rm.decode_rle([]).shape
    (0, 0, 0)
    """
    return Runs.of_rles([rles] if isinstance(rles, Mapping) else list(rles)).stack()
