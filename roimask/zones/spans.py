"""Which pixels of a strip of rows are in which zones: spans, from outlines by one of three rules, or from labels."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, NamedTuple, Protocol

import numpy as np

from roimask.frame import Frame
from roimask.mask import Mask
from roimask.running.regions import ranges
from roimask.zones.place import Rings

__all__ = ["Labels", "Outlines", "Rule", "Spans", "Zones"]

Rule = Literal["exact", "centre", "touched"]


class Spans(NamedTuple):
    """Runs of pixels within a row; those of one zone stand together.

    Attributes
    ----------
    places : int32 ndarray (S, 4)
        Row, first column, the column after the last, and the place of the zone among those that were asked for.
    shares : float64 ndarray (S,)
        The part of each pixel that is in the zone.
    """

    places: np.ndarray
    shares: np.ndarray


class Zones(Protocol):
    """Zones on a grid.

    Attributes
    ----------
    extents : int64 ndarray (Z, 2)
        The first row of each zone on the frame, and the one after its last; 0, 0 where it has none.
    whole : bool
        Whether a pixel is in a zone or is not, so that no share lies between.
    """

    whole: bool

    @property
    def extents(self) -> np.ndarray: ...

    def spans(self, chosen: np.ndarray, top: int, bottom: int) -> Spans:
        """The spans of some zones in the rows of a strip."""


class Outlines:
    """Zones by their outlines.

    Parameters
    ----------
    rings : Rings
        In columns and rows of the frame.
    count : int
        How many zones there are, also without rings.
    """

    def __init__(self, rings: Rings, count: int, frame: Frame, rule: Rule):
        self.x, self.y = np.ascontiguousarray(rings.points.T)
        self.rings, self.frame, self.rule = rings.offsets, frame, rule
        self.zones = np.searchsorted(rings.zone, np.arange(count + 1))
        self.whole = rule != "exact"
        self.boxes = self._boxes(count)
        self.extents = self._extents()

    def _boxes(self, count: int) -> np.ndarray:
        """Top, left, bottom and right of each zone."""
        boxes = np.zeros((count, 4))
        some = np.flatnonzero(np.diff(self.zones))
        if len(some):
            starts = self.rings[self.zones[some]]
            for column, (values, extreme) in enumerate(
                [(self.y, np.minimum), (self.x, np.minimum), (self.y, np.maximum), (self.x, np.maximum)]
            ):
                boxes[some, column] = extreme.reduceat(values, starts)
        return boxes

    def _extents(self) -> np.ndarray:
        top, left, bottom, right = self.boxes.T
        height, width = self.frame.shape
        first, last = np.clip(np.floor(top), 0, height), np.clip(np.ceil(bottom), 0, height)
        seen = (first < last) & (right > 0) & (left < width)
        return np.where(seen[:, None], np.stack([first, last], axis=1), 0).astype(np.int64)

    def fit(self) -> np.ndarray:
        """Whether all of a zone is on the frame."""
        top, left, bottom, right = self.boxes.T
        return (top >= 0) & (left >= 0) & (bottom <= self.frame.height) & (right <= self.frame.width)

    def areas(self) -> np.ndarray:
        """The area of each zone on the frame, in pixels."""
        from roimask.kernels.compiled.spans import areas_within

        return areas_within(self.x, self.y, self.rings, self.zones, *map(float, self.frame.shape))

    def spans(self, chosen: np.ndarray, top: int, bottom: int) -> Spans:
        """The spans of some zones in the rows of a strip."""
        from roimask.kernels.compiled.spans import cover_spans

        if self.rule == "centre":
            return self._by_centres(chosen, top, bottom)
        return Spans(
            *cover_spans(
                self.x, self.y, self.rings, self.zones, self.boxes, chosen, top, bottom, self.frame.width,
                self.rule == "touched",
            )
        )  # fmt: skip

    def _by_centres(self, chosen: np.ndarray, top: int, bottom: int) -> Spans:
        """By the kernel that draws polygons, which takes rings without their last, repeated point."""
        from roimask.kernels.compiled.polygons import polygon_runs

        rings = ranges(self.zones[chosen], self.zones[chosen + 1])
        corners = ranges(self.rings[rings], self.rings[rings + 1] - 1)
        offsets = np.concatenate([[0], np.cumsum(self.rings[rings + 1] - self.rings[rings] - 1)])
        polygons = np.concatenate([[0], np.cumsum(self.zones[chosen + 1] - self.zones[chosen])])
        runs = polygon_runs(self.x[corners], self.y[corners] - top, offsets, polygons, bottom - top, self.frame.width)
        runs[:, 0] += top
        runs = _apart(runs)
        return Spans(runs, np.ones(len(runs)))


def _apart(runs: np.ndarray) -> np.ndarray:
    """Runs, in order, without what the runs before cover: one along a level edge may lie on another."""
    if not len(runs):
        return runs
    row = np.cumsum(np.append(False, (np.diff(runs[:, [0, 3]], axis=0) != 0).any(axis=1))) << 32
    reach = np.maximum.accumulate(row + runs[:, 2])[:-1] - row[1:]
    runs[1:, 1] = np.maximum(runs[1:, 1], np.maximum(reach, 0))
    return runs[runs[:, 1] < runs[:, 2]]


class Labels:
    """Zones by a mask of labels."""

    whole = True

    def __init__(self, mask: Mask):
        self.mask = mask

    @cached_property
    def extents(self) -> np.ndarray:
        """The first row of each zone, and the one after its last."""
        from roimask.kernels.compiled.spans import label_extents

        if not self.mask.labels:
            return np.empty((0, 2), np.int64)
        return label_extents(self.mask.values, self._numbers, len(self.mask.labels)) + self.mask.window.top

    @cached_property
    def _numbers(self) -> np.ndarray:
        """The place of each label among all of them."""
        labels = np.array(self.mask.labels, np.int64)
        numbers = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
        numbers[labels] = np.arange(labels.size)
        return numbers

    def spans(self, chosen: np.ndarray, top: int, bottom: int) -> Spans:
        """The spans of some zones in the rows of a strip."""
        from roimask.kernels.compiled.polygons import by_count
        from roimask.kernels.compiled.spans import label_spans

        window = self.mask.window.meet((top, 0, bottom, self.mask.frame.width))
        places = label_spans(self.mask.read(window), self._numbers, *window[:2])
        places = places[by_count(places[:, 3], len(self.mask.labels))[1]]
        places[:, 3] = np.searchsorted(chosen, places[:, 3])
        return Spans(places, np.ones(len(places)))
