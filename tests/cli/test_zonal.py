"""``roimask zonal``: zones in, tables and maps out."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import roimask as rm
from tests.cli.conftest import run

FRAME = rm.Frame(20, 30, (10, 0, 500_000, 0, -10, 4_600_000), "EPSG:32633")
PIXELS = np.arange(1200, dtype=np.uint16).reshape(20, 30, 2)


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """A scene of two bands, clouds over its left half, and two fields."""
    monkeypatch.chdir(tmp_path)
    rm.write("scene.tif", PIXELS, frame=FRAME)
    rm.rectangle(FRAME, 0, 0, 20, 5).save("clouds.tif")
    shapes = shapely.box([500_000, 500_100], [4_599_900, 4_599_850], [500_100, 500_200], [4_600_000, 4_599_950])
    pyogrio.raw.write(
        "fields.gpkg", shapely.to_wkb(shapes), [np.array(["oats", "rye"], object)], ["crop"], crs="EPSG:32633",
        geometry_type="Polygon",
    )  # fmt: skip
    return tmp_path


def test_a_row_a_zone_and_band(scene):
    found = run("zonal", "scene.tif", "--zones", "fields.gpkg", "--exclude", "clouds.tif", "-o", "fields.csv")
    assert found.exit_code == 0, found.stderr
    table = pd.read_csv("fields.csv")
    assert table[["image", "zone", "crop", "band", "count"]].to_numpy().tolist() == [
        ["scene.tif", 1, "oats", 1, 50], ["scene.tif", 1, "oats", 2, 50],
        ["scene.tif", 2, "rye", 1, 100], ["scene.tif", 2, "rye", 2, 100],
    ]  # fmt: skip
    assert table["mean"].iloc[0] == PIXELS[:10, 5:10, 0].mean()


@pytest.mark.parametrize(
    "words",
    [("--exclude", "clouds.tif"), ("--mask", "~clouds.tif"), ("--mask-kind", "binary", "--exclude", "clouds.tif")],
)
def test_masks_may_be_files_expressions_or_read_whole(scene, words):
    found = run("zonal", "scene.tif", "--zones", "fields.gpkg", *words, "-x", "late.tif", "--json")
    assert found.exit_code == 2 and "there is no mask late.tif" in found.stderr
    rm.rectangle(FRAME, 0, 0, 5, 30).save("late.tif")
    found = run("zonal", "scene.tif", "--zones", "fields.gpkg", *words, "-x", "late.tif", "--json")
    assert [row["count"] for row in json.loads(found.stdout)] == [25, 25, 100, 100], found.stderr
    assert run("zonal", "scene.tif", "--zones", "fields.gpkg", *words, "--dry-run").exit_code == 0


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet", "geojson", "gpkg"])
def test_every_format_holds_the_same(scene, suffix):
    output = f"out/fields.{suffix}"
    found = run("zonal", "scene.tif", "--zones", "fields.gpkg", "--quantiles", "0.5", "--rule", "centre", "-o", output)
    assert found.exit_code == 0, found.stderr
    assert run("zonal", "scene.tif", "--zones", "fields.gpkg", "-o", output).exit_code == 2  # it is there
    if suffix in ("geojson", "gpkg"):
        meta, _, shapes, columns = pyogrio.raw.read(output)
        table = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)))
        assert len(table) == 2 and table["q0.5_2"].tolist() == [
            np.median(PIXELS[:10, :10, 1]),
            np.median(PIXELS[5:15, 10:20, 1]),
        ]
        assert meta["crs"] == ("EPSG:4326" if suffix == "geojson" else "EPSG:32633") and len(shapes) == 2
        return
    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[suffix]
    table = read(output)
    assert len(table) == 4 and table["crop"].tolist() == ["oats", "oats", "rye", "rye"]
    assert table["q0.5"].iloc[1] == np.median(PIXELS[:10, :10, 1]) and "geometry" not in table


def test_classes_and_one_row_a_name(scene):
    labels = np.zeros((20, 30), np.uint8)
    labels[:, 10:], labels[:, 20:] = 4, 9
    rm.write("landcover.tif", labels, frame=FRAME)
    found = run("zonal", "landcover.tif", "--zones", "fields.gpkg", "--classes", "--json")
    rows = json.loads(found.stdout)
    assert [(row["crop"], row["class"], row["area_m2"]) for row in rows] == [("oats", 0, 10_000), ("rye", 4, 10_000)]
    mask = rm.Mask(labels, frame=FRAME, names={4: "wood", 9: "wood"})
    mask.save("wood.tif")
    found = run("zonal", "scene.tif", "--zones", "wood.tif", "--by", "name", "--json")
    assert [(row["name"], row["band"], row["count"]) for row in json.loads(found.stdout)] == [
        ("wood", 1, 400),
        ("wood", 2, 400),
    ]


def test_many_images_and_places_in_a_table(scene):
    rm.write("later.tif", PIXELS + 1, frame=FRAME)
    found = run("zonal", "scene.tif", "later.tif", "--zones", "fields.gpkg", "--geometry", "-o", "all.csv")
    assert found.exit_code == 0, found.stderr
    table = pd.read_csv("all.csv")
    assert table["image"].tolist() == ["scene.tif"] * 2 + ["later.tif"] * 2
    assert table["geometry"].str.startswith("POLYGON").all()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--zones", "missing.gpkg"), 1, "missing.gpkg cannot be read"),
        ((), 2, "Missing option '--zones'"),
        (("--zones", "fields.gpkg", "-o", "fields.gpkg"), 2, "fields.gpkg is read and would be overwritten"),
        (("--zones", "fields.gpkg", "-o", "fields.xlsx"), 2, ".csv, .json, .parquet, .geojson, .gpkg"),
        (("--zones", "fields.gpkg", "--by", "crp"), 1, "did you mean 'crop'"),
        (("--zones", "fields.gpkg", "--quantiles", "2"), 2, "a share, 0 to 1"),
    ],
)
def test_what_is_refused(scene, words, code, says):
    found = run("zonal", "scene.tif", *words)
    assert found.exit_code == code and says in found.stderr and "Traceback" not in found.stderr


def test_other_tables_are_no_maps(scene):
    found = run("statistics", "scene.tif", "-o", "out.geojson")
    assert found.exit_code == 2 and "a table is written as .csv, .json, .parquet" in found.stderr
