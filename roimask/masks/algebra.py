"""Set algebra of masks: weights by minimum and maximum, labels by "left wins"; only the bounding boxes are touched.

Of masks that are kept as run lengths, not even these: their runs are merged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roimask.frame import Window
from roimask.mask import Kind, Mask
from roimask.masks import store
from roimask.masks.runs import runs_of

__all__ = ["complement", "difference", "intersection", "symmetric_difference", "union"]


def intersection(a: Mask, b: Mask) -> Mask:
    """What takes part in both: the lower weight; the label of the left (else of the right) mask."""
    kind = _kind(a, b)
    if kind == "labels":
        left, right = (a, b) if a.kind == "labels" else (b, a)
        return _combine(left, right, a.window.meet(b.window), kind, _where_both)
    return _combine(a, b, a.window.meet(b.window), kind, np.minimum)


def union(a: Mask, b: Mask) -> Mask:
    """What takes part in either: the higher weight; where both have a label, the left one's."""
    if a.kind == b.kind == "labels":
        return _combine(a, b, a.window.join(b.window), "labels", _left_first)
    kind: Kind = "weights" if "weights" in (a.kind, b.kind) else "binary"
    return _combine(_flat(a), _flat(b), a.window.join(b.window), kind, np.maximum)


def difference(a: Mask, b: Mask) -> Mask:
    """What takes part in the left and not in the right: ``a & ~b``, without the complement of the frame."""
    if a.kind == "labels":
        if b.kind == "weights":
            return difference(a.as_binary(), b)
        return _combine(a, b, a.window, "labels", lambda x, y: np.where(y > 0, 0, x))
    kind: Kind = "weights" if "weights" in (a.kind, b.kind) else "binary"
    return _combine(a, _flat(b), a.window, kind, _without)


def symmetric_difference(a: Mask, b: Mask) -> Mask:
    """What takes part in one of the two: ``(a - b) | (b - a)``."""
    if a.kind == b.kind == "binary":
        return _combine(a, b, a.window.join(b.window), "binary", np.not_equal)
    return union(difference(a, b), difference(b, a))


def complement(a: Mask) -> Mask:
    """What does not take part: 1 - w; a binary mask for labels."""
    flat = _flat(a)
    if flat.kind == "binary" and _SPARSE * _kept_pixels(flat) < flat.frame.height * flat.frame.width:
        everything = np.array([[0, flat.frame.height * flat.frame.width]])
        return Mask._of_runs(store.combine(everything, runs_of(flat), store.WITHOUT), flat.frame)
    return Mask(_one_minus(flat.read(flat.frame.window)), flat.kind, a.frame)


def _without(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.minimum(x, _one_minus(y))


# The same rules for runs.
_RULES: dict[Callable[..., np.ndarray], int] = {
    np.minimum: store.AND,
    np.maximum: store.OR,
    np.not_equal: store.XOR,
    _without: store.WITHOUT,
}
# The complement goes by runs where the frame has so many times the pixels that the mask keeps.
_SPARSE = 4


def _where_both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(y > 0, x, 0)


def _left_first(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, y)


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
    if join in _RULES and _by_runs(a, b, window):
        return Mask._of_runs(store.combine(runs_of(a), runs_of(b), _RULES[join]), frame)
    if kind == "weights":
        a, b = _flat(a), _flat(b)
    values = join(a.read(window), b.read(window))
    names = {**b.names, **a.names} if kind == "labels" else None
    return Mask.from_crop(values, window[:2], frame, kind, names)


def _by_runs(a: Mask, b: Mask, window: Window) -> bool:
    """Whether runs are merged: of masks that keep fewer pixels, some of them runs instead, than would be filled."""
    coded = a.kind == b.kind == "binary" and (a._runs is not None or b._runs is not None)
    return coded and _kept_pixels(a) + _kept_pixels(b) < window.shape[0] * window.shape[1]


def _kept_pixels(mask: Mask) -> int:
    return 0 if mask._pixels is None else mask._pixels.size
