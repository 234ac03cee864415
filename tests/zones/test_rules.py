"""What is counted: the naive reference on small arrays, peers on real data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from exactextract import exact_extract
from rasterio import Affine
from rasterio.features import geometry_mask

import roimask as rm
from roimask.summary.distribution import weighted_quantiles
from roimask.zones import scan
from tests.zones import reference

SHAPE = (17, 23)
RULES = ("exact", "centre", "touched")
NAMES = ("count", "weight", "sum", "mean", "std", "min", "max")
BY_RASTERSTATS = {"count": "count", "mean": "mean", "std": "std", "min": "min", "max": "max", "q0.5": "median"}
BY_EXACTEXTRACT = {"weight": "count", "sum": "sum", "mean": "mean", "std": "stdev", "min": "min", "max": "max"}


def image_of(dtype: str, bands: int = 0) -> np.ndarray:
    random = np.random.default_rng(2)
    image = random.integers(0, 60000 if np.dtype(dtype).itemsize > 1 else 250, (*SHAPE, bands) if bands else SHAPE)
    image = image.astype(dtype)
    if image.dtype.kind == "f":
        image[random.random(image.shape) < 0.1] = np.nan
    return image


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
def test_pixel_by_pixel(rule, dtype):
    image, zones = image_of(dtype), reference.polygons(30, SHAPE, 3)
    if rule != "centre":  # a centre on an edge is told by GDAL's rule, see below
        zones += reference.snapped(reference.polygons(15, SHAPE, 33), 0.5)
    table = rm.zonal(image, zones, rule=rule)
    expected = [reference.row(image, reference.weights(zone, SHAPE, rule)) for zone in zones]
    for name in NAMES:
        np.testing.assert_allclose(table[name], [row[name] for row in expected], rtol=1e-6, atol=1e-7, err_msg=name)
    assert table["min"].dtype.kind == "f" and table["sum"].dtype == (
        "int64" if rule != "exact" and image.dtype.kind != "f" else "float64"
    )


def test_the_share_on_the_raster_is_said():
    zones, frame = reference.polygons(60, SHAPE, 4), shapely.box(0, 0, SHAPE[1], SHAPE[0])
    table = rm.zonal(image_of("uint8"), zones)
    np.testing.assert_allclose(
        table["inside"], [zone.intersection(frame).area / zone.area for zone in zones], atol=1e-9
    )
    outside = table[table["inside"] == 0]
    assert len(outside) and (outside[["count", "weight", "sum"]] == 0).all(axis=None)
    assert outside[["mean", "std", "min", "max"]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["binary", "weights", "labels"])
def test_the_mask_says_what_takes_part(kind):
    image, zones = image_of("float32"), reference.polygons(20, SHAPE, 5)
    random = np.random.default_rng(6)
    mask = {
        "binary": random.random(SHAPE) < 0.5,
        "weights": random.random(SHAPE).astype(np.float32) * (random.random(SHAPE) < 0.7),
        "labels": random.integers(0, 4, SHAPE),
    }[kind]
    weight = mask if kind == "weights" else mask > 0
    table = rm.zonal(image, zones, rm.Mask(mask, kind))
    expected = [reference.row(image, reference.weights(zone, SHAPE, "exact") * weight) for zone in zones]
    for name in NAMES:
        np.testing.assert_allclose(table[name], [row[name] for row in expected], rtol=1e-6, atol=1e-6, err_msg=name)
    junk = np.where(weight > 0, image, random.choice([np.nan, np.inf, -1e30], SHAPE)).astype(np.float32)
    pd.testing.assert_frame_equal(rm.zonal(junk, zones, rm.Mask(mask, kind)), table)


@pytest.mark.parametrize("rule", RULES)
def test_masks_in_files_are_read_by_blocks(rule, tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "TILE", (5, 7))
    frame = rm.Frame(*SHAPE, (10, 0, 500_000, 0, -10, 4_600_000), "EPSG:32633")
    random, image = np.random.default_rng(16), image_of("uint16")
    rm.write(tmp_path / "scene.tif", image, frame=frame)
    clouds = rm.Mask(random.random(SHAPE) < 0.3, frame=frame)
    soft = rm.Mask(random.random(SHAPE).astype(np.float32), frame=frame)
    field = rm.polygon(frame, [(1, 2), (3, 20), (15, 12)])
    for mask, name in ((clouds, "clouds.tif"), (soft, "soft.tif"), (field, "field.gpkg")):
        mask.save(tmp_path / name)
    zones = [
        shapely.transform(zone, lambda p: p * (10, -10) + (500_000, 4_600_000))
        for zone in reference.polygons(9, SHAPE, 17)
    ]
    raster = rm.Raster(tmp_path / "scene.tif")
    cases = [
        (tmp_path / "clouds.tif", clouds),
        (tmp_path / "field.gpkg", field),
        (tmp_path / "soft.tif", soft),
        (rm.MaskExpression("field.gpkg - clouds.tif", folder=str(tmp_path)), field - clouds),
    ]
    monkeypatch.chdir(tmp_path)
    for given, mask in cases:
        ours, expected = (rm.zonal(raster, zones, m, rule=rule, quantiles=[0.5]) for m in (given, mask))
        pd.testing.assert_frame_equal(ours, expected, check_dtype=False)


def test_weights_multiply():
    image, zones = image_of("uint16"), reference.polygons(20, SHAPE, 7)
    people = np.random.default_rng(8).random(SHAPE) * 1000
    people[3, :], people[:, 5] = np.nan, 0
    table = rm.zonal(image, zones, weights=people)
    expected = [reference.row(image, reference.weights(z, SHAPE, "exact") * np.nan_to_num(people)) for z in zones]
    for name in NAMES:
        np.testing.assert_allclose(table[name], [row[name] for row in expected], rtol=1e-6, atol=1e-6, err_msg=name)
    with pytest.raises(rm.ParameterError, match="weights are 0 or more"):
        rm.zonal(image, zones, weights=people - 500)


def test_bands_have_columns_of_their_own():
    image, zones = image_of("float32", 3), reference.polygons(9, SHAPE, 9)
    table = rm.zonal(image, zones, quantiles=[0.5])
    for band in range(3):
        alone = rm.zonal(image[..., band], zones, quantiles=[0.5])
        for name in (*NAMES, "q0.5"):
            np.testing.assert_array_equal(table[f"{name}_{band + 1}"], alone[name])


def test_quantiles():
    image, zones = image_of("float64"), reference.polygons(30, SHAPE, 10)
    asked = [0.9, 0.0, 0.5, 1.0]
    whole, shares = (rm.zonal(image, zones, rule=rule, quantiles=asked) for rule in ("touched", "exact"))
    for k, zone in enumerate(zones):
        weight = reference.weights(zone, SHAPE, "exact")
        taken = (weight > 0) & ~np.isnan(image)
        values = image[taken]
        for q in asked:
            if not values.size:
                assert np.isnan(whole[f"q{q:g}"].iloc[k]) and np.isnan(shares[f"q{q:g}"].iloc[k])
                continue
            assert np.isclose(whole[f"q{q:g}"].iloc[k], np.quantile(values, q))
            order = np.argsort(values)
            w = weight[taken]
            expected = weighted_quantiles(values[order], w[order], float((w**2).sum()), [q])[0]
            assert np.isclose(shares[f"q{q:g}"].iloc[k], expected)


@pytest.mark.parametrize("rule", RULES)
def test_classes(rule):
    image, zones = image_of("uint8") // 50, reference.polygons(20, SHAPE, 11)
    table = rm.zonal(image, zones, rule=rule, classes=True)
    for k, zone in enumerate(zones, 1):
        weight = reference.weights(zone, SHAPE, rule)
        rows = table[table["zone"] == k].set_index("class")
        assert list(rows.index) == sorted(set(image[weight > 0].tolist()))
        for value, row in rows.iterrows():
            assert row["count"] == ((weight > 0) & (image == value)).sum()
            assert np.isclose(row["weight"], weight[image == value].sum())
            assert np.isclose(row["share"], weight[image == value].sum() / weight.sum())


def test_classes_of_bands_and_of_floats():
    image = np.array([[[1.5, -7], [2.5, -7]], [[1.5, np.nan], [1.5, 8]]], np.float32)
    table = rm.zonal(image, np.ones((2, 2), bool), classes=True)
    assert table[["band", "class", "count", "share"]].to_numpy().tolist() == [
        [1, 1.5, 3, 0.75], [1, 2.5, 1, 0.25], [2, -7, 2, 2 / 3], [2, 8, 1, 1 / 3],
    ]  # fmt: skip


def test_labels_are_as_in_statistics():
    labels = np.random.default_rng(12).integers(0, 9, SHAPE)
    mask, valid = rm.Mask(labels, names={2: "oats", 3: "wheat"}), np.random.default_rng(13).random(SHAPE) < 0.7
    for dtype in ("uint16", "float32"):
        image = image_of(dtype)
        ours = rm.zonal(image, mask, quantiles=[0.5])
        pd.testing.assert_frame_equal(
            ours.drop(columns="zone"), rm.statistics(image, mask, quantiles=[0.5]).drop(columns="label"),
            check_dtype=dtype == "uint16", rtol=1e-12,
        )  # fmt: skip
        limited = rm.statistics(image, rm.Mask(labels * valid), quantiles=())
        np.testing.assert_allclose(rm.zonal(image, mask, valid)["mean"], limited["mean"])
    merged = rm.zonal(image, rm.Mask(labels, names={2: "oats", 3: "oats"}), by="name")
    assert len(merged) == 7 and merged.loc[2, "count"] == (np.isin(labels, (2, 3)) & ~np.isnan(image)).sum()


def test_large_numbers_lose_no_digits():
    image = np.full((9, 9), 1e9) + np.arange(81).reshape(9, 9) / 1000
    row = rm.zonal(image, [shapely.box(0.5, 0.5, 8.5, 8.5)]).iloc[0]
    expected = reference.row(image - 1e9, reference.weights(shapely.box(0.5, 0.5, 8.5, 8.5), (9, 9), "exact"))
    assert np.isclose(row["std"], expected["std"], rtol=1e-6)
    large = np.full((300, 300), 2**31 - 1, np.int32)
    assert rm.zonal(large, [shapely.box(0, 0, 300, 300)], rule="centre")["sum"].item() == (2**31 - 1) * 90_000


def test_inf_is_a_value():
    image = np.array([[np.inf, 1.0, 2.0]])
    row = rm.zonal(image, [shapely.box(0, 0, 3, 1)]).iloc[0]
    assert row["mean"] == np.inf and np.isnan(row["std"]) and row["min"] == 1


@pytest.mark.parametrize("step", [1, 0.5, 0.25])
def test_centres_are_those_of_gdal(step):
    """Also where edges run along lines of pixel centres, and where a level edge lies within the zone."""
    zones = reference.snapped(reference.polygons(300, SHAPE, 14), step)
    table = rm.zonal(image_of("uint8"), zones, rule="centre")
    theirs = [(~geometry_mask([zone], SHAPE, Affine.identity())).sum() for zone in zones]
    assert table["count"].tolist() == theirs


def test_all_touched_is_that_of_gdal_off_the_grid():
    zones = reference.polygons(200, SHAPE, 15)
    table = rm.zonal(image_of("uint8"), zones, rule="touched")
    theirs = [(~geometry_mask([zone], SHAPE, Affine.identity(), all_touched=True)).sum() for zone in zones]
    assert table["count"].tolist() == theirs


# -- real data -------------------------------------------------------------------------------------------------------


def test_rasterstats(data):
    folder = data / "zonal_rasterstats"
    expected = json.loads((folder / "expected.json").read_text())
    cases = {key: rows for key, rows in expected.items() if " on " in key}
    assert len(cases) == 6
    for key, rows in cases.items():
        zones, _, rest = key.partition(" on ")
        raster, _, touched = rest.partition(" all_touched=")
        rule = "touched" if touched == "True" else "centre"
        table = rm.zonal(rm.Raster(folder / raster), folder / zones, rule=rule, quantiles=[0.5])
        for ours, theirs in BY_RASTERSTATS.items():
            np.testing.assert_allclose(table[ours], [row[theirs] for row in rows], rtol=1e-6, err_msg=f"{key}: {ours}")
        assert table["count"].tolist() == [row["count"] for row in rows]


@pytest.mark.parametrize(
    ("raster", "zones"),
    [
        ("zonal_rasterstats/slope_nodata.tif", "zonal_rasterstats/polygons.shp"),
        ("zonal_rasterstats/slope.tif", "zonal_rasterstats/polygons_partial_overlap.shp"),
        ("raster_landsat7_roi_northcarolina/landsat_multiband.tif", None),
    ],
)
def test_exactextract(data, raster, zones):
    if zones is None:
        frame = rm.Raster(data / raster).frame
        corners = [frame.xy(row, column) for row, column in ((10.3, 20.7), (200.1, 300.9))]
        shapes = [shapely.Point(np.mean(corners, axis=0)).buffer(1000), shapely.box(*corners[0], *corners[1])]
    else:
        import pyogrio

        shapes = list(shapely.from_wkb(pyogrio.raw.read(data / zones)[2]))
    features = [{"type": "Feature", "properties": {}, "geometry": shape.__geo_interface__} for shape in shapes]
    theirs = exact_extract(str(data / raster), features, [*BY_EXACTEXTRACT.values()], output="pandas")
    ours = rm.zonal(rm.Raster(data / raster), shapes)
    by_band = rm.Raster(data / raster).count > 1
    for band in range(1, rm.Raster(data / raster).count + 1):
        for name, other in BY_EXACTEXTRACT.items():
            mine, peer = (f"{name}_{band}", f"band_{band}_{other}") if by_band else (name, other)
            np.testing.assert_allclose(ours[mine], theirs[peer].astype(float), rtol=1e-5, err_msg=mine)


def test_the_classes_of_the_amazon(data):
    folder = data / "river_landsat5_amazon"
    expected = json.loads((folder / "expected.json").read_text())["per class per band mean"]
    raster, labels = rm.Raster(folder / "landsat5_amazon_1988.tif"), rm.read(folder / "class_labels.png")
    drawn = rm.zonal(raster, folder / "training_polygons.geojson", rule="centre", by="class").set_index("class")
    painted = rm.zonal(raster, labels)
    for number, name in enumerate(("cleared", "fallen_dry", "forest", "water"), 1):
        wanted = expected[str(number)]
        for row in (drawn.loc[name], painted.loc[number]):
            assert row["count_1"] == wanted["count"]
            np.testing.assert_allclose([row[f"mean_{k}"] for k in range(1, 8)], wanted["means"])
