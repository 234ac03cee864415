"""From masks to polygons: exact outlines along the sides of pixels, or simplified ones that still fit together."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import MissingExtra, ParameterError, import_extra
from roimask.mask import Mask

__all__ = ["Polygon", "polygons_of"]

# What a pixel costs the plain kernel, in pixels as kernels.pick counts them.
_COST = 20


class Polygon(NamedTuple):
    """One outline of a region: ``rm.polygon(frame, polygon.points, polygon.holes)`` fills it again.

    Attributes
    ----------
    label : int
        The region that it belongs to; 1 for a binary mask. A region in several pieces has several polygons.
    points : (n, 2) float64
        Corners of its outer ring, row and column, not closed; counter-clockwise in (x, y) = (column, row), which is
        clockwise as seen.
    holes : list of (n, 2) float64
        Its holes, the other way round.
    """

    label: int
    points: np.ndarray
    holes: list[np.ndarray]


def polygons_of(mask: Mask, tolerance: float = 0.0) -> list[Polygon]:
    """Vectorise a mask; see :meth:`roimask.Mask.polygons`."""
    if mask.kind == "weights":
        raise ParameterError("weights have no outline; take mask.as_binary().polygons(), or threshold the mask first")
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise ParameterError(f"tolerance is 0 or more pixels, got {tolerance}")
    found = _exact(mask)
    return _simplified(found, tolerance) if tolerance and found else found


def _exact(mask: Mask) -> list[Polygon]:
    labels = mask.values.astype(np.int32, copy=False)
    kernel = kernels.pick("trace", labels.size * _COST)
    points, rings, owners, regions = kernel.outlines(labels)
    corners = points + np.array(mask.origin, np.float64)
    found = [Polygon(label, np.empty((0, 2)), []) for label in regions.tolist()]
    pinched = _pinched(points, rings)
    for number, (owner, (start, stop)) in enumerate(zip(owners.tolist(), pairwise(rings.tolist()), strict=True)):
        ring = corners[start:stop]
        for part in _simple_rings(ring) if pinched[number] else [ring]:
            if _doubled_area(part) > 0:
                found[owner] = found[owner]._replace(points=part)
            else:
                found[owner].holes.append(part)
    return sorted(found, key=lambda polygon: polygon.label)


def _pinched(points: np.ndarray, rings: np.ndarray) -> np.ndarray:
    """Which rings come to one corner twice: where a hole touches the outside, or another hole, at a corner."""
    ring = np.repeat(np.arange(len(rings) - 1), np.diff(rings))
    order = np.lexsort((points[:, 1], points[:, 0], ring))
    places = np.column_stack([ring, points])[order]
    again = (places[1:] == places[:-1]).all(axis=1)
    return np.bincount(places[1:][again, 0], minlength=len(rings) - 1) > 0


def _simple_rings(ring: np.ndarray) -> list[np.ndarray]:
    """A ring parted where it comes to a corner again, so that none of the parts touches itself."""
    parts: list[np.ndarray] = []
    walked: list[tuple[float, float]] = []
    seen: dict[tuple[float, float], int] = {}
    for row, column in ring.tolist():
        place = (row, column)
        if place in seen:
            loop = walked[seen[place] :]
            parts.append(np.array(loop))
            del walked[seen[place] :]
            for gone in loop:
                del seen[gone]
        seen[place] = len(walked)
        walked.append(place)
    return [*parts, np.array(walked)]


def _doubled_area(ring: np.ndarray) -> float:
    """Twice the area of a ring: above 0 for an outer one, below 0 for a hole."""
    row, column = ring[:, 0], ring[:, 1]
    return float(column @ np.roll(row, -1) - row @ np.roll(column, -1))


def _simplified(found: list[Polygon], tolerance: float) -> list[Polygon]:
    """All polygons simplified together: what two share stays shared, and none crosses itself or another."""
    shapely = import_extra("shapely", "geo", "Simplifying outlines")
    if not hasattr(shapely, "coverage_simplify"):
        raise MissingExtra("Simplifying outlines needs shapely 2.1 or newer. Install it with: pip install -U shapely")
    shapes = [shapely.Polygon(polygon.points[:, ::-1], [hole[:, ::-1] for hole in polygon.holes]) for polygon in found]
    simple = shapely.coverage_simplify(shapes, tolerance)
    return [
        Polygon(label, _ring(shape.exterior), [_ring(ring) for ring in shape.interiors])
        for polygon, geometry in zip(found, simple, strict=True)
        for label, shape in ((polygon.label, shapely.orient_polygons(part)) for part in shapely.get_parts(geometry))
    ]


def _ring(ring: Any) -> np.ndarray:
    import shapely

    return shapely.get_coordinates(ring)[:-1, ::-1]
