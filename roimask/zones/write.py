"""Tables with geometries as files of maps: GeoJSON and GeoPackage."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask.errors import ParameterError, WriteError, import_extra
from roimask.formats._features import WGS84, transformed
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_features"]

_PURPOSE = "Writing features"
_RESERVED = ("fid", "geom")  # what a GeoPackage calls its own columns


def write_features(path: str | PathLike[str], table: pd.DataFrame) -> None:
    """Write a table with geometries as GeoJSON or GeoPackage, whole or not at all.

    Parameters
    ----------
    path : path
        ``.geojson`` or ``.gpkg``. A link is replaced, not followed.
    table : pandas.DataFrame
        A row a feature, with a column ``geometry`` of shapely geometries, whose CRS is ``table.attrs["crs"]``:
        ``rm.zonal(..., geometry=True)`` answers such. None: they have no place in the world. The other columns become
        the features' attributes, NaN is no value.

    Raises
    ------
    ParameterError
        Where the table has no column ``geometry``.
    WriteError
        Where the suffix is another, GeoJSON cannot hold a geometry, or the file cannot be written.

    Notes
    -----
    GeoJSON is in WGS 84, by RFC 7946; GeoPackage keeps the CRS.

    Examples
    --------
    >>> import numpy as np, roimask as rm, shapely, tempfile, os
    >>> table = rm.zonal(np.arange(12, dtype=np.uint8).reshape(3, 4), [shapely.box(0, 0, 2, 2)], geometry=True)
    >>> path = os.path.join(tempfile.mkdtemp(), "zones.geojson")
    >>> rm.write_features(path, table)
    >>> rm.zonal(np.zeros((3, 4), np.uint8), path)[["mean_", "mean"]]
       mean_  mean
    1    2.5   0.0
    >>> rm.write_features(path, table[:0])
    >>> len(rm.zonal(np.zeros((3, 4), np.uint8), path))
    0
    """
    name = shown(path)
    write = _WRITERS.get(Path(path).suffix.lower())
    if write is None:
        raise WriteError(f"{name}: features are written as {' or '.join(_WRITERS)}.")
    if "geometry" not in table.columns:
        raise ParameterError("the table has no column 'geometry'; rm.zonal(..., geometry=True) answers one that has")
    shapes = table["geometry"].to_numpy(object)
    columns = {str(label): _plain(table[label].to_numpy()) for label in table.columns if label != "geometry"}
    write(path, name, shapes, columns, table.attrs.get("crs"))


def _plain(column: np.ndarray) -> np.ndarray:
    """A column in a type that files of features have."""
    if column.dtype.kind in "iu" and column.dtype != np.int64:
        return column.astype(np.int64)
    if column.dtype.kind == "f":
        return column.astype(np.float64)
    return column if column.dtype.kind in "ibM" else np.array([_text(value) for value in column], object)


def _text(value: Any) -> Any:
    """A text, None where there is none, and JSON for what has parts."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, tuple)) else str(value)


# -- GeoJSON -----------------------------------------------------------------------------------------------------------


def _geojson(path: Any, name: str, shapes: np.ndarray, columns: Mapping[str, np.ndarray], crs: str | None) -> None:
    shapely = import_extra("shapely", "geo", _PURPOSE)
    geometries = shapely.to_geojson(shapely.orient_polygons(_in_degrees(shapes, crs, name, shapely)))
    names = list(columns)
    rows = (
        zip(*(map(_value, column.tolist()) for column in columns.values()), strict=True)
        if names
        else ((),) * len(shapes)
    )
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for number, (row, geometry) in enumerate(zip(rows, geometries, strict=True)):
            properties = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str)
            start = ",\n" if number else "\n"
            file.write(f'{start}{{"type": "Feature", "properties": {properties}, "geometry": {geometry or "null"}}}')
        file.write("\n]}" if crs else '\n], "roimask": {"coordinates": "pixels"}}')


def _value(value: Any) -> Any:
    """JSON has no NaN."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _in_degrees(shapes: np.ndarray, crs: str | None, name: str, shapely: Any) -> np.ndarray:
    """Geometries in WGS 84; those without a place as they are."""
    if crs in (None, WGS84):
        return shapes
    moved = shapely.transform(shapes, lambda points: transformed(points, crs, WGS84) if len(points) else points)
    left, _, right, _ = shapely.bounds(moved).T
    if not np.isfinite(shapely.get_coordinates(moved)).all() or (right - left > 180).any():
        raise WriteError(
            f"{name}: a zone crosses the antimeridian or leaves WGS 84, which GeoJSON cannot hold; use .gpkg."
        )
    return moved


# -- GeoPackage --------------------------------------------------------------------------------------------------------


def _geopackage(path: Any, name: str, shapes: np.ndarray, columns: Mapping[str, np.ndarray], crs: str | None) -> None:
    raw = import_extra("pyogrio.raw", "geo", _PURPOSE)
    shapely = import_extra("shapely", "geo", _PURPOSE)
    areas = np.isin(shapely.get_type_id(shapes), (3, 6)).all()
    if areas:
        shapes = np.array([_multi(shape, shapely) for shape in shapes], object)
    names = [label + "_" * (label.lower() in _RESERVED) for label in columns]
    facts = {"layer": "zones", "driver": "GPKG", "crs": crs, "geometry_type": "MultiPolygon" if areas else "Unknown"}
    with atomic(path) as temporary, TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a raster without CRS is what it is
        made = Path(folder, "zones.gpkg")
        raw.write(made, shapely.to_wkb(shapes), list(columns.values()), names, **facts)
        copyfile(made, temporary)


def _multi(shape: Any, shapely: Any) -> Any:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


_WRITERS: Mapping[str, Callable[..., None]] = {".geojson": _geojson, ".gpkg": _geopackage}
