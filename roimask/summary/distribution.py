"""All values with their weights, as far as quantiles, mode and entropy need them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.kernels.plain.quantiles import interpolate
from roimask.summary.moments import Exact, Moments, Real

__all__ = ["Counts", "Distribution", "Values", "distribution", "refuse_mixture", "weighted_quantiles"]

_MANY = 64  # tiles that are kept apart before they are added up: one sum at the end is cheaper than one a tile


class _Distribution:
    """What both ways to keep a distribution answer, from distinct values and their weights."""

    def distinct(self) -> tuple[np.ndarray, np.ndarray]:
        """The values that occur, ascending, and the weight of each."""
        raise NotImplementedError

    def mode(self) -> float:
        """The value with most weight, the lowest of several; NaN of nothing."""
        values, weights = self.distinct()
        return values[np.argmax(weights)] if values.size else math.nan

    def entropy(self) -> float:
        """Shannon's entropy in bits; NaN of nothing."""
        _, weights = self.distinct()
        shares = weights / weights.sum()
        return float(-(shares * np.log2(shares)).sum() + 0.0) if shares.size else math.nan


@dataclass(frozen=True)
class Counts(_Distribution):
    """How often each value of an 8 or 16-bit type occurs.

    Attributes
    ----------
    parts : tuple of (numpy.dtype, ndarray)
        For each tile its type and the counts of the type's values from the lowest on, integer, or float64 by weight.
    count : int
        Pixels with a weight above 0.
    squares : float
        The sum of the squared weights.
    """

    parts: tuple[tuple[np.dtype, np.ndarray], ...]
    count: int
    squares: float

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray) -> Counts:
        """The distribution of one tile."""
        counts = kernels.pick("histograms", image.size).count_values(image, weight)
        if weight.dtype == np.uint8:
            count = int(counts.sum(dtype=np.int64))
            return cls(((image.dtype, counts),), count, float(count))
        squares = float(np.square(weight, dtype=np.float64).sum())
        return cls(((image.dtype, counts),), int(np.count_nonzero(weight)), squares)

    def __add__(self, other: Counts) -> Counts:
        parts = self.parts + other.parts
        if len(parts) > _MANY:
            parts = _added(parts)
        return Counts(parts, self.count + other.count, self.squares + other.squares)

    def distinct(self) -> tuple[np.ndarray, np.ndarray]:
        return self._distinct

    @cached_property
    def _distinct(self) -> tuple[np.ndarray, np.ndarray]:
        parts = _added(self.parts)
        values = [_values_of(dtype, np.flatnonzero(counts)) for dtype, counts in parts]
        weights = [counts[counts > 0] for _, counts in parts]
        if len(parts) == 1:
            return values[0], weights[0]
        joint, places = np.unique(np.concatenate(values), return_inverse=True)
        total = np.zeros(joint.size, np.result_type(*weights))
        np.add.at(total, places, np.concatenate(weights))
        return joint, total

    def moments(self) -> Moments:
        """The moments of the pixels, which the counts determine."""
        values, weights = self.distinct()
        if not values.size:
            return Exact(0, 0, 0, None, None)
        low, high, wide = values[0], values[-1], values.astype(np.int64)
        if weights.dtype.kind != "f":
            square = wide * wide
            squares = (int((weights * (square >> 16)).sum()) << 16) + int((weights * (square & 0xFFFF)).sum())
            return Exact(self.count, int((weights * wide).sum()), squares, low, high)
        weight, total = float(weights.sum()), float((weights * wide).sum())
        return Real(self.count, weight, total, float((weights * (wide - total / weight) ** 2).sum()), low, high)

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """The quantile at each probability."""
        values, weights = self.distinct()
        if not values.size:
            return np.full(len(probabilities), np.nan)
        if weights.dtype.kind == "f":
            return weighted_quantiles(values, weights, self.squares, probabilities)
        places = (self.count - 1) * np.asarray(probabilities, np.float64)
        below, ends = places.astype(np.int64), np.cumsum(weights)
        low, high = (ends.searchsorted(np.minimum(k, self.count - 1), side="right") for k in (below, below + 1))
        return interpolate(values[low].astype(np.float64), values[high].astype(np.float64), places - below)


