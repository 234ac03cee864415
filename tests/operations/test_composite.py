"""Composites of several dates against what numpy says pixel by pixel."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import roimask as rm
from roimask.running.composite import Composite

METHODS = ("median", "mean", "max_ndvi", "least_cloud", "first", "last", "count")
RED_NIR = {"red": 0, "nir": 2}


def _dates(dtype="uint16", count=5, shape=(23, 31, 3), seed=3):
    """Images of several dates and their masks: of weights, of labels, binary, and none."""
    rng = np.random.default_rng(seed)
    images = [(rng.random(shape) * 250).astype(dtype) for _ in range(count)]
    if np.dtype(dtype).kind == "f":
        for image in images:
            image[rng.random(shape) < 0.1] = np.nan
    kinds = ["binary", "weights", "labels", None, "binary"]
    masks = [None if kind is None else _mask(kind, shape[:2], rng) for kind in (kinds * count)[:count]]
    return images, masks


def _mask(kind, shape, rng):
    values = {"binary": rng.random(shape) < 0.5, "labels": rng.integers(0, 3, shape)}
    return rm.Mask(values.get(kind, (rng.random(shape) * 3).round() / 3), kind)


def _weights(images, masks):
    """How much each band of each pixel of each date takes part."""
    full = np.stack([np.ones(images[0].shape[:2]) if mask is None else np.asarray(mask) for mask in masks])
    full = np.stack(
        [(w > 0) if mask is not None and mask.kind == "labels" else w for w, mask in zip(full, masks, strict=True)]
    )
    stack = np.stack(images).astype(float)
    return stack, full[..., None] * ~np.isnan(stack)


def _naive(method, values, weight, shares):
    """One pixel: values (N, C), weight (N, C)."""
    bands = range(values.shape[1])
    if method == "count":
        return [(weight[:, b] > 0).sum() for b in bands]
    if method in ("median", "mean"):
        parts = [(values[weight[:, b] > 0, b], weight[weight[:, b] > 0, b]) for b in bands]
        if method == "median":
            return [np.median(v) if len(v) else None for v, _ in parts]
        return [np.average(v, weights=w) if len(v) else None for v, w in parts]
    seen = [n for n in range(len(values)) if (weight[n] > 0).all()]
    if not seen:
        return [None for _ in bands]
    with np.errstate(all="ignore"):
        ndvi = np.nan_to_num((values[:, 2] - values[:, 0]) / (values[:, 2] + values[:, 0]), nan=-np.inf)
    best = {
        "first": lambda: seen[0],
        "last": lambda: seen[-1],
        "max_ndvi": lambda: max(seen, key=lambda n: (ndvi[n], -n)),
        "least_cloud": lambda: max(seen, key=lambda n: (weight[n].min(), shares[n], -n)),
    }[method]()
    return list(values[best])


def _expected(method, images, masks, fill):
    stack, weight = _weights(images, masks)
    shares = weight.min(axis=-1).sum(axis=(1, 2))
    out = np.empty(images[0].shape)
    for place in np.ndindex(images[0].shape[:2]):
        found = _naive(method, stack[:, *place], weight[:, *place], shares)
        out[place] = [fill if value is None else value for value in found]
    return out


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("method", METHODS)
def test_each_method_pixel_by_pixel(method, dtype):
    images, masks = _dates(dtype)
    found = rm.composite(images, masks, method, bands=RED_NIR)
    floats = found.dtype.kind == "f"
    expected = _expected(method, images, masks, np.nan if floats else 0)
    assert found.dtype == ("uint16" if method == "count" else dtype)
    if floats:
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    else:
        assert np.array_equal(found, np.rint(expected))


@pytest.mark.parametrize("count", range(1, 12))
def test_the_median_of_any_number_of_dates(count):
    rng = np.random.default_rng(count)
    stack = rng.normal(0, 9, (count, 20, 30))
    seen = rng.random(stack.shape) < 0.6
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all NaN
        expected = np.nanmedian(np.where(seen, stack, np.nan), axis=0)
    np.testing.assert_allclose(rm.composite(stack, seen), expected, rtol=1e-15)


def test_numbers_at_the_ends_of_their_type_are_values_like_others():
    images = [np.full((1, 2), value, np.uint8) for value in (255, 255, 0)]
    assert rm.composite(images, [[[1, 1]], [[1, 0]], [[0, 1]]]).tolist() == [[255, 128]]
    assert rm.composite([np.full((1, 1), np.inf), np.full((1, 1), 3.0)], [[[1]], [[0]]])[0, 0] == np.inf


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("junk", [np.nan, np.inf, -np.inf, 1e30])
def test_what_lies_under_a_mask_changes_nothing(method, junk):
    images, masks = _dates("float64")
    masks[3] = rm.Mask(np.eye(23, 31) == 0)
    other = [np.where(np.asarray(mask)[..., None] > 0, image, junk) for image, mask in zip(images, masks, strict=True)]
    before, after = (rm.composite(stack, masks, method, bands=RED_NIR) for stack in (images, other))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("method", METHODS)
def test_blocks_equal_the_whole(method):
    images, masks = _dates("float32", shape=(70, 90, 3))
    source = Composite.of(images, masks, method, bands=RED_NIR)
    whole = rm.composite(images, masks, method, bands=RED_NIR)
    for size in (7, 64):
        out = np.empty_like(whole)
        for top in range(0, 70, size):
            for left in range(0, 90, size):
                window = rm.Frame(70, 90).window.meet((top, left, top + size, left + size))
                out[window.slices] = source.read(window)
        np.testing.assert_array_equal(out, whole)


# -- rasters ---------------------------------------------------------------------------------------------------------


def test_rasters_with_nodata(tmp_path):
    for name, values, nodata in (("a", [[0, 4, 0]], 0), ("b", [[9, 0, 0]], 0), ("c", [[7, 6, 99]], 99)):
        rm.write(tmp_path / f"{name}.tif", np.array(values, np.uint16), nodata=nodata)
    rasters = [rm.Raster(tmp_path / f"{name}.tif") for name in "abc"]
    assert rm.composite(rasters).tolist() == [[8, 5, 0]]
    assert rm.composite(rasters, method="count").tolist() == [[2, 2, 0]]
    assert rm.composite(rasters, nodata=5).tolist() == [[8, 6, 5]]  # a 5 that is data is none that is nodata
    assert rm.composite(rasters, rm.Mask([[1, 0, 1]])).tolist() == [[8, 0, 0]]


@pytest.fixture
def scene(tmp_path):
    """Three dates of a scene in files of tiles, and its clouds in files of half the resolution."""
    pytest.importorskip("rasterio")
    fine = rm.Frame(600, 700, (10, 0, 500_000, 0, -10, 4_000_000), "EPSG:32633")
    coarse = rm.Frame(300, 350, (20, 0, 500_000, 0, -20, 4_000_000), "EPSG:32633")
    rng = np.random.default_rng(8)
    for number in range(3):
        values = rng.integers(0, 3000, (600, 700, 2)).astype(np.uint16)
        rm.write(tmp_path / f"date{number}.tif", values, frame=fine, nodata=0)
        rm.Mask(rng.random(coarse.shape) < 0.3, frame=coarse).save(tmp_path / f"cloud{number}.tif")
    return tmp_path


@pytest.mark.parametrize("method", ["median", "least_cloud", "count"])
def test_from_files_to_a_file(scene, method):
    rasters = [rm.Raster(scene / f"date{number}.tif") for number in range(3)]
    clouds = [scene / f"cloud{number}.tif" for number in range(3)]
    assert rm.composite(rasters, method=method, exclude=clouds, out=scene / "out.tif") is None
    clear = [~rm.read_mask(path).to_frame(raster.frame) for path, raster in zip(clouds, rasters, strict=True)]
    made = rm.Raster(scene / "out.tif")
    assert np.array_equal(made.read(), rm.composite(rasters, clear, method))
    assert made.frame == rasters[0].frame and made.nodata == (None if method == "count" else 0)
    if method == "median":
        seen = rm.composite(rasters, clear, "count").any(axis=2)
        assert np.array_equal(np.asarray(rm.nodata(made)), ~seen)


def test_what_is_read_is_never_written_over(scene):
    rasters = [rm.Raster(scene / f"date{number}.tif") for number in range(3)]
    before = (scene / "date2.tif").read_bytes()
    for path in ("date2.tif", "cloud1.tif"):
        with pytest.raises(rm.WriteError, match="is read by the run itself"):
            rm.composite(rasters, exclude=[None, [scene / "cloud1.tif"], None], out=scene / path)
    assert (scene / "date2.tif").read_bytes() == before


def test_masks_less_what_is_excluded():
    images, masks = _dates()
    clouds, shadows = (_dates(seed=seed)[1] for seed in (4, 5))
    clear = [
        (~rm.Mask(np.zeros((23, 31))) if mask is None else mask) - rm.Mask(np.asarray(cloud) > 0)
        for mask, cloud in zip(masks, _filled(clouds), strict=True)
    ]
    again = [mask - rm.Mask(np.asarray(shadow) > 0) for mask, shadow in zip(clear, _filled(shadows), strict=True)]
    opaque = [None if cloud is None else rm.Mask(np.asarray(cloud) > 0) for cloud in clouds]
    both = [[c, s if s is None else rm.Mask(np.asarray(s) > 0)] for c, s in zip(opaque, shadows, strict=True)]
    assert np.array_equal(rm.composite(images, masks, exclude=opaque), rm.composite(images, clear))
    assert np.array_equal(rm.composite(images, masks, exclude=both), rm.composite(images, again))


def _filled(masks):
    return [np.zeros((23, 31)) if mask is None else mask for mask in masks]


def test_bands_that_are_named(tmp_path):
    pytest.importorskip("rasterio")
    import rasterio

    images, masks = _dates("uint16")
    rasters = []
    for number, image in enumerate(images):
        path = tmp_path / f"{number}.tif"
        profile = dict(driver="GTiff", height=23, width=31, count=3, dtype="uint16")
        with rasterio.open(path, "w", transform=rasterio.Affine(10, 0, 0, 0, -10, 0), **profile) as file:
            file.write(np.moveaxis(image, -1, 0))
            file.descriptions = ("Red", "green", "NIR")
        rasters.append(rm.Raster(path))
    found = rm.composite(rasters, masks, "max_ndvi")
    assert np.array_equal(found, rm.composite(images, masks, "max_ndvi", bands=RED_NIR))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: rm.composite([]), "composite: one image or more was expected"),
        (lambda a: rm.composite([a, a], [None]), "composite: a mask for each image was expected, 2, got 1"),
        (lambda a: rm.composite([a, a[:1]]), "composite: image 2 is 1 × 3, the first 2 × 3"),
        (lambda a: rm.composite([a, a.astype("uint16")]), "composite: image 2 is of 1 bands of uint16, the first of"),
        (lambda a: rm.composite([a, a], method="medain"), "composite: the method 'medain' is not known: did you mean"),
        (lambda a: rm.composite([a, a], method="max_ndvi"), "composite: max_ndvi needs the bands"),
        (
            lambda a: rm.composite([a], method="max_ndvi", bands={"red": 0, "nir": 1}),
            "composite: the images have bands 0",
        ),
        (lambda a: rm.composite([a, a], nodata=-1), "composite: nodata is a value that uint8 can hold"),
        (lambda a: rm.composite([a], [np.ones((3, 3))]), "Align with mask.to_frame"),
    ],
)
def test_what_does_not_go_together_is_one_clear_error(call, message):
    with pytest.raises(rm.RoimaskError, match=message):
        call(np.zeros((2, 3), np.uint8))
