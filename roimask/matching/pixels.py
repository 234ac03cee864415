"""What matching looks at: pixels that take part and their weight, of an image of any size, read by windows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.mask import Mask
from roimask.sources import ArraySource, Source

__all__ = ["Block", "Pixels", "as_block", "filled", "weight_of"]


class Block(NamedTuple):
    """Pixels in memory: values (h, w, C) of float, 0 where the weight is 0; weight (h, w), 0 to 1."""

    values: np.ndarray
    weight: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.weight.shape  # type: ignore[return-value]

    @property
    def bands(self) -> int:
        """How many values a pixel has."""
        return self.values.shape[2]

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(self.weight.sum(dtype=np.float64))

    def whole(self) -> Block:
        """Itself."""
        return self

    def part(self, window: Window) -> Block:
        """A window of it; beyond its border nothing takes part."""
        inside = window.meet((0, 0, *self.shape))
        if inside == window:
            return Block(self.values[window.slices], self.weight[window.slices])
        values = np.zeros((*window.shape, self.bands), self.values.dtype)
        weight = np.zeros(window.shape, self.weight.dtype)
        if not inside.empty:
            values[inside.within(window)] = self.values[inside.slices]
            weight[inside.within(window)] = self.weight[inside.slices]
        return Block(values, weight)


class Pixels:
    """An image and the mask of what takes part in it, in memory or in a file."""

    def __init__(self, source: Source, mask: Mask | None):
        self.source, self.mask, self.frame = source, mask, source.frame
        first = source.read(Window(0, 0, 0, 0))
        self.bands = 1 if first.ndim == 2 else first.shape[2]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.frame.shape

    @property
    def dtype(self) -> np.dtype:
        """What its blocks are held in: float32 holds integers of 16 bits exactly."""
        return np.dtype(np.float32) if self.source.dtype.itemsize <= 2 else np.dtype(np.float64)

    def part(self, window: Window) -> Block:
        """The pixels of a window; beyond the image's border nothing takes part."""
        inside = window.meet(self.frame.window)
        block = _read(self.source, inside, self.mask, self.dtype)
        return block if inside == window else block.part(_moved(window, inside))

    def whole(self) -> Block:
        """All of it."""
        return self.part(self.frame.window)


def _moved(window: Window, inside: Window) -> Window:
    return Window(window[0] - inside[0], window[1] - inside[1], window[2] - inside[0], window[3] - inside[1])


def _read(source: Source, window: Window, mask: Mask | None, dtype: np.dtype) -> Block:
    image, valid = source.read_valid(window)
    bands = image[..., np.newaxis] if image.ndim == 2 else image
    weight = np.ones(window.shape, np.float32) if mask is None else weight_of(mask, window)
    if valid is not None:
        weight = weight * (valid.all(axis=2) if valid.ndim == 3 else valid)
    if image.dtype.kind == "f":
        weight = weight * np.isfinite(bands).all(axis=2)
    values = bands.astype(dtype)
    values[weight == 0] = 0
    return Block(values, weight)


def weight_of(mask: Mask, window: Window) -> np.ndarray:
    """How much each pixel of a window takes part; a region of a labels mask does in full."""
    held = mask.read(window)
    return held.astype(np.float32) if mask.kind == "weights" else (held > 0).astype(np.float32)


def as_block(image: np.ndarray, mask: Mask | None, what: str) -> Block:
    """A picture in memory as a block; an error calls it by its name.

    Raises
    ------
    ParameterError
        Where it has no pixel, or the mask is of another size.
    """
    source = ArraySource(image)
    if 0 in image.shape:
        raise ParameterError(f"{what} has no pixel: it is {image.shape}")
    if mask is not None:
        mask.frame.require(source.frame, f"the mask of {what}", what)
    return _read(source, source.frame.window, mask, np.dtype(np.float64))


def filled(weight: np.ndarray) -> Window:
    """The tight box around what takes part."""
    rows, columns = np.flatnonzero(weight.any(axis=1)), np.flatnonzero(weight.any(axis=0))
    if not rows.size:
        return Window(0, 0, 0, 0)
    return Window(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
