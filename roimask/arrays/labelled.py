"""DataArrays: an operation on one answers another with its dims, coordinates, CRS and attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from roimask.arrays.lazy import DaskSource
from roimask.arrays.tasks import Grid
from roimask.brought import library_of
from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.sources import Source, adapter, supported

__all__ = ["rows_first"]

_ROWS = ("y", "lat", "latitude", "row", "rows", "northing")
_COLUMNS = ("x", "lon", "longitude", "col", "column", "columns", "easting")
_NODATA = ("_FillValue", "missing_value", "nodata", "nodatavals")  # in the order in which they are looked for


@adapter(lambda image: library_of(image) == "xarray")
def _source(image: Any, channel_axis: int) -> Source:
    """A DataArray as an image; where its bands are, its dims say."""
    if not hasattr(type(image), "to_dataset"):  # a Dataset, or a Variable, which has no coordinates
        raise ParameterError(
            f"an image of xarray is a DataArray, got a {type(image).__name__}: choose a variable of it"
        )
    ordered = rows_first(image)
    frame = _frame(ordered)
    nodata = _nodata(ordered)
    back = partial(_labelled, ordered, image.dims)
    if ordered.chunks is not None:
        return DaskSource(supported(ordered.data), frame, nodata, back)  # type: ignore[return-value]
    return Grid(frame, nodata).source(supported(ordered.values), back)


# -- axes ----------------------------------------------------------------------------------------------------------


def rows_first(array: Any) -> Any:
    """The DataArray with y first, x second and its bands, if any, last.

    Raises
    ------
    ParameterError
        Where it has more dims, or does not say which are y and x.
    """
    rows, columns = (_axis(array, known, word) for known, word in ((_ROWS, "y"), (_COLUMNS, "x")))
    bands = [dim for dim in array.dims if dim not in (rows, columns)]
    if len(bands) > 1:
        raise ParameterError(
            f"a DataArray has y, x and at most one more dimension, got {', '.join(map(str, array.dims))}. "
            f"Choose one of the others, such as da.isel({bands[0]}=0)."
        )
    return array.transpose(rows, columns, *bands)


def _axis(array: Any, known: Sequence[str], word: str) -> Any:
    """The dim with one of the known names; of two dims without such names the first is y."""
    found = [dim for dim in array.dims if str(dim).lower() in known]
    if len(found) == 1:
        return found[0]
    others = [dim for dim in array.dims if str(dim).lower() not in _ROWS + _COLUMNS]
    if not found and array.ndim == 2 and len(others) == 2:
        return array.dims[word == "x"]
    raise ParameterError(
        f"which dimension is {word} is not clear from {', '.join(map(str, array.dims))}: "
        f"name it, as with da.rename({{...: {word!r}}})"
    )


# -- the grid ------------------------------------------------------------------------------------------------------


def _frame(ordered: Any) -> Frame:
    """Size, and place in the world where the DataArray says it: as rioxarray writes it, or in attributes."""
    told = _told(ordered)
    crs = told.get("crs_wkt") or told.get("spatial_ref") or ordered.attrs.get("crs")
    transform = _transform(told.get("GeoTransform")) or _affine(ordered.attrs.get("transform"))
    if transform is None and crs is not None:
        transform = _from_coordinates(ordered)
    height, width = ordered.shape[:2]
    return Frame(height, width, transform, None if crs is None else _crs(crs))


def _told(ordered: Any) -> Mapping[str, Any]:
    """The attributes of the coordinate that describes the grid (CF: ``grid_mapping``)."""
    name = _grid_name(ordered)
    return ordered.coords[name].attrs if name in ordered.coords else {}


def _grid_name(ordered: Any) -> str:
    return ordered.encoding.get("grid_mapping", ordered.attrs.get("grid_mapping", "spatial_ref"))


def _transform(text: Any) -> tuple[float, ...] | None:
    """GDAL's order: corner, width, turn, corner, turn, height."""
    if text is None:
        return None
    c, a, b, f, d, e = (float(part) for part in (text.split() if isinstance(text, str) else text))
    return a, b, c, d, e, f


def _affine(given: Any) -> tuple[float, ...] | None:
    return None if given is None else tuple(map(float, tuple(given)[:6]))


