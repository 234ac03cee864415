"""Connected pixels of one value, numbered."""

from __future__ import annotations

import numpy as np

__all__ = ["components"]


def components(values: np.ndarray, reach: int) -> tuple[np.ndarray, int]:
    """Number the pieces 1, 2, 3, ... by their first pixels, row by row; 0 stays 0.

    ``reach`` is 1 where pixels also touch by their corners, else 0. Answers the numbers (int32) and how many there are.
    """
    import cv2

    pieces, count = np.zeros(values.shape, np.int32), 0
    for value in np.unique(values[values != 0]):
        last, found = cv2.connectedComponents((values == value).view(np.uint8), connectivity=8 if reach else 4)
        np.copyto(pieces, found + count, where=found > 0)
        count += last - 1
    _, first = np.unique(pieces, return_index=True)
    order = np.argsort(first[-count:]) if count else np.empty(0, int)
    numbers = np.zeros(count + 1, np.int32)
    numbers[order + 1] = np.arange(1, count + 1)
    return numbers[pieces], count
