"""Where zones lie: other CRS, none, turned grids, around the world."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from rasterio.warp import transform, transform_geom

import roimask as rm

UTM = "EPSG:32633"


def raster_of(tmp_path, transform, crs, shape=(90, 120)):
    path = tmp_path / "scene.tif"
    rm.write(
        path, np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape), frame=rm.Frame(*shape, transform, crs)
    )
    return rm.Raster(path)


def inside_out(frame, points):
    """Places (column, row) as positions in the frame's world."""
    return [frame.xy(row, column) for column, row in points]


def test_zones_in_another_crs(tmp_path):
    raster = raster_of(tmp_path, (10, 0, 500_000, 0, -10, 4_600_000), UTM)
    box = shapely.Polygon(inside_out(raster.frame, [(10, 10), (60, 12), (58, 70), (9, 66)]))
    expected = rm.zonal(raster, [box])
    moved = transform_geom(UTM, "EPSG:4326", box.__geo_interface__, precision=-1)
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": moved}]}
    (tmp_path / "wgs84.geojson").write_text(json.dumps(collection))
    for zones in ([moved], collection, tmp_path / "wgs84.geojson"):
        table = rm.zonal(raster, zones)
        np.testing.assert_allclose(table["weight"], expected["weight"], rtol=1e-5)
        np.testing.assert_allclose(table["mean"], expected["mean"], rtol=1e-5)
    shapes = [shapely.geometry.shape(transform_geom(UTM, "EPSG:3035", box.__geo_interface__, precision=-1))]
    np.testing.assert_allclose(rm.zonal(raster, shapes, crs="EPSG:3035")["weight"], expected["weight"], rtol=1e-5)


def test_edges_that_bend_get_points_between(tmp_path):
    """A parallel is no straight line in a projection; a densified copy of the zone says the same."""
    raster = raster_of(tmp_path, (10_000, 0, -2_000_000, 0, -10_000, 9_000_000), "EPSG:32633", (500, 500))
    wide = shapely.box(0, 55, 30, 62)
    ours, fine = rm.zonal(raster, [wide, wide.segmentize(0.01)], crs="EPSG:4326")["weight"]
    coarse = shapely.geometry.shape(transform_geom("EPSG:4326", UTM, wide.__geo_interface__)).area / 1e8
    assert ours == pytest.approx(fine, rel=1e-4) and abs(coarse - fine) > 20 * abs(ours - fine)


def test_a_turned_grid(tmp_path):
    turned = (8.0, -6.0, 500_000, -6.0, -8.0, 4_600_000)
    raster = raster_of(tmp_path, turned, UTM)
    corners = [(10.25, 10), (60, 12.5), (58, 70), (9, 66)]
    zone = shapely.Polygon(inside_out(raster.frame, corners))
    for rule in ("exact", "centre", "touched"):
        plain = rm.zonal(raster.read(), [shapely.Polygon(corners)], rule=rule)
        np.testing.assert_allclose(rm.zonal(raster, [zone], rule=rule)["mean"], plain["mean"], rtol=1e-9)


def test_the_turned_raster_of_rasterio(data):
    raster = rm.Raster(data / "raster_nodata" / "rotated.tif")
    height, width = raster.frame.shape
    zone = shapely.Polygon(inside_out(raster.frame, [(0, 0), (width, 0), (width, height), (0, height)]))
    table = rm.zonal(raster, [zone], quantiles=[0.5])
    assert table["weight"].item() == pytest.approx(raster.valid().area) and table["inside"].item() == pytest.approx(1)


def test_no_crs_on_either_side(tmp_path):
    place, box = (10, 0, 500_000, 0, -10, 4_600_000), shapely.box(500_000, 4_599_900, 500_100, 4_600_000)
    unnamed = raster_of(tmp_path, place, None)
    with pytest.warns(UserWarning, match="names no CRS: it is taken to be in EPSG:32633"):
        assert rm.zonal(unnamed, [box], crs=UTM)["weight"].item() == 100
    assert rm.zonal(unnamed, [box])["weight"].item() == 100
    named = raster_of(tmp_path, place, UTM)
    with pytest.raises(rm.ParameterError, match=r"no degrees \(5.*Give crs="):
        rm.zonal(named, [box.__geo_interface__])
    assert rm.zonal(named, [box.__geo_interface__], crs=UTM)["weight"].item() == 100
    with pytest.raises(rm.ParameterError, match="no place in the world"):
        rm.zonal(np.zeros((9, 9)), [box], crs=UTM)