def _from_coordinates(ordered: Any) -> tuple[float, ...] | None:
    """From the centres of pixels, where they are evenly spaced."""
    steps = [_step(ordered, dim) for dim in ordered.dims[:2]]
    if None in steps:
        return None
    (y, height), (x, width) = steps  # type: ignore[misc]
    return width, 0.0, x - width / 2, 0.0, height, y - height / 2


def _step(ordered: Any, dim: Any) -> tuple[float, float] | None:
    """The first coordinate and the distance of two; None where they are not even."""
    if dim not in ordered.coords or ordered.sizes[dim] < 2:
        return None
    places = ordered.coords[dim].values
    if places.dtype.kind not in "iuf":
        return None
    step = (float(places[-1]) - float(places[0])) / (len(places) - 1)
    even = np.allclose(np.diff(places.astype(np.float64)), step, rtol=1e-3, atol=0)
    return (float(places[0]), step) if step and even else None


def _crs(given: Any) -> str:
    """The CRS as frames write it: EPSG where it has a number and rasterio, which knows it, is there."""
    text = str(given) if not hasattr(given, "to_wkt") else given.to_wkt()
    code = re.fullmatch(r"(?i)\+?(?:init=)?epsg:(\d+)", text.strip())
    if code is not None:
        return f"EPSG:{code[1]}"
    with suppress(Exception):  # no rasterio, or a CRS that it cannot read
        from rasterio.crs import CRS

        number = CRS.from_string(text).to_epsg()
        return text if number is None else f"EPSG:{number}"
    return text


def _nodata(ordered: Any) -> Any:
    """The value that means "no data"; a tuple, one a band, where bands differ."""
    value = next((ordered.attrs[name] for name in _NODATA if ordered.attrs.get(name) is not None), None)
    if value is None or np.ndim(value) == 0:
        return None if value is None else np.asarray(value).item()
    values = tuple(np.asarray(value).tolist())
    if len(set(values)) == 1:
        return values[0]
    if ordered.ndim != 3 or len(values) != ordered.shape[2]:
        raise ParameterError(f"nodatavals of a DataArray are one, or one a band, got {len(values)}")
    return values


# -- results -------------------------------------------------------------------------------------------------------


def _labelled(ordered: Any, dims: Sequence[Any], result: Any, window: Window | None) -> Any:
    """A result with what is still so of the labels of the DataArray that it is of."""
    like = ordered if window is None else ordered.isel(dict(zip(ordered.dims, window.slices, strict=False)))
    made = like.copy(data=result) if like.shape == result.shape else _on_another_grid(like, result)
    if made.shape[:2] != ordered.shape[:2]:
        made = _placed(made, _frame(ordered), window if made.shape[:2] == like.shape[:2] else None)
    if result.dtype != ordered.dtype and "_FillValue" in made.attrs:
        made.attrs = {**made.attrs, "_FillValue": np.nan}  # a map says with NaN where it has no answer
    return made.transpose(*(dim for dim in dict.fromkeys((*dims, *made.dims)) if dim in made.dims))


def _on_another_grid(like: Any, result: Any) -> Any:
    """A result of other sides: the coordinates of an axis stay where it is as long as before."""
    dims = list(like.dims[: result.ndim]) if result.ndim <= like.ndim else [*like.dims, "band"]
    sides = dict(zip(dims, result.shape, strict=True))
    kept = {n: c for n, c in like.coords.items() if all(sides.get(d) == c.sizes[d] for d in c.dims)}
    return type(like)(result, kept, dims, name=like.name, attrs=like.attrs)


def _placed(made: Any, frame: Frame, window: Window | None) -> Any:
    """The transform, where there is one in words, is that of the window; none on a grid of which no more is known."""
    transform = None if window is None else frame.crop(window).transform
    if "transform" in made.attrs:
        made.attrs = {**made.attrs, "transform": transform}
    told = _told(made)
    if "GeoTransform" in told:
        grid = made.coords[_grid_name(made)].copy()
        grid.attrs = {**{n: v for n, v in told.items() if n != "GeoTransform"}, **_in_words(transform)}
        made = made.assign_coords({grid.name: grid})
    return made


def _in_words(transform: tuple[float, ...] | None) -> dict[str, str]:
    """The transform as GDAL orders it."""
    if transform is None:
        return {}
    a, b, c, d, e, f = transform
    return {"GeoTransform": f"{c} {a} {b} {f} {d} {e}"}
