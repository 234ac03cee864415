"""The source of a run: a raster whose damaged parts are named, or taken for pixels without data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from roimask.errors import LimitError, ReadError
from roimask.frame import Frame, Window
from roimask.raster.raster import Raster
from roimask.sources import ArraySource

__all__ = ["Reading"]


class Reading:
    """A raster read window by window.

    Parameters
    ----------
    raster : Raster
    part : (int, int) or None
        Rows and columns that the file decodes at a time: what is lost where one cannot be read. None: all.
    skip : bool
        Whether a part that cannot be read is a part without data, instead of an error.

    Attributes
    ----------
    lost : list of Window
        The parts that could not be read.
    """

    def __init__(self, raster: Raster, part: tuple[int, int] | None, skip: bool = False):
        self.raster, self.part, self.skip = raster, part or raster.frame.shape, skip
        self.lost: list[Window] = []

    @property
    def frame(self) -> Frame:
        """The raster's."""
        return self.raster.frame

    @property
    def dtype(self) -> np.dtype:
        """The raster's."""
        return self.raster.dtype

    @property
    def nodata(self) -> Any:
        """The raster's."""
        return self.raster.nodata

    @property
    def memory_limit(self) -> int:
        """The raster's."""
        return self.raster.memory_limit

    def whole(self) -> ArraySource:
        """The raster in memory."""
        pixels, valid = self.read_valid(self.frame.window)
        return ArraySource(pixels, self.frame, valid, self.nodata)

    def read(self, window: Window) -> np.ndarray:
        """The pixels of a window."""
        return self.raster.read(window) if window.empty else self.read_valid(window)[0]

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """The same, and where it holds data."""
        try:
            return self.raster.read_valid(window)
        except LimitError:
            raise
        except ReadError:
            return self._by_parts(window)

    def _by_parts(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """What can be read, part by part."""
        nothing = self.raster.read(Window(0, 0, 0, 0))
        pixels = np.full((*window.shape, *nothing.shape[2:]), self._nothing(), self.dtype)
        valid = np.zeros(pixels.shape, bool)
        for whole in self._parts(window):
            part = whole.meet(window)
            try:
                pixels[part.within(window)], known = self.raster.read_valid(part)
            except ReadError as error:
                if not self.skip:
                    raise _named(error, whole) from error
                self.lost.append(whole)
            else:
                valid[part.within(window)] = True if known is None else _of_bands(known, valid.ndim)
        return pixels, valid

    def _nothing(self) -> Any:
        nodata = self.nodata
        return (np.nan if self.dtype.kind == "f" else 0) if nodata is None else nodata

    def _parts(self, window: Window) -> Iterator[Window]:
        """The parts of the file that a window meets."""
        rows, columns = self.part
        for top in range(window.top - window.top % rows, window.bottom, rows):
            for left in range(window.left - window.left % columns, window.right, columns):
                yield Window(top, left, top + rows, left + columns).meet(self.frame.window)


def _of_bands(valid: np.ndarray, axes: int) -> np.ndarray:
    return valid if valid.ndim == axes else valid[..., None]


def _named(error: ReadError, part: Window) -> ReadError:
    where = f"rows {part.top} to {part.bottom}, columns {part.left} to {part.right}"
    return ReadError(f"{error} This is in {where}; on_error='skip' goes on without what cannot be read.")