def test_a_file_without_crs(tmp_path):
    from pyogrio import raw

    raster = raster_of(tmp_path, (10, 0, 500_000, 0, -10, 4_600_000), UTM)
    box = shapely.box(500_000, 4_599_900, 500_100, 4_600_000)
    with pytest.warns(UserWarning):
        raw.write(tmp_path / "z.shp", np.array([box.wkb], object), [np.array([1])], ["id"], geometry_type="Polygon")
    with pytest.warns(UserWarning, match=r"z\.shp names no CRS: its zones are taken to be in that of the raster"):
        assert rm.zonal(raster, tmp_path / "z.shp")["weight"].item() == 100


def test_a_mask_in_pixels_is_measured_in_pixels(tmp_path):
    mask = rm.rectangle((90, 120), 10, 20, 30, 40)
    mask.save(tmp_path / "pixels.geojson")
    for raster in (raster_of(tmp_path, (10, 0, 500_000, 0, -10, 4_600_000), UTM), np.zeros((90, 120), np.uint8)):
        assert rm.zonal(raster, tmp_path / "pixels.geojson")["weight"].item() == 1200


# -- around the world --------------------------------------------------------------------------------------------------

WORLD = (1, 0, -180, 0, -1, 90)
SPLIT = shapely.MultiPolygon([shapely.box(170, -20, 180, 10), shapely.box(-180, -20, -165, 10)])


@pytest.mark.parametrize("origin", [-180, 0, 100])
@pytest.mark.parametrize("form", ["split", "beyond", "behind", "jumping"])
def test_across_the_antimeridian(tmp_path, origin, form):
    raster = raster_of(tmp_path, (1, 0, origin, 0, -1, 90), "EPSG:4326", (180, 360))
    zone = {
        "split": SPLIT,
        "beyond": shapely.box(170, -20, 195, 10),
        "behind": shapely.box(-190, -20, -165, 10),
        "jumping": shapely.Polygon([(170, -20), (-165, -20), (-165, 10), (170, 10)]),
    }[form]
    if form == "jumping":
        with pytest.warns(UserWarning, match=r"Zones with edges .* \(1\) are taken to cross the antimeridian"):
            row = rm.zonal(raster, [zone]).iloc[0]
    else:
        row = rm.zonal(raster, [zone]).iloc[0]
    assert row["weight"] == pytest.approx(25 * 30) and row["inside"] == pytest.approx(1)
    columns = (np.arange(170, 195) - origin) % 360
    assert row["mean"] == pytest.approx(raster.read()[80:110, columns].mean())


def test_holes_come_along(tmp_path):
    raster = raster_of(tmp_path, WORLD, "EPSG:4326", (180, 360))
    outer = [(170, -20), (-165, -20), (-165, 10), (170, 10)]
    zone = shapely.Polygon(outer, [[(-172, -10), (-170, -10), (-170, 0), (-172, 0)]])
    with pytest.warns(UserWarning, match="antimeridian"):
        assert rm.zonal(raster, [zone])["weight"].item() == pytest.approx(25 * 30 - 20)


def test_a_zone_around_the_world_stays_one(tmp_path, recwarn):
    raster = raster_of(tmp_path, WORLD, "EPSG:4326", (180, 360))
    row = rm.zonal(raster, [shapely.box(-180, -90, 180, 90)]).iloc[0]
    assert row["weight"] == 180 * 360 and row["inside"] == 1 and not recwarn.list


