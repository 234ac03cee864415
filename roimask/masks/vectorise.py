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
    for owner, (start, stop) in zip(owners.tolist(), pairwise(rings.tolist()), strict=True):
        if len(found[owner].points):
            found[owner].holes.append(corners[start:stop])
        else:
            found[owner] = found[owner]._replace(points=corners[start:stop])
    return sorted(found, key=lambda polygon: polygon.label)


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
