"""Memory for what lives no longer than a tile: taken anew from the system for each tile, it would cost as much as the
filter itself."""

from __future__ import annotations

from threading import local

import numpy as np

__all__ = ["borrow"]

_here = local()


def borrow(purpose: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array that this thread may use until it borrows for the same purpose again; it holds anything.

    Parameters
    ----------
    purpose : str
        What it is for: two arrays that are needed at once have two purposes.
    """
    held = _here.__dict__.setdefault("held", {})
    count = int(np.prod(shape)) * dtype.itemsize
    buffer = held.get(purpose)
    if buffer is None or buffer.size < count:
        buffer = held[purpose] = np.empty(count, np.uint8)
    return buffer[:count].view(dtype).reshape(shape)
