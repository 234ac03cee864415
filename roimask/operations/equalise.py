"""Histogram equalisation, of the whole region and of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import Any, NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.frame import Frame
from roimask.kernels.scratch import borrow
from roimask.operation import operation
from roimask.operations import tones
from roimask.operations.tones import Bands, On, Range
from roimask.parameters import Count
from roimask.path import Place, to_dtype
from roimask.summary.distribution import Counts
from roimask.summary.histogram import Extent

__all__ = ["clahe", "equalize"]

_LAST = 65535  # of the levels into which floats and other numbers are sorted


# -- levels ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counted:
    """What was counted of one band, and between which values its levels lie."""

    extent: Extent
    counts: Any

    def __add__(self, other: _Counted) -> _Counted:
        return _Counted(self.extent, self.counts + other.counts)


def _are_levels(dtype: np.dtype) -> bool:
    return dtype in (np.uint8, np.uint16)


def _extents(image: np.ndarray, weight: np.ndarray, *, on: On) -> Bands:
    """The lowest and highest value of each band, where its values are no levels themselves."""
    if _are_levels(image.dtype):
        return Bands(Extent() for _ in tones.layers(tones.measured(image, on)))
    return Bands(Extent.of(band, weight) for band in tones.layers(tones.measured(image, on)))


def _levels(band: np.ndarray, extent: Extent) -> np.ndarray:
    """A band as uint8 or uint16: as it is, or from its lowest value to its highest."""
    if _are_levels(band.dtype):
        return band
    if not extent.low < extent.high:
        return np.zeros(band.shape, np.uint16)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = (band.astype(np.float64) - extent.low) * (_LAST / (extent.high - extent.low))
    return np.rint(np.clip(np.nan_to_num(scaled, nan=0.0, posinf=_LAST, neginf=0.0), 0, _LAST)).astype(np.uint16)


def _kept_nan(band: np.ndarray, answer: np.ndarray) -> np.ndarray:
    return np.where(band == band, answer, band) if band.dtype.kind == "f" else answer


# -- the whole region --------------------------------------------------------------------------------------------


def _histograms(image: np.ndarray, weight: np.ndarray, seen: Bands, *, on: On) -> Bands:
    """How often each level of each band occurs."""
    bands = tones.layers(tones.measured(image, on))
    return Bands(
        _Counted(extent, Counts.of(_levels(band, extent), tones.finite(band, weight)))
        for band, extent in zip(bands, seen.parts, strict=True)
    )


@operation(observe=(_extents, _histograms), bands="all", weights="above 0", any_value=True)
def equalize(
    image: np.ndarray, weight: np.ndarray, seen: Bands, *, on: On = "luminance", to: tuple[float, float] | None = None
) -> np.ndarray:
    """Equalise the histogram of the region, so that each level of brightness is about as frequent as any other.

    The histogram is that of the mask alone. Where all pixels of the mask are alike, nothing changes.

    Parameters
    ----------
    on : {"luminance", "bands"}, optional
        Of images with three bands, equalise the brightness and keep the hues, or each band by itself. Images with
        another number of bands are worked on band by band. Default "luminance".
    to : (float, float), optional
        The darkest and the brightest level of the result. Default: 0 and the largest value of the image's type; 0 and
        1 for floats.

    Returns
    -------
    array
        Of the image's shape and dtype.

    Raises
    ------
    ParameterError
        Where ``to`` does not ascend.

    Notes
    -----
    x becomes (F(x) - F(lowest)) / (1 - F(lowest)) with the cumulative shares F, as in OpenCV and in every band with
    all its levels: a 16-bit ramp loses none. int16, int32 and floats are sorted into 65536 levels between the lowest
    and the highest finite value of the region, in a pass of its own.

    References
    ----------
    R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., section 3.3.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 11, 12, 200]], np.uint8)
    >>> rm.equalize(image)
    array([[  0,  85, 170, 255]], dtype=uint8)
    >>> rm.equalize(image, image < 100)
    array([[  0, 128, 255, 200]], dtype=uint8)
    >>> rm.equalize(image, np.zeros((1, 4), bool))
    array([[ 10,  11,  12, 200]], dtype=uint8)
    """
    ends = tones.checked(to, image.dtype, "to")
    tables = seen.once(lambda: [_table(part.counts, image.dtype, ends) for part in seen.parts])

    def work(band: np.ndarray, number: int) -> np.ndarray:
        if tables[number] is None:
            return band
        if _are_levels(band.dtype):
            return tones.by_tables(band, tables[number][np.newaxis])
        return _kept_nan(band, tables[number][_levels(band, seen.parts[number].extent)])

    return tones.toned(image, on, work)


def _table(counts: Counts, dtype: np.dtype, ends: Range) -> np.ndarray | None:
    """What each level becomes: the share of the pixels, but for the lowest, that are no brighter.

    None where all are alike; in the image's type where its values are the levels.
    """
    levels, weights = counts.distinct()
    if levels.size < 2:
        return None
    full = np.zeros(np.iinfo(levels.dtype).max + 1)
    full[levels] = weights
    upto = np.cumsum(full)
    table = ends[0] + np.maximum(upto - weights[0], 0) * ((ends[1] - ends[0]) / (upto[-1] - weights[0]))
    return to_dtype(table, dtype) if _are_levels(dtype) else table


# -- its parts ---------------------------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """Tiles over a whole frame, which goes on mirrored until they are all of one size."""

    tiles: tuple[int, int]
    size: tuple[int, int]  # of a tile

    @classmethod
    def over(cls, frame: Frame, tiles: tuple[int, int]) -> _Grid:
        whole = all(side % count == 0 for side, count in zip(frame.shape, tiles, strict=True))
        padded = [
            side if whole else side + count - side % count for side, count in zip(frame.shape, tiles, strict=True)
        ]
        return cls(tiles, (padded[0] // tiles[0], padded[1] // tiles[1]))

    def lines(self, axis: int, start: int, count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Which lines of a block are counted, some twice where the frame goes on mirrored, and in which tile."""
        whose = _mirrored(side, self.tiles[axis] * self.size[axis])
        places = np.flatnonzero((whose >= start) & (whose < start + count))
        return whose[places] - start, places // self.size[axis]

    def between(self, axis: int, start: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each line of a block the tiles whose centres it lies between, and how far it is from the first."""
        place = np.arange(start, start + count, dtype=np.float32) * np.float32(1 / self.size[axis]) - np.float32(0.5)
        first = np.floor(place).astype(np.int64)
        last = self.tiles[axis] - 1
        return np.maximum(first, 0), np.minimum(first + 1, last), place - first.astype(np.float32)


@lru_cache(maxsize=8)
def _mirrored(side: int, to: int) -> np.ndarray:
    """The lines of a frame, gone on mirrored."""
    return np.pad(np.arange(side), (0, to - side), mode="reflect")


@dataclass(frozen=True)
class _Tiles:
    """The histograms of the tiles in which pixels take part, by the row and the column of the tile."""

    counts: dict[tuple[int, int], np.ndarray]

    def __add__(self, other: _Tiles) -> _Tiles:
        both = self.counts.keys() & other.counts.keys()
        return _Tiles({**self.counts, **other.counts, **{k: add(self.counts[k], other.counts[k]) for k in both}})

    def near(self, row: int, column: int) -> np.ndarray:
        """The histogram of a tile; of one without pixels, that of the nearest ring of tiles that has some."""
        reach = min(max(abs(r - row), abs(c - column)) for r, c in self.counts)
        ring = [k for k in sorted(self.counts) if max(abs(k[0] - row), abs(k[1] - column)) == reach]
        return sum((self.counts[k] for k in ring[1:]), self.counts[ring[0]])


def _tile_histograms(
    image: np.ndarray, weight: np.ndarray, seen: Bands, *, on: On, tiles: tuple[Count, Count], block: Place
) -> Bands:
    """How often each level of each band occurs in each tile."""
    grid = _Grid.over(block.frame, tiles)
    bands = tones.layers(tones.measured(image, on))
    return Bands(
        _Counted(extent, _counted_by_tile(_levels(band, extent), tones.finite(band, weight), grid, block))
        for band, extent in zip(bands, seen.parts, strict=True)
    )


def _counted_by_tile(levels: np.ndarray, weight: np.ndarray, grid: _Grid, block: Place) -> _Tiles:
    if not levels.size:
        return _Tiles({})
    (rows, down), (columns, along) = (
        grid.lines(axis, block.origin[axis], levels.shape[axis], block.shape[axis]) for axis in (0, 1)
    )
    if (rows.size, columns.size) != levels.shape:
        levels, weight = (part[rows[:, np.newaxis], columns] for part in (levels, weight))
    top, left = down.min(), along.min()
    shape = (down.max() - top + 1, along.max() - left + 1, np.iinfo(levels.dtype).max + 1)
    counts = np.zeros(shape, np.uint32 if weight.dtype == np.uint8 else np.float64)
    kernels.pick("clahe", levels.size).count_tiles(levels, weight, down - top, along - left, counts)
    filled = np.argwhere(counts.any(axis=2))
    return _Tiles({(int(top + r), int(left + c)): counts[r, c] for r, c in filled})


@operation(observe=(_extents, _tile_histograms), bands="all", weights="above 0", any_value=True)
def clahe(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Bands,
    *,
    clip_limit: float = 2.0,
    tiles: tuple[Count, Count] = (8, 8),
    on: On = "luminance",
    block: Place,
) -> np.ndarray:
    """Equalise locally with limited contrast (CLAHE): each part of the region by the histogram around it.

    The image is laid out in tiles, of which each histogram counts the pixels of the mask alone; a tile without any
    borrows from the nearest that have some. Between the centres of tiles the answer is interpolated.

    Parameters
    ----------
    clip_limit : float, optional
        How many times as frequent as on average a level may count, which limits the gain in contrast; 0: no limit.
        Default 2.
    tiles : (int, int), optional
        Rows and columns of tiles over the whole image. Default (8, 8).
    on : {"luminance", "bands"}, optional
        Of images with three bands, work on the brightness and keep the hues, or on each band by itself. Images with
        another number of bands are worked on band by band. Default "luminance".

    Returns
    -------
    array
        Of the image's shape and dtype.

    Raises
    ------
    ParameterError
        Where the clip limit is below 0, or a number of tiles below 1.

    Notes
    -----
    As ``cv2.createCLAHE`` (which names columns before rows), to one level. The histogram of a tile of which a part
    takes part is scaled to the whole tile, so that few pixels gain no more contrast than many. int16, int32 and
    floats are sorted into 65536 levels between the lowest and the highest finite value of the region, between which
    the result lies too.

    References
    ----------
    K. Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994, 474-485.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 11, 12, 200]] * 4, np.uint8)
    >>> rm.clahe(image, tiles=(1, 1), clip_limit=0)[0]
    array([ 64, 128, 191, 255], dtype=uint8)
    >>> rm.clahe(image, image < 100, tiles=(1, 1), clip_limit=0)[0]
    array([ 85, 170, 255, 200], dtype=uint8)
    >>> rm.clahe(image, np.zeros((4, 4), bool))[0]
    array([ 10,  11,  12, 200], dtype=uint8)
    """
    if not clip_limit >= 0:
        raise ParameterError(f"clip_limit is 0 or above, got {clip_limit}")
    grid = _Grid.over(block.frame, tiles)
    tables = seen.once(lambda: [_tables(part, grid, clip_limit) for part in seen.parts])

    def work(band: np.ndarray, number: int) -> np.ndarray:
        if tables[number] is None:
            return band
        return _interpolated(band, weight, tables[number], seen.parts[number].extent, grid, block)

    return tones.toned(image, on, work)


def _tables(part: _Counted, grid: _Grid, clip_limit: float) -> np.ndarray | None:
    """The table of each tile; None where no pixel takes part, or all have one value that is no level."""
    tiles: _Tiles = part.counts
    if not tiles.counts or part.extent.low == part.extent.high:
        return None
    size = next(iter(tiles.counts.values())).size
    area = grid.size[0] * grid.size[1]
    limit = max(int(min(clip_limit * area / size, area)), 1) if clip_limit else 0
    tables = np.empty((*grid.tiles, size), np.uint8 if size == 256 else np.uint16)
    make = kernels.pick("clahe", tables.size).equalising
    for row, column in np.ndindex(*grid.tiles):
        make(tiles.near(row, column), area, limit, tables[row, column])
    return tables


def _interpolated(
    band: np.ndarray, weight: np.ndarray, tables: np.ndarray, extent: Extent, grid: _Grid, block: Place
) -> np.ndarray:
    levels = _levels(band, extent)
    around = (grid.between(axis, block.origin[axis], band.shape[axis]) for axis in (0, 1))
    out = borrow("equalised", band.shape, band.dtype if levels is band else np.dtype(np.float32))
    kernels.pick("clahe", band.size).interpolate(levels, weight, tables, *around, out)
    if levels is band:
        return out
    return _kept_nan(band, extent.low + out.astype(np.float64) * ((extent.high - extent.low) / _LAST))
