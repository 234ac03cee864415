"""How the values of a region, or of each of many, are distributed over bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.summary.base import Summary
from roimask.summary.groups import labels_table, number, spread_out, union

if TYPE_CHECKING:
    import pandas as pd

    from roimask.mask import Mask

__all__ = ["Extent", "GroupedHistogram", "Histogram"]


@dataclass(frozen=True)
class Extent:
    """The lowest and the highest finite value; ``a + b`` is that of both regions.

    Attributes
    ----------
    low, high : float
        inf and -inf of nothing.
    """

    low: float = np.inf
    high: float = -np.inf

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray) -> Extent:
        """The extent of the pixels of one tile that take part."""
        taken = image[(weight > 0) & np.isfinite(image)]
        return cls(float(taken.min()), float(taken.max())) if taken.size else cls()

    def __add__(self, other: Extent) -> Extent:
        return Extent(min(self.low, other.low), max(self.high, other.high))

    @property
    def range(self) -> tuple[float, float]:
        """Two numbers that differ, with all values between them."""
        if self.low < self.high:
            return self.low, self.high
        if self.low > self.high:
            return 0.0, 1.0
        aside = max(0.5, abs(self.low) * 1e-9)  # half of one is lost beside a large number
        return self.low - aside, self.high + aside


@dataclass(frozen=True)
class _Band:
    counts: np.ndarray
    edges: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray, edges: np.ndarray) -> _Band:
        loops = kernels.pick("histograms", image.size)
        if image.dtype.kind == "f" or image.itemsize > 2:
            return cls(loops.count_bins(image, weight, edges), edges)
        return cls(_binned(loops.count_values(image, weight), np.iinfo(image.dtype).min, edges), edges)

    def __add__(self, other: _Band) -> _Band:
        _check_edges(self.edges, other.edges)
        return _Band(self.counts + other.counts, self.edges)


class Histogram(Summary):
    """How the values of a region are distributed, which can be merged: ``a + b`` is the histogram of both regions.

    ``rm.histogram`` makes them. Of an image with several bands ``counts`` and ``edges`` have a row a band.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image, left = np.array([[1, 2, 9]], np.uint8), np.array([[True, True, False]])
    >>> parts = [rm.histogram(image, part, bins=2, range=(0, 10)) for part in (left, ~left, left & ~left)]
    >>> sum(parts[1:], parts[0]).counts
    array([2, 1])
    """

    __slots__ = ()

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray, edges: np.ndarray) -> Histogram:
        """The histogram of one band: ``image`` (h, w), ``weight`` uint8 0/1 or float32 (h, w)."""
        return cls(_Band.of(image, weight, edges))

    @property
    def counts(self) -> np.ndarray:
        """Pixels in each bin, int64; of a weights mask the sums of their weights, float64."""
        return np.stack([band.counts for band in self._bands]) if self._stacked else self._bands[0].counts

    @property
    def edges(self) -> np.ndarray:
        """The bins' edges, one more than bins; a value on an edge is in the bin above, on the last one below."""
        return np.stack([band.edges for band in self._bands]) if self._stacked else self._bands[0].edges

    def to_dict(self) -> dict[str, Any]:
        """Counts and edges as lists, for JSON."""
        return {"counts": self.counts.tolist(), "edges": self.edges.tolist()}

    def __repr__(self) -> str:
        bands = f" in each of {len(self._bands)} bands" if self._stacked else ""
        edges = self._bands[0].edges
        return f"Histogram({edges.size - 1} bins from {edges[0]:g} to {edges[-1]:g}{bands})"


@dataclass(frozen=True)
class _GroupedBand:
    labels: np.ndarray
    counts: np.ndarray  # (labels, bins)
    edges: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, labels: np.ndarray, edges: np.ndarray) -> _GroupedBand:
        bins, inside = edges.size - 1, labels > 0
        found, rows = number(labels[inside])
        values = image[inside].astype(np.float64)
        within = (values >= edges[0]) & (values <= edges[-1])
        places = np.minimum(np.searchsorted(edges, values[within], side="right") - 1, bins - 1)
        counts = np.bincount(rows[within] * bins + places, minlength=found.size * bins)
        return cls(found, counts.reshape(found.size, bins), edges)

    def __add__(self, other: _GroupedBand) -> _GroupedBand:
        _check_edges(self.edges, other.edges)
        labels = union([self.labels, other.labels], ())
        counts = sum(spread_out(band.counts, band.labels, labels, 0) for band in (self, other))
        return _GroupedBand(labels, counts, self.edges)  # type: ignore[arg-type]


class GroupedHistogram(Summary):
    """The histogram of each region, which can be merged."""

    __slots__ = ()

    @classmethod
    def of(cls, image: np.ndarray, labels: np.ndarray, edges: np.ndarray) -> GroupedHistogram:
        """The histograms of the regions of one band: ``image`` (h, w), ``labels`` int32 (h, w), 0 where none is."""
        return cls(_GroupedBand.of(image, labels, edges))

    def answer(self, mask: Mask) -> pd.DataFrame:
        """The table for all labels of a mask, also of those without a pixel that takes part."""
        return self.table(mask.names, mask.labels)

    def table(self, names: Mapping[int, str] | None = None, labels: Sequence[int] = ()) -> pd.DataFrame:
        """A row a label, ascending, and a column a bin, called by its lower edge; of bands ``0_1`` ... ``0_2`` ..."""
        rows, columns = union([band.labels for band in self._bands], labels), dict[str, np.ndarray]()
        for k, band in enumerate(self._bands, 1):
            suffix = f"_{k}" if self._stacked else ""
            counts = spread_out(band.counts, band.labels, rows, 0)
            columns |= {f"{edge}{suffix}": counts[:, place] for place, edge in enumerate(_in_words(band.edges[:-1]))}
        return labels_table(rows, names, columns)


def _in_words(edges: np.ndarray) -> list[str]:
    """Edges as names of columns: short, unless two of them were the same then."""
    short = [f"{edge:.10g}" for edge in edges]
    return short if len(set(short)) == len(short) else [repr(float(edge)) for edge in edges]


def _binned(counts: np.ndarray, lowest: int, edges: np.ndarray) -> np.ndarray:
    """Counts of whole numbers from ``lowest`` on, added up between edges."""
    starts = np.clip(np.ceil(edges) - lowest, 0, counts.size).astype(np.int64)
    starts[-1] = np.clip(np.floor(edges[-1]) + 1 - lowest, 0, counts.size)  # the last edge belongs to the last bin
    kind = np.float64 if counts.dtype.kind == "f" else np.int64
    within = np.append(counts[: starts[-1]], counts.dtype.type(0))
    sums = np.add.reduceat(within, np.minimum(starts[:-1], within.size - 1), dtype=kind)
    return np.where(starts[:-1] < starts[1:], sums, kind(0))


def _check_edges(mine: np.ndarray, theirs: np.ndarray) -> None:
    if not np.array_equal(mine, theirs):
        raise ParameterError(
            f"histograms with the same bins can be added, these go from {mine[0]:g} to {mine[-1]:g} and from "
            f"{theirs[0]:g} to {theirs[-1]:g}; give both the same bins= and range="
        )
