"""One image out of several of the same place: what each pixel is on the dates on which it can be seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any, Literal, get_args

import numpy as np

from roimask import path
from roimask.frame import Frame, Window
from roimask.kernels import stacks
from roimask.mask import Mask
from roimask.parameters import unknown_name
from roimask.raster.raster import Raster
from roimask.running.dates import files_of, fill_for, held, one_each, red_and_nir, require_alike, taking_part
from roimask.running.going import written
from roimask.running.regions import Region, mask_in
from roimask.sources import ArraySource, Source, as_source
from roimask.threads import each

__all__ = ["Composite", "composite"]

Method = Literal["median", "mean", "max_ndvi", "least_cloud", "first", "last", "count"]
_BLOCK: path.Tile = (256, 1024)
_IN_HAND = 1 << 22  # values, of all dates, of a block that is written
_AT_ONCE = 1 << 19  # values, of all dates, that are worked on while they are in the cache


def composite(
    rasters: Sequence[Any],
    masks: Sequence[Any] | Mask | None = None,
    method: Method = "median",
    *,
    exclude: Sequence[Any] | Mask | None = None,
    bands: Mapping[str, int] | None = None,
    nodata: float | None = None,
    out: str | PathLike[str] | None = None,
) -> np.ndarray | None:
    """Put images of one place on several dates together: of each pixel only the dates on which it can be seen.

    What lies under a mask, holds no data or is NaN counts on no date.

    Parameters
    ----------
    rasters : sequence
        Arrays (H, W) or (H, W, C), Rasters, ... of one grid, dtype and number of bands, in the order of their dates.
    masks : sequence, or Mask, optional
        For each date which pixels take part: Mask, array, mask file, or None (all with data); a Mask alone is that of
        all dates. Files are read block by block, and aligned with the images.
    method : str, default "median"
        - ``"median"``: of each band; of an even number of dates the mean of the two in the middle.
        - ``"mean"``: of each band, by weight.
        - ``"max_ndvi"``: all bands of the date on which the pixel is greenest, (nir - red) / (nir + red).
        - ``"least_cloud"``: all bands of the date on which the pixel has the highest weight, of equals that of which
          most can be seen.
        - ``"first"``, ``"last"``: all bands of the first or last date.
        - ``"count"``: how many dates take part, uint16.
    exclude : sequence, or Mask, optional
        For each date which pixels take no part, clouds for example, given as ``masks`` are; or several, as a list.
    bands : mapping of str to int, optional
        Where ``"red"`` and ``"nir"`` are, from 0, for ``"max_ndvi"``; default: as the bands of the first are named.
    nodata : number, optional
        What stands where no date takes part.
    out : path, optional
        A GeoTIFF to write block by block, in place of an answer in memory.

    Returns
    -------
    ndarray (H, W) or (H, W, C), or None
        Of the images' dtype; whole numbers are rounded half to even. Where no date takes part: ``nodata``, else the
        nodata value of the first raster, else NaN, or 0 of whole numbers (``"count"`` says where).

    Raises
    ------
    FrameMismatch
        Where the images or masks are not on one grid; align masks with ``mask.to_frame(raster.frame)``.
    ParameterError
        Where dtypes or bands differ, or there are not as many masks as images.

    Notes
    -----
    Methods that choose a date need all bands of it; of median, mean and count each band is by itself. Rasters are
    read block by block (``"least_cloud"``: twice), so that no more than a block of each is in memory besides the
    answer, and with ``out`` no more at all. Every weight above 0 reads in full, except in the mean. A value that would
    be taken for nodata moves to the next one.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> may, june, july = (np.array([[n, 200]], np.uint8) for n in (10, 90, 30))
    >>> rm.composite([may, june, july])
    array([[ 30, 200]], dtype=uint8)
    >>> clear = [[[1, 1]], [[0, 0]], [[1, 0]]]
    >>> rm.composite([may, june, july], clear), rm.composite([may, june, july], clear, method="count")
    (array([[ 20, 200]], dtype=uint8), array([[2, 1]], dtype=uint16))
    >>> rm.composite([may, june], [np.zeros((1, 2)), np.zeros((1, 2))], nodata=255)
    array([[255, 255]], dtype=uint8)
    """
    found = Composite.of(rasters, masks, method, exclude=exclude, bands=bands, nodata=nodata)
    if out is None:
        return found.whole().array
    found.write(out, rasters[0], files_of([rasters, masks, exclude]))
    return None


@dataclass(frozen=True)
class Composite:
    """Several images of one place as one: a source that is worked out window by window.

    Attributes
    ----------
    dates : sequence of Source
    masks : sequence of Mask, Region or None
        As many: which pixels take part.
    method : str
    red, nir : int
        Bands of the vegetation index.
    fill : number
        What stands where no date takes part.
    nodata : number, tuple or None
        The value that means "no data".
    """

    dates: Sequence[Source]
    masks: Sequence[Mask | Region | None]
    method: Method
    red: int
    nir: int
    fill: Any
    nodata: Any

    @classmethod
    def of(
        cls, rasters: Any, masks: Any, method: Any, *, exclude: Any = None, bands: Any = None, nodata: Any = None
    ) -> Composite:
        """The composite that a call describes, with all that cannot be put together refused."""
        if method not in get_args(Method):
            raise unknown_name(str(method), get_args(Method), "composite: the method")
        dates = [as_source(raster) for raster in rasters]
        require_alike(dates)
        given, without = (one_each(each_date, len(dates)) for each_date in (masks, exclude))
        ready = [taking_part(*parts) for parts in zip(given, without, dates, strict=True)]
        red, nir = red_and_nir(rasters[0], bands, dates[0]) if method == "max_ndvi" else (0, 0)
        known = dates[0].nodata if nodata is None else held(nodata, dates[0].dtype)
        known, fill = (None, 0) if method == "count" else (known, fill_for(known, dates[0].dtype))
        return cls(dates, ready, method, red, nir, fill, known)

    @property
    def frame(self) -> Frame:
        """The one grid."""
        return self.dates[0].frame

    @property
    def dtype(self) -> np.dtype:
        """That of the images, or of a count."""
        return np.dtype(np.uint16) if self.method == "count" else self.dates[0].dtype

    def read(self, window: Window) -> np.ndarray:
        """The composite in a window."""
        return self.read_valid(window)[0]

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """The composite in a window, and where some date takes part."""
        blocks = [self._block(number, window) for number in self._order]
        shape = blocks[0][0].shape
        out, seen = np.empty(shape, self.dtype), np.zeros(shape, bool)
        step = max(_AT_ONCE // max(len(blocks) * math.prod(shape[1:]), 1), 1)
        for top in range(0, shape[0], step):
            rows = slice(top, top + step)
            parts = [[None if part is None else part[rows] for part in block] for block in blocks]
            self._work(parts, np.atleast_3d(out[rows]), np.atleast_3d(seen[rows]))
        return out, None if self.method == "count" or seen.all() else seen

    def _block(self, number: int, window: Window) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """The pixels of a date, where it holds data, and how much of it takes part."""
        mask = self.masks[number]
        held = mask_in(mask, window, self.frame) if isinstance(mask, Region) else mask
        return *self.dates[number].read_valid(window), path.weights_in(held, window)

    def whole(self) -> ArraySource:
        """All of it, in memory."""
        bands = self.dates[0].read(Window(0, 0, 0, 0)).shape[2:]
        out, seen = np.empty((*self.frame.shape, *bands), self.dtype), np.ones((*self.frame.shape, *bands), bool)

        def fill(window: Window) -> None:
            out[window.slices], valid = self.read_valid(window)
            seen[window.slices] = True if valid is None else valid

        self.prepare()
        each(fill, path.grid(self.frame.window, _BLOCK))
        return ArraySource(out, self.frame, None if seen.all() else seen, self.nodata)

    def write(self, out: str | PathLike[str], first: Any, files: Sequence[str]) -> None:
        """Write all of it, block by block, with what the first raster says; the files that are read are not written."""
        like = first if isinstance(first, Raster) and not first.alpha else None
        bands = max(self.dates[0].read(Window(0, 0, 0, 0)).shape[2:], default=1)
        side = math.isqrt(_IN_HAND // (len(self.dates) * bands))
        self.prepare()
        written(self, out, like, side, files, composite=self.method)

    def prepare(self) -> None:
        """Find what must be known of the whole before a window can be worked, once and not on each thread."""
        _ = self._order

    @cached_property
    def _order(self) -> Sequence[int]:
        """The dates, those first that are taken where nothing else decides."""
        numbers = range(len(self.dates))
        if self.method == "least_cloud":
            shares = each(self._share, numbers)
            return sorted(numbers, key=lambda number: -shares[number])
        return numbers[::-1] if self.method == "last" else numbers

    def _share(self, number: int) -> float:
        """How much of a date can be seen."""
        parts = (_weight(*self._block(number, window)) for window in path.grid(self.frame.window, _BLOCK))
        return math.fsum(float(part.min(axis=-1).sum(dtype=np.float64)) for part in parts)

    def _work(self, blocks: Sequence[Sequence[Any]], out: np.ndarray, seen: np.ndarray) -> None:
        """Put what some rows of the dates come to into ``out``, and where any date takes part into ``seen``."""
        stack = np.stack([np.atleast_3d(pixels) for pixels, _, _ in blocks])
        weight = np.stack([_weight(*block) for block in blocks])
        if self.method in _OF_A_BAND:
            seen[...] = (weight > 0).any(axis=0)
            work = _OF_A_BAND[self.method]
            found = np.stack([work(stack[..., band], weight[..., band]) for band in range(stack.shape[-1])], axis=-1)
        else:
            part = np.asarray((weight > 0).all(axis=-1))
            seen[...] = np.asarray(part.any(axis=0))[..., None]
            found = stacks.best(stack, part, self._score(stack, weight))
        self._store(found, out, seen)

    def _score(self, stack: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
        """What decides on a date; None where their order does."""
        if self.method == "least_cloud":
            return weight.min(axis=-1)
        if self.method != "max_ndvi":
            return None
        red, nir = (stack[..., band].astype(np.float64) for band in (self.red, self.nir))
        with np.errstate(divide="ignore", invalid="ignore"):
            return (nir - red) / (nir + red)

    def _store(self, found: np.ndarray, out: np.ndarray, seen: np.ndarray) -> None:
        """The answer in the images' type, none of it nodata but what no date shows."""
        with np.errstate(invalid="ignore"):
            values = path.to_dtype(found, self.dtype)
        for band in range(out.shape[-1]):
            nodata, fill = (value[band] if isinstance(value, tuple) else value for value in (self.nodata, self.fill))
            kept = values[..., band] if nodata is None else path.beside_nodata(values[..., band], np.asarray(nodata))
            out[..., band] = np.where(seen[..., band], kept, np.asarray(fill).astype(self.dtype))


def _weight(pixels: np.ndarray, valid: np.ndarray | None, weight: np.ndarray) -> np.ndarray:
    """How much each band of each pixel takes part, (h, w, C)."""
    wide = np.atleast_3d(pixels)
    part = np.broadcast_to(weight[..., None], wide.shape)
    if wide.dtype.kind == "f":
        part = part * (wide == wide)
    return part if valid is None else part * np.atleast_3d(valid)


def _count(stack: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return (weight > 0).sum(axis=0)


def _median(stack: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return stacks.median(stack, weight > 0)


_OF_A_BAND: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "median": _median,
    "mean": stacks.mean,
    "count": _count,
}
