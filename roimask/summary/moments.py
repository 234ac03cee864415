"""Count, sum, squares and extremes that can be added: without rounding for integers, stably for the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from roimask import kernels

__all__ = ["Exact", "Moments", "Real", "moments", "spread"]


@dataclass(frozen=True, slots=True)
class Exact:
    """Moments of integers that take part in full; the same in whatever order they are added.

    Attributes
    ----------
    count, sum, squares : int
        Of the pixels, their values and the squares of these.
    low, high : number
        The extremes, in the image's type; None where there is no pixel.
    """

    count: int
    sum: int
    squares: int
    low: Any
    high: Any

    @property
    def weight(self) -> float:
        """The sum of the weights, each of them 1."""
        return float(self.count)

    @property
    def mean(self) -> float:
        """The mean; NaN of nothing."""
        return float(self.sum) / self.count if self.count else math.nan

    @property
    def spread(self) -> float:
        """The sum of squares about the mean."""
        return float(spread(self.count, self.sum, self.squares)) if self.count else 0.0

    def __add__(self, other: Moments) -> Moments:
        if isinstance(other, Real):
            return self.rounded() + other
        return Exact(
            self.count + other.count, self.sum + other.sum, self.squares + other.squares, *_extremes(self, other)
        )

    def rounded(self) -> Real:
        """The same in floating point, to be added to such."""
        return Real(self.count, self.weight, float(self.sum), self.spread, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Real:
    """Moments of floating point numbers, or of any numbers by weight.

    Attributes
    ----------
    count : int
        Pixels with a weight above 0.
    weight, sum : float
        Sums of the weights, and of the values by weight.
    spread : float
        The sum, by weight, of squares about the mean: it loses no digits far from zero, as the sum of squares would.
    low, high : number
        The extremes, in the image's type; None where there is no pixel.
    """

    count: int
    weight: float
    sum: float
    spread: float
    low: Any
    high: Any

    @property
    def mean(self) -> float:
        """The mean by weight; NaN of nothing."""
        return self.sum / self.weight if self.weight else math.nan

    def __add__(self, other: Moments) -> Real:
        if isinstance(other, Exact):
            other = other.rounded()
        if not self.count or not other.count:
            return self if self.count else other
        weight, apart = self.weight + other.weight, other.mean - self.mean
        between = apart * apart * (self.weight * (other.weight / weight))
        return Real(
            self.count + other.count,
            weight,
            self.sum + other.sum,
            self.spread + other.spread + between,
            *_extremes(self, other),
        )

    def rounded(self) -> Real:
        """Itself."""
        return self


Moments = Exact | Real


def moments(image: np.ndarray, weight: np.ndarray) -> Moments:
    """The moments of the pixels with a weight above 0, NaN left out."""
    loops, real = kernels.pick("moments", image.size), image.dtype.kind == "f"
    if not real and weight.dtype == np.uint8:
        exact = Exact(*loops.exact(image, weight))
        return exact if exact.count else replace(exact, low=None, high=None)
    values = image if real else image.astype(np.float32 if image.itemsize < 4 else np.float64)
    found = Real(*loops.real(values, weight))
    kind = image.dtype.type if found.count else lambda _: None
    return found if real and found.count else replace(found, low=kind(found.low), high=kind(found.high))


def spread(count: Any, total: Any, squares: Any) -> Any:
    """The sum of squares about the mean, from sums of integers.

    Taken about the mean rounded down, which needs no rounding, and then corrected by what that was off. Python's
    integers and int64 arrays answer the same: what overflows in the products cancels in their difference.
    """
    mean, rest = total // count, total % count
    about_rounded = _float(squares - mean * (total + rest))
    return about_rounded - _float(rest) * (_float(rest) / _float(count))


def _float(number: Any) -> Any:
    return number.astype(np.float64) if isinstance(number, np.ndarray) else np.float64(number)


def _extremes(a: Moments, b: Moments) -> tuple[Any, Any]:
    if a.low is None or b.low is None:
        return (b.low, b.high) if a.low is None else (a.low, a.high)
    return min(a.low, b.low), max(a.high, b.high)
