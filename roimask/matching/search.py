"""Where a template lies in an image: all places, or all poses from coarse to fine, each moved to where it fits best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from roimask.frame import Window
from roimask.matching.correlation import correlate
from roimask.matching.peaks import maxima
from roimask.matching.pixels import Block, Pixels, filled
from roimask.matching.pyramid import depth_of, halved, levels_of, smoothed, turned
from roimask.threads import each

__all__ = ["ByCorrelation", "Pose", "Range", "Search"]

_COARSE, _SLACK = 0.55, 0.15  # the share of the threshold asked on the coarse grid; what is forgiven on coarse levels
_MOST = 1500  # coarse finds that are followed
_MARGIN = 4  # pixels around a find in which it may move
_HALF = 0.75  # how far from the best whole pixel the best place may lie
_FRAMED = 0.97  # the share of a template that must lie on the image


@dataclass(frozen=True)
class Pose:
    """The template's middle, how it is turned (radians, counter-clockwise as seen) and scaled, and its score."""

    row: float
    column: float
    angle: float
    scale: float
    score: float


@dataclass(frozen=True)
class Range:
    """From, to, and the step, None for one that follows from the template's size."""

    low: float
    high: float
    step: float | None = None

    @property
    def fixed(self) -> bool:
        """Whether it is one value."""
        return self.low == self.high

    def values(self, step: float, ratio: bool = False) -> np.ndarray:
        """Values no further apart than a step (as a ratio: than a share), both ends among them."""
        low, high = (math.log(self.low), math.log(self.high)) if ratio else (self.low, self.high)
        if self.step is not None:
            return np.arange(self.low, self.high + 1e-9, self.step)
        found = np.linspace(low, high, math.ceil((high - low) / step - 1e-9) + 1)
        return np.exp(found) if ratio else found


@dataclass(frozen=True)
class Search:
    """A template, the poses it may take, and what counts as found; a subclass says how a pose is scored."""

    template: Block
    angles: Range = Range(0, 0)
    scales: Range = Range(1, 1)
    threshold: float = 0.8
    min_overlap: float = 0.5
    levels: list[Block] = field(init=False, repr=False, compare=False)

    least_side: ClassVar[float] = 9.0  # pixels: the side, by area, below which a template says too little

    def __post_init__(self) -> None:
        levels = [self.template]
        for _ in range(depth_of(self.template, self.least_side)):
            levels.append(halved(levels[-1]))
        object.__setattr__(self, "levels", levels)

    @cached_property
    def free(self) -> np.ndarray:
        """Which of row, column, angle and scale are looked for."""
        return np.array([True, True, not self.angles.fixed, not self.scales.fixed])

    def found(self, pixels: Pixels) -> list[Pose]:
        """All poses that score the threshold, best first; several may overlap."""
        poses = [pose for pose in self._poses(pixels) if pose.score >= self.threshold]
        return sorted(poses, key=lambda pose: -pose.score)

    def _poses(self, pixels: Pixels) -> list[Pose]:
        top = len(self.levels) - 1
        levels = self._seen(levels_of(pixels, top))
        poses = self._polished_all(levels, top, self._on_grid(levels[top], top))
        for level in range(top - 1, -1, -1):
            poses = [Pose(2 * p.row, 2 * p.column, p.angle, p.scale, p.score) for p in poses]
            poses = self._polished_all(levels, level, poses)
        return [self._within(pose) for pose in poses]

    def _seen(self, levels: Sequence[Pixels | Block]) -> Sequence[Any]:
        """The levels as they are looked at."""
        return levels

    def _polished_all(self, levels: Sequence[Any], level: int, poses: list[Pose]) -> list[Pose]:
        """Those that still score well, each once."""
        least = self.threshold - (_SLACK if level else 0)
        polished = each(lambda pose: self._polished(levels[level], level, pose), poses)
        good = sorted((pose for pose in polished if pose.score >= least), key=lambda pose: -pose.score)
        return self._distinct(good, 1.5, 3 / self._reach(level))

    def _distinct(self, poses: list[Pose], apart: float, turn: float) -> list[Pose]:
        """The best of each group that nearly agree in place, angle and scale, of those given best first."""
        from roimask.kernels.compiled import poses as kernel

        facts = np.array([[p.row, p.column, p.angle, math.log(p.scale)] for p in poses]).reshape(-1, 4)
        return [poses[index] for index in kernel.distinct(facts, apart, turn, _MOST)]

    def _reach(self, level: int) -> float:
        """The radius of the template's pixels on a level: how far a turn of 1 moves the outer ones."""
        return max(math.hypot(*self.template.shape) / 2**level / 2, 1.0)

    def _around(self, pose: Pose, level: int, shape: tuple[int, int]) -> Window:
        """The part of a level in which a template near a pose lies."""
        away = pose.scale * self._reach(level) + _MARGIN
        top, left = math.floor(pose.row - away), math.floor(pose.column - away)
        return Window(top, left, math.ceil(pose.row + away), math.ceil(pose.column + away)).meet((0, 0, *shape))

    def _middle(self, level: int) -> tuple[float, float]:
        height, width = self.template.shape
        return height / 2 ** (level + 1), width / 2 ** (level + 1)

    def _on_grid(self, image: Any, level: int) -> list[Pose]:
        """Maxima over all places, for angles and scales so close that the outer pixels move by about one."""
        image, step = image.whole(), 1.2 / self._reach(level)
        turns = self.angles.values(math.degrees(step))
        if len(turns) > 1 and abs(turns[-1] - turns[0] - 360) < 1e-6:
            turns = turns[:-1]
        grid = [(angle, scale) for scale in self.scales.values(step, ratio=True) for angle in turns]
        found = [pose for poses in each(lambda turn: self._at(image, level, *turn), grid) for pose in poses]
        found = sorted(found, key=lambda pose: -pose.score)[: 8 * _MOST]
        return self._distinct(found, 1.5, 1.5 * step)

    def _at(self, image: Pixels | Block, level: int, angle: float, scale: float) -> list[Pose]:
        """Maxima over all places for one angle and scale."""
        raise NotImplementedError

    def _polished(self, image: Pixels | Block, level: int, pose: Pose, rounds: int = 12) -> Pose:
        """The pose moved to where the template of this level fits best, and its score there."""
        raise NotImplementedError

    def _within(self, pose: Pose) -> Pose:
        """Angle and scale no further than what was asked for."""
        low, high = math.radians(self.angles.low), math.radians(self.angles.high)
        middle = (low + high) / 2
        angle = (pose.angle - middle + math.pi) % math.tau - math.pi + middle if high - low > 0 else pose.angle
        angle = angle % math.tau if self.angles.low == 0 and self.angles.high == 360 else min(max(angle, low), high)
        scale = min(max(pose.scale, self.scales.low), self.scales.high)
        return Pose(pose.row, pose.column, angle, scale, pose.score)


