"""float32 numbers counted by the two halves of their bits."""

from __future__ import annotations

import numpy as np

__all__ = ["count_high", "count_low"]


def count_high(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """How often each upper half occurs among the numbers that take part.

    Parameters
    ----------
    image : float32 ndarray (h, w)
    weight : uint8 ndarray (h, w)

    Returns
    -------
    ndarray (65536,), uint32
    """
    bits = image[weight > 0].view(np.uint32)
    return np.bincount((bits >> 16).astype(np.int64), minlength=1 << 16).astype(np.uint32)


def count_low(image: np.ndarray, weight: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """For each of one to four different upper halves, how often each lower half occurs with it.

    Returns
    -------
    ndarray (halves.size, 65536), uint32
    """
    bits = image[weight > 0].view(np.uint32)
    counts = np.zeros((halves.size, 1 << 16), np.uint32)
    for place, half in enumerate(halves):
        counts[place] = np.bincount((bits[bits >> 16 == half] & 0xFFFF).astype(np.int64), minlength=1 << 16)
    return counts
