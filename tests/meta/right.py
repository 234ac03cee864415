"""Operations as anyone would write them, one of each sort, registered while a test needs them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from roimask import operation as declared
from roimask.operation import Operation, operation, reduction
from roimask.parameters import Size


@contextmanager
def registered(declare):
    """The operation that ``declare`` defines, in the registry until the end of the block."""
    record: Operation = declare().operation
    try:
        yield record
    finally:
        declared.forget(record.name)


@dataclass(frozen=True)
class Range:
    """Lowest and highest value, and how many there were: mergeable."""

    low: float = np.inf
    high: float = -np.inf
    count: int = 0

    def __add__(self, other: Range) -> Range:
        return Range(min(self.low, other.low), max(self.high, other.high), self.count + other.count)

    @classmethod
    def stack(cls, bands: list[Range]) -> list[Range]:
        """The summaries of several bands together."""
        return bands


def value_range():
    """A reduction."""

    @reduction()
    def value_range(image, weight):
        """Find the lowest and highest value."""
        return range_of(image, weight)

    return value_range


def range_of(image, weight):
    """The summary of a block."""
    values = image[weight > 0]
    return Range(values.min(), values.max(), values.size) if values.size else Range()


def offset():
    """A point operation."""

    @operation()
    def offset(image, weight, *, by: float = 7.5):
        """Add a number."""
        return image.astype(np.float64) + by

    return offset


def span():
    """A two-pass operation: it must know the whole region first."""

    @reduction()
    def limits(image, weight):
        """Find the lowest and highest value."""
        return range_of(image, weight)

    @operation(observe=limits, weights="above 0")
    def span(image, weight, seen, *, low: float = 0.0, high: float = 100.0):
        """Stretch from lowest to highest."""
        width = np.float64(seen.high) - seen.low
        return low + (image - np.float64(seen.low)) * ((high - low) / width) if width > 0 else image

    declared.forget("limits")  # known to span alone
    return span


def box_mean():
    """A window operation that says how much of its window takes part."""

    @operation(halo=lambda *, size: size // 2, finite=True)
    def box_mean(image, weight, *, size: Size = 3):
        """Average a square window."""
        return weighted_mean(image, weight, size)

    return box_mean


def weighted_mean(image, weight, size, weight_of_sum=None):
    """Naive: weighted mean over a square window, and the share of it that takes part."""
    part = weight.astype(np.float64)
    total = window_sums(np.where(part > 0, image * part, 0), size)
    mass = window_sums(part if weight_of_sum is None else weight_of_sum, size)
    return np.divide(total, mass, out=np.zeros_like(total), where=mass > 0), mass / size**2


def window_sums(values, size):
    """Sums over a square window; nothing beyond the border."""
    reach = size // 2
    padded = np.pad(values.astype(np.float64), reach)
    return sliding_window_view(padded, (size, size)).sum(axis=(2, 3)).reshape(values.shape)


def local_range():
    """A map: a new quantity."""

    @operation(result="map", halo=1, weights="above 0", finite=True)
    def local_range(image, weight):
        """Subtract the lowest from the highest neighbour."""
        taking = np.pad(weight > 0, 1)
        values = np.pad(image.astype(np.float64), 1)
        shape = (3, 3)
        high = sliding_window_view(np.where(taking, values, -np.inf), shape).max(axis=(2, 3), initial=-np.inf)
        low = sliding_window_view(np.where(taking, values, np.inf), shape).min(axis=(2, 3), initial=np.inf)
        share = sliding_window_view(taking, shape).mean(axis=(2, 3)).reshape(weight.shape)
        return np.where(share > 0, high - low, 0), share

    return local_range


def grey():
    """An operation that mixes bands, and looks at neighbours."""

    @operation(bands="all", halo=lambda *, size: size // 2, finite=True)
    def grey(image, weight, *, size: Size = 3):
        """Replace every band by the mean of all over a window."""
        mean = image if image.ndim == 2 else image.mean(axis=2, dtype=np.float64)
        mean, share = weighted_mean(mean, weight, size)
        return (mean if image.ndim == 2 else np.repeat(mean[..., None], image.shape[2], axis=2)), share

    return grey


def whole_mean():
    """A method that needs the whole image."""

    @operation(halo="all", finite=True)
    def whole_mean(image, weight):
        """Replace every pixel by the mean of all."""
        part = weight.astype(np.float64)
        mass = part.sum()
        mean = (np.where(part > 0, image * part, 0)).sum() / mass if mass else 0.0
        return np.full(image.shape, mean), np.full(image.shape, float(mass > 0))

    return whole_mean


def rows_of():
    """A kernel that asks where its block lies."""

    @operation(result="map")
    def rows_of(image, weight, *, block):
        """Number the rows from the top of the image."""
        return np.repeat(np.arange(image.shape[0])[:, None] + block.origin[0], image.shape[1], axis=1)

    return rows_of


RIGHT = {f.__name__: f for f in (value_range, offset, span, box_mean, local_range, grey, whole_mean, rows_of)}
