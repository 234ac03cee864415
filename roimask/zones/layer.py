"""Zones as they are given: a vector file, geometries, GeoJSON, or a table of them, with their attributes and CRS."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any, NamedTuple

import numpy as np

from roimask.errors import ParameterError, ReadError, import_extra
from roimask.formats._features import PIXELS, UNNAMED, WGS84
from roimask.frame import Frame
from roimask.parameters import unknown_name
from roimask.raster.paths import local, shown

__all__ = ["OWN", "SUFFIXES", "Layer", "is_layer", "layer_of"]

OWN = "own"  # of geometries that name no CRS: whatever the raster counts in
SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".fgb")
_PURPOSE = "Zones that are outlines"
_GEOJSON = (".geojson", ".json")
_TAIL = 64  # bytes at the end of a GeoJSON file of ours, where it says that it counts in pixels


class Layer(NamedTuple):
    """Zones in the order in which they were given.

    Attributes
    ----------
    shapes : ndarray (Z,) of shapely geometries
        None where a zone has none.
    crs : str
        Of their coordinates: a CRS, or PIXELS, UNNAMED (GeoJSON's default), OWN (the raster's).
    attributes : mapping of str to ndarray (Z,)
    name : str
        What they are called in messages.
    """

    shapes: np.ndarray
    crs: str
    attributes: Mapping[str, Any]
    name: str

    def world(self, frame: Frame) -> str | None:
        """The CRS in words of zones that lie on a frame; None where it has none."""
        if self.crs == UNNAMED and frame.crs is not None:
            return WGS84
        return frame.crs if self.crs in (OWN, UNNAMED) else None if self.crs == PIXELS else self.crs

    def united(self, by: str) -> Layer:
        """One zone for all that are equal in an attribute: their union, in the order in which they come first."""
        import pandas as pd

        shapely = import_extra("shapely", "geo", _PURPOSE)
        if by not in self.attributes:
            raise unknown_name(by, list(self.attributes), f"by: the attribute of {self.name}")
        numbers, values = pd.factorize(np.asarray(self.attributes[by]), use_na_sentinel=False)
        groups = np.split(self.shapes[np.argsort(numbers, kind="stable")], np.cumsum(np.bincount(numbers))[:-1])
        shapes = np.empty(len(values), object)
        try:
            shapes[:] = [shapely.union_all(shapely.make_valid(group)) for group in groups[: len(values)]]
        except shapely.errors.GEOSException as error:
            raise ParameterError(f"zones of one {by} cannot be united: {error}. Leave by= out.") from None
        return self._replace(shapes=shapes, attributes={by: values})


def is_layer(zones: Any) -> bool:
    """Whether zones are outlines, and not a mask or its array or file."""
    if isinstance(zones, (str, PathLike)):
        return fspath(zones).lower().endswith(SUFFIXES)
    return not (hasattr(zones, "kind") or (isinstance(zones, np.ndarray) and zones.dtype != object))


def layer_of(zones: Any, crs: str | None = None) -> Layer:
    """Zones of any kind as a layer.

    Parameters
    ----------
    crs : str, optional
        Of zones that do not name theirs.

    Raises
    ------
    ReadError
        Where a file cannot be read.
    ParameterError
        Where the zones are nothing that has outlines.
    """
    layer = _given(zones)
    if crs is None or layer.crs not in (OWN, UNNAMED):
        return layer
    return layer._replace(crs=crs)


def _given(zones: Any) -> Layer:
    if isinstance(zones, (str, PathLike)):
        return _file(local(zones))
    if isinstance(zones, Mapping):
        return _geojson(zones)
    if hasattr(zones, "geometry") and hasattr(zones, "columns"):  # a GeoDataFrame, or a table that is like one
        others = {str(name): np.asarray(zones[name]) for name in zones.columns if zones[name] is not zones.geometry}
        return _table(zones.geometry, _crs_text(getattr(zones, "crs", None)), others)
    if hasattr(zones, "crs") and hasattr(zones, "__array__"):  # a GeoSeries
        return _table(zones, _crs_text(zones.crs), {})
    if hasattr(zones, "__geo_interface__"):
        return _several([zones])
    if isinstance(zones, (Sequence, np.ndarray)):
        return _several(list(zones))
    raise ParameterError(
        f"zones are a mask of labels, a vector file ({', '.join(SUFFIXES)}), geometries, GeoJSON or a table with a "
        f"geometry, got {type(zones).__name__}"
    )


def _crs_text(crs: Any) -> str:
    return OWN if crs is None else Frame(0, 0, crs=crs).crs or OWN


def _table(shapes: Any, crs: str, attributes: Mapping[str, Any]) -> Layer:
    attributes = {name: column for name, column in attributes.items() if name != getattr(shapes, "name", None)}
    return Layer(np.asarray(shapes, object), crs, attributes, "the zones")


# -- files -----------------------------------------------------------------------------------------------------------


def _file(path: str) -> Layer:
    """The first layer of a vector file."""
    name = shown(path)
    raw = import_extra("pyogrio.raw", "geo", "Reading vector files")
    shapely = import_extra("shapely", "geo", "Reading vector files")
    if not os.path.exists(path):
        raise ReadError(f"{name} cannot be read: there is no such file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of features with the same id, which is not looked at
            meta, _, geometries, columns = raw.read(path, datetime_as_string=True)
        shapes = shapely.from_wkb(geometries)
    except Exception as error:  # GDAL's own and pyogrio's, which cannot be named without importing them
        raise ReadError(f"{name} cannot be read: {error}.") from error
    attributes = dict(zip(map(str, meta["fields"]), columns, strict=True))
    return Layer(np.asarray(shapes, object), _crs_of_file(path, name, meta["crs"]), attributes, name)


def _crs_of_file(path: str, name: str, crs: str | None) -> str:
    if path.lower().endswith(_GEOJSON):
        return PIXELS if _counts_in_pixels(path) else UNNAMED if crs in (None, "EPSG:4326", "OGC:CRS84") else str(crs)
    if crs is None:
        warnings.warn(f"{name} names no CRS: its zones are taken to be in that of the raster.", stacklevel=2)
    return crs or OWN


def _counts_in_pixels(path: str) -> bool:
    """Whether a GeoJSON file was written here for a frame without a place, as it says at its end."""
    with open(path, "rb") as file:
        file.seek(max(file.seek(0, 2) - _TAIL, 0))
        return file.read().rstrip().endswith(b'"coordinates": "pixels"}}')


# -- GeoJSON and geometries --------------------------------------------------------------------------------------------


def _geojson(content: Mapping[str, Any]) -> Layer:
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    if not isinstance(features, Sequence):
        raise ParameterError("zones: a FeatureCollection has a list of features; this one has none")
    layer = _several(list(features))
    named = (content.get("crs") or {}).get("properties", {}).get("name")
    return layer._replace(crs=str(named) if named else UNNAMED)


def _several(zones: Sequence[Any]) -> Layer:
    """A list of geometries or features, of shapely or as GeoJSON has them; the latter in GeoJSON's default CRS."""
    found = [zone if isinstance(zone, Mapping) else _plain(zone, number) for number, zone in enumerate(zones, 1)]
    shapes = np.empty(len(found), object)
    shapes[:] = [_shape(zone, number) for number, zone in enumerate(found, 1)]
    properties = [zone.get("properties") or {} if isinstance(zone, Mapping) else {} for zone in found]
    names = dict.fromkeys(str(name) for row in properties for name in row)
    attributes = {name: _column([row.get(name) for row in properties]) for name in names}
    as_json = any(isinstance(zone, Mapping) for zone in found)
    return Layer(shapes, UNNAMED if as_json else OWN, attributes, "the zones")


def _plain(zone: Any, number: int) -> Any:
    """A geometry of shapely as it is, another object by its GeoJSON."""
    if zone is None or hasattr(zone, "geom_type"):
        return zone
    if hasattr(zone, "__geo_interface__"):
        return zone.__geo_interface__
    raise ParameterError(f"zone {number} is no geometry: a shapely geometry or GeoJSON is, got {type(zone).__name__}")


def _shape(zone: Any, number: int) -> Any:
    if not isinstance(zone, Mapping):
        return zone
    shapely = import_extra("shapely.geometry", "geo", _PURPOSE)
    geometry = zone.get("geometry") if zone.get("type") == "Feature" else zone
    try:
        return None if geometry is None else shapely.shape(geometry)
    except Exception as error:  # KeyError, ValueError, GEOSException, ...: whatever is wrong with it
        reason = error or type(error).__name__
        raise ParameterError(f"zone {number} is no geometry as GeoJSON has it: {reason}") from None


def _column(values: list[Any]) -> np.ndarray:
    import pandas as pd

    return pd.Series(values).to_numpy() if values else np.empty(0, object)
