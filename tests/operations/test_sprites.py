"""Sprite sheets: what is in each cell, what is said of it, and the files."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import names, run

RNG = np.random.default_rng(5)


def field(dtype: str = "uint8", bands: int | None = 3) -> tuple[np.ndarray, rm.Mask]:
    """Noise, and three regions with two names; the second touches the first."""
    white = 1 if dtype == "float32" else np.iinfo(dtype).max
    shape = (30, 50) if bands is None else (30, 50, bands)
    labels = np.zeros((30, 50), int)
    labels[2:9, 3:20], labels[9:20, 3:8], labels[15:28, 30:48] = 2, 3, 7
    return (RNG.random(shape) * white).astype(dtype), rm.Mask(labels, names={2: "cat", 3: "cat", 7: "dog"})


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("bands", [None, 3])
def test_each_cell_holds_its_region_alone(dtype: str, bands: int | None) -> None:
    image, mask = field(dtype, bands)
    sheet = rm.sprites(image, mask, gap=3)
    assert sheet.picture.dtype == image.dtype
    covered = np.zeros(sheet.picture.shape[:2], bool)
    for place in sheet:
        part = slice(place.top, place.top + place.height), slice(place.left, place.left + place.width)
        assert not covered[part].any()
        covered[part] = True
        np.testing.assert_array_equal(sheet.picture[part], rm.cutout(image, mask[place.label]))
        assert (place.source_top, place.source_left) == mask[place.label].bbox[:2]
    assert not sheet.picture[~covered].any()
    assert [place.name for place in sheet] == ["cat_2", "cat_3", "dog"]


def test_cells_keep_apart_and_lie_in_columns() -> None:
    image, mask = field()
    sheet = rm.sprites(image, mask, gap=4, columns=3)
    assert {place.top for place in sheet} == {4} and sheet.picture.shape[:2] == (13 + 8, 3 * 18 + 16)
    assert [place.left for place in sheet] == [4, 26, 48]
    assert rm.sprites(image, mask, columns=1, gap=0).picture.shape[:2] == (39, 18)


def test_scaled_sprites_mix_colours_by_alpha() -> None:
    """A white disk on black, made smaller: no black comes in at its edge."""
    disk = rm.circle((64, 64), (32, 32), 25.3, coverage=True)
    image = np.where(np.asarray(disk)[..., None] > 0, 255, 0).astype(np.uint8) * np.ones(3, np.uint8)
    sheet = rm.sprites(image, disk, size=17)
    (place,) = sheet
    assert (place.height, place.width) == (17, 17)
    seen = sheet.picture[sheet.picture[..., 3] > 0]
    assert (seen[:, :3] == 255).all() and ((seen[:, 3] > 0) & (seen[:, 3] < 255)).any()
    assert abs(sheet.picture[..., 3].sum() / 255 - disk.area * (17 / 52) ** 2) < 15


def test_a_background_leaves_no_alpha() -> None:
    image, mask = field()
    clear, red = rm.sprites(image, mask), rm.sprites(image, mask, background="red")
    share = clear.picture[..., 3:] / 255
    np.testing.assert_allclose(red.picture, clear.picture[..., :3] * share + (1 - share) * (255, 0, 0), atol=0.51)


def test_one_region_and_none() -> None:
    image, _ = field()
    assert [place.name for place in rm.sprites(image, rm.circle(image, (9, 9), 4))] == ["1"]
    with pytest.raises(rm.ParameterError, match="no pixel takes part"):
        rm.sprites(image, np.zeros((30, 50), bool))
    with pytest.raises(rm.ParameterError, match="gap is 0"):
        rm.sprites(image, rm.circle(image, (9, 9), 4), gap=-1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder, entered."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_writes_a_picture_and_its_places(place) -> None:
    image, mask = field()
    rm.write("photo.jpg", image)
    mask.save("m.png")
    found = run("sprites", "photo.jpg", "--mask", "m.png", "-o", "sheet.png", "--size", "32")
    assert found.exit_code == 0, found.stderr
    said = json.loads((place / "sheet.json").read_text())
    height, width, _ = rm.read("sheet.png").shape
    assert said["meta"]["image"] == "sheet.png" and said["meta"]["size"] == {"w": width, "h": height}
    assert set(said["frames"]) == {"cat_2", "cat_3", "dog"}
    frame = said["frames"]["dog"]["frame"]
    assert (frame["w"], frame["h"]) == (32, 23)
    assert run("sprites", "photo.jpg", "--mask", "m.png", "-o", "sheet.png").exit_code == 2  # it is there
    assert run("sprites", "photo.jpg", "--mask", "m.png", "-o", "places.csv").exit_code == 0
    rows = list(csv.DictReader((place / "places.csv").open()))
    assert [row["name"] for row in rows] == ["cat_2", "cat_3", "dog"] and rows[2]["source_left"] == "30"


def test_a_folder_gives_what_can_be_clear(place) -> None:
    image, mask = field()
    (place / "many").mkdir()
    rm.write("many/a.jpg", image)
    found = run("sprites", "many", "--mask", "circle", "-o", "sheets")
    assert found.exit_code == 0, found.stderr
    assert names(place / "sheets") == ["a.json", "a.png"]
    found = run("sprites", "many", "--mask", "circle", "-o", "flat", "--background", "white")
    assert found.exit_code == 0 and names(place / "flat") == ["a.jpg", "a.json"], found.stderr
