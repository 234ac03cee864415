"""Matching by the directions of edges, which stay where light changes, and still count where some are hidden."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.matching.peaks import maxima
from roimask.matching.pixels import Block, Pixels
from roimask.matching.search import Pose, Search

__all__ = ["ByShape"]

_BINS = 8  # directions over half a turn: an edge and its negative are one
_COARSE = 0.9  # the share of the threshold asked on the coarse grid, where edges are spread
_FEATURES = 96, 400  # edge points of a template: on the coarse grid, and for a fit
_FAINT = 0.03  # the share of strong slopes below which there is no edge
_FULL = 255  # the response to an edge of the same direction
_RIM = 2  # pixels without edges around an image
_FEWEST = 8  # edge points that a template must have
_HOPE = 0.25  # by how much a fit may improve what is seen after two rounds
_NEAR = 2.5  # pixels along a normal in which an edge is looked for at first


@dataclass(frozen=True, eq=False)
class Edges:
    """Slopes of an image, where they are known, and from which size on they are edges."""

    down: np.ndarray
    along: np.ndarray
    known: np.ndarray
    least: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.known.shape  # type: ignore[return-value]

    def whole(self) -> Edges:
        """Itself."""
        return self

    def part(self, window: Window) -> Edges:
        """A window of them, inside the image."""
        return Edges(self.down[window.slices], self.along[window.slices], self.known[window.slices], self.least)

    @cached_property
    def responses(self) -> np.ndarray:
        """How well an edge of each direction would agree with one that is near, (8, H, W) and a rim of no edges."""
        from roimask.kernels.compiled import orientation

        bits = np.where(np.hypot(self.down, self.along) > self.least, 1 << _bin_of(self.down, self.along), 0)
        bits, near = np.pad(bits.astype(np.uint8), _RIM), np.zeros([n + 2 * _RIM for n in self.shape], np.uint8)
        orientation.spread(bits, 1, near)
        return _table()[:, near]

    @cached_property
    def counts(self) -> np.ndarray | None:
        """Where they are known, (1, H, W) with the same rim; None where all are."""
        return None if self.known.all() else np.pad(self.known.astype(np.uint8), _RIM)[np.newaxis]


@dataclass(frozen=True)
class EdgesByWindows:
    """The same of an image that is read by windows."""

    pixels: Pixels
    least: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape

    def whole(self) -> Edges:
        """All of them."""
        return edges_of(self.pixels.whole(), self.least)

    def part(self, window: Window) -> Edges:
        """A window of them, inside the image."""
        wide = window.grow(1).meet((0, 0, *self.shape))
        return edges_of(self.pixels.part(wide), self.least).part(_moved(window, wide))


def _moved(window: Window, origin: Window) -> Window:
    return Window(window[0] - origin[0], window[1] - origin[1], window[2] - origin[0], window[3] - origin[1])


def edges_of(block: Block, least: float | None = None) -> Edges:
    """The slopes of a block; edges are what stands out from noise, and from the strongest, where that is not given."""
    from roimask.kernels.compiled import orientation

    down, along = np.empty(block.shape, np.float32), np.empty(block.shape, np.float32)
    values, weight = np.ascontiguousarray(block.values), np.ascontiguousarray(block.weight, np.float32)
    orientation.slopes(values, weight, down, along)
    known = weight > 0
    return Edges(down, along, known, _least_of(np.hypot(down, along)[known]) if least is None else least)


def _least_of(sizes: np.ndarray) -> float:
    """The size from which a slope is an edge."""
    if not sizes.size:
        return math.inf
    strong, usual = np.percentile(sizes, (99, 50))
    return max(_FAINT * strong, min(usual, 2 * _FAINT * strong), 1e-12)


def points_of(edges: Edges, middle: tuple[float, float], most: int) -> np.ndarray:
    """Points on the crests of a template's edges, between pixels: row and column from its middle, and the normal."""
    import cv2

    size = np.hypot(edges.down, edges.along)
    strong = np.percentile(size[edges.known], 95) if edges.known.any() else 0.0
    sector = (np.round(np.arctan2(edges.down, edges.along) / (math.pi / 4)).astype(int)) % 4
    padded = cv2.copyMakeBorder(size, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    rows, columns = np.nonzero(size > max(0.35 * strong, edges.least))
    steps = np.array([[0, 1], [1, 1], [1, 0], [1, -1]])[sector[rows, columns]]
    here = size[rows, columns]
    before = padded[rows + 1 - steps[:, 0], columns + 1 - steps[:, 1]]
    after = padded[rows + 1 + steps[:, 0], columns + 1 + steps[:, 1]]
    crest = (here > before) & (here >= after)
    bend = np.where(crest, before - 2 * here + after, -1)
    shift = np.clip(np.where(bend < 0, 0.5 * (before - after) / bend, 0), -0.5, 0.5)[:, None] * steps
    normal = np.column_stack([edges.down[rows, columns], edges.along[rows, columns]]) / np.maximum(here, 1e-12)[:, None]
    shift = normal * (shift * normal).sum(axis=1, keepdims=True)  # a step aslant is more than one pixel
    places = np.column_stack([rows, columns]) + 0.5 + shift - np.asarray(middle)
    found = np.column_stack([places, normal])[crest]
    return found[np.linspace(0, len(found) - 1, min(most, len(found))).astype(int)] if len(found) else found


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """The response (8, 256) of an edge direction to each set of directions: to the nearest of them, by its cosine."""
    turn = np.abs(np.arange(_BINS)[:, None] - np.arange(_BINS))
    cosines = np.cos(np.minimum(turn, _BINS - turn) * math.pi / _BINS)
    cosines = np.where(cosines > 0.9, cosines, 0)
    sets = (np.arange(256)[:, None] >> np.arange(_BINS)) & 1
    return np.rint(_FULL * (cosines[:, None, :] * sets).max(axis=2)).astype(np.uint8)


def _bin_of(down: np.ndarray, along: np.ndarray) -> np.ndarray:
    return np.round(np.arctan2(down, along) / (math.pi / _BINS)).astype(int) % _BINS


@dataclass(frozen=True)
class ByShape(Search):
    """Scored by the share of the template's edges along which the image has an edge of the same direction."""

    least_side: ClassVar[float] = 13.0

    @cached_property
    def _points(self) -> list[np.ndarray]:
        """Edge points of the template on each level."""
        return [points_of(edges_of(block), self._middle(k), _FEATURES[1]) for k, block in enumerate(self.levels)]

    def _poses(self, pixels: Pixels) -> list[Pose]:
        if len(self._points[0]) < _FEWEST:
            raise ParameterError("the template has no edges to speak of: use method='ncc', or one with an outline")
        return super()._poses(pixels)

    def _seen(self, levels: Sequence[Pixels | Block]) -> Sequence[Any]:
        """Each level as its edges."""
        if len(levels) == 1:
            return [edges_of(levels[0].whole())]
        halves = [edges_of(level.whole()) for level in levels[1:]]
        return [EdgesByWindows(levels[0], halves[0].least / 2), *halves]  # type: ignore[arg-type]

    def _at(self, image: Edges, level: int, angle: float, scale: float) -> list[Pose]:  # type: ignore[override]
        """Maxima over all places for one angle and scale."""
        from roimask.kernels.compiled import orientation

        rows, columns, bins = self._features(level, math.radians(angle), scale)
        low, high = (rows.min(), columns.min()), (rows.max(), columns.max())
        shape = [n + 2 * _RIM - (b - a) for n, a, b in zip(image.shape, low, high, strict=True)]
        if min(shape) < 1:
            return []
        sums, most = np.zeros(shape, np.uint16), np.full(shape, len(rows), np.uint16)
        orientation.accumulate(image.responses, bins, rows - low[0], columns - low[1], sums)
        if image.counts is not None:
            most[:] = 0
            orientation.accumulate(image.counts, np.zeros_like(bins), rows - low[0], columns - low[1], most)
        scores = sums / (_FULL * np.maximum(most, self.min_overlap * len(rows)).astype(np.float32))
        places = zip(*maxima(scores.astype(np.float32), _COARSE * self.threshold), strict=True)
        down, along = 0.5 - low[0] - _RIM, 0.5 - low[1] - _RIM
        return [Pose(r + down, c + along, math.radians(angle), scale, float(score)) for r, c, score in places]

    def _features(self, level: int, angle: float, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Edge points of the turned template in whole pixels from its middle, and their directions as bins."""
        points = self._points[level]
        points = points[np.linspace(0, len(points) - 1, min(_FEATURES[0], len(points))).astype(int)]
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        places, normals = scale * points[:, :2] @ turn, points[:, 2:] @ turn
        rows, columns = np.rint(places).astype(int).T
        return rows, columns, _bin_of(normals[:, 0], normals[:, 1])

    def _polished(self, image: Any, level: int, pose: Pose, rounds: int = 8) -> Pose:
        """The pose moved so that edges lie on edges, and the share of them that is seen there."""
        from roimask.kernels.compiled import orientation

        window = self._around(pose, level, image.shape)
        if window.empty:
            return replace(pose, score=-1.0)
        edges = image.part(window)
        at = np.array([pose.row - window[0], pose.column - window[1], pose.angle, pose.scale])
        facts = (edges.down, edges.along, edges.known, self._points[level])
        seen, known = orientation.fit(*facts, at, self.free, edges.least, _NEAR, rounds, self.threshold - _HOPE)
        place = float(at[0] + window[0]), float(at[1] + window[1])
        score = float(seen) if known >= self.min_overlap else -1.0
        return Pose(*place, float(at[2]), float(at[3]), score)