def _added(parts: tuple[tuple[np.dtype, np.ndarray], ...]) -> tuple[tuple[np.dtype, np.ndarray], ...]:
    """The counts of all tiles of a type as one, in the order of the tiles."""
    totals: dict[np.dtype, np.ndarray] = {}
    for dtype, counts in parts:
        total = totals.get(dtype)
        if total is None or (total.dtype.kind != "f" and counts.dtype.kind == "f"):
            added = np.zeros(counts.size, np.float64 if counts.dtype.kind == "f" else np.int64)
            total = totals[dtype] = added if total is None else total.astype(np.float64)
        total += counts
    return tuple(totals.items())


def _values_of(dtype: np.dtype, places: np.ndarray) -> np.ndarray:
    return (places + np.iinfo(dtype).min).astype(dtype)


@dataclass(frozen=True)
class Values(_Distribution):
    """The values themselves, for types with too many of them to count.

    Attributes
    ----------
    parts : tuple of (ndarray, ndarray or None)
        For each tile its values, and their weights where these are not all 1.
    """

    parts: tuple[tuple[np.ndarray, np.ndarray | None], ...]

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray) -> Values:
        """The distribution of one tile."""
        taken = (weight > 0) & (image == image)
        return cls(((image[taken], None if weight.dtype == np.uint8 else weight[taken]),))

    def __add__(self, other: Values) -> Values:
        return Values(self.parts + other.parts)

    @property
    def _values(self) -> np.ndarray:
        return np.concatenate([values for values, _ in self.parts])

    @property
    def _weights(self) -> np.ndarray | None:
        if all(weights is None for _, weights in self.parts):
            return None
        whole = [np.ones(values.size) if weights is None else weights for values, weights in self.parts]
        return np.concatenate(whole).astype(np.float64)

    def distinct(self) -> tuple[np.ndarray, np.ndarray]:
        values, places, counts = np.unique(self._values, return_inverse=True, return_counts=True)
        weights = self._weights
        return values, counts if weights is None else np.bincount(places, weights, values.size)

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """The quantile at each probability."""
        values, weights = self._values, self._weights
        if weights is None or not values.size:
            order = np.argsort(probabilities)
            sought, ends = np.asarray(probabilities, np.float64)[order], np.array([0, values.size])
            answer = np.empty(order.size)
            answer[order] = kernels.pick("quantiles", values.size).select(values, ends, sought)[0]
            return answer
        order = np.argsort(values, kind="stable")
        return weighted_quantiles(values[order], weights[order], float((weights**2).sum()), probabilities)


Distribution = Counts | Values


def distribution(image: np.ndarray, weight: np.ndarray) -> Distribution:
    """The distribution of one tile, counted for types of 8 and 16 bits."""
    return (Counts if image.dtype.kind != "f" and image.itemsize < 4 else Values).of(image, weight)


def refuse_mixture(a: Distribution | None, b: Distribution | None) -> None:
    """Raise where one distribution is counted and the other is not, or only one is kept."""
    if type(a) is not type(b):
        raise ParameterError(
            "statistics can be added where both keep their distribution in the same way: ask both with quantiles=(), "
            "or both with quantiles of images of one dtype"
        )


def weighted_quantiles(
    values: np.ndarray, weights: np.ndarray, squares: float, probabilities: Sequence[float]
) -> np.ndarray:
    """Quantiles of weighted values: Hyndman and Fan's type 7, with Kish's effective sample size.

    Parameters
    ----------
    values : ndarray (N,)
        Ascending.
    weights : ndarray (N,)
    squares : float
        The sum of the squares of the weights of the single pixels.
    probabilities : sequence of float
        Between 0 and 1.

    References
    ----------
    A. Akinshin, Weighted quantile estimators, 2023, https://arxiv.org/abs/2304.07265
    """
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    size = max(sums[-1] ** 2 / squares, 1.0)
    places = sums * (size / sums[-1])
    answer = np.empty(len(probabilities))
    for k, probability in enumerate(probabilities):
        start = probability * (size - 1)
        first, last = places.searchsorted(start, side="right") - 1, places.searchsorted(start + 1)
        shares = np.diff(np.clip(places[first : last + 1] - start, 0, 1))
        taken = shares > 0
        among = values[first:last][taken]
        mean = (shares[taken] * among).sum() / shares[taken].sum()
        answer[k] = np.clip(mean, among[0], among[-1])  # rounding makes no two values of one
    return answer
