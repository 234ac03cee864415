"""Exact quantiles of float32 numbers in two passes that keep none of them.

First the upper halves of their bits are counted, then the lower halves of those numbers whose upper half matters. The
bits of positive numbers ascend with them and those of negative numbers descend; here all counts are put in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roimask import kernels
from roimask.kernels.plain.quantiles import interpolate

__all__ = ["High", "Sifted"]

_PLACES = np.arange(1 << 16)
_NEGATIVE = _PLACES < 1 << 15  # the places of negative numbers, from the lowest up
_HALVES = np.where(_NEGATIVE, _PLACES ^ 0xFFFF, _PLACES ^ (1 << 15))  # the upper half that stands at each place
_FINITE = _HALVES & 0x7F80 != 0x7F80


@dataclass(frozen=True)
class High:
    """How often each upper half occurs; ``a + b`` is the same of both regions.

    Attributes
    ----------
    counts : ndarray (65536,)
        In the order of the numbers; 0 for NaN and inf.
    """

    counts: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray) -> High:
        """Of the numbers of one tile that take part, weight uint8."""
        counts = kernels.pick("digits", image.size).count_high(image, weight)
        return cls(np.where(_FINITE, counts[_HALVES], 0).astype(np.int64))

    def __add__(self, other: High) -> High:
        return High(self.counts + other.counts)

    def ranks(self, probabilities: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Between which two ranks each quantile lies (2, P), and how far it is from the first."""
        last = max(int(self.counts.sum()) - 1, 0)
        exact = last * np.asarray(probabilities, np.float64)
        below = exact.astype(np.int64)
        return np.array([below, np.minimum(below + 1, last)]), exact - below

    def places(self, ranks: np.ndarray) -> np.ndarray:
        """At which places the upper halves of the numbers of these ranks stand."""
        return np.minimum(np.cumsum(self.counts).searchsorted(ranks, side="right"), _PLACES[-1])


@dataclass(frozen=True)
class Sifted:
    """The lower halves of the numbers from which quantiles follow; ``a + b`` is the same of both regions.

    Attributes
    ----------
    high : High
        Of the whole region.
    probabilities : (float, float)
    counts : ndarray (N, 65536)
        For each upper half of a number next to a quantile, in order, how often each lower half occurs with it.
    """

    high: High
    probabilities: tuple[float, float]
    counts: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray, high: High, probabilities: tuple[float, float]) -> Sifted:
        """Of the numbers of one tile that take part, weight uint8."""
        halves = _HALVES[np.unique(high.places(high.ranks(probabilities)[0]))]
        return cls(high, probabilities, kernels.pick("digits", image.size).count_low(image, weight, halves))

    def __add__(self, other: Sifted) -> Sifted:
        return Sifted(self.high, self.probabilities, np.add(self.counts, other.counts, dtype=np.int64))

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """The two quantiles, NumPy's linear ones; NaN of nothing."""
        if not self.high.counts.any():
            return np.full(2, np.nan)
        ranks, shares = self.high.ranks(self.probabilities)
        low, high = self._numbers(ranks)
        return interpolate(low, high, shares)

    def _numbers(self, ranks: np.ndarray) -> np.ndarray:
        """The numbers of these ranks, as float64."""
        places = self.high.places(ranks)
        kept = np.unique(places)
        before = ranks - np.concatenate([[0], np.cumsum(self.high.counts)])[places]
        descends = _NEGATIVE[kept, np.newaxis]
        upto = np.cumsum(np.where(descends, self.counts[:, ::-1], self.counts), axis=1, dtype=np.int64)
        lower = np.array(
            [upto[row].searchsorted(rank, "right") for row, rank in _pairs(kept.searchsorted(places), before)]
        )
        lower = lower.reshape(ranks.shape)
        bits = (_HALVES[places] << 16) | np.where(_NEGATIVE[places], 0xFFFF - lower, lower)
        return bits.astype(np.uint32).view(np.float32).astype(np.float64)


def _pairs(rows: np.ndarray, ranks: np.ndarray) -> zip:
    return zip(rows.ravel(), ranks.ravel(), strict=True)
