"""``roimask mask`` and ``roimask check``."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import names, picture, run


def test_a_circle_like_an_image(place):
    assert run("mask", "circle", "--like", "in/a.png", "--radius", "40%", "-o", "m.png").exit_code == 0
    assert rm.read_mask("m.png") == rm.circle((20, 30), (10, 15), 8)


def test_shapes_of_a_size(place):
    words = ["--top", "1", "--left", "2", "--height", "3", "--width", "4"]
    assert run("mask", "rectangle", "--frame", "9,9", *words, "-o", "new/m.png").exit_code == 0
    assert rm.read_mask("new/m.png").bbox == (1, 2, 4, 6)
    assert run("mask", "rectangle", "--frame", "nine", *words, "-o", "m.png").exit_code == 2
    assert run("mask", "polygon", "--frame", "9,9", "--points", "0,0 0,8 8,8", "-o", "p.png").exit_code == 0


def test_wrong_values_say_what_was_expected(place):
    found = run("mask", "circle", "--like", "in/a.png", "--radius", "0", "-o", "m.png")
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1)
    assert "radius" in found.stderr


def test_selectors_work_on_folders(place):
    assert run("mask", "threshold", "in", "--above", "100", "-o", "out").exit_code == 0
    assert names(place / "out") == ["a.png", "b.tif", "c.png"]
    assert rm.read_mask("out/a.png") == rm.threshold(rm.read("in/a.png"), above=100)


def test_masks_from_masks(place):
    assert run("mask", "grow", "masks/a.png", "--radius", "2", "-o", "wide.png").exit_code == 0
    assert rm.read_mask("wide.png") == rm.grow(rm.read_mask("masks/a.png"), 2)


@pytest.mark.parametrize(
    ("words", "work"),
    [
        (["a.png", "-", "b.png"], lambda a, b, c: a - b),
        (["a.png & b.png"], lambda a, b, c: a & b),
        (["a.png | b.png - c.png"], lambda a, b, c: a | (b - c)),
        (["(a.png | b.png) - c.png"], lambda a, b, c: (a | b) - c),
        (["~", "a.png"], lambda a, b, c: ~a),
        (["a.png ^ b.png & c.png"], lambda a, b, c: a ^ (b & c)),
        (["a.png - b.png - c.png"], lambda a, b, c: a - b - c),
        (["two words.png", "|", "a.png"], lambda a, b, c: c | a),
        (["c-d.png - a.png"], lambda a, b, c: c - a),
    ],
)
def test_combine(place, words, work):
    a, b, c = (rm.circle((20, 30), (10, x), 6) for x in (10, 14, 18))
    for mask, name in ((a, "a.png"), (b, "b.png"), (c, "c.png"), (c, "two words.png"), (c, "c-d.png")):
        mask.save(name)
    found = run("mask", "combine", *words, "-o", "m.png")
    assert found.exit_code == 0, found.stderr
    assert rm.read_mask("m.png") == work(a, b, c)


@pytest.mark.parametrize("words", [["a.png", "-"], ["(a.png"], ["a.png a.png"], ["a.png )"], ["& a.png"]])
def test_expressions_that_cannot_be_read(place, words):
    rm.circle((20, 30), (10, 15), 6).save("a.png")
    found = run("mask", "combine", *words, "-o", "m.png")
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1)
    assert not os.path.exists("m.png")


def test_combine_does_not_overwrite_what_it_reads(place):
    rm.circle((20, 30), (10, 15), 6).save("a.png")
    assert run("mask", "combine", "~a.png", "-o", "a.png", "--overwrite").exit_code == 2
    assert run("mask", "combine", "gone.png", "-o", "m.png").exit_code == 1


def test_convert_and_info(place):
    assert run("mask", "convert", "masks/c.tif", "-o", "c.npy").exit_code == 0
    assert (
        run("mask", "convert", "masks/c.tif", "--mask-kind", "binary", "--frame", "40,60", "-o", "big.png").exit_code
        == 0
    )
    assert rm.read_mask("big.png").shape == (40, 60)
    rows = json.loads(run("mask", "info", "big.png", "masks", "--json").stdout)
    assert [row["kind"] for row in rows] == ["binary", "binary", "binary", "labels"]
    text = run("mask", "info", "masks/c.tif").stdout
    assert "labels" in text
    assert "2 regions" in text
    assert run("mask", "info", "gone.png").exit_code == 1


def test_a_mask_to_standard_output(place):
    found = run("mask", "circle", "--frame", "9,9", "--radius", "3", "-o", "-")
    assert found.stdout_bytes[1:4] == b"PNG"


# -- check ---------------------------------------------------------------------------------------------------------


def test_check_of_what_is_right(place):
    found = run("check", "in", "--mask", "masks", "-o", "look")
    assert found.exit_code == 0, found.stdout + found.stderr
    assert "2 labels" in found.stdout
    assert names(place / "look") == ["a.png", "b.png", "c.png"]
    assert rm.read("look/a.png").shape == (20, 30, 3)


def saved(mask, name="wrong.png"):
    rm.write(name, np.asarray(mask))
    return name


def jpeg_of_mask() -> str:
    mask = rm.circle((80, 90), (40, 40), 25)
    rm.write("big.png", picture(1, (80, 90)))
    rm.write("wrong.jpg", np.asarray(mask).astype(np.uint8) * 255, quality=60)
    return "wrong.jpg"


WRONG = {
    "empty": lambda: saved(np.zeros((20, 30), bool)),
    "full": lambda: saved(np.ones((20, 30), bool)),
    "inverted": lambda: saved(~rm.circle((20, 30), (10, 15), 9)),
    "size": lambda: saved(np.eye(30, 20, dtype=bool)),
    "channels": lambda: saved(picture(1, (20, 30, 3))),
    "fringes": jpeg_of_mask,
}


@pytest.mark.parametrize("code", WRONG)
def test_check_of_what_is_wrong(place, code):
    mask = WRONG[code]()
    image = "big.png" if code == "fringes" else "in/a.png"
    found = run("check", image, "--mask", mask, "--json")
    assert found.exit_code == 1
    rows = json.loads(found.stdout)
    assert code in [row["code"] for row in rows if row["severity"] != "note"]
    assert all(row["finding"].endswith(".") for row in rows)


def test_check_names_what_is_alone(place):
    os.remove("masks/a.png")
    rm.circle((20, 30), (10, 15), 6).save("masks/z.png")
    found = run("check", "in", "--mask", "masks")
    assert found.exit_code == 1
    assert "in/a.png: no mask in masks" in found.stderr
    assert "masks/z.png: warning: the mask has no image." in found.stdout


def test_frames_that_do_not_overlap(place):
    rm.write("scene.tif", picture(1), frame=rm.Frame(20, 30, (2, 0, 100, 0, -2, 0), "EPSG:32618"))
    rm.circle(rm.Frame(20, 30, (2, 0, 900, 0, -2, 0), "EPSG:32618"), (10, 15), 5).save("far.tif")
    assert [finding.code for finding in rm.check(rm.Raster("scene.tif"), rm.read_mask("far.tif"))] == ["frame"]
    assert run("check", "scene.tif", "--mask", "far.tif").exit_code == 1


def test_overlay_colours_regions_and_follows_weights():
    image = np.zeros((4, 6), np.uint16)
    image[2:] = 1000
    labels = np.zeros((4, 6), int)
    labels[:, :2], labels[:, 4:] = 1, 2
    shown = rm.overlay(image, labels, alpha=0.5)
    assert shown.shape == (4, 6, 3)
    assert (shown[:, 2:4] == shown[:, 2:4, :1]).all()
    assert (shown[0, 0] != shown[0, 5]).any()
    half = rm.overlay(np.zeros((2, 2), np.uint8), np.full((2, 2), 0.5), alpha=1, color=(200, 0, 0), outline=False)
    assert half[0, 0].tolist() == [100, 0, 0]
    with pytest.raises(rm.FrameMismatch):
        rm.overlay(image, np.zeros((2, 2)))


@pytest.mark.parametrize("image", [np.full((3, 4), np.nan), np.ones((3, 4, 7), np.int16), np.zeros((0, 3), np.uint8)])
def test_thumbnails_of_odd_images(image):
    assert rm.thumbnail(image)[6:10] == b"JFIF"


# -- outlines, sizes, names -------------------------------------------------------------------------------------------


def fields() -> str:
    """Three fields, two of them of one name, as pixels."""
    squares = [("wheat", 2, 2), ("oats", 2, 20), ("wheat", 12, 2)]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + 5, y], [x + 5, y + 5], [x, y + 5], [x, y]]],
            },
        }
        for name, y, x in squares
    ]
    with open("fields.geojson", "w") as file:
        json.dump({"type": "FeatureCollection", "features": features}, file)
    return "fields.geojson"


def test_statistics_by_name_are_those_of_the_union(place):
    words = ["statistics", "in/a.png", "in/c.png", "--mask", fields(), "--json"]
    rows = json.loads(run(*words, "--by", "name").stdout)
    assert [(row["image"], row["name"], row["count"]) for row in rows] == [
        ("a.png", "wheat", 50),
        ("a.png", "oats", 25),
        ("c.png", "wheat", 50),
        ("c.png", "oats", 25),
    ]
    image = rm.read("in/a.png")
    mask = rm.read_mask("fields.geojson", image)
    assert rows[0]["mean"] == rm.statistics(image, mask[1] | mask[3]).mean
    assert len(json.loads(run(*words).stdout)) == len(json.loads(run(*words, "--by", "label").stdout)) == 6


def test_by_name_needs_names(place):
    found = run("statistics", "in/a.png", "--mask", "circle", "--by", "name")
    assert found.exit_code == 1
    assert "no names" in found.stderr
    assert "--by" not in run("extract", "--help").stdout


def test_outlines_are_drawn_on_the_grid_of_an_image(place):
    fields()
    found = run("regions", "fields.geojson")
    assert "give --like IMAGE" in found.stderr
    found = run("regions", "fields.geojson", "--like", "in/a.png", "--image", "in/a.png", "--json")
    assert [row["area"] for row in json.loads(found.stdout)] == [25, 25, 25]
    assert run("mask", "grow", "fields.geojson", "--like", "in/a.png", "--radius", "1", "-o", "m.png").exit_code == 0
    expected = rm.read_mask("fields.geojson", (20, 30)) - rm.circle((20, 30), (10, 15), 6)
    words = ["mask", "combine", "fields.geojson", "-", "masks/a.png", "--like", "in/a.png", "-o", "c.png"]
    assert run(*words).exit_code == 0
    assert rm.read_mask("c.png") == expected


def test_regions_with_an_image(place):
    rm.components(rm.circle((20, 30), (10, 15), 6) | rm.circle((20, 30), (2, 2), 1)).save("labels.png")
    assert run("regions", "labels.png", "--image", "in/a.png", "-o", "regions.csv").exit_code == 0
    header, *rows = (place / "regions.csv").read_text().splitlines()
    assert {"label", "area", "mean", "q0.5"} <= set(header.split(","))
    assert len(rows) == 2


@pytest.mark.parametrize(("size", "pixels"), [("4", 4), ("20%", 4), ("20m", 4), ("0.02km", 4)])
def test_sizes_in_pixels_per_cent_and_metres(place, size, pixels):
    frame = rm.Frame(20, 30, (5, 0, 1000, 0, -5, 2000), "EPSG:32618")
    rm.write("scene.tif", picture(1), frame=frame)
    dot = rm.circle((20, 30), (10, 15), 2)
    dot.save("dot.png")
    assert run("mask", "circle", "--like", "scene.tif", "--radius", size, "-o", "c.tif").exit_code == 0
    assert rm.read_mask("c.tif") == rm.circle(frame, (10, 15), pixels)
    assert run("mask", "grow", "dot.png", "--like", "scene.tif", "--radius", size, "-o", "g.tif").exit_code == 0
    assert np.array_equal(rm.read_mask("g.tif"), rm.grow(dot, pixels))
    for verb in ("circle", "grow"):
        help = " ".join(run("mask", verb, "--help").stdout.split())
        assert "per cent of the shorter side" in help
        assert "30m" in help


def test_metres_need_a_place_in_the_world(place):
    found = run("mask", "grow", "masks/a.png", "--radius", "30m", "-o", "g.png")
    assert found.exit_code != 0
    assert "has no georeference. Give pixels or per cent." in found.stderr


def test_a_pyramid_and_chips_are_numbered_files_that_are_not_overwritten(place):
    assert run("pyramid", "in/a.png", "--mask", "circle", "--levels", "2", "-o", "out/").exit_code == 0
    assert names(place / "out") == ["a_1.png", "a_1_mask.png", "a_2.png", "a_2_mask.png"]
    found = run("pyramid", "in/a.png", "--mask", "circle", "--levels", "2", "-o", "out/")
    assert found.exit_code == 2
    assert "would be overwritten" in found.stderr
    assert run("pyramid", "in/a.png", "--levels", "2", "-o", "out/", "--overwrite").exit_code == 0


SHAPES = {
    "star points=7 radius=9 inner=0.5": lambda frame: rm.star(frame, ("50%", "50%"), 9, 7, inner=0.5),
    "circle center=5,20% radius=25%": lambda frame: rm.circle(frame, (5, "20%"), "25%"),
    "polygon points=1,1 80%,2 10,90%": lambda frame: rm.polygon(frame, [(1, 1), ("80%", 2), (10, "90%")]),
    "sector start=0 stop=90": lambda frame: rm.sector(frame, ("50%", "50%"), "50%", 0, 90),
    "regular-polygon sides=6": lambda frame: rm.regular_polygon(frame, ("50%", "50%"), "50%", 6),
    "text text=a b\\nc size=50%": lambda frame: rm.text(frame, "a b\nc", ("50%", "50%"), "50%"),
    "text text=roi": lambda frame: rm.text(frame, "roi", ("50%", "50%")),
    "rectangle left=20% width=9": lambda frame: rm.rectangle(frame, 0, "20%", "100%", 9),
}


@pytest.mark.parametrize("words", SHAPES)
def test_a_shape_takes_its_parameters_after_its_name(place, words):
    found = run("extract", "in/a.png", "--mask", words, "-o", "out.png")
    assert found.exit_code == 0, found.stderr
    image = rm.read("in/a.png")
    assert (rm.read("out.png") == rm.extract(image, SHAPES[words](image))).all()


def test_shapes_can_be_left_out_too(place):
    assert run("extract", "in/a.png", "--exclude", "circle radius=4", "-o", "out.png").exit_code == 0
    image = rm.read("in/a.png")
    assert (rm.read("out.png") == rm.extract(image, ~rm.circle(image, ("50%", "50%"), 4))).all()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("text", "'text' needs text: give 'text text=<...>'"),
        ("polygon", "'polygon' needs points: give 'polygon points=<...>'"),
        ("sector start=0", "needs stop: give 'sector start=<...> stop=<...>'"),
        ("star 7", "'7' stands for nothing: give 'star center=<...>'"),
        ("star pionts=7", "star: the parameter 'pionts' is not known: did you mean 'points'?"),
        ("star points=many", "star: points is a whole number, got 'many'"),
    ],
)
def test_a_shape_that_is_not_well_said(place, words, says):
    found = run("extract", "in/a.png", "--mask", words, "-o", "out.png")
    assert found.exit_code == 2 and says in found.stderr, found.stderr


# -- presets ---------------------------------------------------------------------------------------------------------


def test_presets_are_listed(place):
    lines = run("mask", "presets").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [preset.name for preset in rm.known_presets()]
    text = run("mask", "presets", "landsat9-c2").stdout
    assert "landsat8-c2 (also landsat9-c2)" in text and "* cloud          3, confidence 8-9" in text
    assert "  vegetation                4" in run("mask", "presets", "sentinel2-scl").stdout
    (place / "own.toml").write_text("[bits]\nfog = 'x'\n")
    found = run("mask", "presets", "own.toml")
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1) and "own.toml: fog is a bit" in found.stderr


def test_quality_bits_on_the_command_line(place, sample):
    path = sample / "raster_landsat8_qa_newyork" / "LC08_L1TP_013032_20180405_BQA.TIF"
    words = ["--preset", "landsat8-c1", "--select", "cloud,cirrus", "--confidence", "medium"]
    assert run("mask", "qa_bits", path, *words, "-o", "clouds.tif").exit_code == 0
    raster = rm.Raster(path)
    expected = rm.qa_bits(raster, preset="landsat8-c1", select=["cloud", "cirrus"], confidence="medium")
    assert rm.read_mask("clouds.tif") == expected
    assert run("mask", "qa-bits", path, "--bits", "cloud=5-6>=2, cirrus = 11-12>=2", "-o", "own.tif").exit_code == 0
    assert rm.read_mask("own.tif") == expected
    assert run("mask", "classes", path, "--values", "1,2720", "-o", "values.tif").exit_code == 0
    assert rm.read_mask("values.tif") == rm.classes(raster, [1, 2720])
    found = run("mask", "qa-bits", path, "--bits", "cloud=y", "-o", "no.tif")
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1) and "(see 'cloud')" in found.stderr