def test_across_the_antimeridian_in_utm(tmp_path):
    raster = raster_of(tmp_path, (1000, 0, 700_000, 0, -1000, 50_000), "EPSG:32660", (100, 300))
    x, y = transform("EPSG:32660", "EPSG:4326", [750_000, 950_000, 950_000, 750_000], [0, 0, 40_000, 40_000])
    assert min(x) < 0 < max(x)
    row = rm.zonal(raster, [shapely.Polygon(np.stack([x, y], 1))], crs="EPSG:4326").iloc[0]
    assert row["weight"] == pytest.approx(200 * 40, rel=1e-3) and row["inside"] == pytest.approx(1)


def test_web_mercator_goes_around_too(tmp_path):
    half = 20037508.342789244
    raster = raster_of(tmp_path, (half / 100, 0, -half, 0, -half / 100, half), "EPSG:3857", (200, 200))
    row = rm.zonal(raster, [SPLIT], crs="EPSG:4326").iloc[0]
    beyond = rm.zonal(raster, [shapely.box(half * 17 / 18, -2e6, half * 19.5 / 18, 1e6)]).iloc[0]
    assert row["inside"] == 1 and beyond["inside"] == pytest.approx(1)


def test_a_zone_without_a_place_is_empty(tmp_path):
    raster = raster_of(tmp_path, (10, 0, 500_000, 0, -10, 4_600_000), UTM)
    with pytest.warns(UserWarning, match="Zones without a place on the grid of the raster .1, number 1 first"):
        table = rm.zonal(raster, [shapely.box(-1e300, 0, 1, 1), shapely.box(500_000, 4_599_900, 500_100, 4_600_000)])
    assert table["count"].tolist() == [0, 100]


def test_a_zone_beyond_the_projection_is_cut_before(tmp_path):
    """Web Mercator has no poles: a zone from one to the other over a scene, and one at a pole far away."""
    raster = raster_of(tmp_path, (1000, 0, 1_000_000, 0, -1000, 6_000_000), "EPSG:3857")
    corners = [1_000_000, 1_120_000], [5_910_000, 6_000_000]
    (west, east), (south, north) = transform("EPSG:3857", "EPSG:4326", *corners)
    middle = (west + east) / 2
    zones = [shapely.box(-80, -90, middle, 90), shapely.box(-80, -80, middle, 80), shapely.box(150, -90, 170, -80)]
    table = rm.zonal(raster, zones, crs="EPSG:4326")
    np.testing.assert_allclose(table["weight"], [60 * 90, 60 * 90, 0])
    assert 0 < table["inside"].iloc[0] < 1e-3 and table["count"].iloc[2] == table["inside"].iloc[2] == 0


def test_edges_that_are_long_have_points_enough(tmp_path):
    raster = raster_of(tmp_path, (1000, 0, 400_000, 0, -1000, 6_000_000), UTM)
    half, near = rm.zonal(raster, [shapely.box(-78, 53.7, 101, 80), shapely.box(10, 53.7, 20, 60)], crs="EPSG:4326")[
        "weight"
    ]
    assert half == pytest.approx(near, rel=1e-4) and near > 3000


# -- areas -------------------------------------------------------------------------------------------------------------


def test_square_metres(tmp_path):
    raster = raster_of(tmp_path, (10, 0, 500_000, 0, -10, 4_600_000), UTM)
    box = shapely.box(500_000, 4_599_900, 500_105, 4_600_000)
    flat = rm.zonal(np.zeros((90, 120), np.uint8), [shapely.box(0, 0, 10.5, 10)], classes=True)
    assert "area_m2" not in flat and flat["weight"].item() == 105
    assert rm.zonal(raster, [box], classes=True)["area_m2"].sum() == pytest.approx(10_500)
    assert "area_m2" not in rm.zonal(raster, [box], classes=True, weights=np.ones((90, 120)))


def test_square_metres_of_degrees_go_by_latitude(tmp_path):
    world = rm.Frame(180, 360, WORLD, "EPSG:4326")
    rm.write(tmp_path / "world.tif", np.ones((180, 360), np.uint8), frame=world)
    table = rm.zonal(rm.Raster(tmp_path / "world.tif"), [shapely.box(-180, -90, 180, 90)], classes=True)
    assert table["area_m2"].item() == pytest.approx(510_065_621e6, rel=1e-4)  # the surface of WGS 84
