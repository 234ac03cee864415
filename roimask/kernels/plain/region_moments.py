"""Areas, boxes, moments, outlines and hulls of numbered regions, all regions in one pass."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

__all__ = ["edges", "hulls", "moments", "row_spans"]

# What a pixel of an outline adds to its length, by how many of its neighbours on sides and on corners are of the
# outline too (Benkrid and Crookes): 1, the root of 2, the mean of both, or nothing.
NO_STEP = 3
STEPS = np.full((5, 5), NO_STEP)
STEPS[2:4, :3] = 0
STEPS[0, 2] = STEPS[1, 3] = 1
STEPS[1, 1:3] = 2

ABSENT = 2**31  # what row_spans holds for a row without a pixel

_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
_CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def moments(regions: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (top, left, bottom, right) and sums of 1, y, x, y², xy, x² of regions 1..count."""
    y, x = np.nonzero(regions)
    region = regions[y, x] - 1
    boxes = np.tile(np.array([2**31, 2**31, 0, 0]), (count, 1))
    for column, places in enumerate((y, x, y + 1, x + 1)):
        extreme = np.minimum if column < 2 else np.maximum
        extreme.at(boxes[:, column], region, places)
    sums = np.zeros((count, 6), np.int64)
    for column, terms in enumerate((np.ones_like(y), y, x, y * y, y * x, x * x)):
        np.add.at(sums[:, column], region, terms)
    return boxes, sums


def edges(padded: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """What perimeters and Euler numbers are made of; the regions are given with two more rows and columns of 0 around.

    Answers, per region, the pixels of its outline by their step (:data:`STEPS`), and 4 times its Euler number: the
    squares of four pixels of which one is its own, less those with three, less twice those with two across.
    """
    inner = padded[1:-1, 1:-1]
    outline = (inner != 0) & np.logical_or.reduce([inner != _moved(padded, 1, *step) for step in _SIDES])
    return _steps(np.where(outline, inner, 0), count), _quads(padded, count)


def _moved(array: np.ndarray, margin: int, dy: int, dx: int) -> np.ndarray:
    """What lies (dy, dx) away from each pixel but those of the margin."""
    height, width = array.shape
    return array[margin + dy : height - margin + dy, margin + dx : width - margin + dx]


def _steps(outline: np.ndarray, count: int) -> np.ndarray:
    own = outline[1:-1, 1:-1]
    sides, corners = (sum((_moved(outline, 1, *step) == own).astype(int) for step in way) for way in (_SIDES, _CORNERS))
    on = own != 0
    kinds = (own[on] - 1) * (NO_STEP + 1) + STEPS[sides[on], corners[on]]
    return np.bincount(kinds, minlength=count * (NO_STEP + 1)).reshape(count, NO_STEP + 1)[:, :NO_STEP]


def _quads(padded: np.ndarray, count: int) -> np.ndarray:
    corners = np.stack([padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]], axis=-1).reshape(-1, 4)
    quads = np.zeros(count, np.int64)
    for corner in range(4):
        own = corners[:, corner]
        first = (own != 0) & (corners[:, :corner] != own[:, None]).all(axis=1)
        like = corners[first] == own[first, None]
        pixels, across = like.sum(axis=1), like[:, 0] == like[:, 3]
        np.add.at(quads, own[first] - 1, np.select([pixels == 1, pixels == 3, (pixels == 2) & across], [1, -1, -2], 0))
    return quads


def row_spans(regions: np.ndarray, boxes: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first column, and minus the last, of each region in each row of its box, one region's rows after another's.

    ``starts`` says where the rows of regions 1, 2, ... start, and where the last one's end; others are left out.
    """
    near = np.full(starts[-1], ABSENT)
    far = near.copy()
    y, x = np.nonzero((regions > 0) & (regions < len(starts)))
    region = regions[y, x] - 1
    place = starts[region] + y - boxes[region, 0]
    np.minimum.at(near, place, x)
    np.minimum.at(far, place, -x)
    return near, far


def hulls(bounds: np.ndarray, starts: np.ndarray) -> None:
    """Replace the first columns of regions (see :func:`row_spans`) by those of their convex hulls."""
    for start, end in pairwise(starts):
        side_of_hull(bounds[start:end])


def side_of_hull(bounds):
    """Replace the first columns of one region by those of its hull, which goes round the middles of pixels' sides.

    In half pixels, so that all is whole: pixel (i, c) has the corners (2i ± 1, 2c) and (2i, 2c - 1) on this side.
    """
    places, levels = np.empty(3 * bounds.size, np.int64), np.empty(3 * bounds.size, np.int64)
    count = 0
    for i in range(bounds.size):
        if bounds[i] == ABSENT:
            continue
        for step in range(-1, 2):
            place, level = 2 * i + step, 2 * bounds[i] - (step == 0)
            if count and places[count - 1] == place:
                if levels[count - 1] <= level:
                    continue
                count -= 1
            while count > 1:  # a corner that does not stick out goes
                a, b = count - 2, count - 1
                straight = levels[a] * (place - places[b]) + level * (places[b] - places[a])
                if levels[b] * (place - places[a]) < straight:
                    break
                count -= 1
            places[count], levels[count] = place, level
            count += 1
    k = 0
    for i in range(bounds.size):
        while places[k + 1] < 2 * i:
            k += 1
        length = 2 * (places[k + 1] - places[k])
        level = levels[k] * (places[k + 1] - places[k]) + (levels[k + 1] - levels[k]) * (2 * i - places[k])
        bounds[i] = -(-level // length)
