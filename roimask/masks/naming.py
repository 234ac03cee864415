"""The names of regions."""

from __future__ import annotations

from typing import Any

import numpy as np

from roimask.mask import Mask
from roimask.masks.each_region import numbered

__all__ = ["merge_names"]


def merge_names(mask: Any) -> Mask:
    """Make one region of all regions that have the same name.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Other kinds than labels stay as they are.

    Returns
    -------
    Mask
        On the same frame. The merged region has the lowest of the labels; regions without a name keep theirs.

    Notes
    -----
    Cost: a pass over the bounding box.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> fields = rm.Mask(np.array([[1, 2, 3]]), names={1: "wheat", 2: "oats", 3: "wheat"})
    >>> merged = rm.merge_names(fields)
    >>> np.asarray(merged), dict(merged.names)
    (array([[1, 2, 1]], dtype=int32), {1: 'wheat', 2: 'oats'})
    >>> rm.merge_names(np.zeros((2, 2), bool)).area
    0
    """
    mask = mask if isinstance(mask, Mask) else Mask(mask)
    if mask.kind != "labels":
        return mask
    lowest: dict[str, int] = {}
    for label in mask.labels:
        if label in mask.names:
            lowest.setdefault(mask.names[label], label)
    merged = [0, *(lowest[mask.names[label]] if label in mask.names else label for label in mask.labels)]
    names = {label: name for name, label in lowest.items()}
    values = np.array(merged, np.int32)[numbered(mask, mask.values)]
    return Mask.from_crop(values, mask.origin, mask.frame, "labels", names)
