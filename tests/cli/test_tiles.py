"""``roimask tiles`` and ``roimask composite``."""

from __future__ import annotations

import csv
from typing import get_args

import numpy as np
import pytest
from roimask.cli import composite

import roimask as rm
from roimask.running.composite import Method
from tests.cli.conftest import names, run


@pytest.fixture
def scenes(tmp_path, monkeypatch):
    """Three georeferenced dates of 40 × 50, with nodata 0, and ``clouds/`` with a mask for each."""
    pytest.importorskip("rasterio")
    frame = rm.Frame(40, 50, (10, 0, 500_000, 0, -10, 4_000_000), "EPSG:32633")
    rng = np.random.default_rng(1)
    (tmp_path / "clouds").mkdir()
    for name in ("may", "june", "july"):
        rm.write(tmp_path / f"{name}.tif", rng.integers(0, 200, (40, 50), np.uint8), frame=frame, nodata=0)
        rm.Mask(rng.random((40, 50)) < 0.4, frame=frame).save(tmp_path / "clouds" / f"{name}.tif")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


# -- tiles -----------------------------------------------------------------------------------------------------------


def test_tiles_with_masks_labels_and_an_index(scenes):
    labels = rm.Mask(np.arange(2000).reshape(40, 50) % 7, "labels", rm.Raster("may.tif").frame)
    labels.save("fields.tif")
    words = ["--size", "16,20", "--overlap", "4", "--exclude", "clouds", "--labels", "fields.tif", "--min-valid", "0.6"]
    found = run("tiles", "may.tif", *words, "-o", "chips")
    assert found.exit_code == 0, found.stderr
    raster = rm.Raster("may.tif")
    clear = ~rm.read_mask("clouds/may.tif")
    expected = rm.tiles(raster, (16, 20), 4, 0.6, mask=clear, labels=labels)
    rows = _rows("chips/index.csv")
    assert [row["file"] for row in rows] == [f"may_{tile.name}.tif" for tile in expected] and 0 < len(rows) < 9
    for row, tile in zip(rows, expected, strict=True):
        chip = rm.Raster(f"chips/{row['file']}")
        assert chip.frame == tile.frame and np.array_equal(chip.read(), tile.image) and chip.nodata == 0
        assert rm.read_mask(f"chips/{row['mask']}") == tile.valid
        assert np.array_equal(np.asarray(rm.read_mask(f"chips/{row['label']}")), tile.label)
        assert float(row["valid"]) == pytest.approx(tile.share, abs=1e-6)
        assert tuple(int(row[side]) for side in ("top", "left", "bottom", "right")) == tile.window
        assert (float(row["west"]), float(row["north"])) == tile.frame.xy(0, 0)


def test_tiles_of_pictures_are_pictures(place):
    assert run("tiles", "in", "--size", "16", "-o", "chips").exit_code == 0
    assert "a_r1_c1.png" in names(place / "chips") and "b_r0_c0_mask.png" in names(place / "chips")
    assert len(_rows("chips/index.csv")) == 12
    assert np.array_equal(rm.read("chips/a_r0_c0.png"), rm.read("in/a.png")[:16, :16])


def test_tiles_are_not_written_over(place):
    words = ["tiles", "in/a.png", "--size", "16", "-o", "chips"]
    assert run(*words).exit_code == 0
    before = {name: (place / "chips" / name).stat().st_mtime_ns for name in names(place / "chips")}
    found = run(*words)
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1) and "--overwrite" in found.stderr
    (place / "chips/index.csv").unlink()
    assert run(*words).exit_code == 1  # tiles are there, of whatever
    (place / "chips/a_r0_c0.png").unlink()
    assert run(*words, "--skip-existing").exit_code == 0  # goes on where it was cut off
    assert {n for n in before if (place / "chips" / n).stat().st_mtime_ns != before[n]} == {"a_r0_c0.png", "index.csv"}
    assert run(*words, "--overwrite").exit_code == 0


def test_tiles_say_what_they_would_do(place):
    found = run("tiles", "in/a.png", "--size", "16", "-o", "chips", "--dry-run")
    assert found.exit_code == 0 and "chips/a_*: 4 tiles" in found.stdout and not (place / "chips").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--size", "x", "-o", "c"], 2, "a number of pixels, or HEIGHT,WIDTH, was expected, got 'x'"),
        (["--size", "8"], 2, "give -o: the folder of the tiles"),
        (["--size", "8", "-o", "c", "--labels", "gone.tif"], 2, "there is no mask gone.tif"),
        (["--size", "8", "-o", "c", "--overlap", "8"], 1, "overlap is 0 to 7"),
        (["--size", "8", "-o", "c", "--labels", "other"], 1, "no mask in other"),
    ],
)
def test_tiles_that_cannot_be_cut(place, words, code, message):
    (place / "other").mkdir()
    found = run("tiles", "in/a.png", *words)
    assert found.exit_code == code and message in found.stderr


# -- composites ------------------------------------------------------------------------------------------------------


def test_the_methods_are_those_of_the_library():
    assert get_args(Method) == composite.METHODS


@pytest.mark.parametrize("words", [[], ["--method", "least_cloud"], ["--method", "count"], ["--nodata", "7"]])
def test_a_composite_of_dates_with_their_clouds(scenes, words):
    found = run("composite", "may.tif", "june.tif", "july.tif", "--exclude", "clouds", *words, "-o", "out.tif")
    assert found.exit_code == 0, found.stderr
    dates = ("may", "june", "july")
    clear = [~rm.read_mask(f"clouds/{name}.tif") for name in dates]
    how = {word[2:]: 7 if word == "--nodata" else value for word, value in zip(words[::2], words[1::2], strict=True)}
    made = rm.Raster("out.tif")
    assert np.array_equal(made.read(), rm.composite([rm.Raster(f"{name}.tif") for name in dates], clear, **how))
    assert made.frame == rm.Raster("may.tif").frame


def test_a_composite_of_pictures(place):
    rm.Mask(np.zeros((20, 30))).save("none.png")
    assert run("composite", "in/a.png", "in/c.png", "--mask", "circle", "-o", "out.png").exit_code == 0
    images = [rm.read("in/a.png"), rm.read("in/c.png")]
    assert np.array_equal(rm.read("out.png"), rm.composite(images, rm.circle((20, 30), ("50%", "50%"), "50%")))
    assert run("composite", "in/a.png", "in/c.png", "--method", "max_ndvi", "-o", "n.png").exit_code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["may.tif", "june.tif"], "give -o"),
        (["may.tif", "-o", "may.tif", "--overwrite"], "is read and would be overwritten"),
        (["may.tif", "-o", "o.tif", "--bands", "red"], "such as 'red=2,nir=3'"),
        (["may.tif", "-o", "o.tif", "--mask", "gone"], "there is no mask gone"),
        (["may.tif", "-o", "o.tif", "--mask", "empty"], "may.tif: no mask in empty"),
    ],
)
def test_composites_that_cannot_be_made(scenes, words, message):
    (scenes / "empty").mkdir()
    found = run("composite", *words)
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1) and message in found.stderr
