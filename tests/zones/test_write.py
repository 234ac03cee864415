"""Tables with geometries as files of maps."""

from __future__ import annotations

import json
import os

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import roimask as rm

UTM = rm.Frame(20, 30, (10, 0, 500_000, 0, -10, 4_600_000), "EPSG:32633")
BOXES = [shapely.box(500_000, 4_599_900, 500_100, 4_600_000), shapely.box(500_105, 4_599_850, 500_200, 4_599_925)]


@pytest.fixture
def table(tmp_path):
    rm.write(tmp_path / "scene.tif", np.arange(600, dtype=np.uint16).reshape(20, 30), frame=UTM)
    zones = pd.DataFrame({"crop": ["Öats", None], "fid": [7, 8], "geometry": [BOXES[0], BOXES[1].buffer(-20)]})
    mask = rm.rectangle(UTM, 0, 0, 10, 10)
    return rm.zonal(rm.Raster(tmp_path / "scene.tif"), zones, mask, quantiles=[0.5], geometry=True)


def test_geopackage_keeps_all(table, tmp_path):
    rm.write_features(tmp_path / "zones.gpkg", table)
    meta, _, shapes, columns = pyogrio.raw.read(tmp_path / "zones.gpkg")
    found = dict(zip(meta["fields"], columns, strict=True))
    assert meta["crs"] == "EPSG:32633" and meta["geometry_type"] == "MultiPolygon"
    assert [shapely.from_wkb(shape).area for shape in shapes] == pytest.approx(list(shapely.area(table["geometry"])))
    assert found["crop"].tolist() == ["Öats", None] and found["fid_"].tolist() == [7, 8]
    np.testing.assert_array_equal(found["mean"], table["mean"])
    assert found["count"].tolist() == [100, 0] and np.isnan(found["q0.5"][1])


def test_geojson_is_in_degrees(table, tmp_path):
    rm.write_features(tmp_path / "zones.geojson", table)
    features = json.loads((tmp_path / "zones.geojson").read_text(encoding="utf-8"))["features"]
    assert features[0]["properties"]["crop"] == "Öats" and features[1]["properties"]["mean"] is None
    ring = np.array(features[0]["geometry"]["coordinates"][0])
    assert (np.abs(ring - (15, 41.5)) < 0.1).all() and shapely.LinearRing(ring).is_ccw
    again = rm.zonal(rm.Raster(tmp_path / "scene.tif"), tmp_path / "zones.geojson")
    np.testing.assert_allclose(again["weight"], [100, 55 * 35 / 100], rtol=1e-6)


def test_zones_without_a_place_stay_in_pixels(tmp_path):
    image = np.arange(600, dtype=np.uint16).reshape(20, 30)
    table = rm.zonal(image, [shapely.box(1, 2, 8, 9)], geometry=True)
    rm.write_features(tmp_path / "zones.geojson", table)
    placed = rm.write(tmp_path / "scene.tif", image, frame=UTM) or rm.Raster(tmp_path / "scene.tif")
    for raster in (image, placed):
        assert rm.zonal(raster, tmp_path / "zones.geojson")["mean"].item() == table["mean"].item()


def test_points_and_nothing_can_be_written(tmp_path):
    table = pd.DataFrame({"n": np.array([1, 2], np.uint8), "geometry": [shapely.Point(1, 2), None]})
    table.attrs["crs"] = "EPSG:4326"
    for name in ("z.gpkg", "z.geojson"):
        rm.write_features(tmp_path / name, table)
        assert pyogrio.read_info(tmp_path / name)["features"] == 2


@pytest.mark.parametrize(
    ("name", "change", "error", "says"),
    [
        ("z.shp", lambda t: t, rm.WriteError, r"\.geojson or \.gpkg"),
        ("z.gpkg", lambda t: t.drop(columns="geometry"), rm.ParameterError, "no column 'geometry'"),
        ("z.geojson", lambda t: t.assign(geometry=[shapely.box(-2e7, 0, 2e7, 9e6)] * 2), rm.WriteError, "use .gpkg"),
    ],
)
def test_what_cannot_be_written(table, tmp_path, name, change, error, says):
    given = change(table)
    given.attrs["crs"] = "EPSG:3857" if name == "z.geojson" else "EPSG:32633"
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(error, match=says):
        rm.write_features(tmp_path / name, given)
    assert sorted(os.listdir(tmp_path)) == before
