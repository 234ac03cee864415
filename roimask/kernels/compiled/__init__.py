"""Kernels compiled by numba, and what they share.

Kernels compile when they are first called with a type and are kept on disk. They release the GIL and run on one
thread; which tiles run side by side is the caller's business.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numba.core import event

__all__ = ["jit", "rows"]


def jit(function: Callable | None = None, **options: Any) -> Any:
    """Compile with numba: cached on disk (where a folder for it can be written), without the GIL."""
    if function is None:
        return partial(jit, **options)
    try:
        return njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # "no locator available": neither the package's folder nor the home can be written
        return njit(nogil=True, **options)(function)


class _View:
    """Memory described anew; keeps the array that owns it alive."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, owner: np.ndarray, shape: tuple[int, int]):
        old = owner.__array_interface__
        self.__array_interface__ = {
            "shape": shape,
            "typestr": old["typestr"],
            "data": (old["data"][0], False),
            "version": 3,
        }
        self.owner = owner


def rows(array: np.ndarray) -> np.ndarray:
    """An array (h, w) or (h, w, C) as numba likes it: rows of w * C items, contiguous, and of one type only.

    Rows that are contiguous vectorise; a window of a larger array, a read-only one and a whole one would be three
    types, each compiled anew. The answer shares their memory as an array whose rows are as long as the larger
    array's: only the first w * C items of a row may be touched, and none may be written unless the array could be.
    Where the items of a row are not neighbours in memory, the answer is a copy.
    """
    height, item = array.shape[0], array.itemsize
    length = math.prod(array.shape[1:])
    if array.flags.c_contiguous and array.flags.writeable:
        return array if array.ndim == 2 else array.reshape(height, length)
    within = (item,) if array.ndim == 2 else (item * array.shape[2], item)
    pitch, rest = divmod(array.strides[0], item)
    if array.size == 0 or array.strides[1:] != within or rest or pitch < length:
        return np.array(array, order="C").reshape(height, length)
    return np.asarray(_View(array, (height, pitch)))


class _FirstCompile(event.Listener):
    """Says once a process that kernels are being compiled: the first user of a fresh install waits for it."""

    said = "ROIMASK_QUIET" in os.environ

    def on_start(self, event: Any) -> None:
        """numba found nothing in its cache and starts to compile a function."""
        if self.said or not str(event.data["dispatcher"].py_func.__module__).startswith(__name__):
            return
        self.said = True
        print("roimask: compiling kernels for first use (once, a few seconds)…", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


event.register("numba:compile", _FirstCompile())
