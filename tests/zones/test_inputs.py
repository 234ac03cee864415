"""What zones may be given as, and what is kept of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from pyogrio import raw

import roimask as rm

FRAME = rm.Frame(20, 30, (10, 0, 500_000, 0, -10, 4_600_000), "EPSG:32633")
BOXES = [shapely.box(500_000, 4_599_900, 500_100, 4_600_000), shapely.box(500_105, 4_599_850, 500_200, 4_599_925)]
NAMES = ["north", "south"]
PIXELS = np.arange(600, dtype=np.uint16).reshape(20, 30)


@pytest.fixture
def raster(tmp_path):
    rm.write(tmp_path / "scene.tif", PIXELS, frame=FRAME)
    return rm.Raster(tmp_path / "scene.tif")


class Table:
    """What a GeoDataFrame has, and no more."""

    def __init__(self, shapes, crs):
        self._columns = {"name": np.array(NAMES, object), "geometry": np.array(shapes, object)}
        self.crs, self.columns = crs, list(self._columns)

    @property
    def geometry(self):
        return self._columns["geometry"]

    def __getitem__(self, name):
        return self._columns[name]


class Code:
    """A CRS as pyproj has it."""

    def to_epsg(self):
        return 32633


def features():
    return [
        {"type": "Feature", "properties": {"name": name}, "geometry": box.__geo_interface__}
        for name, box in zip(NAMES, BOXES, strict=True)
    ]


def vector_file(path, **facts):
    shapes = shapely.to_wkb(np.array(BOXES, object))
    raw.write(path, shapes, [np.array(NAMES, object)], ["name"], geometry_type="Polygon", **facts)
    return path


@pytest.mark.parametrize("given", ["shapes", "array", "geojson", "features", "table", "gpkg", "shp", "fgb"])
def test_every_sort_of_zones_says_the_same(raster, tmp_path, given):
    collection = {"type": "FeatureCollection", "features": features()}
    collection["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    (tmp_path / "named.geojson").write_text(json.dumps(collection))
    zones = {
        "shapes": lambda: BOXES,
        "array": lambda: np.array(BOXES, object),
        "geojson": lambda: tmp_path / "named.geojson",
        "features": lambda: collection,
        "table": lambda: Table(BOXES, Code()),
        "gpkg": lambda: vector_file(tmp_path / "z.gpkg", crs="EPSG:32633"),
        "shp": lambda: str(vector_file(tmp_path / "z.shp", crs="EPSG:32633")),
        "fgb": lambda: vector_file(tmp_path / "z.fgb", crs="EPSG:32633"),
    }[given]()
    table = rm.zonal(raster, zones).sort_values("weight", ascending=False)
    assert table["weight"].tolist() == pytest.approx([100, 71.25])
    assert table["mean"].tolist() == pytest.approx([PIXELS[:10, :10].mean(), 336.7368421], rel=1e-6)
    if given not in ("shapes", "array"):
        assert table["name"].tolist() == NAMES


def test_a_pandas_table_with_geometries_will_do(raster):
    table = pd.DataFrame({"name": NAMES, "geometry": BOXES})
    assert rm.zonal(raster, table)["name"].tolist() == NAMES


def test_attributes_are_kept_beside_columns_of_the_same_name(raster):
    collection = {"type": "FeatureCollection", "features": features()}
    for number, feature in enumerate(collection["features"]):
        feature["properties"] = {"count": number, "crop": None if number else "oats", "zone": "A"}
    table = rm.zonal(raster, collection, crs="EPSG:32633")
    assert list(table.columns[:5]) == ["zone", "count_", "crop", "zone_", "inside"]
    assert table["count_"].tolist() == [0, 1] and table["count"].tolist() == [100, 80]
    assert table["crop"].iloc[0] == "oats" and table["crop"].isna().iloc[1]


def test_zones_of_one_attribute_are_one(raster):
    """Where they overlap, a pixel counts once."""
    a, b = shapely.box(500_000, 4_599_900, 500_100, 4_600_000), shapely.box(500_050, 4_599_900, 500_150, 4_600_000)
    table = pd.DataFrame({"crop": ["oats", "rye", "oats"], "geometry": [a, a, b]})
    found = rm.zonal(raster, table, by="crop")
    assert found[["crop", "weight"]].to_numpy().tolist() == [["oats", 150.0], ["rye", 100.0]]
    with pytest.raises(rm.ParameterError, match=r"'crops' is not known: did you mean 'crop'"):
        rm.zonal(raster, table, by="crops")


def test_overlapping_zones_each_count_what_is_in_them(raster):
    table = rm.zonal(raster, [BOXES[0], BOXES[0]])
    assert table["weight"].tolist() == [100, 100]


def test_what_has_no_area_is_an_empty_row(raster):
    zones = [
        shapely.Point(500_050, 4_599_950),
        BOXES[0],
        None,
        shapely.LineString([(500_000, 4_600_000), (500_100, 4_599_900)]),
    ]
    with pytest.warns(UserWarning, match="the zones: zones without area .3 of 4. are empty"):
        table = rm.zonal(raster, zones, quantiles=[0.5])
    assert table["count"].tolist() == [0, 100, 0, 0] and table["inside"].isna().tolist() == [True, False, True, True]


def test_collections_and_many_polygons_are_one_zone(raster):
    both = shapely.GeometryCollection([shapely.MultiPolygon(BOXES), shapely.Point(0, 0)])
    assert rm.zonal(raster, [both])["weight"].item() == pytest.approx(171.25)


@pytest.mark.parametrize("rule", ["exact", "centre", "touched"])
def test_no_zones_is_an_empty_table(raster, rule):
    for table in (rm.zonal(raster, [], rule=rule), rm.zonal(raster, np.zeros((20, 30), int), rule=rule)):
        assert len(table) == 0 and {"zone", "count", "mean"} <= set(table)
    assert len(rm.zonal(raster, [], classes=True)) == 0


def test_labels_in_files_and_arrays(raster, tmp_path):
    labels = np.zeros((20, 30), np.uint8)
    labels[:10, :10], labels[12:, 20:] = 3, 7
    rm.Mask(labels, names={3: "oats", 7: "rye"}, frame=FRAME).save(tmp_path / "labels.tif")
    from_file = rm.zonal(raster, tmp_path / "labels.tif")
    assert from_file[["zone", "name", "count"]].to_numpy().tolist() == [[3, "oats", 100], [7, "rye", 80]]
    assert rm.zonal(raster, labels)["mean"].tolist() == from_file["mean"].tolist()
    assert rm.zonal(raster, labels > 0)["count"].tolist() == [180]
    outlined = rm.zonal(raster, rm.Mask(labels, frame=FRAME), geometry=True)
    assert outlined.attrs["crs"] == "EPSG:32633" and outlined["geometry"].iloc[0].equals(BOXES[0])
    with pytest.raises(rm.ParameterError, match="holds weights"):
        rm.zonal(raster, rm.Mask(labels / 10))
    with pytest.raises(rm.ParameterError, match="by is 'name'"):
        rm.zonal(raster, labels, by="crop")


@pytest.mark.parametrize(
    ("zones", "says"),
    [
        (5, "zones are a mask of labels, a vector file"),
        ([5], "zone 1 is no geometry"),
        ([BOXES[0], {"type": "Polygon"}], "zone 2 is no geometry as GeoJSON has it"),
        ("missing.gpkg", r"missing\.gpkg cannot be read"),
        ("missing.tif", r"missing\.tif"),
        ({"type": "FeatureCollection"}, "a list of features"),
    ],
)
def test_what_are_no_zones(raster, zones, says):
    with pytest.raises(rm.RoimaskError, match=says) as caught:
        rm.zonal(raster, zones)
    assert "zonal: " in str(caught.value)


def test_a_damaged_file_is_named(raster, tmp_path):
    (tmp_path / "bad.geojson").write_text('{"type": "FeatureCollection", "features": [{"type":')
    with pytest.raises(rm.ReadError, match=r"bad\.geojson cannot be read"):
        rm.zonal(raster, tmp_path / "bad.geojson")
