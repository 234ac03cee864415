"""What TIFF tags say of a raster: place in the world, nodata, names and tags as GDAL writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from roimask.raster.drivers.source import Metadata

if TYPE_CHECKING:
    from tifffile import TiffTags

__all__ = ["extra_tags", "metadata", "transform"]

_SCALE, _TIE_POINTS, _MATRIX, _KEYS = 33550, 33922, 34264, 34735
_GDAL_METADATA, _GDAL_NODATA = 42112, 42113
_RASTER_TYPE, _GEOGRAPHIC_CODE, _PROJECTED_CODE = 1025, 2048, 3072
_POINT = 2
_USER_DEFINED = 32767
_ASCII = 2


def transform(tags: TiffTags) -> tuple[float, ...] | None:
    """The affine transform, as GDAL reads it; None without scale and one tie point, or a matrix."""
    matrix, scale, points = tags.valueof(_MATRIX), tags.valueof(_SCALE), tags.valueof(_TIE_POINTS)
    if matrix is not None and len(matrix) == 16:
        a, b, _, c, d, e, _, f = matrix[:8]
    elif scale is not None and points is not None and len(scale) >= 2 and len(points) == 6 and scale[0] and scale[1]:
        a, b, d, e = scale[0], 0.0, 0.0, -scale[1]
        c, f = points[3] - points[0] * a, points[4] - points[1] * e
    else:
        return None
    if _keys(tags).get(_RASTER_TYPE) == _POINT:
        c, f = c - (a + b) / 2, f - (d + e) / 2
    return (a, b, c, d, e, f) if a * e != b * d else None


def _keys(tags: TiffTags) -> Mapping[int, int]:
    """The GeoTIFF keys whose value is a short number."""
    numbers = tags.valueof(_KEYS) or ()
    entries = (numbers[start : start + 4] for start in range(4, len(numbers) - 3, 4))
    return {key: value for key, location, count, value in entries if location == 0 and count == 1}


def _crs(tags: TiffTags) -> str | None:
    keys = _keys(tags)
    code = keys.get(_PROJECTED_CODE) or keys.get(_GEOGRAPHIC_CODE)
    return f"EPSG:{code}" if code and code != _USER_DEFINED else None


def metadata(tags: TiffTags, count: int, icc: bytes | None) -> Metadata:
    """All that the tags say beside the pixels, of an image with ``count`` bands."""
    items = _items(tags.valueof(_GDAL_METADATA))
    named = {int(item.get("sample", -1)): item.text or "" for item in items if item.get("role") == "description"}
    whole = [item for item in items if item.get("sample") is None and not item.get("domain")]
    nodata = _number(tags.valueof(_GDAL_NODATA))
    place = transform(tags)
    return Metadata(
        transform=place,
        crs=_crs(tags) if place else None,
        nodata=() if nodata is None else (nodata,) * count,
        names=tuple(named.get(band, "") for band in range(count)) if named else (),
        tags={str(item.get("name")): item.text or "" for item in whole},
        icc=icc,
    )


def _items(text: Any) -> list[ElementTree.Element]:
    try:
        return [] if text is None else list(ElementTree.fromstring(text).iter("Item"))
    except (ElementTree.ParseError, TypeError, ValueError):
        return []


def _number(text: Any) -> float | int | None:
    try:
        number = float(str(text).strip("\0 "))
    except ValueError:
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def extra_tags(metadata: Metadata) -> list[tuple]:
    """Nodata, names and tags for a TIFF without georeference, for tifffile's ``extratags``."""
    root = ElementTree.Element("GDALMetadata")
    for key, text in metadata.tags.items():
        ElementTree.SubElement(root, "Item", name=str(key)).text = str(text)
    for band, name in enumerate(metadata.names):
        ElementTree.SubElement(root, "Item", name="DESCRIPTION", sample=str(band), role="description").text = name
    found = [(_GDAL_METADATA, _ASCII, 0, ElementTree.tostring(root).decode(), True)] if len(root) else []
    nodata = next((value for value in metadata.nodata if value is not None), None)
    if nodata is not None:
        found.append((_GDAL_NODATA, _ASCII, 0, repr(nodata), True))
    return found
