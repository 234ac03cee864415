"""From strips to lines: the middle of each, those that are long and sure enough, linked over gaps, and traced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from roimask.features.strips import Strips
from roimask.mask import Mask
from roimask.masks.outlines import skeleton

__all__ = ["centre_cells", "lasting", "linked", "paths"]

_AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def centre_cells(found: Strips, low: float) -> np.ndarray:
    """Cells that answer at least ``low`` and no less than those on either side of their strip, thinned to lines."""
    import cv2

    rows, columns = np.indices(found.strength.shape, dtype=np.float32)
    across = np.radians(found.angle + 90)
    best = found.strength >= low
    for side in (-1, 1):
        x, y = columns + side * np.cos(across), rows - side * np.sin(across)
        beside = cv2.remap(found.strength, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
        best &= found.strength >= beside
    joined = cv2.morphologyEx(best.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(skeleton(Mask(joined.astype(bool))), bool)


def lasting(lines: np.ndarray, strength: np.ndarray, high: float, length: float) -> np.ndarray:
    """Connected lines of at least this length, half of which is sure: as strong as ``high``."""
    from scipy import ndimage

    pieces, count = ndimage.label(lines, np.ones((3, 3)))
    size = np.bincount(pieces.ravel(), minlength=count + 1)
    sure = np.bincount(pieces[lines & (strength >= high)], minlength=count + 1)
    keep = (size >= length) & (sure >= length / 2)
    keep[0] = False
    return keep[pieces]


def linked(lines: np.ndarray, strength: np.ndarray, gap: float, least: float) -> np.ndarray:
    """Lines joined where one ends within ``gap`` of another and the straight way there answers ``least`` on average."""
    from scipy.ndimage import label
    from scipy.spatial import cKDTree

    pieces, _ = label(lines, np.ones((3, 3)))
    cells, ends = np.argwhere(lines), np.argwhere(lines & (_neighbours(lines) == 1))
    out = lines.copy()
    if not len(ends):
        return out
    for end, near in zip(ends, cKDTree(cells).query_ball_point(ends, gap), strict=True):
        others = cells[near][pieces[tuple(cells[near].T)] != pieces[tuple(end)]]
        if len(others):
            nearest = others[np.argmin(((others - end) ** 2).sum(axis=1))]
            way = _straight(end, nearest)
            if strength[way].mean() >= least:
                out[way] = True
    return out


def _straight(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    steps = int(np.abs(end - start).max()) + 1
    rows, columns = (np.rint(np.linspace(a, b, steps)).astype(int) for a, b in zip(start, end, strict=True))
    return rows, columns


def _neighbours(lines: np.ndarray) -> np.ndarray:
    padded = np.pad(lines, 1).astype(np.int8)
    height, width = lines.shape
    return sum(padded[1 + r : 1 + r + height, 1 + c : 1 + c + width] for r, c in _AROUND)  # type: ignore[return-value]


def paths(lines: np.ndarray) -> list[np.ndarray]:
    """Lines one cell wide as runs of cells (n, 2) between ends and crossings; a closed one starts anywhere."""
    near = _by_cell(lines)
    nodes = [cell for cell, around in near.items() if len(around) != 2]
    walked: set[tuple[tuple[int, int], tuple[int, int]]] = set()
    return [np.array(path) for start in (*nodes, *near) for path in _walks(start, near, walked)]


def _by_cell(lines: np.ndarray) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The neighbours of each cell; of two ways around a corner only the direct one."""
    cells = {(int(r), int(c)) for r, c in np.argwhere(lines)}

    def around(cell: tuple[int, int]) -> Iterator[tuple[int, int]]:
        r, c = cell
        for down, along in _AROUND:
            straight = down == 0 or along == 0
            if (r + down, c + along) in cells and (straight or not {(r + down, c), (r, c + along)} & cells):
                yield r + down, c + along

    return {cell: list(around(cell)) for cell in cells}


def _walks(
    start: tuple[int, int], near: dict[tuple[int, int], list[tuple[int, int]]], walked: set
) -> Iterator[Sequence[tuple[int, int]]]:
    for step in near[start]:
        if (start, step) in walked or (
            len(near[start]) == 2 and any((start, other) in walked for other in near[start])
        ):
            continue
        path = [start, step]
        walked |= {(start, step), (step, start)}
        while len(near[path[-1]]) == 2 and path[-1] != start:
            after = next(cell for cell in near[path[-1]] if cell != path[-2])
            walked |= {(path[-1], after), (after, path[-1])}
            path.append(after)
        yield path
