"""Reshape the regions of a mask one by one, each in its own window, as if it stood alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from roimask.frame import Window
from roimask.mask import Mask

__all__ = ["around", "each_region", "numbered", "with_shape"]

Reshape = Callable[[np.ndarray], np.ndarray]


def around(mask: Mask, distance: float = 0) -> Window:
    """The part of the frame within a distance of the mask's bounding box, and one pixel more to see where it ends."""
    return mask.window if mask.window.empty else mask.window.grow(int(distance) + 1).meet(mask.frame.window)


def each_region(mask: Mask, reshape: Reshape, distance: float = 0, overwrite: bool = False) -> Mask:
    """Reshape every region in a window around it.

    Parameters
    ----------
    mask : Mask
        Of weights, the pixels above 0 are the region.
    reshape : callable
        From a region (bool) to what it becomes (bool, the same shape).
    distance : float
        How far around the region the window goes, at least; it always goes one pixel beyond, within the frame.
    overwrite : bool
        Whether a region gives up what its new shape leaves out. Else no label is overwritten. In both cases pixels
        that two regions would take go to the lower label.
    """
    window = around(mask, distance)
    if window.empty:
        return mask
    if mask.kind != "labels":
        return with_shape(mask, reshape(mask.as_binary().read(window)), window)
    labels = mask.read(window)
    out = np.zeros_like(labels)
    for label, box in _boxes(mask):
        place = box.grow(int(distance) + 1).meet(window).within(window)
        old, new = labels[place], out[place]
        free = new == 0
        if not overwrite:
            free &= (old == 0) | (old == label)
        new[reshape(old == label) & free] = label
    return Mask.from_crop(out, window[:2], mask.frame, "labels", mask.names)


def with_shape(mask: Mask, shape: np.ndarray, window: Window) -> Mask:
    """The mask where the shape (bool) is: with its own weights, and 1 where it had none."""
    if mask.kind == "binary":
        return Mask.from_crop(shape, window[:2], mask.frame, "binary")
    values = mask.read(window)
    kept = np.where(shape, np.where(values, values, 1), 0)
    return Mask.from_crop(kept, window[:2], mask.frame, mask.kind, mask.names)


def numbered(mask: Mask, values: np.ndarray) -> np.ndarray:
    """Regions of a labels mask by their place 1, 2, 3, ... among its labels, as int32."""
    labels = np.array(mask.labels, np.int32)
    if labels.size == 0 or labels[-1] == labels.size:
        return values
    if labels[-1] > 4 * values.size + 256:
        return np.where(values > 0, np.searchsorted(labels, values) + 1, 0).astype(np.int32)
    places = np.zeros(labels[-1] + 1, np.int32)
    places[labels] = np.arange(1, labels.size + 1)
    return places[values]


def _boxes(mask: Mask) -> Iterator[tuple[int, Window]]:
    """Each label with the bounding box of its region in the frame."""
    from scipy.ndimage import find_objects

    top, left = mask.origin
    for label, found in zip(mask.labels, find_objects(numbered(mask, mask.values)), strict=True):
        rows, columns = found
        yield label, Window(top + rows.start, left + columns.start, top + rows.stop, left + columns.stop)
