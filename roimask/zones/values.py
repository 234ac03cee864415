"""The values of each zone, kept until the scan has passed it and its quantiles are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Chunk", "Values"]


class Chunk(NamedTuple):
    """Values with their weights, those of one zone together.

    Attributes
    ----------
    zones, counts : int64 ndarray (K,)
        Which zones, ascending, and how many values of each.
    values : ndarray (N,)
    weights : float32 ndarray (N,) or None
        None where each is 1.
    """

    zones: np.ndarray
    counts: np.ndarray
    values: np.ndarray
    weights: np.ndarray | None

    def parted(self, taken: np.ndarray) -> tuple[Chunk, Chunk]:
        """The values of some of its zones, and the rest."""
        return self._only(taken), self._only(~taken)

    def _only(self, taken: np.ndarray) -> Chunk:
        values = np.repeat(taken, self.counts)
        weights = None if self.weights is None else self.weights[values]
        return Chunk(self.zones[taken], self.counts[taken], self.values[values], weights)


class Values:
    """The values of all zones in one band, and the quantiles of those that the scan has passed.

    Parameters
    ----------
    count : int
        How many zones there are.
    probabilities : sequence of float
    """

    def __init__(self, count: int, probabilities: Sequence[float]):
        self.probabilities = tuple(probabilities)
        self.found = np.full((count, len(self.probabilities)), np.nan)
        self._open: list[Chunk] = []

    def add(self, chunks: list[Chunk]) -> None:
        """Keep the values of a strip."""
        self._open += chunks

    def release(self, passed: np.ndarray) -> None:
        """Turn the values of the zones that are passed, bool (Z,), into quantiles, and keep none of them."""
        done, kept = list[Chunk](), list[Chunk]()
        for chunk in self._open:
            taken = passed[chunk.zones]
            if not taken.any():
                kept.append(chunk)
                continue
            whole, rest = (chunk, None) if taken.all() else chunk.parted(taken)
            done.append(whole)
            kept += [rest] if rest else []
        self._open = kept
        if done:
            self._settle(done)

    def _settle(self, chunks: list[Chunk]) -> None:
        from roimask.kernels.compiled.quantiles import regroup

        owners, counts = (np.concatenate([chunk[k] for chunk in chunks]) for k in (0, 1))
        zones, groups = np.unique(owners, return_inverse=True)
        starts = np.concatenate([[0], np.cumsum(np.bincount(groups, counts).astype(np.int64))])
        by_zone = [
            regroup(np.concatenate(column), groups, counts, starts)
            for column in zip(*((chunk.values, chunk.weights) for chunk in chunks), strict=True)
            if column[0] is not None
        ]
        self.found[zones] = self._quantiles(starts, *by_zone)

    def _quantiles(self, starts: np.ndarray, values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        from roimask.kernels.compiled.quantiles import select
        from roimask.kernels.compiled.zones import quantiles

        sought = np.asarray(self.probabilities, np.float64)
        if weights is not None:
            return quantiles(values, weights, starts, sought)
        order = np.argsort(sought)
        return select(values, starts, sought[order])[:, np.argsort(order)]

    def columns(self) -> dict[str, np.ndarray]:
        """A column a quantile, called as those of ``rm.statistics`` are."""
        return {f"q{p:g}": self.found[:, k] for k, p in enumerate(self.probabilities)}