@dataclass(frozen=True)
class ByCorrelation(Search):
    """Scored by masked normalised cross-correlation."""

    def _poses(self, pixels: Pixels) -> list[Pose]:
        upright = self.angles == Range(0, 0) and self.scales == Range(1, 1)
        return self._at_each_place(pixels) if upright else super()._poses(pixels)

    def _at_each_place(self, pixels: Pixels) -> list[Pose]:
        (height, width), (rows, columns) = self.template.shape, pixels.shape
        if height > rows or width > columns:
            return []
        scores = np.empty((rows - height + 1, columns - width + 1), np.float32)
        correlate(pixels, self.template, "ncc", self.min_overlap, scores)
        places = zip(*maxima(scores, self.threshold), strict=True)
        poses = [Pose(r + height / 2, c + width / 2, 0.0, 1.0, float(score)) for r, c, score in places]
        return each(lambda pose: self._settled(pixels, pose), poses)

    def _settled(self, pixels: Pixels, pose: Pose) -> Pose:
        """Between pixels, where a fit is found within about half a pixel; the score is that of the whole pixel."""
        moved = self._polished(pixels, 0, pose, rounds=8)
        near = abs(moved.row - pose.row) <= _HALF and abs(moved.column - pose.column) <= _HALF
        return replace(moved, score=pose.score) if near and moved.score >= 0 else pose

    def _at(self, image: Pixels | Block, level: int, angle: float, scale: float) -> list[Pose]:
        """Maxima over all places for one angle and scale."""
        sharper = min(max(level - round(math.log2(scale)), 0), level)
        factor = scale * 2.0 ** (sharper - level)
        template, middle = turned(self.levels[sharper], self._middle(sharper), angle, factor)
        box = filled(template.weight)
        inner = template.part(box)
        (height, width), (rows, columns) = inner.shape, image.shape
        if not inner.weight.any() or height > rows + 2 or width > columns + 2:
            return []
        scores = np.empty((rows + 2 - height + 1, columns + 2 - width + 1), np.float32)
        padded = image.part(Window(-1, -1, rows + 1, columns + 1))
        correlate(padded, inner, "ncc", 0.8 * self.min_overlap, scores, rough=True)
        down, along = middle[0] - box[0] - 1, middle[1] - box[1] - 1
        places = zip(*maxima(scores, _COARSE * self.threshold), strict=True)
        return [Pose(r + down, c + along, math.radians(angle), scale, float(score)) for r, c, score in places]

    def _polished(self, image: Pixels | Block, level: int, pose: Pose, rounds: int = 12) -> Pose:
        """The pose moved to where the template of this level fits best, and its score there."""
        window = self._around(pose, level, image.shape)
        if window.empty:
            return replace(pose, score=-1.0)
        block = image.part(window)
        at = np.array([pose.row - window[0], pose.column - window[1], pose.angle, pose.scale, *self._middle(level)])
        score = self._moved(block, level, at, rounds)
        return Pose(float(at[0] + window[0]), float(at[1] + window[1]), float(at[2]), float(at[3]), score)

    def _moved(self, block: Block, level: int, at: np.ndarray, rounds: int) -> float:
        """Change a pose to where it fits best; its score.

        On the finest level both are smoothed for it: bilinear interpolation smooths most half way between pixels, and
        noise would draw places there.
        """
        from roimask.kernels.compiled import poses

        template, start, reach = self.levels[level], at.copy(), self._reach(level)
        limits = np.array([self.min_overlap, _FRAMED])
        if level == 0 and self._smooth is not None:
            total = self._smooth.total
            if poses.polish(*smoothed(block), *self._smooth, at, self.free, limits * total, reach, rounds) >= 0:
                return float(poses.score(*block, *template, at, limits * template.total))
            at[:] = start
        return float(poses.polish(*block, *template, at, self.free, limits * template.total, reach, rounds))

    @cached_property
    def _smooth(self) -> Block | None:
        """The template a little smoother; None where that would leave little of it."""
        smooth = smoothed(self.template)
        return smooth if smooth.total > 0.5 * self.template.total else None
