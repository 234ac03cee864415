"""How well a mask or a response agrees with the truth: what is answered, and how it is reckoned."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from roimask.mask import Mask
from roimask.masks.morphology import grow
from roimask.masks.outlines import skeleton
from roimask.masks.overlap import iou
from roimask.masks.pieces import components

__all__ = ["Curve", "Score", "curve_of", "lines_of", "objects_of", "overlap_of"]

_THRESHOLDS = 512  # that a response is tried at


@dataclass(frozen=True, eq=False)
class Curve:
    """Precision and recall of a response at each threshold.

    Attributes
    ----------
    thresholds, precision, recall : array (N,)
        Ascending thresholds; a pixel counts where the response is that or more.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray

    @property
    def f1(self) -> np.ndarray:
        """The harmonic mean of both; 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / np.where(total > 0, total, 1)

    @property
    def best(self) -> float:
        """The threshold of the highest F1; NaN where there is none."""
        return float(self.thresholds[np.argmax(self.f1)]) if self.thresholds.size else math.nan

    def picture(self, side: int = 320) -> np.ndarray:
        """The curve drawn: recall to the right, precision upwards, the best threshold marked.

        Parameters
        ----------
        side : int, optional
            Height and width in pixels. Default 320.

        Returns
        -------
        array (side, side, 3)
            uint8.
        """
        import cv2

        picture, edge = np.full((side, side, 3), 255, np.uint8), side // 10
        places = np.stack([self.recall, 1 - self.precision], axis=1) * (side - 2 * edge) + edge
        cv2.rectangle(picture, (edge, edge), (side - edge, side - edge), (160, 160, 160))
        cv2.polylines(picture, [np.rint(places).astype(np.int32)], False, (200, 60, 30), 2, cv2.LINE_AA)
        if self.thresholds.size:
            at = tuple(int(part) for part in np.rint(places[np.argmax(self.f1)]))
            cv2.circle(picture, at, max(side // 60, 3), (30, 60, 200), -1, cv2.LINE_AA)
        return picture


@dataclass(frozen=True, eq=False)
class Score:
    """How well something was found.

    Attributes
    ----------
    precision, recall, f1 : float
        Of what was found the share that is true, of what is true the share that was found, and their harmonic mean;
        with a buffer, within so many pixels. NaN where there is nothing to take a share of.
    iou : float
        Intersection over union, without a buffer.
    threshold : float
        From which value on a response counts as found; NaN where a mask was given.
    completeness, correctness, quality : float
        Of the centre lines, within the buffer; NaN where these were not asked for.
    object_precision, object_recall : float
        Of whole objects; NaN where these were not asked for.
    curve : Curve or None
        Of a response: precision and recall at each threshold.
    """

    precision: float
    recall: float
    f1: float
    iou: float
    threshold: float = math.nan
    completeness: float = math.nan
    correctness: float = math.nan
    quality: float = math.nan
    object_precision: float = math.nan
    object_recall: float = math.nan
    curve: Curve | None = field(default=None, repr=False)

    def _asdict(self) -> dict[str, Any]:
        """A row of a table: what was asked for."""
        numbers = {name: value for name, value in asdict(self).items() if name != "curve"}
        always = ("precision", "recall", "f1", "iou")
        return {name: value for name, value in numbers.items() if name in always or value == value}


def share(part: float, whole: float) -> float:
    """A share of something; NaN of nothing."""
    return part / whole if whole else math.nan


def both(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where one of both is nothing, NaN where both are."""
    if math.isnan(precision) and math.isnan(recall):
        return math.nan
    known = [0.0 if math.isnan(part) else part for part in (precision, recall)]
    return 2 * known[0] * known[1] / sum(known) if sum(known) else 0.0


def overlap_of(found: Mask, truth: Mask, buffer: float) -> dict[str, float]:
    """Precision, recall and F1, relaxed by the buffer; and IoU."""
    precision = share((found & _near(truth, buffer)).area, found.area)
    recall = share((truth & _near(found, buffer)).area, truth.area)
    union = share((found & truth).area, (found | truth).area)
    return dict(precision=precision, recall=recall, f1=both(precision, recall), iou=union)


def _near(mask: Mask, buffer: float) -> Mask:
    return grow(mask, buffer) if buffer else mask


def lines_of(found: Mask, truth: Mask, buffer: float) -> dict[str, float]:
    """Completeness, correctness and quality of the centre lines."""
    lines, known = skeleton(found), skeleton(truth)
    matched, hit = (lines & _near(known, buffer)).area, (known & _near(lines, buffer)).area
    completeness, correctness = share(hit, known.area), share(matched, lines.area)
    return dict(
        completeness=completeness,
        correctness=correctness,
        quality=share(matched, lines.area + known.area - hit),
    )


def objects_of(found: Mask, truth: Mask, least: float) -> dict[str, float]:
    """The shares of objects that have a partner with at least this IoU."""
    ours, theirs = (mask if mask.kind == "labels" else components(mask) for mask in (found, truth))
    overlaps = iou(ours, theirs)
    return dict(
        object_precision=share(float((overlaps.max(axis=1, initial=0) >= least).sum()), len(ours.labels)),
        object_recall=share(float((overlaps.max(axis=0, initial=0) >= least).sum()), len(theirs.labels)),
    )


def curve_of(response: np.ndarray, truth: Mask, buffer: float) -> Curve:
    """Precision and recall of a response, NaN where nothing is said, at thresholds that part its pixels evenly."""
    known = ~np.isnan(response)
    values, true = response[known], np.asarray(truth, bool)
    if not values.size:
        return Curve(*np.empty((3, 0)))
    near = np.asarray(_near(truth, buffer), bool)[known]
    reached = _highest_within(response, buffer)[true & known]
    thresholds = np.unique(np.quantile(values, np.linspace(0, 1, _THRESHOLDS), method="nearest"))
    count, hits = _at_least(values, thresholds), _at_least(values[near], thresholds)
    return Curve(thresholds, hits / count, _at_least(reached, thresholds) / max(reached.size, 1))


def _at_least(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return values.size - np.searchsorted(np.sort(values), thresholds)


def _highest_within(response: np.ndarray, buffer: float) -> np.ndarray:
    """The highest value within the buffer of each pixel."""
    import cv2

    reach = np.arange(-math.floor(buffer), math.floor(buffer) + 1)
    disk = (np.hypot(*np.meshgrid(reach, reach)) <= buffer).astype(np.uint8)
    return cv2.dilate(np.where(np.isnan(response), -np.inf, response).astype(response.dtype), disk)
