"""The statistics of each region of a labels mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.summary.base import Summary
from roimask.summary.moments import spread
from roimask.threads import each

if TYPE_CHECKING:
    import pandas as pd

    from roimask.mask import Mask

__all__ = ["Groups", "labels_table", "number", "spread_out", "union"]


class _Part(NamedTuple):
    """A tile's table: one row a label that occurs in it. What its kernel answered, and the values if these are kept."""

    sums: tuple[np.ndarray, ...]  # labels, count, sum, squares (and carries), low, high
    values: np.ndarray | None  # those of the first label, then those of the second, ...


@dataclass(frozen=True)
class _Band:
    """One band of all tiles, merged when it is first looked at."""

    parts: tuple[_Part, ...]
    probabilities: tuple[float, ...]
    dtype: np.dtype

    @classmethod
    def of(cls, image: np.ndarray, labels: np.ndarray, probabilities: tuple[float, ...]) -> _Band:
        loops = kernels.pick("groups", image.size)
        sums = (loops.real if image.dtype.kind == "f" else loops.exact)(image, labels)
        values = loops.gather(image, labels, *sums[:2]) if probabilities else None
        return cls((_Part(sums, values),), probabilities, image.dtype)

    def __add__(self, other: _Band) -> _Band:
        if (self.dtype, self.probabilities) != (other.dtype, other.probabilities):
            raise ParameterError(
                "groups can be added where their images have one dtype and their quantiles are the same"
            )
        return _Band(self.parts + other.parts, self.probabilities, self.dtype)

    @cached_property
    def _joined(self) -> tuple[np.ndarray, ...]:
        """The columns of all parts, one behind the other."""
        return tuple(np.concatenate(column) for column in zip(*(part.sums for part in self.parts), strict=True))

    @cached_property
    def _numbered(self) -> tuple[np.ndarray, np.ndarray]:
        """The labels, ascending, and for each row of each part which of them it is about."""
        return number(self._joined[0])

    @property
    def labels(self) -> np.ndarray:
        return self._numbered[0]

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """The statistics, a column each, with a row a label."""
        labels, rows = self._numbered
        _, count, total, *squares, low, high = self._joined
        moments = self._exact if self.dtype.kind != "f" else self._real
        counts = _summed(count, rows, labels.size)
        total, about_mean = moments(rows, count, counts, total, *squares)
        with np.errstate(invalid="ignore"):
            mean, std = total.astype(np.float64) / counts, np.sqrt(about_mean / counts)
        found = {"count": counts, "weight": counts.astype(np.float64), "sum": total, "mean": mean, "std": std}
        found["min"] = _extreme(np.minimum, low, rows, counts)
        found["max"] = _extreme(np.maximum, high, rows, counts)
        return found | self._quantiles(rows, count, counts)

    def _exact(self, rows: np.ndarray, count: np.ndarray, counts: np.ndarray, *sums: np.ndarray) -> tuple[Any, Any]:
        total, squares, carries = (_summed(column, rows, counts.size) for column in sums)
        if not carries.any():
            return total, spread(counts, total, squares.view(np.int64))
        squares = squares.astype(object) + carries.astype(object) * 2**32  # beyond 64 bits
        return total, spread(counts.astype(object), total.astype(object), squares).astype(np.float64)

    def _real(self, rows: np.ndarray, count: np.ndarray, counts: np.ndarray, *sums: np.ndarray) -> tuple[Any, Any]:
        total, about_means = (np.bincount(rows, column, counts.size) for column in sums)
        with np.errstate(invalid="ignore"):
            apart = np.where(count > 0, sums[0] / count - (total / counts)[rows], 0.0)
            return total, about_means + np.bincount(rows, apart * apart * count, counts.size)

    def _quantiles(self, rows: np.ndarray, count: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
        if not self.probabilities:
            return {}
        kind = self.dtype if self.dtype.itemsize >= 4 else np.int32  # one compiled kernel for all narrow integers
        values = np.concatenate([part.values for part in self.parts], dtype=kind)  # type: ignore[misc]
        starts = np.concatenate([[0], np.cumsum(counts)])
        loops = kernels.pick("quantiles", values.size)
        values, order = loops.regroup(values, rows, count, starts), np.argsort(self.probabilities)
        sought = np.asarray(self.probabilities, np.float64)[order]

        def select(some: slice) -> np.ndarray:
            whose = starts[some.start : some.stop + 1]
            return loops.select(values[whose[0] : whose[-1]], whose - whose[0], sought)

        found = np.concatenate([np.empty((0, sought.size)), *each(select, _shares(starts))])[:, np.argsort(order)]
        return {f"q{p:g}": found[:, k] for k, p in enumerate(self.probabilities)}


class Groups(Summary):
    """The statistics of each region, which can be merged: ``a + b`` are those of both areas together."""

    __slots__ = ()

    @classmethod
    def of(cls, image: np.ndarray, labels: np.ndarray, quantiles: Sequence[float] = ()) -> Groups:
        """The statistics of the regions of one band: ``image`` (h, w), ``labels`` int32 (h, w), 0 where none is."""
        return cls(_Band.of(image, labels, tuple(quantiles)))

    def answer(self, mask: Mask) -> pd.DataFrame:
        """The table for all labels of a mask, also of those without a pixel that takes part."""
        return self.table(mask.names, mask.labels)

    def table(self, names: Mapping[int, str] | None = None, labels: Sequence[int] = ()) -> pd.DataFrame:
        """A row a label, ascending.

        Parameters
        ----------
        names : mapping of int to str, optional
            What the labels are called; none: no column for it.
        labels : sequence of int, optional
            Labels that have a row in any case.

        Returns
        -------
        pandas.DataFrame
            Indexed by the labels: ``label``, ``name``, ``count``, ``weight``, ``sum``, ``mean``, ``std``, ``min``,
            ``max``, and ``q0.5`` and the like for each quantile; of several bands ``count_1`` ... ``count_2`` ...
        """
        rows, columns = union([band.labels for band in self._bands], labels), dict[str, np.ndarray]()
        for k, band in enumerate(self._bands, 1):
            suffix = f"_{k}" if self._stacked else ""
            for name, column in band.columns.items():
                missing = 0 if name in ("count", "weight", "sum") else np.nan
                columns[name + suffix] = spread_out(column, band.labels, rows, missing)
        return labels_table(rows, names, columns)


def labels_table(labels: np.ndarray, names: Mapping[int, str] | None, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """A table with a row a label, indexed by the labels."""
    import pandas as pd

    named = {"name": [names.get(label, "") for label in labels.tolist()]} if names else {}
    return pd.DataFrame({"label": labels, **named, **columns}, index=labels, copy=False)


def number(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct labels, ascending, and the place of each among them."""
    last = int(labels.max(initial=0))
    if last > 16 * labels.size + 65536:
        return np.unique(labels, return_inverse=True)
    present = np.zeros(last + 1, bool)  # labels are small numbers as a rule: quicker than to sort them
    present[labels] = True
    return np.flatnonzero(present).astype(labels.dtype), (np.cumsum(present) - 1)[labels]


def _summed(column: np.ndarray, rows: np.ndarray, size: int) -> np.ndarray:
    total = np.zeros(size, column.dtype)
    np.add.at(total, rows, column)
    return total


def _extreme(choose: np.ufunc, column: np.ndarray, rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    found = np.empty(counts.size, column.dtype)
    found[rows] = column  # any of them to begin with
    choose.at(found, rows, column)
    if not counts.all():
        found[counts == 0] = np.nan
    return found


def union(found: Sequence[np.ndarray], asked: Sequence[int]) -> np.ndarray:
    """All labels, ascending."""
    rows = found[0]
    for labels in (*found[1:], np.asarray(asked, rows.dtype)):
        if not np.array_equal(labels, rows):
            rows = np.union1d(rows, labels)
    return rows


def spread_out(column: np.ndarray, labels: np.ndarray, rows: np.ndarray, missing: float) -> np.ndarray:
    """A column that has a row for each of ``labels``, with a row for each of ``rows``."""
    if labels.size == rows.size:
        return column
    dtype = column.dtype if missing == 0 else np.promote_types(column.dtype, np.float16)
    found = np.full((rows.size, *column.shape[1:]), missing, dtype)
    found[np.searchsorted(rows, labels)] = column
    return found


def _shares(starts: np.ndarray) -> list[slice]:
    """The groups in eight shares of about as many values, for the threads."""
    ends = np.searchsorted(starts, np.linspace(0, starts[-1], 9)[1:-1])
    cuts = np.unique([0, *ends, starts.size - 1])
    return [slice(int(a), int(b)) for a, b in pairwise(cuts)]
