"""A mask in a raster file that is read by windows, because all of it may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roimask.formats import _tag
from roimask.formats._pixels import from_values, one_channel
from roimask.frame import Frame, Window
from roimask.mask import Kind, Mask
from roimask.raster.nodata import valid_values
from roimask.raster.paths import shown
from roimask.raster.raster import Raster

__all__ = ["WindowedMask"]

_BLOCK = 2048


class WindowedMask:
    """A mask file, opened: its grid, and its part in a window.

    Integers that nothing says the kind of are labels, until :meth:`settle` has looked whether they are one value.
    """

    def __init__(self, path: str, kind: Kind | None):
        self.raster = Raster(path, indexed=True)
        self.content = _tag.parse(self.raster.tags)
        self.frame: Frame = _tag.frame_of(self.content, self.raster.frame)
        self.kind: Kind | None = kind or self.content.get("kind") or self._by_dtype()

    def _by_dtype(self) -> Kind | None:
        return {"f": "weights", "b": "binary"}.get(self.raster.dtype.kind)  # type: ignore[return-value]

    def read(self, window: Window) -> Mask:
        """The part in a window, on the window's own frame."""
        return from_values(self._values(window), self.kind or "labels", self.content, self.frame.crop(window))

    def settle(self, as_one: bool) -> None:
        """Find the kind as for a file that is read whole: 0 and one other value is binary, other integers labels.

        Where all labels count as one region they are binary, and nothing need be looked at.
        """
        if as_one and self.kind in (None, "labels"):
            self.kind = "binary"
        elif self.kind is None:
            self.kind = "labels" if self._has_several() else "binary"

    def _has_several(self) -> bool:
        found: set[int] = set()
        for window in self._windows():
            found.update(np.unique(self._values(window)).tolist())
            if len(found - {0}) > 1:
                return True
        return False

    def _windows(self) -> Iterator[Window]:
        height, width = self.frame.shape
        for top in range(0, height, _BLOCK):
            for left in range(0, width, _BLOCK):
                yield Window(top, left, min(top + _BLOCK, height), min(left + _BLOCK, width))

    def _values(self, window: Window) -> np.ndarray:
        values = one_channel(self.raster.read(window), shown(self.raster.path))
        valid = valid_values(values, self.raster.header.metadata.nodata[:1] or (None,))
        return values if valid is None else np.where(valid, values, values.dtype.type(0))
