"""Set algebra of masks: weights by minimum and maximum, labels by "left wins"; only the bounding boxes are touched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roimask.frame import Window
from roimask.mask import Kind, Mask

__all__ = ["complement", "difference", "intersection", "symmetric_difference", "union"]


def intersection(a: Mask, b: Mask) -> Mask:
    """What takes part in both: the lower weight; the label of the left (else of the right) mask."""
    kind = _kind(a, b)
    if kind == "labels":
        left, right = (a, b) if a.kind == "labels" else (b, a)
        return _combine(left, right, a.window.meet(b.window), kind, lambda x, y: np.where(y > 0, x, 0))
    return _combine(a, b, a.window.meet(b.window), kind, np.minimum)


def union(a: Mask, b: Mask) -> Mask:
    """What takes part in either: the higher weight; where both have a label, the left one's."""
    if a.kind == b.kind == "labels":
        return _combine(a, b, a.window.join(b.window), "labels", lambda x, y: np.where(x > 0, x, y))
    kind: Kind = "weights" if "weights" in (a.kind, b.kind) else "binary"
    return _combine(_flat(a), _flat(b), a.window.join(b.window), kind, np.maximum)


def difference(a: Mask, b: Mask) -> Mask:
    """What takes part in the left and not in the right: ``a & ~b``, without the complement of the frame."""
    if a.kind == "labels":
        if b.kind == "weights":
            return difference(a.as_binary(), b)
        return _combine(a, b, a.window, "labels", lambda x, y: np.where(y > 0, 0, x))
    kind: Kind = "weights" if "weights" in (a.kind, b.kind) else "binary"
    return _combine(a, _flat(b), a.window, kind, lambda x, y: np.minimum(x, _one_minus(y)))


def symmetric_difference(a: Mask, b: Mask) -> Mask:
    """What takes part in one of the two: ``(a - b) | (b - a)``."""
    return union(difference(a, b), difference(b, a))


def complement(a: Mask) -> Mask:
    """What does not take part: 1 - w; a binary mask for labels."""
    flat = _flat(a)
    return Mask(_one_minus(flat.read(flat.frame.window)), flat.kind, a.frame)


def _one_minus(values: np.ndarray) -> np.ndarray:
    return ~values if values.dtype == np.bool_ else np.subtract(1, values, dtype=values.dtype)


def _flat(mask: Mask) -> Mask:
    """Labels taken as one region."""
    return mask.as_binary() if mask.kind == "labels" else mask


def _kind(a: Mask, b: Mask) -> Kind:
    if "weights" in (a.kind, b.kind):
        return "weights"
    return "labels" if "labels" in (a.kind, b.kind) else "binary"


def _combine(a: Mask, b: Mask, window: Window, kind: Kind, join: Callable[..., np.ndarray]) -> Mask:
    a.frame.require(b.frame, "the left mask", "the right one")
    frame = a.frame if a.frame.georeferenced or not b.frame.georeferenced else b.frame
    if kind == "weights":
        a, b = _flat(a), _flat(b)
    values = join(a.read(window), b.read(window))
    names = {**b.names, **a.names} if kind == "labels" else None
    return Mask.from_crop(values, window[:2], frame, kind, names)
