"""The compact store: a binary mask as run lengths down the columns, for as long as nobody asks for its pixels.

A mask that is born as runs (read from COCO, drawn as a polygon, combined of such) keeps them where they are much
smaller than its pixels. Runs are int64 (m, 2) as in :mod:`roimask.kernels.plain.runs`, in order and maximal: two masks
are equal when their runs are.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from roimask import kernels
from roimask.frame import Window
from roimask.kernels.plain.run_algebra import maximal

__all__ = ["AND", "OR", "WITHOUT", "XOR", "box_of", "combine", "decode", "is_worth", "maximal", "turn"]

# Which parts of two masks a rule keeps; see kernels.plain.run_algebra.combine.
WITHOUT, XOR, AND, OR = 2, 6, 8, 14

# Runs are kept where pixels would take so many times their memory: for less, decoding would not pay.
_WORTH = 4
# What a run costs the plain kernels, in pixels as kernels.pick counts them.
_PIXELS_A_RUN = 50


def is_worth(runs: int, window: Window) -> bool:
    """Whether so many runs are to be kept rather than the window's pixels."""
    height, width = window.shape
    return _WORTH * runs * 2 * np.dtype(np.int64).itemsize < height * width


def combine(a: np.ndarray, b: np.ndarray, keep: int) -> np.ndarray:
    """The runs that a rule keeps of two masks on one grid."""
    return _kernel(len(a) + len(b)).combine(a, b, keep)


def box_of(runs: np.ndarray, height: int) -> Window:
    """The bounding box of runs in a frame of so many rows."""
    kernel = kernels.pick("runs", len(runs) * _PIXELS_A_RUN)
    return Window(*kernel.boxes(runs, np.array([0, len(runs)]), height)[0].tolist())


def decode(runs: np.ndarray, height: int, window: Window) -> np.ndarray:
    """The pixels of a window, read-only bool: a view of the array that owns them."""
    block = np.zeros(window.shape, np.uint8)
    if len(runs) and block.size:
        inside = _kernel(len(runs) + block.shape[1]).crop(runs, height, *window)
        kernels.pick("runs", block.size).fill_runs(block[None], inside, np.array([0, len(inside)]))
    block.setflags(write=False)
    return block.view(bool)


def turn(rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Turn runs along rows (row, first column, column after the last), in order, to runs down the columns.

    Notes
    -----
    A column's runs start and end where a row differs from the row above. Cost: that of sorting these pixels.
    """
    height, line = shape[0], shape[1] + 1  # a column that is empty: no run goes on into the next row
    along = _joined(rows[:, 1:3] + line * rows[:, :1].astype(np.int64))
    changes = combine(along, along + line, XOR)
    count = changes[:, 1] - changes[:, 0]
    row, column = np.divmod(np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - changes[:, 0], count), line)
    return maximal(np.sort(column * height + row).reshape(-1, 2))


def _joined(runs: np.ndarray) -> np.ndarray:
    """Join runs, in order of their starts, that touch or overlap."""
    reach = np.maximum.accumulate(runs[:, 1])
    first = np.flatnonzero(np.append(True, runs[1:, 0] > reach[:-1])[: len(runs)])
    return np.stack([runs[first, 0], reach[np.append(first[1:], len(runs))[: len(first)] - 1]], axis=1)


def _kernel(runs: int) -> ModuleType:
    return kernels.pick("run_algebra", runs * _PIXELS_A_RUN)
