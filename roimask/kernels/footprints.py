"""The pixels that a window or a flat structuring element is made of, as bool of odd height and width."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["disk", "half_heights", "line", "spans", "square", "window"]


def square(size: int) -> np.ndarray:
    """All pixels of a square of an odd size."""
    return np.ones((size, size), bool)


def disk(size: int) -> np.ndarray:
    """The pixels whose centre is no more than ``size // 2`` from that of the middle one."""
    steps = np.arange(-(size // 2), size // 2 + 1)
    return steps[:, None] ** 2 + steps**2 <= (size // 2) ** 2


def line(length: int, angle: float) -> np.ndarray:
    """A digital line through the middle, ``length`` pixels along its longer axis, one in each row or column of that.

    ``angle`` counts in degrees counter-clockwise as seen, 0 along the row. The line is its own mirror image about the
    middle, and the line at ``angle + 180`` is the same.
    """
    down, across = -math.sin(math.radians(angle)), math.cos(math.radians(angle))
    half = length // 2
    steps = np.arange(half + 1) / max(abs(down), abs(across))
    offsets = np.stack([np.rint(steps * down), np.rint(steps * across)], axis=1).astype(int)
    offsets = np.concatenate([offsets, -offsets])
    reach = abs(offsets).max(axis=0)
    pixels = np.zeros(2 * reach + 1, bool)
    pixels[tuple((offsets + reach).T)] = True
    return pixels


_WINDOWS = {"square": square, "disk": disk}


def window(name: str, size: int) -> np.ndarray:
    """The pixels of a window by its name."""
    return _WINDOWS[name](size)


def spans(footprint: np.ndarray) -> np.ndarray:
    """First and one past the last column of each row."""
    firsts = footprint.argmax(axis=1)
    return np.stack([firsts, footprint.shape[1] - footprint[:, ::-1].argmax(axis=1)], axis=1)


def half_heights(footprint: np.ndarray) -> np.ndarray:
    """How far the columns of a disk reach to above and below, from the middle column to the last."""
    return (footprint[:, footprint.shape[1] // 2 :].sum(axis=0) - 1) // 2
