"""Vector files of maps, by GDAL: GeoPackage both ways, Shapefile and FlatGeobuf for reading.

Region k is the k-th feature with an area of the first layer, named by its attributes; where two overlap, the later one
wins. Written are polygons in the frame's own CRS.
"""

from __future__ import annotations

import json
import warnings
from os import PathLike
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from roimask.errors import ReadError, import_extra
from roimask.formats._features import UNNAMED, gathered, in_world
from roimask.formats._objects import Objects, parse_tag
from roimask.formats._regions import Region, regions, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "objects", "read", "shape_of", "write"]

SUFFIXES = (".gpkg", ".shp", ".fgb")
WRITES = (".gpkg",)  # a Shapefile is several files, FlatGeobuf is streamed


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the features with an area of the first layer; the frame says which grid they are for."""
    return objects(path, frame).mask(frame, kind)  # type: ignore[arg-type]  # objects refuses None


def objects(path: str, frame: Frame | None) -> Objects:
    """The features with an area, not drawn yet."""
    name = shown(path)
    raw = import_extra("pyogrio.raw", "geo", "Reading vector files")
    shapely = import_extra("shapely", "geo", "Reading vector files")
    try:
        meta, _, geometries, columns = raw.read(path, datetime_as_string=True)
        shapes = shapely.from_wkb(geometries)
    except Exception as error:  # GDAL's own and pyogrio's, which cannot be named without importing them
        raise ReadError(f"{name} cannot be read: {error}.") from error
    rows = zip(*columns, strict=True) if columns else [()] * len(shapes)
    features = [
        {"geometry": None if shape is None else shape.__geo_interface__, "properties": _attributes(meta["fields"], row)}
        for shape, row in zip(shapes, rows, strict=True)
    ]
    return gathered(features, meta["crs"] or UNNAMED, frame, name, _tag_in(path))


def _attributes(names: Any, row: Any) -> dict[str, Any]:
    return {key: value for key, value in zip(names, row, strict=True) if value == value and value is not None}


def _tag_in(path: str) -> dict[str, Any]:
    """What a layer that was written here says of itself."""
    import pyogrio

    try:
        return parse_tag(json.loads((pyogrio.read_info(path).get("layer_metadata") or {}).get("roimask", "{}")))
    except ValueError:
        return {}


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a GeoPackage with a feature a region."""
    name = shown(path)
    raw = import_extra("pyogrio.raw", "geo", "Writing vector files")
    shapely = import_extra("shapely", "geo", "Writing vector files")
    found = regions(mask, name)
    shapes = np.array([shapely.to_wkb(shape_of(region, mask.frame)) for region in found], object)
    columns = [
        np.array([region.label for region in found], np.int32),
        np.array([region.name for region in found], object),
    ]
    facts = {"layer": "mask", "driver": "GPKG", "geometry_type": "MultiPolygon", "crs": mask.frame.crs}
    tag = {"roimask": json.dumps(tag_of(mask))}
    with atomic(path) as temporary, TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a frame without CRS is what it is
        made = Path(folder, "mask.gpkg")
        raw.write(made, shapes, columns, ["label", "name"], layer_metadata=tag, **facts)
        copyfile(made, temporary)


def shape_of(region: Region, frame: Frame) -> Any:
    """The outlines of a region as a shapely geometry in the frame's world."""
    import shapely

    rings = [[in_world(ring, frame) for ring in (polygon.points, *polygon.holes)] for polygon in region.polygons]
    return shapely.MultiPolygon([(outer, holes) for outer, *holes in rings])
