"""Features of maps on the way to a mask: their polygons, their names, and where they lie on a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from roimask.errors import ReadError, import_extra
from roimask.formats._objects import Objects
from roimask.frame import Frame

__all__ = ["PIXELS", "UNNAMED", "WGS84", "gathered", "in_world", "transformed"]

WGS84 = "EPSG:4326"
UNNAMED = ""  # of a file that names no CRS: WGS 84 on a frame with a CRS, else whatever the frame counts in
PIXELS = "pixels"
_SAME = (WGS84, "OGC:CRS84")  # longitude first in both, as GDAL has it
_NAMES = ("name", "label", "class", "classification", "category", "title")


def gathered(features: Sequence[Any], crs: str, frame: Frame | None, name: str, tag: Mapping[str, Any]) -> Objects:
    """The features with an area, in rows and columns: region k is the k-th feature, and the later one wins.

    Parameters
    ----------
    features : sequence of dict
        As GeoJSON has them: with ``geometry`` and ``properties``.
    crs : str
        Of their coordinates.
    """
    if frame is None:
        raise ReadError(f"{name} does not say which grid it is for; give frame= (an image, a Raster, a shape).")
    objects = Objects(name, tag)
    parsed = [_parsed(feature) for feature in features]
    places = iter(
        _placed([ring for polygons, _ in parsed for polygon in polygons for ring in polygon], crs, frame, name)
    )
    for number, (feature, (polygons, reason)) in enumerate(zip(features, parsed, strict=True), 1):
        what, title = f"feature {number}", _name_of(feature)
        if reason:
            objects.skip(f"{what} ({title!r})" if title else what, reason)
        else:
            objects.add(what, title, [[next(places) for _ in polygon] for polygon in polygons])
    return objects


def _parsed(feature: Any) -> tuple[list[list[np.ndarray]], str]:
    """The polygons of a feature, each a list of rings (x, y), and why there are none."""
    try:
        polygons = [[_ring(ring) for ring in polygon] for polygon in _polygons(feature.get("geometry")) if len(polygon)]
        return polygons, "" if polygons else "it has no polygon"
    except (TypeError, KeyError, AttributeError):
        return [], "its geometry is not as GeoJSON has it"
    except ValueError as error:
        return [], str(error)


def _polygons(geometry: Mapping[str, Any] | None) -> Sequence[Any]:
    if geometry is None:
        raise ValueError("it has no geometry")
    if geometry["type"] == "GeometryCollection":
        return [polygon for part in geometry["geometries"] for polygon in _polygons(part)]
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"a {geometry['type']} has no area")
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def _ring(positions: Any) -> np.ndarray:
    try:
        ring = np.array(positions, np.float64)
    except (TypeError, ValueError):
        raise ValueError("its positions are not pairs of numbers") from None
    if ring.ndim != 2 or ring.shape[1] < 2:
        raise ValueError("its positions are not pairs of numbers")
    return ring[:, :2]  # the height is not looked at


def _name_of(feature: Any) -> str | None:
    """The first property that is a name; QuPath's classification is an object that has one."""
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    known = {str(key).lower(): value for key, value in properties.items()} if isinstance(properties, Mapping) else {}
    for key in _NAMES:
        value = known.get(key)
        value = value.get("name") if isinstance(value, Mapping) else value
        if value is not None:
            return str(value)
    return None


# -- places ------------------------------------------------------------------------------------------------------


def _placed(rings: list[np.ndarray], crs: str, frame: Frame, name: str) -> list[np.ndarray]:
    """The rings in rows and columns of the frame, all converted at once."""
    if not rings:
        return []
    places = _in_pixels(np.concatenate(rings), crs, frame, name)
    return np.split(places, np.cumsum([len(ring) for ring in rings])[:-1])


def _in_pixels(points: np.ndarray, crs: str, frame: Frame, name: str) -> np.ndarray:
    """Positions (x, y) as rows and columns."""
    if frame.transform is None and crs not in (UNNAMED, PIXELS):
        raise ReadError(
            f"{name} is in {crs}, the frame {frame.describe()} has no place in the world; give one that has."
        )
    if frame.transform is None or crs == PIXELS:
        return points[:, ::-1]
    if frame.crs is not None:
        points = transformed(points, crs or _degrees(points, name), frame.crs)
    return np.stack(frame.rowcol(points[:, 0], points[:, 1]), axis=1)  # type: ignore[arg-type]


def _degrees(points: np.ndarray, name: str) -> str:
    """WGS 84, if the positions can be degrees."""
    beyond = np.flatnonzero((np.abs(points) > (360, 90)).any(axis=1))
    if len(beyond):
        x, y = points[beyond[0]]
        raise ReadError(
            f"{name} has positions that are no degrees ({x:.6g}, {y:.6g}), so it is not in WGS 84 as it should be; "
            f"name its CRS in the file's crs member, or convert it (ogr2ogr -t_srs EPSG:4326)."
        )
    return WGS84


def transformed(points: np.ndarray, source: str, target: str) -> np.ndarray:
    """Positions (x, y) of one CRS in another.

    Raises
    ------
    ReadError
        Where one of the two is not known.
    """
    if source == target or (source in _SAME and target in _SAME):
        return points
    warp = import_extra("rasterio.warp", "geo", "Another CRS than the frame's")
    try:
        x, y = warp.transform(source, target, points[:, 0], points[:, 1])
    except Exception as error:  # rasterio's own, which cannot be named without importing it
        raise ReadError(f"{source} cannot be turned into {target}: {error}.") from error
    return np.stack([x, y], axis=1)


def in_world(ring: np.ndarray, frame: Frame) -> np.ndarray:
    """Rows and columns as positions (x, y) in the frame's world; in pixels where it has no place."""
    if frame.transform is None:
        return ring[:, ::-1]
    a, b, c, d, e, f = frame.transform
    return ring @ np.array([[b, e], [a, d]]) + (c, f)
