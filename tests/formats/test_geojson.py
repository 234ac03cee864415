"""GeoJSON: places in the world and in pixels, ring order, names, and what has no area."""

from __future__ import annotations

import json

import numpy as np
import pytest

import roimask as rm

SQUARE = [[1, 1], [5, 1], [5, 5], [1, 5], [1, 1]]
HOLE = [[2, 2], [2, 4], [4, 4], [4, 2], [2, 2]]
UTM = rm.Frame(30, 40, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")


def feature(kind, coordinates, **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def write(path, content):
    path.write_text(json.dumps(content))
    return path


def collection(*features, **more):
    return {"type": "FeatureCollection", "features": list(features), **more}


def area(ring) -> float:
    x, y = np.array(ring[:-1]).T
    x, y = x - x[0], y - y[0]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def test_pixels_where_the_frame_has_no_place(tmp_path):
    path = write(tmp_path / "a.geojson", collection(feature("Polygon", [SQUARE, HOLE], name="a")))
    mask = rm.read_mask(path, (8, 9))
    assert mask.area == 16 - 4 and mask.bbox == (1, 1, 5, 5) and mask.names[1] == "a"


@pytest.mark.parametrize(
    "content",
    [
        feature("Polygon", [SQUARE]),
        {"type": "Polygon", "coordinates": [SQUARE]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [SQUARE]}]},
        [feature("Polygon", [SQUARE])],
        collection(feature("Polygon", [[[x, y, 7.5] for x, y in SQUARE]])),
    ],
)
def test_every_type_with_an_area(tmp_path, content):
    for name in ("a.geojson", "a.json"):
        assert rm.read_mask(write(tmp_path / name, content), (8, 9)).area == 16


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"name": "a", "class": "b"}, "a"),
        ({"Name": "a"}, "a"),
        ({"classification": {"name": "Tumor", "color": [1, 2, 3]}, "objectType": "annotation"}, "Tumor"),
        ({"label": 7}, "7"),
        ({"name": None, "label": "b"}, "b"),
        ({"area": 7}, None),
        (None, None),
    ],
)
def test_names(tmp_path, properties, name):
    content = {**feature("Polygon", [SQUARE]), "properties": properties}
    assert rm.read_mask(write(tmp_path / "a.geojson", content), (8, 9)).names.get(1) == name


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (feature("Point", [1, 2]), "a Point has no area"),
        (feature("LineString", SQUARE), "a LineString has no area"),
        ({"type": "Feature", "properties": {}, "geometry": None}, "it has no geometry"),
        (feature("Polygon", []), "it has no polygon"),
        (feature("Polygon", [[[1, 1], [2, 2], [1, 1]]]), "a ring of 2 points"),
        (feature("Polygon", [[[1, 1], [float("nan"), 2], [3, 3], [1, 1]]]), "a point is not finite"),
        (feature("Polygon", [["a", "b", "c"]]), "its positions are not pairs"),
        (feature("Polygon", 7), "its geometry is not as GeoJSON has it"),
        ("text", "its geometry is not as GeoJSON has it"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_by_name(tmp_path, bad, reason):
    path = write(tmp_path / "a.geojson", collection(bad, feature("Polygon", [SQUARE], name="good")))
    with pytest.warns(UserWarning, match=rf"a\.geojson: 1 object left out: feature 1: ({reason})"):
        mask = rm.read_mask(path, (8, 9))
    assert dict(mask.names) == {2: "good"} and mask.area == 16


def test_rings_run_as_rfc_7946_wants(tmp_path):
    labels = np.zeros((30, 40), int)
    labels[3:20, 5:30], labels[8:12, 10:14] = 1, 0
    for frame in (rm.Frame(30, 40), rm.Frame(30, 40, (1, 0, 5, 0, -1, 9))):
        rm.Mask(labels, "labels", frame).save(tmp_path / "a.geojson")
        outer, hole = json.loads((tmp_path / "a.geojson").read_text())["features"][0]["geometry"]["coordinates"]
        assert outer[0] == outer[-1] and area(outer) == 17 * 25 and area(hole) == -16


def test_what_is_written_is_in_wgs_84(tmp_path):
    warp = pytest.importorskip("rasterio.warp")
    rm.rectangle(UTM, 5, 5, 10, 20).save(tmp_path / "a.geojson")
    (ring,) = json.loads((tmp_path / "a.geojson").read_text())["features"][0]["geometry"]["coordinates"]
    assert area(ring) > 0
    x, y = warp.transform("EPSG:4326", "EPSG:32618", *np.array(ring).T)
    assert min(x) == pytest.approx(500050) and max(y) == pytest.approx(4099950)
    east = rm.Frame(30, 40, (1, 0, 160, 0, -1, 10), "EPSG:4326")
    assert rm.rectangle(east, 0, 0, 5, 5).save(tmp_path / "b.geojson") is None
    around = rm.Frame(300, 400, (1, 0, -200, 0, -1, 80), "EPSG:4326")
    with pytest.raises(rm.WriteError, match="crosses the antimeridian"):
        rm.rectangle(around, 0, 0, 5, 300).save(tmp_path / "c.geojson")


def test_another_crs_that_the_file_names(tmp_path):
    pytest.importorskip("rasterio")
    ring = [[500050, 4099950], [500250, 4099950], [500250, 4099850], [500050, 4099850], [500050, 4099950]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32618"}}
    path = write(tmp_path / "a.geojson", collection(feature("Polygon", [ring]), crs=crs))
    assert rm.read_mask(path, UTM) == rm.Mask(rm.rectangle(UTM, 5, 5, 10, 20), "labels")
    with pytest.raises(rm.ReadError, match=r"a\.geojson is in urn:ogc.*has no place in the world"):
        rm.read_mask(path, (30, 40))
    path = write(tmp_path / "a.geojson", collection(feature("Polygon", [ring])))
    with pytest.raises(rm.ReadError, match=r"a\.geojson has positions that are no degrees \(500050, .*crs member"):
        rm.read_mask(path, UTM)
    assert rm.read_mask(path, rm.Frame(30, 40, UTM.transform)).area == 200


def test_pixels_of_our_own_file_on_a_georeferenced_frame(tmp_path):
    mask = rm.rectangle((30, 40), 5, 5, 10, 20)
    mask.save(tmp_path / "a.geojson")
    assert np.array_equal(rm.read_mask(tmp_path / "a.geojson", UTM), mask)


def test_no_frame_and_no_geojson(tmp_path):
    with pytest.raises(rm.ReadError, match=r"a\.geojson does not say which grid it is for; give frame="):
        rm.read_mask(write(tmp_path / "a.geojson", collection()))
    with pytest.raises(rm.ReadError, match=r"a\.geojson is in none of the formats"):
        rm.read_mask(write(tmp_path / "a.geojson", {"type": "Topology"}), (3, 3))
    assert rm.read_mask(write(tmp_path / "a.geojson", collection()), (3, 3)).area == 0


def test_real_houses_in_another_crs(data):
    pytest.importorskip("rasterio")
    folder = data / "houses_oam_kampala"
    with rm.Raster(folder / "kampala_west.tif") as raster:
        mask = rm.read_mask(folder / "kampala_west_buildings.geojson", raster.frame)
    truth = rm.read_mask(folder / "kampala_west_building_mask.png", kind="binary")
    assert len(mask.labels) == 98 and float(rm.iou([mask], [truth])[0, 0]) > 0.99


def test_real_houses_in_utm_are_those_of_rasterio(data):
    rasterio = pytest.importorskip("rasterio")
    features = pytest.importorskip("rasterio.features")
    folder = data / "houses_spacenet_atlanta"
    with rasterio.open(folder / "atlanta_pan.tif") as source:
        shape, transform, crs = source.shape, source.transform, source.crs
    content = json.loads((folder / "atlanta_buildings.geojson").read_text())
    assert "32616" in content["crs"]["properties"]["name"]
    geometries = [one["geometry"] for one in content["features"]]
    mask = rm.read_mask(folder / "atlanta_buildings.geojson", rm.Frame(*shape, transform, crs))
    assert np.array_equal(np.asarray(mask) > 0, features.geometry_mask(geometries, shape, transform, invert=True))
