"""Traced lines of cells as lines and areas of the image."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from roimask.features.centrelines import paths
from roimask.features.coarse import Coarse
from roimask.features.strips import Strips

__all__ = ["drawn_wide", "traced"]

Line = tuple[np.ndarray, Mapping[str, float]]


def drawn_wide(lines: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Lines of cells made as wide as each of their cells says."""
    import cv2

    out = np.zeros(lines.shape, np.uint8)
    for wide in np.unique(width[lines]):
        radius = max(float(wide) / 2, 0.5)
        reach = np.arange(-math.ceil(radius), math.ceil(radius) + 1)
        disk = (np.hypot(*np.meshgrid(reach, reach)) <= radius).astype(np.uint8)
        out |= cv2.dilate((lines & (width == wide)).astype(np.uint8), disk).astype(np.uint8)
    return out.astype(bool)


def traced(lines: np.ndarray, found: Strips, cells: Coarse, share: float) -> Iterator[Line]:
    """Each line in rows and columns of the image, with its length and width in metres and how strongly it answers."""
    import cv2

    for path in paths(lines):
        simple = cv2.approxPolyDP(path[:, None, ::-1].astype(np.float32), 0.75, False)[:, 0, ::-1]
        places = (simple.astype(np.float64) + 0.5) * cells.factor
        length = np.hypot(*np.diff(places, axis=0).T).sum() / cells.factor * cells.metres
        rows, columns = path.T
        wide = float(np.median(found.width[rows, columns])) * cells.metres * share
        yield (
            np.minimum(places, cells.inside.shape),
            {
                "length": round(float(length), 1),
                "width": round(wide, 1),
                "strength": round(float(found.strength[rows, columns].mean()), 3),
            },
        )
