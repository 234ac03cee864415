"""COCO: real files give the areas of pycocotools; what is damaged is left out by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roimask as rm

IMAGE = {"id": 5, "file_name": "photos/one.jpg", "height": 8, "width": 10}
SQUARE = [1, 1, 5, 1, 5, 5, 1, 5]


def annotation(number: int, segmentation: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "image_id": 5, "category_id": 3, "segmentation": segmentation, "iscrowd": 0, **more}


def data_set(path: Path, *segmentations: Any, **more: Any) -> Path:
    annotations = [annotation(10 + k, one) for k, one in enumerate(segmentations)]
    content = {"images": [IMAGE], "annotations": annotations, "categories": [{"id": 3, "name": "dog"}], **more}
    path.write_text(json.dumps(content))
    return path


def test_every_kind_of_segmentation(tmp_path):
    run_lengths = {"size": [8, 10], "counts": [8, 3, 69]}
    compressed = {"size": [8, 10], "counts": rm.encode_rle(np.ones((1, 8, 10)))[0]["counts"].decode()}
    path = data_set(tmp_path / "a.json", [SQUARE], [SQUARE, [6, 6, 9, 6, 9, 8, 6, 8]], SQUARE, run_lengths, compressed)
    whole = json.loads(path.read_text())
    for k, area in enumerate([16, 16 + 6, 16, 3, 80]):
        path.write_text(json.dumps({**whole, "annotations": whole["annotations"][k : k + 1]}))
        mask = rm.read_mask(path)
        assert mask.area == area and dict(mask.names) == {1: "dog"} and mask.shape == (8, 10)


def test_parts_that_overlap_are_one_region(tmp_path):
    mask = rm.read_mask(data_set(tmp_path / "a.json", [SQUARE, [3, 3, 7, 3, 7, 7, 3, 7]]))
    assert mask.area == 16 + 16 - 4


def test_the_later_annotation_wins(tmp_path):
    mask = rm.read_mask(data_set(tmp_path / "a.json", [SQUARE], [[3, 3, 7, 3, 7, 7, 3, 7]]))
    assert (mask[1].area, mask[2].area) == (12, 16)


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        ([], "annotation 11: it has no segmentation"),
        (None, "annotation 11: it has no segmentation"),
        ([[]], "annotation 11: a ring of 0 points"),
        ([[1, 1, 2, 2]], "annotation 11: a ring of 2 points; three or more"),
        ([[1, 1, 2, 2, 3]], "annotation 11: its points are not pairs"),
        ([[1, 1, 2, 2, "x", 3]], "annotation 11: its points are not pairs"),
        ([[1, 1, float("nan"), 2, 3, 3]], "annotation 11: a point is not finite"),
        ({"size": [9, 10], "counts": [90]}, "annotation 11: its run lengths are of 9 × 10 pixels, the image is 8 × 10"),
        ({"size": [8, 10], "counts": [9]}, "annotation 11: its run-length code counts 9 pixels"),
        ({"size": [8, 10], "counts": "\u0000"}, "annotation 11: its run-length code has damaged counts"),
        ({"counts": "x"}, "annotation 11: its run-length code is a dict with size"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_by_name(tmp_path, segmentation, reason):
    path = data_set(tmp_path / "a.json", [SQUARE], segmentation, [SQUARE])
    with pytest.warns(UserWarning, match=rf"a\.json: 1 object left out: {reason}"):
        mask = rm.read_mask(path)
    assert mask.labels == (3,) and mask.area == 16
    with pytest.raises(rm.ReadError, match=r"a\.json holds no object that can be read"):
        rm.read_mask(data_set(tmp_path / "a.json", segmentation if segmentation is not None else []))


def test_no_annotation_is_an_empty_mask(tmp_path):
    assert rm.read_mask(data_set(tmp_path / "a.json")).area == 0


def test_images_of_a_data_set(tmp_path):
    images = [IMAGE, {"id": 6, "file_name": "two.png", "height": 3, "width": 4}, {"id": 7, "file_name": "x/one.jpg"}]
    path = data_set(tmp_path / "a.json", [SQUARE], images=images)
    for name in ("photos/one.jpg", "5"):
        assert rm.read_mask(path, image=name).area == 16
    for name in ("two.png", "elsewhere/two.png", "two", "two.tif", Path("two.png")):
        assert rm.read_mask(path, image=name).shape == (3, 4)
    with pytest.raises(
        rm.ReadError, match=r"has 3 images \(photos/one\.jpg, two\.png, x/one\.jpg\); choose one with image="
    ):
        rm.read_mask(path)
    with pytest.raises(rm.ReadError, match="has no image 'one.jpg', or several"):
        rm.read_mask(path, image="one.jpg")
    with pytest.raises(rm.ReadError, match=r"does not say how large its image is; give frame="):
        rm.read_mask(path, image="x/one.jpg")
    assert rm.read_mask(path, (7, 7), image="x/one.jpg").shape == (7, 7)
    with pytest.raises(rm.FrameMismatch, match=r"a\.json.*8 × 10.*7 × 7"):
        rm.read_mask(path, (7, 7), image="5")


def test_a_file_that_changes_is_read_again(tmp_path):
    path = data_set(tmp_path / "a.json", [SQUARE])
    assert rm.read_mask(path).area == 16
    assert rm.read_mask(data_set(path, [[0, 0, 2, 0, 2, 2, 0, 2]])).area == 4


@pytest.mark.parametrize(
    "content",
    ['{"images": [{}], "annotations": []}', '{"images": [], "annotations": [1]}', '{"images": 1, "annotations": []}'],
)
def test_unsound_files(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(rm.ReadError, match=r"a\.json is no sound COCO file"):
        rm.read_mask(tmp_path / "a.json")


def test_what_is_written_is_what_pycocotools_reads(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    labels = np.zeros((20, 30), int)
    labels[2:9, 3:20], labels[4:6, 5:9], labels[12:18, 10:12] = 4, 0, 2
    mask = rm.Mask(labels, names={4: "field"})
    mask.save(tmp_path / "a.json")
    data = coco.COCO(tmp_path / "a.json")
    for entry in data.anns.values():
        assert np.array_equal(data.annToMask(entry), labels == entry["id"])
        assert entry["area"] == mask[entry["id"]].area
        top, left, bottom, right = mask[entry["id"]].bbox
        assert entry["bbox"] == [left, top, right - left, bottom - top]
    assert {category["name"] for category in data.cats.values()} == {"field", "2"}


def test_real_annotations(data):
    """Run lengths to the pixel; polygons by the rule of pixel centres, which pycocotools only comes near to."""
    folder = data / "masks_coco_rle"
    path = folder / "instances_val2014_100.json"
    rows = json.loads((folder / "expected_areas_pycocotools.json").read_text())["rows"]
    expected = {number: (kind, area) for number, kind, _, _, area, *_ in rows}
    content = json.loads(path.read_text())
    ours = theirs = 0
    for image in content["images"][:40]:
        annotations = [one for one in content["annotations"] if one["image_id"] == image["id"]]
        mask = rm.read_mask(path, image=image["file_name"])
        assert mask.shape == (image["height"], image["width"]) and len(mask.names) == len(annotations)
        for label, one in enumerate(annotations, 1):
            kind, area = expected[one["id"]]
            if label == len(annotations):  # nothing is drawn over the last
                ours, theirs = ours + (mask[label].area if label in mask.labels else 0), theirs + area
                assert kind == "polygon" or mask[label].area == area
    assert abs(ours - theirs) < 0.002 * theirs


def test_real_results(data):
    path = data / "masks_coco_rle" / "instances_val2014_fakesegm100_results.json"
    content = json.loads(path.read_text())
    mask = rm.read_mask(path, image="42")
    assert mask.shape == (478, 640) and len(mask.names) == sum(one["image_id"] == 42 for one in content)


def test_footprints_whose_segmentation_is_flat(data):
    folder = data / "masks_labelme_coco_solaris"
    mask = rm.read_mask(folder / "coco_sample_1.json", image="sample_geotiff_733601_3724734")
    assert mask.shape == (90, 90) and mask.area == pytest.approx(214.1, abs=3) and mask.names[1] == "other"
