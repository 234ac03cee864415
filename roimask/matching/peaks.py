"""Maxima of a map of scores, and which of several finds at one place stays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Peaks", "maxima", "without_overlap"]

Peaks = tuple[np.ndarray, np.ndarray, np.ndarray]  # rows, columns, scores


def maxima(scores: np.ndarray, least: float) -> Peaks:
    """Places that score at least so much and no less than their eight neighbours; of a plateau, all."""
    import cv2

    if not scores.size:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    around = cv2.dilate(scores, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=-2)
    rows, columns = np.nonzero((scores >= least) & (scores == around))
    return rows, columns, scores[rows, columns]


def without_overlap(outlines: Sequence[np.ndarray], most: float, limit: int | None) -> list[int]:
    """Which of the outlines (n, 2), best first, stay: those of which no more than a share lies on a better one.

    The share is that of the smaller of the two.
    """
    kept: list[int] = []
    boxes = [np.concatenate([outline.min(axis=0), outline.max(axis=0)]) for outline in outlines]
    areas = [_area(outline) for outline in outlines]
    for index, outline in enumerate(outlines):
        if limit is not None and len(kept) == limit:
            break
        others = (k for k in kept if _meet(boxes[k], boxes[index]))
        if all(_shared(outlines[k], outline) <= most * min(areas[k], areas[index]) for k in others):
            kept.append(index)
    return kept


def _meet(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a[:2] < b[2:]).all() and (b[:2] < a[2:]).all())


def _area(outline: np.ndarray) -> float:
    import cv2

    return float(cv2.contourArea(outline.astype(np.float32)))


def _shared(a: np.ndarray, b: np.ndarray) -> float:
    """The area that two convex outlines have in common."""
    import cv2

    return float(cv2.intersectConvexConvex(a.astype(np.float32), b.astype(np.float32))[0])
