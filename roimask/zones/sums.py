"""Count, sum, spread and extremes of each zone, merged strip by strip."""

from __future__ import annotations

import numpy as np

__all__ = ["Sums", "empty_table"]

_LOW, _HIGH, _COLUMNS = 4, 5, 8


def empty_table(count: int) -> np.ndarray:
    """The sums of nothing, a row a zone, as ``kernels.compiled.zones.measure`` adds to them."""
    table = np.zeros((count, _COLUMNS))
    table[:, _LOW], table[:, _HIGH] = np.inf, -np.inf
    return table


class Sums:
    """The moments of all zones in one band.

    Parameters
    ----------
    count : int
        How many zones there are.
    dtype : numpy.dtype
        Of the pixels.
    as_counts : bool
        Whether every weight is 0 or 1: then sums of integers are integers.
    """

    def __init__(self, count: int, dtype: np.dtype, as_counts: bool):
        self.dtype = np.dtype(np.uint8) if dtype == np.bool_ else dtype
        self.exact = as_counts and self.dtype.kind != "f"
        self.count = np.zeros(count, np.int64)
        self.weight, self.squares = np.zeros((2, count))
        self.total = np.zeros(count, np.int64 if self.exact else np.float64)
        self.low, self.high = np.full(count, np.inf), np.full(count, -np.inf)

    def add(self, chosen: np.ndarray, table: np.ndarray) -> None:
        """Add what some zones hold in a strip, by Chan's formulas."""
        seen = table[:, 0] > 0
        chosen = chosen[seen]
        count, weight, total, squares, low, high, shift, _ = table[seen].T
        before = self.weight[chosen]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            about = np.maximum(squares - total * total / weight, 0.0)
            apart = shift + total / weight - self.total[chosen] / before
            between = np.where(before > 0, apart * apart * (before * (weight / (before + weight))), 0.0)
            self.squares[chosen] += about + between
            self.total[chosen] += self._totals(total, shift, weight)
        self.count[chosen] += count.astype(np.int64)
        self.weight[chosen] = before + weight
        self.low[chosen] = np.minimum(self.low[chosen], low)
        self.high[chosen] = np.maximum(self.high[chosen], high)

    def _totals(self, total: np.ndarray, shift: np.ndarray, weight: np.ndarray) -> np.ndarray:
        if not self.exact:
            return total + shift * weight
        return np.rint(total).astype(np.int64) + shift.astype(np.int64) * weight.astype(np.int64)

    def columns(self) -> dict[str, np.ndarray]:
        """The statistics, called as those of ``rm.statistics`` are."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, std = self.total / self.weight, np.sqrt(self.squares / self.weight)
        return {
            "count": self.count, "weight": self.weight, "sum": self.total, "mean": mean, "std": std,
            "min": self._extreme(self.low), "max": self._extreme(self.high),
        }  # fmt: skip

    def _extreme(self, found: np.ndarray) -> np.ndarray:
        """In the image's type; where a zone is empty, in one that has NaN."""
        empty = self.count == 0
        if not empty.any():
            return found.astype(self.dtype)
        return np.where(empty, np.nan, found).astype(np.promote_types(self.dtype, np.float16))
