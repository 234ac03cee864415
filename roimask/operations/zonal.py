"""A table of what a raster holds in each of many zones."""

from __future__ import annotations

from typing import Any, Literal

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.mask import Mask
from roimask.operation import measure
from roimask.operations.statistics import statistics
from roimask.parameters import Beside, LargeMask, Share, Zones
from roimask.path import Request, summaries
from roimask.sources import Source
from roimask.summary import Groups
from roimask.zones.on_grid import on_grid
from roimask.zones.scan import Scan
from roimask.zones.tables import classes_table, statistics_table

__all__ = ["zonal"]


@measure(takes="image", result="table")
def zonal(
    raster: Source,
    zones: Zones,
    mask: LargeMask = None,
    *,
    rule: Literal["exact", "centre", "touched"] = "exact",
    classes: bool = False,
    quantiles: tuple[Share, ...] = (),
    weights: Beside = None,
    by: str | None = None,
    crs: str | None = None,
    geometry: bool = False,
) -> Any:
    """Measure a raster in each of many zones: polygons, or the regions of a mask.

    Pixels outside the mask, NaN and nodata take no part, band by band. A zone counts what is in it even where another
    zone overlaps it.

    Parameters
    ----------
    raster : array (H, W) or (H, W, C), PIL image or Raster
        Any real numbers. A Raster is read by blocks and may be larger than memory.
    zones : Mask, path, geometries or table
        A mask of labels (a binary one is one zone); a GeoJSON, GeoPackage, Shapefile or FlatGeobuf file; a sequence of
        shapely geometries, of GeoJSON geometries or features; a FeatureCollection; a GeoDataFrame, or what has
        ``geometry``, ``columns`` and ``crs`` as that has. Of files the first layer. What has no area is an empty zone.
    mask : Mask, array (H, W), path or MaskExpression, optional
        Which pixels take part; of weights, how much. A file is read by blocks, too.
    rule : {"exact", "centre", "touched"}, optional
        How much of a pixel is in a polygon: the exact share of its area (the default), all of it where its centre is
        inside, or all of it where any part is covered.
    classes : bool, optional
        Count each value instead of adding values up. Default False.
    quantiles : sequence of float, optional
        Probabilities, 0 to 1. The values of a zone are kept until the scan has passed it. Default ``()``.
    weights : array (H, W) or Raster, optional
        What each pixel counts for besides, 0 or more, on the raster's grid: inhabitants, hours, costs. Where it holds
        no data the pixel takes no part.
    by : str, optional
        An attribute (of a mask: ``"name"``): all zones with the same value are one, the union of them.
    crs : str, optional
        Of zones that do not name theirs, such as ``"EPSG:25832"``.
    geometry : bool, optional
        Add a column ``geometry`` with the zones as they were given, whose CRS is ``table.attrs["crs"]``. Default False.

    Returns
    -------
    pandas.DataFrame
        A row a zone, indexed by ``zone``: the label of a mask, else a number from 1 in the order given. Then ``name``
        (of labels that have one) or the zones' attributes, and

        ``inside``: the share of a polygon's area that is on the raster, NaN of one without area;

        the columns of :func:`roimask.statistics`: ``count`` of pixels with any weight, ``weight`` (the area in pixels,
        with ``weights`` the sum of them), ``sum``, ``mean``, ``std``, ``min``, ``max``, ``q0.5`` and the like for each
        quantile; of several bands ``count_1``, ... A zone without a pixel has ``count``, ``weight`` and ``sum`` 0,
        and all else NaN.

        With ``classes`` a row for each value that occurs in a zone: ``zone``, ``name`` or attributes, ``band`` (where
        there are several), ``class``, ``count``, ``weight``, ``share`` of the zone's weight in this band, and on a
        georeferenced raster without ``weights`` ``area_m2``.

        An attribute that is called as one of these columns has an underscore added.

    Raises
    ------
    ParameterError
        Where the raster has no band or complex numbers, the zones are none, or nobody can say where they lie.
    ReadError
        Where a file or a block of the raster cannot be read; the text says which rows and columns.

    Warns
    -----
    UserWarning
        Where a CRS is assumed, or zones have no place on the raster, no area, or edges across the antimeridian.

    Notes
    -----
    With c the share of a pixel in the zone and w its weight: mean Σcwx / Σcw, standard deviation
    √(Σcw(x - mean)² / Σcw); quantiles by weight as :func:`roimask.statistics` has them. Sums of integers by the rules
    "centre" (GDAL's default) and "touched" are exact.

    Zones are projected onto the raster's grid, also onto a turned one. GeoJSON is in WGS 84 unless it names its CRS;
    geometries and files that name none are in the raster's. An edge that the projection bends by more than 1/256 pixel
    gets points between. On a raster in degrees or Web Mercator zones are found on either side of the antimeridian, and
    an edge that is more than half around the world is taken to cross it.

    One pass over the blocks that a zone touches, each read once, whatever the number of zones; memory grows with the
    zones, not with the raster.

    References
    ----------
    D. Baston, exactextract, https://github.com/isciences/exactextract

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 2, 200], [3, 4, 200]], np.uint8)
    >>> rm.zonal(image, np.array([[1, 1, 2], [1, 1, 2]]))
       zone  count  weight  sum   mean       std  min  max
    1        1      4     4.0   10    2.5  1.118034    1    4
    2        2      2     2.0  400  200.0  0.000000  200  200
    >>> half = {"type": "Polygon", "coordinates": [[[0, 0], [1.5, 0], [1.5, 2], [0, 2], [0, 0]]]}
    >>> rm.zonal(image, [half])[["inside", "count", "weight", "mean"]]
          inside  count  weight      mean
    1        1.0      4     3.0  2.333333
    >>> rm.zonal(image, [half], np.array([[1, 0, 0], [1, 0, 0]]))[["count", "weight", "mean"]]
          count  weight  mean
    1         2     2.0   2.0
    >>> rm.zonal(image, [half], np.zeros((2, 3), bool))[["count", "mean"]]
          count  mean
    1         0   NaN
    >>> rm.zonal(image, [half], image < 200, rule="centre", classes=True)
       zone  class  count  weight  share
    0     1      1      1     1.0   0.25
    1     1      2      1     1.0   0.25
    2     1      3      1     1.0   0.25
    3     1      4      1     1.0   0.25
    """
    _require_numbers(raster)
    found = on_grid(zones, raster.frame, rule, by, crs)
    scan = Scan(raster, found.zones, mask, weights, quantiles, classes)
    if isinstance(found.origin, Mask) and _is_plain(scan):
        table = _groups_table(found.origin, scan)
    else:
        table = classes_table(found, scan) if classes else statistics_table(found, scan)
    return found.with_geometry(table) if geometry else table


def _is_plain(scan: Scan) -> bool:
    """Whether every pixel counts in full or not at all, and is only added up."""
    in_full = scan.mask is None or (isinstance(scan.mask, Mask) and scan.mask.kind != "weights")
    return in_full and scan.weights is None and not scan.classes and not scan.quantiles


def _groups_table(labels: Mask, scan: Scan) -> Any:
    """What ``rm.statistics`` says of labels: a pixel is in one zone at most, which takes less time."""
    limited = labels & scan.mask.as_binary() if isinstance(scan.mask, Mask) else labels
    reduction = statistics.operation  # type: ignore[attr-defined]
    bands = summaries(Request(reduction, scan.source, limited, {"quantiles": ()}))
    groups = Groups.stack(bands) if scan.by_band else bands[0]
    return groups.table(labels.names, labels.labels).rename(columns={"label": "zone"})


def _require_numbers(raster: Source) -> None:
    shape = raster.read(Window(0, 0, 0, 0)).shape
    if raster.dtype.kind not in "biuf" or shape[2:] == (0,):
        held = "no band" if shape[2:] == (0,) else f"{raster.dtype} numbers"
        raise ParameterError(f"a raster has a band or more of real numbers, this one has {held}")
