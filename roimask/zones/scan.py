"""One pass over a raster, strip by strip: each block that a zone touches is read once, however many zones there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from roimask.errors import LimitError, ParameterError, ReadError
from roimask.frame import Window
from roimask.mask import Mask
from roimask.path import weights_in
from roimask.running.regions import Region
from roimask.sources import Source
from roimask.threads import each, get_threads
from roimask.zones.spans import Zones
from roimask.zones.strip import Keep, Strip
from roimask.zones.sums import Sums
from roimask.zones.tallies import Tallies
from roimask.zones.values import Values

__all__ = ["TILE", "Band", "Scan"]

TILE = (512, 2048)
_PIXEL = 16  # bytes; a tile of larger ones is narrower


@dataclass(frozen=True)
class Band:
    """What is known of all zones in one band."""

    sums: Sums
    values: Values
    tallies: Tallies

    def add(self, strip: Strip, passed: np.ndarray) -> None:
        """Add a strip, after which the zones in ``passed``, bool (Z,), have no more pixels."""
        self.sums.add(strip.chosen, strip.table)
        self.values.add(strip.chunks)
        self.values.release(passed)
        self.tallies.add(strip.tallies)


@dataclass(frozen=True)
class Scan:
    """A raster, the zones on it, and what is asked of them.

    Attributes
    ----------
    source : Source
    zones : Zones
    mask : Mask, Region or None
        Which pixels take part; a Region is had by windows.
    weights : Source or None
        How much each pixel counts: one band on the same grid.
    quantiles : sequence of float
        Probabilities; the values of a zone are kept until the scan has passed it.
    classes : bool
        Whether to count each value instead of adding values up.
    """

    source: Source
    zones: Zones
    mask: Mask | Region | None = None
    weights: Source | None = None
    quantiles: Sequence[float] = ()
    classes: bool = False

    def run(self) -> list[Band]:
        """Read the strips that a zone touches from the top down: the same bits on any number of threads."""
        bands, stops, tops = self._bands(), self.zones.extents[:, 1], self._tops()
        for some in range(0, len(tops), get_threads()):
            batch = tops[some : some + get_threads()]
            for top, strips in zip(batch, each(self._strips, batch), strict=True):
                for band, strip in zip(bands, strips, strict=True):
                    band.add(strip, stops <= top + self.tile[0])
        return bands

    @cached_property
    def tile(self) -> tuple[int, int]:
        """Rows and columns that are read at a time: whole blocks of the file, as near to TILE as these allow."""
        block = self.source.layout().block if hasattr(self.source, "layout") else None
        (rows, columns), width = block or (1, 1), self.source.frame.width
        side = max(TILE[1] * _PIXEL // max(self._count * self.source.dtype.itemsize, _PIXEL), 1)
        if columns < width or width <= side:
            return _up(TILE[0], rows), _up(side, columns)
        return _up(max(TILE[0] * side // width, 1), rows), width  # strips

    @property
    def by_band(self) -> bool:
        """Whether the raster has an axis for bands."""
        return self.source.read(Window(0, 0, 0, 0)).ndim == 3

    @property
    def _count(self) -> int:
        return self.source.read(Window(0, 0, 0, 0)).shape[2] if self.by_band else 1

    def _bands(self) -> list[Band]:
        count, dtype = len(self.zones.extents), self.source.dtype
        return [
            Band(Sums(count, dtype, self._as_counts), Values(count, self.quantiles), Tallies())
            for _ in range(self._count)
        ]

    @property
    def _as_counts(self) -> bool:
        """Whether every weight is 0 or 1."""
        in_full = self.mask is None or getattr(self.mask, "kind", "weights") != "weights"
        return self.zones.whole and in_full and self.weights is None

    def _tops(self) -> list[int]:
        """The first rows of the strips that hold a row of a zone."""
        rows, (first, stop) = self.tile[0], self.zones.extents.T
        some = first < stop
        changes = np.zeros(self.source.frame.height // rows + 2, np.int64)
        np.add.at(changes, first[some] // rows, 1)
        np.add.at(changes, (stop[some] - 1) // rows + 1, -1)
        return (np.flatnonzero(np.cumsum(changes)) * rows).tolist()

    def _strips(self, top: int) -> list[Strip]:
        """A strip of each band."""
        from roimask.kernels.compiled.spans import tiles_of

        bottom, (first, stop) = min(top + self.tile[0], self.source.frame.height), self.zones.extents.T
        chosen = np.flatnonzero((first < bottom) & (stop > top))
        spans = self.zones.spans(chosen, top, bottom)
        keep: Keep = "" if not self.quantiles else "values" if self._as_counts else "weights"
        strips = [Strip(chosen, spans, self.source.frame, keep, self.classes) for _ in range(self._count)]
        for box in tiles_of(spans.places, self.tile[1], self.source.frame.width).tolist():
            window = Window(*box)
            if not window.empty and (weight := self._weight(window)).any():
                self._add(window, weight, strips)
        return strips

    def _add(self, window: Window, weight: np.ndarray, strips: Sequence[Strip]) -> None:
        """Read a block and add each band of it to its strip."""
        block, known = _read(self.source, window)
        for k, strip in enumerate(strips):
            pixels = block if block.ndim == 2 else np.ascontiguousarray(block[..., k])
            pixels = pixels.view(np.uint8) if pixels.dtype == np.bool_ else pixels
            valid = known[..., k] if known is not None and known.ndim == 3 else known
            strip.add(window, pixels, _limited(weight, valid, pixels))

    def _weight(self, window: Window) -> np.ndarray:
        """How much each pixel of a window counts: uint8 0/1, float32 of a mask, or float64 of a raster."""
        weight = _weight_of(self.mask, window)
        if self.weights is None or not weight.any():
            return weight
        block, known = _read(self.weights, window)
        good = np.isfinite(block) if known is None else np.isfinite(block) & known
        if (block < 0)[good].any():
            raise ParameterError(f"weights are 0 or more, got {block[good].min():g}")
        return np.where(good, block, 0).astype(np.float64) * weight


def _weight_of(mask: Mask | Region | None, window: Window) -> np.ndarray:
    if mask is None or isinstance(mask, Mask):
        return weights_in(mask, window)
    return weights_in(mask.on(window), Window(0, 0, *window.shape))


def _up(side: int, step: int) -> int:
    return -(-side // step) * step


def _read(source: Source, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
    """The pixels of a window and where it holds data; an error says which window it was."""
    try:
        return source.read_valid(window)
    except LimitError:
        raise
    except ReadError as error:
        where = f"rows {window.top} to {window.bottom}, columns {window.left} to {window.right}"
        raise ReadError(f"{str(error).rstrip('.')} (in {where}).") from error


def _limited(weight: np.ndarray, known: np.ndarray | None, pixels: np.ndarray) -> np.ndarray:
    """The weights where a band holds data; NaN holds none."""
    valid = known
    if pixels.dtype.kind == "f" and not (good := pixels == pixels).all():
        valid = good if known is None else good & known
    return weight if valid is None else (weight * valid).astype(weight.dtype, copy=False)
