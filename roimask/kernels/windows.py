"""What the windows of a part of a block reach, and which of its pixels count."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roimask.kernels.scratch import borrow

__all__ = ["Core", "Coverage", "grown", "shape_of", "summing_type", "surrounded", "taking_part", "within"]

Core = tuple[slice, slice]
Coverage = np.ndarray | Callable[[], np.ndarray]  # the share of each window that takes part, or what answers it


def shape_of(core: Core) -> tuple[int, int]:
    """Height and width of the core of a block."""
    return core[0].stop - core[0].start, core[1].stop - core[1].start


def grown(core: Core, reach: tuple[int, int], shape: tuple[int, int]) -> Core:
    """The core and ``reach`` pixels to all sides, as far as a block of that shape holds them."""
    rows, columns = (
        slice(max(part.start - by, 0), min(part.stop + by, side))
        for part, by, side in zip(core, reach, shape, strict=True)
    )
    return rows, columns


def within(core: Core, wide: Core) -> Core:
    """The core of a block as slices of a wider part of it."""
    rows, columns = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(core, wide, strict=True))
    return rows, columns


def surrounded(array: np.ndarray, core: Core, reach: tuple[int, int], beyond: float, purpose: str) -> np.ndarray:
    """The core of a block and ``reach`` pixels to all sides, ``beyond`` where the block ends.

    A view where the block holds all of it; else borrowed under the name of its ``purpose``.
    """
    wanted = [slice(part.start - by, part.stop + by) for part, by in zip(core, reach, strict=True)]
    held = tuple(slice(max(w.start, 0), min(w.stop, side)) for w, side in zip(wanted, array.shape, strict=True))
    if all(w == h for w, h in zip(wanted, held, strict=True)):
        return array[held]
    out = borrow(purpose, tuple(w.stop - w.start for w in wanted), array.dtype)
    out[...] = beyond
    out[tuple(slice(h.start - w.start, h.stop - w.start) for w, h in zip(wanted, held, strict=True))] = array[held]
    return out


def taking_part(weight: np.ndarray) -> np.ndarray:
    """Which pixels count at all, as uint8 0/1, where a method knows no weights between."""
    return weight if weight.dtype == np.uint8 else (weight > 0).view(np.uint8)


def summing_type(dtype: np.dtype, pixels: int) -> np.dtype:
    """The floating type in which so many values are summed: integers of up to 16 bits exactly."""
    exact = dtype.itemsize == 1 and 255 * pixels < 1 << 24
    return np.dtype(np.float32 if exact or dtype == np.float32 else np.float64)
