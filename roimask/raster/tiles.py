"""Tiles of a raster for training: each with its valid mask, its label and its place in the world."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask, mask_on, read_crop
from roimask.sources import Source, as_source

__all__ = ["Tile", "Tiles", "tiles"]


def tiles(
    raster: Any,
    size: int | tuple[int, int],
    overlap: int = 0,
    min_valid: float = 0.0,
    *,
    mask: Any = None,
    labels: Any = None,
) -> Tiles:
    """Cut a raster into tiles of one size for training, each with its valid mask and its label.

    Tiles lie on a grid that starts at the first pixel. The last ones of a row and of a column are padded where the
    raster ends, so every pixel is in a tile and, without overlap, in one alone; padding is never valid.

    Parameters
    ----------
    raster : Raster or array (H, W) or (H, W, C)
        A Raster is read tile by tile, whatever its size.
    size : int or (int, int)
        Side of a tile in pixels, or its height and width.
    overlap : int, default 0
        How many pixels neighbours share; below the size.
    min_valid : float, default 0
        The share of a tile, 0 to 1, that must be valid; others are left out.
    mask : Mask or array (H, W), optional
        Which pixels are valid, of those that hold data; of clouds give ``~clouds``.
    labels : Mask, Raster or array (H, W), optional
        What is to be learnt, on the same grid; of a vector file ``rm.read_mask(path, frame=raster.frame)``.

    Returns
    -------
    Tiles
        A sequence of :class:`Tile`, read when it is asked for one: going through it reads each pixel once and holds
        one tile. Its length, and single tiles, ask for the valid shares first where ``min_valid`` is above 0.

    Raises
    ------
    ParameterError
        Where a size is below 1, the overlap as large as a tile, or the share outside 0 to 1.
    FrameMismatch
        Where the mask or the labels are on another grid.

    Notes
    -----
    A pixel is valid where every band holds data and the mask is above 0. Padding holds the raster's nodata value, else
    0; pixels that are not valid stay as they are. Each tile costs what reading its window costs.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> scene, fields = np.arange(20.0).reshape(4, 5), np.eye(4, 5, dtype=np.uint8)
    >>> found = rm.tiles(scene, 3, labels=fields)
    >>> [(tile.name, tuple(tile.window), round(tile.share, 2)) for tile in found][:2]
    [('r0_c0', (0, 0, 3, 3), 1.0), ('r0_c1', (0, 3, 3, 6), 0.67)]
    >>> found[3].image.tolist(), found[3].label.tolist(), found[3].valid.area
    ([[18.0, 19.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[1, 0, 0], [0, 0, 0], [0, 0, 0]], 2)
    >>> len(rm.tiles(scene, 3, min_valid=0.5)), len(rm.tiles(scene, 3, min_valid=0.5, mask=np.zeros((4, 5))))
    (2, 0)
    """
    source = as_source(raster)
    shape = _shape(size)
    if not 0 <= overlap < min(shape):
        raise ParameterError(f"tiles: overlap is 0 to {min(shape) - 1}, less than a tile, got {overlap!r}")
    if not 0 <= min_valid <= 1:
        raise ParameterError(f"tiles: min_valid is a share, 0 to 1, got {min_valid!r}")
    learnt = labels if labels is None or isinstance(labels, Mask) else as_source(labels)
    if learnt is not None:
        learnt.frame.require(source.frame, "tiles: the mask of labels")
    return Tiles(source, shape, overlap, min_valid, mask_on(mask, source.frame), learnt)


def _shape(size: Any) -> tuple[int, int]:
    pair = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if len(pair) != 2 or not all(hasattr(side, "__index__") and side >= 1 for side in pair):
        raise ParameterError(f"tiles: size is a whole number of pixels, 1 or more, or two of them, got {size!r}")
    return int(pair[0]), int(pair[1])


@dataclass(frozen=True, eq=False)
class Tile:
    """One tile, all of its size.

    Attributes
    ----------
    image : ndarray (h, w) or (h, w, C)
        Your own to change.
    valid : Mask
        On the tile's frame: which pixels hold data and take part.
    label : ndarray (h, w), or None
        Numbers of a labels mask, 0 and 1 of a binary one; of a raster its pixels.
    window : Window
        Where it lies in the raster, (top, left, bottom, right); padding lies beyond the raster's end.
    row, column : int
        Its place among the tiles.
    name : str
        Of these, such as ``"r03_c12"``: sorted by name, tiles are in order.
    frame : Frame
        Its own grid, with its own transform.
    """

    image: np.ndarray
    valid: Mask
    label: np.ndarray | None
    window: Window
    row: int
    column: int
    name: str
    frame: Frame

    @property
    def share(self) -> float:
        """How much of it is valid, 0 to 1."""
        return float(self.valid.area) / self.window.pixels


@dataclass(frozen=True, eq=False)
class Tiles(Sequence):
    """The tiles of a raster, read one by one; see :func:`tiles`."""

    source: Source
    shape: tuple[int, int]
    overlap: int
    min_valid: float
    mask: Mask | None
    labels: Mask | Source | None

    def __iter__(self) -> Iterator[Tile]:
        """Each tile that is valid enough, by rows."""
        for place in self._places:
            tile = self._read(place)
            if tile.share >= self.min_valid:
                yield tile

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, number: Any) -> Any:
        """A tile, or for a slice a list of them."""
        if isinstance(number, slice):
            return [self._read(place) for place in self._kept[number]]
        return self._read(self._kept[number])

    @property
    def _counts(self) -> tuple[int, int]:
        """How many tiles there are down and across."""
        height, width = (
            max(math.ceil((length - self.overlap) / (side - self.overlap)), 1)
            for length, side in zip(self.source.frame.shape, self.shape, strict=True)
        )
        return height, width

    @property
    def _places(self) -> list[tuple[int, int]]:
        return list(np.ndindex(self._counts))

    @cached_property
    def _kept(self) -> list[tuple[int, int]]:
        """The places of the tiles that are valid enough."""
        if self.min_valid == 0:
            return self._places
        return [place for place in self._places if self._read(place).share >= self.min_valid]

    def _window(self, place: tuple[int, int]) -> Window:
        top, left = (number * (side - self.overlap) for number, side in zip(place, self.shape, strict=True))
        return Window(top, left, top + self.shape[0], left + self.shape[1])

    def _read(self, place: tuple[int, int]) -> Tile:
        window = self._window(place)
        inside = window.meet(self.source.frame.window)
        frame = self.source.frame.crop(window)
        pixels, known = self.source.read_valid(inside)
        part = _holding_data(pixels, known)
        if self.mask is not None:
            part = part * read_crop(self.mask.weight, self.mask.window, inside)
        valid = Mask(_padded(part, inside, window, 0), "weights" if part.dtype.kind == "f" else "binary", frame)
        label = None if self.labels is None else _padded(_numbers(self.labels.read(inside)), inside, window, 0)
        image = _padded(pixels, inside, window, 0 if self.source.nodata is None else self.source.nodata)
        return Tile(image, valid, label, window, place[0], place[1], self._name(place), frame)

    def _name(self, place: tuple[int, int]) -> str:
        row, column = (f"{n:0{len(str(count - 1))}d}" for n, count in zip(place, self._counts, strict=True))
        return f"r{row}_c{column}"


def _holding_data(pixels: np.ndarray, known: np.ndarray | None) -> np.ndarray:
    """Where every band holds data, (h, w)."""
    held = np.ones(pixels.shape[:2], bool)
    if pixels.dtype.kind == "f":
        held = np.asarray(np.atleast_3d(pixels == pixels).all(axis=2))
    return held if known is None else np.asarray(held & np.atleast_3d(known).all(axis=2))


def _numbers(label: np.ndarray) -> np.ndarray:
    """A label as numbers, True as 1."""
    return label.view(np.uint8) if label.dtype == np.bool_ else label


def _padded(part: np.ndarray, inside: Window, window: Window, value: Any) -> np.ndarray:
    """A copy of a part of a window, with a value (or one a band) beyond it."""
    whole = np.empty((*window.shape, *part.shape[2:]), part.dtype)
    whole[...] = value
    whole[inside.within(window)] = part
    return whole
