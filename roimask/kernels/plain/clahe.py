"""Histograms of the tiles of an image, tables that equalise them, and pixels between the tables of four tiles."""

from __future__ import annotations

import numpy as np

__all__ = ["count_tiles", "equalising", "interpolate"]


def count_tiles(
    image: np.ndarray, weight: np.ndarray, rows: np.ndarray, columns: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Add to the histogram of each tile the pixels that lie in it.

    Parameters
    ----------
    image : uint8 or uint16 ndarray (h, w)
    weight : uint8 or float32 ndarray (h, w)
    rows, columns : int64 ndarray (h,), (w,)
        In which row and which column of tiles each pixel lies.
    counts : ndarray (R, C, 256) or (R, C, 65536), uint32, or float64 where the weights are float32
    """
    taken = weight > 0
    tiles = rows[:, np.newaxis] * counts.shape[1] + columns
    places = tiles[taken] * counts.shape[2] + image[taken]
    found = np.bincount(places, None if weight.dtype == np.uint8 else weight[taken], counts.size)
    counts += found.reshape(counts.shape).astype(counts.dtype)
    return counts


def equalising(counts: np.ndarray, area: float, limit: float, table: np.ndarray) -> np.ndarray:
    """The table that equalises one histogram of ``area`` pixels, none of its counts above ``limit`` (0: no limit).

    What is above is handed round to all levels: first as many whole pixels to each as there are, then those that
    remain to levels equally far apart, as OpenCV does.
    """
    size = counts.size
    filled = counts.astype(np.float64) * (area / float(np.cumsum(counts, dtype=np.float64)[-1]))
    if limit > 0:
        over = filled > limit
        excess = float(np.cumsum(np.where(over, filled - limit, 0.0))[-1])
        filled[over] = limit
        filled += np.floor(excess / size)
        rest = int(excess - np.floor(excess / size) * size)
        step = max(size // rest, 1) if rest else 1
        filled[: rest * step : step] += 1
    table[:] = np.minimum(np.rint(np.cumsum(filled) * ((size - 1) / area)), size - 1)
    return table


def interpolate(
    image: np.ndarray,
    weight: np.ndarray,
    tables: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
    columns: tuple[np.ndarray, np.ndarray, np.ndarray],
    out: np.ndarray,
) -> np.ndarray:
    """Each pixel, where its weight is not 0, between its values in the tables of the four tiles around it.

    Parameters
    ----------
    image : uint8 or uint16 ndarray (h, w)
    weight : uint8 or float32 ndarray (h, w)
    tables : ndarray (R, C, 256) or (R, C, 65536), of the image's type
    rows, columns : (int64 ndarray, int64 ndarray, float32 ndarray)
        For each row or column the tile before and the tile behind, and the share of the latter.
    out : ndarray (h, w)
        Of the image's type, or float32: not rounded. Stays where the weight is 0.
    """
    up, down, low = (part[:, np.newaxis] for part in rows)
    left, right, far = columns
    one = np.float32(1)
    above = tables[up, left, image] * (one - far) + tables[up, right, image] * far
    below = tables[down, left, image] * (one - far) + tables[down, right, image] * far
    mixed = above * (one - low) + below * low
    np.copyto(out, np.rint(mixed) if out.dtype.kind == "u" else mixed, where=weight > 0, casting="unsafe")
    return out
