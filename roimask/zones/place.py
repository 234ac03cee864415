"""Outlines laid on the grid of a raster: projected, bent where that bends them, wrapped around the world, in pixels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from roimask.errors import ParameterError, ReadError, import_extra
from roimask.formats._features import PIXELS, UNNAMED, WGS84, transformed
from roimask.frame import Frame
from roimask.zones.layer import OWN, Layer

__all__ = ["Rings", "rings_on"]

Project = Callable[[np.ndarray], np.ndarray]

_BENT = 1 / 256  # pixels: how far a straight edge may lie from where its middle belongs
_HALVINGS = 16
_MERCATOR = 2 * np.pi * 6378137.0  # metres around the world
_REACH = 1e9  # pixels; areas are lost in the rounding of coordinates beyond


class Rings(NamedTuple):
    """Closed rings of points, one after the other; ring k holds points offsets[k] to offsets[k + 1] - 1.

    Attributes
    ----------
    points : float64 ndarray (N, 2)
    offsets : int64 ndarray (R + 1,)
    polygon, zone : int64 ndarray (R,)
        Which polygon and which zone a ring is of; both ascend, and a polygon's outer ring comes first.
    """

    points: np.ndarray
    offsets: np.ndarray
    polygon: np.ndarray
    zone: np.ndarray

    def areas(self, count: int) -> np.ndarray:
        """The area of each of ``count`` zones."""
        found = np.zeros(count)
        if len(self.polygon):
            x, y = (self.points - self.points[self.offsets[:-1]][self.of_point]).T  # small numbers lose fewer digits
            twice = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)
            twice[self.offsets[1:] - 1] = 0.0  # from one ring to the next
            np.add.at(found, self.zone, np.add.reduceat(twice, self.offsets[:-1]) / 2)
        return np.abs(found)

    @property
    def of_point(self) -> np.ndarray:
        """The ring of each point."""
        return np.repeat(np.arange(len(self.polygon)), np.diff(self.offsets))

    def taken(self, chosen: np.ndarray) -> Rings:
        """Some of the rings, in the order asked for."""
        lengths = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        index = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][chosen] - offsets[:-1], lengths)
        return Rings(self.points[index], offsets, self.polygon[chosen], self.zone[chosen])

    def joined(self, other: Rings) -> Rings:
        """The rings of both, by zone."""
        both = Rings(
            np.concatenate([self.points, other.points]),
            np.concatenate([self.offsets, other.offsets[1:] + self.offsets[-1]]),
            np.concatenate([self.polygon, other.polygon]),
            np.concatenate([self.zone, other.zone]),
        )
        return both.taken(np.argsort(both.zone, kind="stable"))


def rings_on(frame: Frame, layer: Layer) -> tuple[Rings, np.ndarray]:
    """The rings of a layer's polygons as points (column, row) of a frame, and the area of each zone in pixels.

    Holes are walked against their outer rings.

    Raises
    ------
    ParameterError
        Where it cannot be said where the zones lie on the frame.
    """
    rings, beyond = _rings(layer.shapes), np.ones(len(layer.shapes))
    source = _source(layer, frame, rings.points)
    if layer.crs == PIXELS:
        frame = Frame(*frame.shape)
    if source is not None:
        rings, beyond = _projected(layer.shapes, rings, source, frame)
    around = _around(frame.crs)
    rings = _placeable(_unwrapped(rings, around), frame)
    area = _in_pixels(rings, frame).areas(len(layer.shapes)) * beyond
    return _in_pixels(_wrapped(rings, frame, around), frame), area


def _rings(shapes: np.ndarray) -> Rings:
    shapely = import_extra("shapely", "geo", "Zones that are outlines")
    parts, zone = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # a collection may hold several
    polygons = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    parts, zone = shapely.orient_polygons(parts[polygons]), zone[inner][polygons]
    rings, polygon = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(ring, minlength=len(rings)))])
    return Rings(points, offsets.astype(np.int64), polygon, zone[polygon])


def _say(text: str) -> None:
    warnings.warn(text, stacklevel=2)


# -- where coordinates are ---------------------------------------------------------------------------------------------


def _source(layer: Layer, frame: Frame, points: np.ndarray) -> str | None:
    """The CRS to project from; None where coordinates are those of the frame."""
    if frame.transform is None:
        if layer.crs in (OWN, UNNAMED, PIXELS):
            return None
        raise ParameterError(
            f"{layer.name} is in {layer.crs}, the raster {frame.describe()} has no place in the world. Give a raster "
            "that has one, or zones in columns and rows."
        )
    if layer.crs in (OWN, PIXELS):
        return None
    if frame.crs is None:
        if layer.crs != UNNAMED:
            _say(f"The raster names no CRS: it is taken to be in {layer.crs}, as {layer.name} is.")
        return None
    source = WGS84 if layer.crs == UNNAMED else layer.crs
    if layer.crs == UNNAMED and (np.abs(points) > (360, 90)).any():
        x, y = points[(np.abs(points) > (360, 90)).any(axis=1)][0]
        raise ParameterError(
            f"{layer.name}: positions are no degrees ({x:.6g}, {y:.6g}) and no CRS is named. Give crs=, such as "
            f"crs='{frame.crs if len(frame.crs) < 40 else 'EPSG:...'}'."
        )
    return None if source == frame.crs else source


def _pixels(points: np.ndarray, frame: Frame) -> np.ndarray:
    if frame.transform is None:
        return points
    row, column = frame.rowcol(points[:, 0], points[:, 1])  # type: ignore[arg-type]
    return np.stack([column, row], axis=1)


def _in_pixels(rings: Rings, frame: Frame) -> Rings:
    return rings._replace(points=_pixels(rings.points, frame))


def _projected(shapes: np.ndarray, rings: Rings, source: str, frame: Frame) -> tuple[Rings, np.ndarray]:
    """The rings in the frame's world, and how many times larger each zone is than what of it is near the frame.

    A zone that reaches to where the projection ends is cut to the neighbourhood of the frame before.
    """
    project, around = _projection(source, str(frame.crs)), _around(source)
    placed = _bent(_unwrapped(rings, around), project, frame)
    lost = np.unique(placed.zone[placed.of_point[~np.isfinite(placed.points).all(axis=1)]])
    beyond, box = np.ones(len(shapes)), _neighbourhood(frame, source) if len(lost) else None
    if box is None:
        return placed, beyond
    import shapely

    near = shapes.copy()
    near[lost] = shapely.clip_by_rect(shapely.make_valid(shapes[lost]), *box)
    with np.errstate(divide="ignore"):
        beyond[lost] = shapely.area(shapes[lost]) / shapely.area(near[lost])
    return _bent(_unwrapped(_rings(near), around), project, frame), beyond


def _neighbourhood(frame: Frame, crs: str) -> np.ndarray | None:
    """Left, bottom, right and top of three times the frame, in another CRS; None where it has no place there."""
    steps = np.linspace(0, 1, 21)
    border = [place for step in steps for place in ((0, step), (1, step), (step, 0), (step, 1))]
    world = np.array([frame.xy(row * frame.height, column * frame.width) for row, column in border])
    there = _projection(str(frame.crs), crs)(world)
    if not np.isfinite(there).all():
        return None
    low, high = there.min(axis=0), there.max(axis=0)
    return np.concatenate([2 * low - high, 2 * high - low])


def _projection(source: str, target: str) -> Project:
    """From one CRS to another; what has no place there is NaN."""
    crs = import_extra("rasterio.crs", "geo", "Another CRS than the raster's")
    for text in (source, target):
        try:
            crs.CRS.from_string(text)
        except Exception as error:  # rasterio's own, which cannot be named without importing it
            raise ParameterError(f"{text!r} is no CRS that is known: {error}") from None

    def project(points: np.ndarray) -> np.ndarray:
        try:
            return transformed(points, source, target)
        except ReadError:  # one is outside of the projection's domain: find it
            half = len(points) // 2
            return np.concatenate([project(points[:half]), project(points[half:])]) if half else np.full((1, 2), np.nan)

    return project


def _placeable(rings: Rings, frame: Frame) -> Rings:
    """The rings without those of zones that have no place on the grid."""
    good = (np.abs(_pixels(rings.points, frame)) <= _REACH).all(axis=1)  # False for NaN too
    if good.all():
        return rings
    lost = np.unique(rings.zone[np.unique(rings.of_point[~good])])
    _say(f"Zones without a place on the grid of the raster ({len(lost)}, number {lost[0] + 1} first) are empty.")
    return rings.taken(np.flatnonzero(~np.isin(rings.zone, lost)))


# -- edges that bend ---------------------------------------------------------------------------------------------------


def _bent(rings: Rings, project: Project, frame: Frame) -> Rings:
    """The rings projected; an edge that is straight before and would not be after gets points between."""
    points, offsets = rings.points, rings.offsets
    placed = project(points)
    fresh = np.delete(np.arange(len(points) - 1), offsets[1:-1] - 1) if len(points) else np.empty(0, np.int64)
    for _ in range(_HALVINGS):
        middles = (points[fresh] + points[fresh + 1]) / 2
        there = project(middles) if len(fresh) else middles
        apart = _pixels(there, frame) - (_pixels(placed[fresh], frame) + _pixels(placed[fresh + 1], frame)) / 2
        with np.errstate(invalid="ignore"):
            bent = np.isfinite(apart).all(axis=1) & (np.hypot(*apart.T) > _BENT)
        if not bent.any():
            break
        after = fresh[bent] + 1
        points, placed = np.insert(points, after, middles[bent], axis=0), np.insert(placed, after, there[bent], axis=0)
        new = after + np.arange(len(after))
        offsets = offsets + np.searchsorted(after, offsets)
        fresh = np.sort(np.concatenate([new - 1, new]))
    return rings._replace(points=placed, offsets=offsets)


# -- around the world --------------------------------------------------------------------------------------------------


def _around(crs: str | None) -> float:
    """How far it is around the world along x; inf where coordinates do not go around."""
    return 360.0 if Frame(0, 0, crs=crs).geographic else _MERCATOR if crs == "EPSG:3857" else np.inf


def _unwrapped(rings: Rings, around: float) -> Rings:
    """Rings whose edges go the short way where they cross the antimeridian.

    An edge that is more than half around the world is one that crosses it; one that is all of it is not.
    """
    x, ring = rings.points[:, 0].copy(), rings.of_point
    steps = np.diff(x, prepend=x[:1])
    steps[rings.offsets[:-1]] = 0.0
    with np.errstate(invalid="ignore"):
        jumps = (np.abs(steps) > around / 2) & (np.abs(steps) < around * (1 - 1e-9))
    if not jumps.any():
        return rings
    turns = np.where(jumps, -np.sign(steps), 0.0)
    shift = np.cumsum(turns)
    shift -= shift[rings.offsets[:-1]][ring]
    closed = shift[rings.offsets[1:] - 1] == 0  # one that does not come back goes around a pole
    x += np.where(closed[ring], shift, 0.0) * around
    changed = np.unique(rings.polygon[np.unique(ring[jumps])])
    chosen = np.isin(rings.polygon, changed)
    count = len(np.unique(rings.zone[chosen]))
    _say(f"Zones with edges that are more than half around the world ({count}) are taken to cross the antimeridian.")
    return _with_holes(rings._replace(points=np.stack([x, rings.points[:, 1]], axis=1)), chosen, around)


def _with_holes(rings: Rings, chosen: np.ndarray, around: float) -> Rings:
    """The rings with the holes of some polygons brought to where their outer rings are."""
    low, high = _extents(rings)
    middle = (low + high) / 2
    outer = middle[np.searchsorted(rings.polygon, rings.polygon)] if len(middle) else middle
    shift = np.where(chosen, np.round((outer - middle) / around), 0.0) * around
    return rings._replace(points=rings.points + np.stack([shift, np.zeros_like(shift)], axis=1)[rings.of_point])


def _wrapped(rings: Rings, frame: Frame, around: float) -> Rings:
    """The rings, and once more those of polygons that also lie on the frame when moved once around the world."""
    if not (len(rings.polygon) and np.isfinite(around)):
        return rings
    corners = [frame.xy(row, column)[0] for row in (0, frame.height) for column in (0, frame.width)]
    low, high = _extents(rings)
    last = np.flatnonzero(np.append(np.diff(rings.polygon) > 0, True))
    number = np.searchsorted(rings.polygon[last], rings.polygon)
    first = np.concatenate([[0], last[:-1] + 1])
    low, high = np.fmin.reduceat(low, first)[number], np.fmax.reduceat(high, first)[number]
    found = rings
    for shift in (-around, around):
        seen = np.flatnonzero((low + shift < max(corners)) & (high + shift > min(corners)))
        if len(seen):
            moved = rings.taken(seen)
            found = found.joined(moved._replace(points=moved.points + (shift, 0.0)))
    return found


def _extents(rings: Rings) -> tuple[np.ndarray, np.ndarray]:
    x = rings.points[:, 0]
    starts: Any = rings.offsets[:-1]
    if not len(starts):
        return np.empty(0), np.empty(0)
    return np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts)
