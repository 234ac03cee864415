"""``roimask mask convert``: every format both ways, losses, data sets, folders; and what is said of bad files."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import names, run

FORMATS = {
    (format.name, format.suffixes[0]) for format in rm.mask_formats() if format.writes and format.name != "imagej"
} | {("imagej", ".zip"), ("geojson", ".json"), ("tiff", ".tiff")}
EXACT = {name for name, _ in FORMATS}


@pytest.fixture
def labels(place) -> rm.Mask:
    """Two regions with names, in ``fields.npz``."""
    values = np.zeros((20, 30), int)
    values[2:9, 3:12], values[5, 5], values[11:18, 15:28] = 1, 0, 2
    mask = rm.Mask(values, names={1: "wheat", 2: "oats"})
    mask.save("fields.npz")
    return mask


@pytest.mark.parametrize(("name", "suffix"), sorted(FORMATS))
def test_every_format_both_ways(place, labels, name, suffix):
    there = run("mask", "convert", "fields.npz", "--to", name, "-o", f"there{suffix}")
    assert there.exit_code == 0, there.stderr
    back = run("mask", "convert", f"there{suffix}", "--like", "in/a.png", "-o", "back.npz")
    assert back.exit_code == 0, back.stderr
    found = rm.read_mask("back.npz")
    if name != "yolo":
        assert found == labels
    assert name == "npy" or dict(found.names) == dict(labels.names)


def test_the_suffix_says_the_format_else_to(place, labels):
    assert run("mask", "convert", "fields.npz", "-o", "a.json").exit_code == 0
    assert "annotations" in json.loads((place / "a.json").read_text())
    assert run("mask", "convert", "fields.npz", "--to", "labelme", "-o", "b.json").exit_code == 0
    assert "shapes" in json.loads((place / "b.json").read_text())
    assert run("mask", "convert", "fields.npz", "--to", "geojson", "-o", "out/").exit_code == 0
    assert names(place / "out") == ["fields.geojson"]
    found = run("mask", "convert", "fields.npz", "--to", "yolo", "-o", "c.json")
    assert found.exit_code == 1
    assert "no format 'yolo' has the suffix .json" in found.stderr
    assert "coco" in run("mask", "convert", "fields.npz", "--to", "cocoa", "-o", "c.json").stderr


def test_to_standard_output(place, labels):
    found = run("mask", "convert", "fields.npz", "--to", "coco", "-o", "-")
    assert len(json.loads(found.stdout)["annotations"]) == 2
    assert not found.stderr


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "a.txt",
            [".txt does not hold the size of the image", "YOLO outlines have no holes", "a.txt: 1 pixels are not"],
        ),
        ("a.npy", [".npy does not hold the names of regions"]),
        ("a.json", []),
        ("a.tif", []),
    ],
)
def test_what_is_lost_is_a_line_each(place, labels, target, said):
    found = run("mask", "convert", "fields.npz", "-o", target, "-q")
    assert found.exit_code == 0
    lines = found.stderr.splitlines()
    assert len(lines) == len(said)
    assert all(any(text in line for line in lines) for text in said)


def test_what_no_file_of_a_format_holds_is_said_once(place):
    found = run("mask", "convert", "masks", "-o", "out", "--to", "yolo", "--report", "r.json")
    assert names(place / "out") == ["a.txt", "b_mask.txt", "c.txt"]
    assert found.stderr.count("the size of the image") == 1
    assert all("the size of the image" in row["reason"] for row in json.loads((place / "r.json").read_text()))


def test_weights_need_a_format_that_holds_them(place):
    rm.feather(rm.circle((20, 30), (10, 15), 6), 2).save("soft.tif")
    found = run("mask", "convert", "soft.tif", "-o", "soft.json")
    assert found.exit_code == 1
    assert "soft.json cannot hold weights" in found.stderr
    assert "give --mask-kind binary" in found.stderr
    assert run("mask", "convert", "soft.tif", "--mask-kind", "binary", "-o", "soft.json").exit_code == 0
    assert "soft.png: the weights are rounded." in run("mask", "convert", "soft.tif", "-o", "soft.png").stderr


def test_like_a_folder_of_images_gives_each_its_mask(place):
    assert run("mask", "convert", "masks", "--to", "yolo", "-o", "labels").exit_code == 0
    os.rename("labels/b_mask.txt", "labels/b.txt")
    found = run("mask", "convert", "labels", "--like", "in", "--to", "coco", "-o", "back")
    assert found.exit_code == 0, found.stderr
    assert names(place / "back") == ["a.json", "b.json", "c.json"]
    for name in "ac":
        path = "masks/a.png" if name == "a" else "masks/c.tif"
        assert rm.read_mask(f"back/{name}.json").as_binary() == rm.read_mask(path).as_binary()
    assert run("check", "in", "--mask", "labels").exit_code == 0  # classes.txt is no mask


def data_set() -> None:
    """A COCO file of two images."""
    square = {"category_id": 1, "iscrowd": 0, "segmentation": [[2, 2, 9, 2, 9, 9, 2, 9]]}
    content = {
        "images": [{"id": k, "file_name": f"{name}.png", "height": 20, "width": 30} for k, name in enumerate("ac")],
        "categories": [{"id": 1, "name": "roof"}],
        "annotations": [{"id": 7, "image_id": 0, **square}, {"id": 8, "image_id": 1, **square}],
    }
    with open("annotations.json", "w") as file:
        json.dump(content, file)


def test_a_data_set_by_image(place):
    data_set()
    os.remove("in/b.tif")
    assert run("mask", "convert", "annotations.json", "--like", "in", "-o", "out").exit_code == 0
    assert names(place / "out") == ["a.png", "c.png"]
    assert run("mask", "convert", "annotations.json", "--of", "c.png", "-o", "one.png").exit_code == 0
    assert rm.read_mask("one.png").area == 49
    found = run("mask", "convert", "annotations.json", "-o", "two.png")
    assert "has 2 images (a.png, c.png); choose one with --of." in found.stderr
    assert run("statistics", "in", "--mask", "annotations.json").stdout.count("roof") == 2
    assert run("mask", "grow", "annotations.json", "--of", "a.png", "--radius", "1", "-o", "wide.png").exit_code == 0


def test_a_damaged_object_is_named_and_the_rest_converted(place):
    data_set()
    content = json.loads((place / "annotations.json").read_text())
    content["annotations"].append({"id": 9, "image_id": 0, "category_id": 1, "segmentation": [[1, 1, 5, 5]]})
    (place / "annotations.json").write_text(json.dumps(content))
    words = ["mask", "convert", "annotations.json", "--of", "a.png", "-o", "a.png", "--report", "r.json"]
    found = run(*words)
    line = "annotations.json: 1 object left out: annotation 9: a ring of 2 points; three or more make a polygon."
    assert found.exit_code == 0
    assert found.stderr.splitlines() == ["annotations.json -> a.png", line]
    assert json.loads((place / "r.json").read_text())[0]["reason"] == line
    content["annotations"] = content["annotations"][-1:]
    (place / "annotations.json").write_text(json.dumps(content))
    found = run(*words, "--overwrite")
    assert found.exit_code == 1
    assert found.stderr.startswith("annotations.json holds no object that can be read: annotation 9: ")


def test_a_warning_about_the_mask_of_all_is_said_once(place):
    (place / "in" / "b.tif").unlink()
    lines = ["0 0.1 0.1 0.9 0.1 0.9 0.9", "1 0.5"]
    (place / "roofs.txt").write_text("\n".join(lines))
    found = run("extract", "in", "--mask", "roofs.txt", "-o", "out")
    assert found.exit_code == 0
    assert found.stderr.count("roofs.txt: 1 object left out: line 2: ") == 1
    assert ".py" not in found.stderr
    assert "UserWarning" not in found.stderr


def test_no_file_is_read_and_written(place, labels):
    assert run("mask", "convert", "fields.npz", "-o", "fields.npz", "--overwrite").exit_code == 2
    assert run("mask", "convert", "masks", "fields.npz", "--like", "in", "-o", "out").exit_code == 2


def test_info_of_outlines_needs_a_grid(place, labels):
    run("mask", "convert", "fields.npz", "-o", "fields.geojson")
    found = run("mask", "info", "fields.geojson")
    assert found.exit_code == 1
    assert found.stderr == "fields.geojson does not say which grid it is for; give --like IMAGE.\n"
    assert "1 wheat, 2 oats" in run("mask", "info", "fields.geojson", "--like", "in/a.png").stdout
    assert "roimask mask info fields.geojson" in run("fields.geojson").stderr


@pytest.mark.parametrize(
    ("path", "grid", "regions", "said"),
    [
        (
            "masks_imagej_roi/RoiSet.zip",
            ["--frame", "500,500"],
            6,
            "3 objects left out: multipoint.roi: its type POINT",
        ),
        ("masks_labelme_coco_solaris/primitives.json", [], 8, ""),
        ("masks_labelme_coco_solaris/coco_sample_2.json", [], None, ""),
        ("masks_coco_rle/instances_val2014_100.json", ["--of", "74"], 8, ""),
    ],
)
def test_real_files(data, place, path, grid, regions, said):
    """Of the RoiSet's seven ovals and polygons one lies wholly under a later one."""
    found = run("mask", "convert", data / path, *grid, "--to", "coco", "-o", "real.json")
    assert found.exit_code == 0, found.stderr
    assert said in found.stderr
    annotations = json.loads((place / "real.json").read_text())["annotations"]
    assert regions is None or len(annotations) == regions
    assert len(annotations) > 0
