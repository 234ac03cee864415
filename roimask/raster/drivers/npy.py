"""numpy's own format: read by windows through a memory map."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from roimask.frame import Window
from roimask.raster.drivers.source import Header, Options, Source

__all__ = ["NpySource", "accepts", "write"]


def accepts(magic: bytes) -> bool:
    """Whether a file that starts so is an array."""
    return magic.startswith(b"\x93NUMPY")


class NpySource(Source):
    """A .npy file with two axes, or three with bands last; a file of objects is refused."""

    def __init__(self, path: str, name: str, options: Options):
        super().__init__(name)
        self.header = Header("NPY", 0, 0, 1, np.dtype(np.uint8))
        try:
            self.array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError, OSError, SyntaxError) as error:
            raise self.broken(error) from error
        if self.array.ndim not in (2, 3) or self.array.dtype.kind not in "buif":
            raise self.broken(f"it holds {self.array.dtype} of shape {self.array.shape}, which is no image")
        height, width, *bands = self.array.shape
        dtype = self.array.dtype.newbyteorder("=")
        self.header = Header("NPY", height, width, bands[0] if bands else 1, dtype)

    def pixels(self, window: Window) -> np.ndarray:
        """A copy of the window in memory."""
        part = np.array(self.array[window.slices], self.header.dtype, order="C")
        return part[..., 0] if part.ndim == 3 and part.shape[2] == 1 else part


def write(file: BinaryIO, image: np.ndarray) -> None:
    """Write an array of any number dtype."""
    np.save(file, image, allow_pickle=False)
