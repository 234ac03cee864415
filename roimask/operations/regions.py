"""A table of the regions of a mask: their geometry, their place, and what an image holds in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from roimask.frame import Frame
from roimask.mask import Mask
from roimask.masks.each_region import numbered
from roimask.masks.regions import geometry
from roimask.operation import measure
from roimask.operations.statistics import statistics
from roimask.parameters import Image, Share
from roimask.summary.groups import labels_table

__all__ = ["regions"]

_MOMENTS = ("count", "weight", "sum", "mean", "std", "min", "max")


@measure(takes="mask", result="table")
def regions(mask: Mask, image: Image = None, *, quantiles: tuple[Share, ...] = (0.02, 0.5, 0.98)) -> Any:
    """Measure the regions of a mask: size, place, form and, with an image, its values in them.

    Parameters
    ----------
    mask : Mask or array (H, W)
        Labels: a row for each. Another mask is one region, of weights the pixels above 0; ``rm.components`` makes a
        region of each connected piece.
    image : array (H, W) or (H, W, C), PIL image or Raster, optional
        Whose values are summed up by region.
    quantiles : sequence of float, optional
        Probabilities, 0 to 1, of the quantiles of the image's values. Default ``(0.02, 0.5, 0.98)``.

    Returns
    -------
    pandas.DataFrame
        A row a region, indexed by the labels. An empty mask has none.

        ``label``, ``name`` (where they have names);
        ``area`` in pixels, of weights their sum;
        ``top``, ``left``, ``bottom``, ``right``: the bounding box, half open;
        ``centroid_row``, ``centroid_col``: the mean of the pixel centres, which lie at halves;
        ``perimeter``: the length of the line through the outermost pixels, by Benkrid and Crookes;
        ``orientation`` of the major axis in degrees counter-clockwise as seen, 0 (along the row) to 180;
        ``major_axis``, ``minor_axis``, ``eccentricity`` of the ellipse with the same second moments;
        ``solidity``: area over area of the convex hull;
        ``euler_number``: pieces less holes, of pixels connected by sides and corners;
        ``compactness``: 4π area / perimeter², 1 for an ideal disk, about 0.9 for one of pixels, NaN without perimeter;

        on a georeferenced frame ``area_m2`` in square metres, and ``x``, ``y`` of the centroid;

        with an image the columns of :func:`roimask.statistics`: ``count``, ``weight``, ``sum``, ``mean``, ``std``,
        ``min``, ``max``, ``q0.5`` and the like; of several bands ``count_1``, ...

    Raises
    ------
    FrameMismatch
        Where image and mask are not of one size.

    Notes
    -----
    The numbers of ``skimage.measure.regionprops_table``, where they go by the same name (centroids lie half a pixel
    further, orientations are counted from the row). All regions are measured together, in three passes over the
    bounding box. Square metres of a grid in degrees are reckoned at the latitude of the centroid.

    References
    ----------
    K. Benkrid, D. Crookes, Design and FPGA Implementation of a Perimeter Estimator, 2000.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> labels = np.array([[1, 1, 1, 0], [1, 1, 1, 5]])
    >>> rm.regions(labels)[["label", "area", "centroid_col", "solidity"]]
       label  area  centroid_col  solidity
    1      1     6           1.5       1.0
    5      5     1           3.5       1.0
    >>> rm.regions(labels, labels * 10.0, quantiles=[0.5])[["count", "mean", "q0.5"]]
       count  mean  q0.5
    1      6  10.0  10.0
    5      1  50.0  50.0
    >>> len(rm.regions(np.zeros((2, 2), bool)))
    0
    """
    labels = mask if mask.kind == "labels" else _as_label(mask)
    columns = geometry(numbered(labels, labels.values), len(labels.labels), labels.origin)
    if mask.kind == "weights":
        columns["area"] = np.full(len(labels.labels), mask.area)
    if mask.frame.georeferenced:
        columns |= _in_the_world(columns, mask.frame)
    table = labels_table(np.array(labels.labels, np.int32), labels.names, columns)
    return table if image is None else table.join(_intensity(image, mask, labels, quantiles))


def _as_label(mask: Mask) -> Mask:
    """The one region of a mask that has no labels."""
    return Mask.from_crop((mask.values > 0).astype(np.int32), mask.origin, mask.frame, "labels")


def _intensity(image: Any, mask: Mask, labels: Mask, quantiles: tuple[float, ...]) -> Any:
    """What the image holds, a row a region."""
    import pandas as pd

    if mask.kind == "weights":
        return pd.DataFrame(_row(statistics(image, mask, quantiles=quantiles)), index=list(labels.labels))
    return statistics(image, labels, quantiles=quantiles).drop(columns=["label", "name"], errors="ignore")


def _row(found: Any) -> dict[str, Any]:
    """The statistics of one region as columns, band after band."""
    values = {name: getattr(found, name) for name in _MOMENTS}
    values |= {f"q{p:g}": value for p, value in found.quantiles.items()}
    if np.ndim(found.count) == 0:
        return values
    return {f"{name}_{k + 1}": value[k] for k in range(len(found.count)) for name, value in values.items()}


def _in_the_world(columns: dict[str, np.ndarray], frame: Frame) -> dict[str, np.ndarray]:
    a, b, c, d, e, f = frame.transform  # type: ignore[misc]
    row, column = columns["centroid_row"], columns["centroid_col"]
    x, y = a * column + b * row + c, d * column + e * row + f
    return {"area_m2": columns["area"] * frame.pixel_area(row, column), "x": x, "y": y}
