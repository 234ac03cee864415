"""GeoJSON by RFC 7946: WGS 84 on a georeferenced frame, else pixels (x = column, y = row), as QuPath has them.

Region k is the k-th feature with an area, named by its properties; where two overlap, the later one wins. Coordinates
of another CRS are understood where the file names it (``crs``, which RFC 7946 no longer has). On a frame with a
transform and no CRS, coordinates are those of its world.
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from roimask.errors import ReadError, WriteError
from roimask.formats import _json
from roimask.formats._features import PIXELS, UNNAMED, WGS84, gathered, in_world, transformed
from roimask.formats._objects import Objects, parse_tag
from roimask.formats._regions import Region, regions, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "matches", "objects", "read", "write"]

SUFFIXES = (".geojson", ".json")
_GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
_IN_PIXELS = {"coordinates": "pixels"}  # what the tag of a file says that was written for a frame without a place


def matches(path: str) -> bool:
    """Whether a JSON file is GeoJSON, or a list of features as QuPath exports it."""
    content = _json.load(path)
    first = content[0] if isinstance(content, list) and content else content
    return isinstance(first, dict) and str(first.get("type")) in _GEOMETRIES | {"Feature", "FeatureCollection"}


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the features with an area; the frame says which grid they are for."""
    return objects(path, frame).mask(frame, kind)  # type: ignore[arg-type]  # objects refuses None


def objects(path: str, frame: Frame | None) -> Objects:
    """The features with an area, not drawn yet."""
    name, content = shown(path), _json.load(path)
    features = _features(content, name)
    tag = parse_tag(content.get("roimask")) if isinstance(content, dict) else {}
    crs = PIXELS if _IN_PIXELS.items() <= tag.items() else _named_crs(content)
    return gathered(features, crs, frame, name, tag)


def _features(content: Any, name: str) -> list[Any]:
    """The features of a file of any of GeoJSON's types."""
    if isinstance(content, list):
        return content
    if content["type"] == "FeatureCollection":
        if not isinstance(content.get("features"), list):
            raise ReadError(f"{name} is a FeatureCollection without a list of features.")
        return content["features"]
    return [content if content["type"] == "Feature" else {"geometry": content}]


def _named_crs(content: Any) -> str:
    """The CRS that the file names, as GeoJSON once could; else WGS 84, or pixels on a frame that has no place."""
    crs = content.get("crs") if isinstance(content, dict) else None
    try:
        return UNNAMED if crs is None else str(crs["properties"]["name"])
    except (TypeError, KeyError):
        return UNNAMED


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a feature a region: outer rings counter-clockwise, holes clockwise, in WGS 84 where the frame has a CRS."""
    frame, name = mask.frame, shown(path)
    features = [_feature(region, frame, name) for region in regions(mask, name)]
    tag = tag_of(mask) if frame.georeferenced else {**tag_of(mask), **_IN_PIXELS}
    _json.dump(path, {"type": "FeatureCollection", "features": features, "roimask": tag})


def _feature(region: Region, frame: Frame, name: str) -> dict[str, Any]:
    polygons = [
        [_closed(_position(ring, frame, name), hole) for hole, ring in enumerate((polygon.points, *polygon.holes))]
        for polygon in region.polygons
    ]
    single = len(polygons) == 1
    geometry = {"type": "Polygon" if single else "MultiPolygon", "coordinates": polygons[0] if single else polygons}
    properties = {"name": region.name, "label": region.label}
    return {"type": "Feature", "id": region.label, "properties": properties, "geometry": geometry}


def _position(ring: np.ndarray, frame: Frame, name: str) -> np.ndarray:
    """Rows and columns as positions (x, y)."""
    points = in_world(ring, frame)
    if frame.crs is None:
        return points
    points = transformed(points, frame.crs, WGS84)
    if not np.isfinite(points).all() or np.ptp(points[:, 0]) > 180:
        raise WriteError(
            f"{name}: a region crosses the antimeridian or leaves WGS 84, which GeoJSON cannot hold; use .gpkg."
        )
    return points


def _closed(points: np.ndarray, hole: int) -> list[list[float]]:
    """The ring as GeoJSON has it: an outer one counter-clockwise, a hole clockwise, the first point again last."""
    x, y = (points - points[0]).T
    if (np.dot(x, np.roll(y, -1)) > np.dot(y, np.roll(x, -1))) == (hole > 0):
        points = points[::-1]
    return [*points.tolist(), points[0].tolist()]
