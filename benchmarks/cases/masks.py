"""Groups 6, 7 and 13: run lengths, polygons, growing and shrinking."""

from __future__ import annotations

import cv2
import numpy as np

import roimask as rm
from benchmarks import inputs
from benchmarks.case import Race, case


def fortran(masks: np.ndarray) -> np.ndarray:
    """The masks as pycocotools wants them: (height, width, count), columns first."""
    return np.asfortranarray(masks.transpose(1, 2, 0).astype(np.uint8))


@case("6a", "COCO run lengths of 500 masks of 480 × 640", 0.25)
def encode() -> Race:
    """pycocotools is given the order that it likes best, and the one that numpy users have."""
    from pycocotools import mask as coco

    masks = inputs.instances()
    ready = fortran(masks)
    theirs = {"pycocotools": lambda: coco.encode(ready), "pycocotools, (N, H, W)": lambda: coco.encode(fortran(masks))}

    def check(ours, theirs) -> None:
        assert [bytes(rle["counts"]) for rle in ours] == [rle["counts"] for rle in theirs]

    return Race(lambda: rm.encode_rle(masks), theirs, check)


@case("6b", "500 COCO run lengths back to masks", 0.3)
def decode() -> Race:
    """Masks as (N, H, W)."""
    from faster_coco_eval.core import mask as faster
    from pycocotools import mask as coco

    rles = coco.encode(fortran(inputs.instances()))
    theirs = {"faster-coco-eval": lambda: faster.decode(rles), "pycocotools": lambda: coco.decode(rles)}

    def check(ours, theirs) -> None:
        np.testing.assert_array_equal(np.asarray(ours), theirs.transpose(2, 0, 1))

    return Race(lambda: rm.decode_rle(rles), theirs, check)


@case("6c", "IoU matrix of 500 and 500 masks", 0.6)
def iou() -> Race:
    """All from run lengths."""
    from faster_coco_eval.core import mask as faster
    from pycocotools import mask as coco

    rles = coco.encode(fortran(inputs.instances()))
    crowd = [0] * len(rles)
    theirs = {
        "faster-coco-eval": lambda: faster.iou(rles, rles, crowd),
        "pycocotools": lambda: coco.iou(rles, rles, crowd),
    }
    return Race(lambda: rm.iou(rles, rles), theirs, np.testing.assert_allclose)


@case("7a", "10,000 small polygons into labels, 4096²", 1)
def small() -> Race:
    """OpenCV rounds the points, so answers agree but for edges; later polygons win."""
    side, polygons = inputs.SIDE, inputs.small_polygons()
    whole = [np.round(points[:, ::-1] - 0.5).astype(np.int32) for points in polygons]

    def by_hand() -> np.ndarray:
        labels = np.zeros((side, side), np.int32)
        for number, points in enumerate(whole, 1):
            cv2.fillPoly(labels, [points], number)
        return labels

    def check(ours, theirs) -> None:
        area, other = np.count_nonzero(np.asarray(ours)), np.count_nonzero(theirs)
        assert abs(area - other) < 0.15 * other, f"{area} pixels, not {other}"

    return Race(lambda: rm.polygons((side, side), polygons), {"cv2.fillPoly loop": by_hand}, check)


@case("7b", "one polygon of 100,000 points, 8192², pixel centres", 3, False)
@case("7b rasterio", "the same beside rasterio", 0.05, True)
def large(rasterio: bool) -> Race:
    """OpenCV rounds the points; rasterio has our rule."""
    side, points = 8192, inputs.large_polygon()
    whole = np.round(points[:, ::-1] - 0.5).astype(np.int32)

    def by_hand() -> np.ndarray:
        return cv2.fillPoly(np.zeros((side, side), np.uint8), [whole], 1)

    def check(ours, theirs) -> None:
        wrong = np.count_nonzero(np.asarray(ours) != theirs)
        limit = 4 if rasterio else len(points)
        assert wrong <= limit, f"{wrong} pixels differ"

    theirs = {"rasterio.features": gdal_polygon(points, side)} if rasterio else {"cv2.fillPoly": by_hand}
    return Race(lambda: rm.polygon((side, side), points), theirs, check)


def gdal_polygon(points: np.ndarray, side: int):
    """The polygon rasterised by GDAL."""
    from rasterio.features import rasterize

    ring = [(float(column), float(row)) for row, column in [*points, points[0]]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return lambda: rasterize([geometry], out_shape=(side, side), dtype="uint8")


@case("7c", "the same polygon, exact coverage", 0.08)
def coverage() -> Race:
    """The share of each pixel that lies inside."""
    side, points = 8192, inputs.large_polygon()

    def check(ours, theirs) -> None:
        assert abs(ours.area - theirs) < 1e-3 * theirs, f"area {ours.area}, not {theirs}"

    return Race(lambda: rm.polygon((side, side), points, coverage=True), {"exactextract": covered(points, side)}, check)


def covered(points: np.ndarray, side: int):
    """The sum of exactextract's coverage fractions over the grid."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    ring = [[float(column), float(side - row)] for row, column in [*points, points[0]]]
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}}
    ones = NumPyRasterSource(np.ones((side, side), np.uint8), xmin=0, ymin=0, xmax=side, ymax=side)
    return lambda: exact_extract(ones, [feature], ["coverage"])[0]["properties"]["coverage"].sum()


@case("13 grow", "grow a mask by a disk of radius 60, 12 Mpx", 0.25, "grow")
@case("13 shrink", "shrink a mask by a disk of radius 60, 12 Mpx", 0.25, "shrink")
def disk(name: str) -> Race:
    """Beside OpenCV's precise distance and a threshold, which leaves nothing of the frame's border open to shrink."""
    side = 3464
    mask = cv2.resize(inputs.half().astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST) > 0
    region, operation = rm.Mask(mask), getattr(rm, name)
    one = (~mask if name == "grow" else mask).astype(np.uint8)

    def by_hand() -> np.ndarray:
        distance = cv2.distanceTransform(one, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return distance <= 60 if name == "grow" else distance > 60

    def check(ours, theirs) -> None:
        inner = np.s_[64:-64, 64:-64]
        wrong = np.count_nonzero(np.asarray(ours)[inner] != theirs[inner])
        assert wrong <= 1e-4 * mask.size, f"{wrong} pixels differ"

    return Race(lambda: operation(region, 60), {"cv2.distanceTransform": by_hand}, check)
