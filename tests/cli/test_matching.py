"""roimask match and roimask register, over files and folders."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import run


@pytest.fixture
def coins(place, sample):
    """A folder with the coins and a picture without any, and a template."""
    image = rm.read(sample / "coins.png")
    (place / "scans").mkdir()
    rm.write("scans/coins.png", image)
    rm.write("scans/none.png", np.full_like(image, 90))
    rm.write("coin.png", image[170:220, 75:130])
    return image


def test_match_over_a_folder_writes_a_table(coins):
    found = run("match", "scans", "--template", "coin.png", "--threshold", "0.95", "--max-matches", "1", "-o", "m.csv")
    assert found.exit_code == 0, found.stderr
    rows = list(csv.DictReader(Path("m.csv").read_text().splitlines()))
    assert [(row["image"], float(row["row"]), float(row["col"])) for row in rows] == [("coins.png", 170, 75)]


def test_match_draws_and_says_where_as_geojson(coins):
    words = "match scans/coins.png --template coin.png --angles=-5:5 --scales 0.9:1.1 --max-matches 1 --draw"
    assert run(*words.split(), "-o", "m.geojson").exit_code == 0
    (feature,) = json.loads(Path("m.geojson").read_text())["features"]
    ring = np.array(feature["geometry"]["coordinates"][0])
    assert np.abs(ring.min(axis=0) - (75, 170)).max() < 0.2 and feature["properties"]["score"] > 0.99
    drawn = rm.read("coins_preview.png")
    assert drawn.shape == (*coins.shape, 3) and (drawn != coins[..., None]).any(axis=2)[170:220, 75:130].mean() > 0.9


def test_match_takes_a_matcher_and_masks(coins):
    rm.Matcher(coins, rm.circle(coins, (195, 102), 22), threshold=0.97).save("coin.npz")
    found = run("match", "scans/coins.png", "--template", "coin.npz", "--json")
    assert [round(row["center_row"]) for row in json.loads(found.stdout)] == [195]
    there = run("match", "scans/coins.png", "--template", "coin.npz", "--exclude", "circle center=195,102 radius=25")
    assert there.stdout.strip() == ""


@pytest.mark.parametrize(
    "words, text",
    [
        ("--template none.png", "cannot be opened"),
        ("--template coin.png --angles 5:1", "from low to high"),
        ("--template coin.png --angles half", "from:to"),
        ("--template coin.png -o out.png", "a table is written as"),
    ],
)
def test_match_says_what_is_wrong(coins, words, text):
    found = run("match", "scans/coins.png", *words.split())
    assert found.exit_code != 0 and text in found.stderr and "Traceback" not in found.stderr


def test_register_lays_an_image_on_another(coins):
    grid = rm.Frame(200, 250, (10, 0, 500000, 0, -10, 4000000), "EPSG:32632")
    rm.write("earlier.tif", coins[:200, :250], frame=grid, nodata=0)
    rm.write("later.tif", coins[6:206, 9:259])
    for output in ("aligned.tif", "shift.json"):
        found = run("register", "later.tif", "--reference", "earlier.tif", "-o", output)
        assert found.exit_code == 0, found.stderr
    aligned = rm.read("aligned.tif")
    assert (aligned[6:, 9:] == coins[6:200, 9:250]).all() and rm.Raster("aligned.tif").frame == grid
    assert run("warp", "later.tif", "--transform", "shift.json", "-o", "again.tif").exit_code == 0
    assert (rm.read("again.tif") == aligned).all() and rm.Raster("again.tif").frame == grid
