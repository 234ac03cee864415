"""The statistics of a region."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from roimask.summary.base import Summary
from roimask.summary.distribution import Counts, Distribution, distribution, refuse_mixture
from roimask.summary.moments import Moments, moments

__all__ = ["Statistics"]


@dataclass(frozen=True)
class _Band:
    """One band: its moments, and its distribution where quantiles were asked for."""

    known: Moments | None  # None where the distribution says it all
    distribution: Distribution | None
    probabilities: tuple[float, ...]
    integer: bool

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray, probabilities: tuple[float, ...]) -> _Band:
        kept = distribution(image, weight) if probabilities else None
        known = None if isinstance(kept, Counts) else moments(image, weight)
        return cls(known, kept, probabilities, image.dtype.kind != "f")

    def __add__(self, other: _Band) -> _Band:
        refuse_mixture(self.distribution, other.distribution)
        known = None if self.known is None or other.known is None else self.known + other.known
        kept = None if self.distribution is None else self.distribution + other.distribution  # type: ignore[operator]
        asked = self.probabilities + tuple(p for p in other.probabilities if p not in self.probabilities)
        return _Band(known, kept, asked, self.integer and other.integer)

    @cached_property
    def moments(self) -> Moments:
        return self.known if self.known is not None else self.distribution.moments()  # type: ignore[union-attr]

    @property
    def std(self) -> float:
        found = self.moments
        return math.sqrt(found.spread / found.weight) if found.weight else math.nan

    @cached_property
    def quantiles(self) -> dict[float, float]:
        if self.distribution is None:
            return {}
        return dict(zip(self.probabilities, self.distribution.quantiles(self.probabilities).tolist(), strict=True))

    @cached_property
    def mode(self) -> Any:
        return self.distribution.mode() if self.distribution is not None and self.integer else math.nan

    @cached_property
    def entropy(self) -> float:
        return self.distribution.entropy() if self.distribution is not None and self.integer else math.nan


def _attribute(doc: str, read: Callable[[_Band], Any]) -> Any:
    """An attribute of one band, or an array with an entry a band."""

    def get(self: Statistics) -> Any:
        values = [read(band) for band in self._bands]
        return np.array(values) if self._stacked else values[0]

    return property(get, doc=doc)


class Statistics(Summary):
    """The statistics of a region, which can be merged: ``a + b`` are the statistics of both regions together.

    ``rm.statistics`` makes them. Of an image with several bands each attribute is an array with an entry a band. Of a
    region without pixels ``count``, ``weight`` and ``sum`` are 0 and all else is NaN.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 2], [3, 10]], np.uint8)
    >>> left, right = np.array([[1, 0], [1, 0]]), np.array([[0, 1], [0, 1]])
    >>> both = rm.statistics(image, left) + rm.statistics(image, right)
    >>> both
    Statistics(count=4, weight=4.0, sum=16, mean=4.0, std=3.53553, min=1, max=10, \
quantiles={0.02: 1.06, 0.5: 2.5, 0.98: 9.58}, mode=1, entropy=2.0)
    >>> both.quantiles[0.5]
    2.5
    """

    __slots__ = ()

    count = _attribute("Pixels that take part (weight above 0, not NaN).", lambda band: band.moments.count)
    weight = _attribute("The sum of the weights.", lambda band: band.moments.weight)
    sum = _attribute(
        "The sum of the values by weight; of integers in a binary mask exact.", lambda band: band.moments.sum
    )
    mean = _attribute("The mean by weight.", lambda band: band.moments.mean)
    std = _attribute("The standard deviation by weight, over N (not N - 1).", lambda band: band.std)
    min = _attribute("The lowest value, in the image's type.", lambda band: _or_nan(band.moments.low))
    max = _attribute("The highest value, in the image's type.", lambda band: _or_nan(band.moments.high))
    mode = _attribute(
        "The value with most weight, of integers whose quantiles were asked; else NaN.", lambda band: band.mode
    )
    entropy = _attribute(
        "Entropy in bits, of integers whose quantiles were asked; else NaN.", lambda band: band.entropy
    )

    @classmethod
    def of(cls, image: np.ndarray, weight: np.ndarray, quantiles: Sequence[float] = ()) -> Statistics:
        """The statistics of one band: ``image`` (h, w), ``weight`` uint8 0/1 or float32 (h, w)."""
        return cls(_Band.of(image, weight, tuple(quantiles)))

    @property
    def quantiles(self) -> dict[float, Any]:
        """The quantile at each probability that was asked for."""
        if not self._stacked:
            return dict(self._bands[0].quantiles)
        return {p: np.array([band.quantiles[p] for band in self._bands]) for p in self._bands[0].probabilities}

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain numbers and lists, for JSON: NaN is None, and probabilities are texts."""
        found = {name: getattr(self, name) for name in _NAMES}
        found["quantiles"] = {f"{p:g}": value for p, value in self.quantiles.items()}
        if not all(band.integer and band.distribution is not None for band in self._bands):
            del found["mode"], found["entropy"]
        return {name: _plain(value) for name, value in found.items()}

    def __repr__(self) -> str:
        if not self._bands:
            return "Statistics()"
        return f"Statistics({', '.join(f'{name}={_short(value)}' for name, value in self.to_dict().items())})"


_NAMES = ("count", "weight", "sum", "mean", "std", "min", "max", "quantiles", "mode", "entropy")


def _or_nan(value: Any) -> Any:
    return math.nan if value is None else value


def _plain(value: Any) -> Any:
    """Numbers as Python has them; None for NaN."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    return None if value != value else value


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    if value is None:
        return "nan"
    return repr(float(f"{value:.6g}")) if isinstance(value, float) else str(value)
