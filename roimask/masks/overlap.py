"""How much masks overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from roimask import kernels
from roimask.errors import FrameMismatch, ParameterError
from roimask.frame import Window
from roimask.mask import Mask
from roimask.masks.rle import decode_rle
from roimask.masks.runs import Runs
from roimask.threads import each

__all__ = ["iou"]

# Masks of the first list that one thread takes at a time.
_PIECE = 32
# What a pair costs the plain kernel, in pixels as kernels.pick counts them.
_PIXELS_A_PAIR = 100


def iou(masks_a: Any, masks_b: Any, iscrowd: Sequence[bool] | None = None) -> np.ndarray:
    """Measure the overlap of each mask of one list with each of another: intersection over union.

    Parameters
    ----------
    masks_a, masks_b : array (N, H, W), Mask, or sequence
        Sequences hold Mask, arrays (H, W), or COCO run lengths (``{"size": ..., "counts": ...}``), all of one size.
        A labels mask alone stands for its regions, in a sequence for all of them as one.
    iscrowd : sequence of bool, optional
        For each mask of ``masks_b``, whether it is a COCO crowd: the union is then the area of the other mask.

    Returns
    -------
    float64 ndarray (N_a, N_b)
        0 to 1; 0 where both are empty.

    Raises
    ------
    FrameMismatch
        Where the masks have not all one size.
    ParameterError
        Where ``iscrowd`` has not one entry a mask.

    Notes
    -----
    Weights: the sum of the lower weights over the sum of the higher ones. Otherwise the run lengths are compared, of
    pairs whose bounding boxes meet, without decoding: the numbers of ``pycocotools.mask.iou``.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> a, b = rm.rectangle((9, 9), 0, 0, 4, 4), rm.rectangle((9, 9), 0, 2, 4, 4)
    >>> rm.iou([a, b], [a, ~a]).round(3)
    array([[1.   , 0.   ],
           [0.333, 0.11 ]])
    >>> rm.iou([a], [a & ~a]), rm.iou(rm.encode_rle([a]), [b]).round(3)
    (array([[0.]]), array([[0.333]]))
    """
    a, b = _listed(masks_a), _listed(masks_b)
    crowd = np.zeros(len(b), bool) if iscrowd is None else np.asarray(iscrowd, bool)
    if crowd.shape != (len(b),):
        raise ParameterError(f"iscrowd has an entry for each of the {len(b)} masks of masks_b, got shape {crowd.shape}")
    if any(isinstance(mask, Mask) and _has_shares(mask) for mask in (*a, *b)):
        shared, area_a, area_b = _weighed(a, b)
    else:
        runs = _runs(a)
        shared, area_a, area_b = _counted(runs, runs if masks_a is masks_b else _runs(b))
    union = np.where(crowd, area_a[:, None], area_a[:, None] + area_b - shared)
    return np.divide(shared, union, out=np.zeros(shared.shape), where=shared > 0)


def _listed(masks: Any) -> Sequence[Any]:
    """The masks one by one."""
    if isinstance(masks, Mask):
        return [masks[label] for label in masks.labels] if masks.kind == "labels" else [masks]
    if isinstance(masks, Mapping):
        return [masks]
    return masks if hasattr(masks, "ndim") else list(masks)


def _runs(masks: Any) -> Runs:
    if hasattr(masks, "ndim"):
        return Runs.of_stack(masks)
    if all(isinstance(mask, Mapping) for mask in masks):
        return Runs.of_rles(masks)
    return Runs.of_masks([decode_rle(mask)[0] if isinstance(mask, Mapping) else mask for mask in masks])


def _counted(a: Runs, b: Runs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shared pixels of each pair, and pixels of each mask, by runs."""
    if len(a) and len(b):
        _require_one_size(a.shape, b.shape)
    boxes_a, boxes_b = a.boxes(), b.boxes()
    kernel = kernels.pick("runs", len(a) * len(b) * _PIXELS_A_PAIR)

    def overlaps(start: int) -> np.ndarray:
        piece = slice(start, start + _PIECE)
        offsets = a.offsets[start : start + _PIECE + 1]
        return kernel.overlaps(a.runs, offsets, boxes_a[piece], b.runs, b.offsets, boxes_b, a.shape[0])

    parts = each(overlaps, range(0, len(a), _PIECE))
    return np.concatenate([np.empty((0, len(b)), np.int64), *parts]), a.areas, b.areas


def _weighed(a: Sequence[Any], b: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum of the lower weights of each pair, and sum of the weights of each mask."""
    a, b = [_as_mask(mask) for mask in a], [_as_mask(mask) for mask in b]
    for mask in (*a, *b):
        _require_one_size((*a, *b)[0].shape, mask.shape)
    shared = np.array([[_lower(one, other) for other in b] for one in a]).reshape(len(a), len(b))
    area_a, area_b = (np.array([mask.weight.sum(dtype=np.float64) for mask in masks]) for masks in (a, b))
    return shared, area_a, area_b


def _has_shares(mask: Mask) -> bool:
    return mask.kind == "weights" and mask.weight.dtype == np.float32


def _as_mask(mask: Any) -> Mask:
    return mask if isinstance(mask, Mask) else Mask(decode_rle(mask)[0] if isinstance(mask, Mapping) else mask)


def _lower(a: Mask, b: Mask) -> float:
    both = a.window.meet(b.window)
    if both.empty:
        return 0.0
    return float(np.minimum(_weights(a, both), _weights(b, both)).sum(dtype=np.float64))


def _weights(mask: Mask, window: Window) -> np.ndarray:
    return mask.weight[window.within(mask.window)]


def _require_one_size(a: tuple[int, int], b: tuple[int, int]) -> None:
    if a != b:
        raise FrameMismatch(
            f"masks_a are {a[0]} × {a[1]}, masks_b {b[0]} × {b[1]}; align them with mask.to_frame(frame)."
        )
