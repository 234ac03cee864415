"""Thresholds from the histogram of the pixels that take part: Otsu, Li, triangle, Yen, multi-Otsu."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError

__all__ = ["FROM_HISTOGRAM", "Histogram", "histogram_of", "multiotsu"]

_BINS = 256  # for what is no whole number, or covers too many of them
_EXACT = 1 << 16  # whole numbers up to this range are counted one by one
_MULTI = 1 << 10  # multi-Otsu's cost is the square of the bins


class Histogram(NamedTuple):
    """How many pixels lie at each level; no level at either end is empty."""

    counts: np.ndarray
    levels: np.ndarray


def histogram_of(pixels: np.ndarray, part: np.ndarray) -> Histogram:
    """Count the pixels that take part and are finite.

    Whole numbers one by one where they lie within 65536 of each other, else in 256 bins from the least to the
    greatest, whose centres are the levels.
    """
    if pixels.dtype.kind == "f":
        part = part & np.isfinite(pixels)
    if not part.any():
        raise ParameterError("no pixel takes part, so there is no threshold; give above= or below=, or another mask")
    low, high = _range(pixels, part)
    kernel = kernels.pick("histograms", pixels.size)
    weight = np.ascontiguousarray(part).view(np.uint8)
    if pixels.dtype.kind != "f" and high - low < _EXACT:
        shifted = pixels if pixels.dtype.itemsize <= 2 else np.where(part, pixels - low, 0).astype(np.uint16)
        counts = kernel.count_values(np.ascontiguousarray(shifted), weight)
        filled = np.flatnonzero(counts)
        return Histogram(counts[filled[0] : filled[-1] + 1].astype(np.float64), np.arange(low, high + 1))
    if low == high:
        return Histogram(np.array([float(part.sum())]), np.array([low]))
    edges = np.linspace(float(low), float(high), _BINS + 1)
    counts = kernel.count_bins(np.ascontiguousarray(pixels), weight, edges)
    return Histogram(counts.astype(np.float64), (edges[1:] + edges[:-1]) / 2)


def _range(pixels: np.ndarray, part: np.ndarray):
    """The least and the greatest value that takes part."""
    if pixels.dtype.kind == "f":
        return np.min(pixels, initial=np.inf, where=part), np.max(pixels, initial=-np.inf, where=part)
    limits = np.iinfo(pixels.dtype)
    low = np.min(pixels, initial=limits.max, where=part)
    return int(low), int(np.max(pixels, initial=limits.min, where=part))


def otsu(histogram: Histogram) -> float:
    """The level that parts two classes with the greatest variance between them (Otsu 1979)."""
    counts, levels = histogram
    below, above = np.cumsum(counts)[:-1], np.cumsum(counts[::-1])[::-1][1:]
    sums = counts * levels
    mean_below, mean_above = np.cumsum(sums)[:-1] / below, np.cumsum(sums[::-1])[::-1][1:] / above
    return levels[np.argmax(below * above * (mean_below - mean_above) ** 2)]


def li(histogram: Histogram) -> float:
    """The fixed point of the least cross entropy between the image and its two means (Li & Tam 1998)."""
    counts, levels = histogram
    heights = levels - levels[0]
    below, below_sum = np.cumsum(counts), np.cumsum(counts * heights)
    step = heights[1] / 2
    last, level = -2 * step, below_sum[-1] / below[-1]
    while abs(level - last) > step:
        last = level
        split = np.searchsorted(heights, level, side="right") - 1
        dark = below_sum[split] / below[split]
        if dark == 0:
            break
        bright = (below_sum[-1] - below_sum[split]) / (below[-1] - below[split])
        level = (dark - bright) / (np.log(dark) - np.log(bright))
    return level + levels[0]


def triangle(histogram: Histogram) -> float:
    """The level farthest below the line from the highest peak to the far end of the histogram (Zack 1977)."""
    counts, levels = histogram
    peak = int(np.argmax(counts))
    flip = peak < len(counts) - 1 - peak
    if flip:
        counts, peak = counts[::-1], len(counts) - 1 - peak
    along = np.arange(peak)
    level = int(np.argmax(counts[peak] * along - peak * counts[:peak])) if peak else 0
    return levels[len(levels) - 1 - level if flip else level]


def yen(histogram: Histogram) -> float:
    """The level of the greatest correlation of the two classes (Yen, Chang & Chang 1995)."""
    counts, levels = histogram
    share = counts / counts.sum()
    below = np.cumsum(share)[:-1]
    squares = np.cumsum(share**2)[:-1] * np.cumsum(share[::-1] ** 2)[::-1][1:]
    return levels[np.argmax(np.log((below * (1 - below)) ** 2 / squares))]


FROM_HISTOGRAM = {"otsu": otsu, "li": li, "triangle": triangle, "yen": yen}


def multiotsu(histogram: Histogram, classes: int) -> np.ndarray:
    """The ``classes - 1`` levels with the greatest variance between the classes (Liao, Chen & Chung 2001).

    By dynamic programming, so that any number of classes costs the square of the number of levels only.
    """
    counts, levels = _coarse(histogram)
    if np.count_nonzero(counts) < classes:
        occur = np.count_nonzero(counts)
        raise ParameterError(f"classes is at most the number of values that occur, {occur}, got {classes}")
    mass, moment = (np.concatenate([[0.0], np.cumsum(part)]) for part in (counts, counts * levels))
    weight, first = mass[None, :] - mass[:, None], moment[None, :] - moment[:, None]
    # gain[i, j]: what a class of the levels i .. j - 1 adds; an empty one is no class.
    gain = np.where(weight > 0, first**2 / np.where(weight > 0, weight, 1), -np.inf)
    best, splits = gain[0], []
    for _ in range(classes - 1):
        total = best[:, None] + gain
        splits.append(np.argmax(total, axis=0))
        best = np.max(total, axis=0)
    ends, end = [], len(counts)
    for split in reversed(splits):
        end = int(split[end])
        ends.append(end - 1)
    return levels[ends[::-1]]


def _coarse(histogram: Histogram) -> Histogram:
    """The histogram in 256 bins, where it has too many levels to compare each with each."""
    counts, levels = histogram
    if len(levels) <= _MULTI:
        return histogram
    edges = np.linspace(levels[0], levels[-1], _BINS + 1)
    return Histogram(np.histogram(levels, edges, weights=counts)[0], (edges[1:] + edges[:-1]) / 2)
