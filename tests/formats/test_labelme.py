"""LabelMe: every shape type of a real file, groups, and what is damaged."""

from __future__ import annotations

import json

import numpy as np
import pytest

import roimask as rm


def write(path, *shapes, **more):
    path.write_text(json.dumps({"shapes": list(shapes), "imageHeight": 20, "imageWidth": 30, **more}))
    return path


def shape(kind, points, label="a", **more):
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, **more}


def test_every_shape_type_of_a_real_file(data):
    mask = rm.read_mask(data / "masks_labelme_coco_solaris" / "primitives.json")
    names = ["rectangle", "circle", "rectangle", "polygon", "line", "point", "line_strip", "octagon"]
    assert mask.shape == (450, 560) and list(mask.names.values()) == names
    assert mask[1].bbox == (35, 32, 135, 132) and mask[1].area == 100 * 100
    radius = np.hypot(225 - 195, 125 - 84)
    assert mask[2] == rm.circle((450, 560), (84, 195), radius)
    assert mask[4].area == pytest.approx(11_000, rel=0.01)
    assert mask[5] == rm.line((450, 560), [(178, 188), (224, 160)], 10)
    assert mask[6] == rm.circle((450, 560), (174, 345), 5)
    assert mask[7].area == pytest.approx(10 * (100.5 + 142), rel=0.05)
    assert mask[8].bbox == (305, 417, 405, 517) and mask[8].area == 7275


def test_shapes_of_one_group_and_label_are_one_region(tmp_path):
    square, other = [[1, 1], [4, 1], [4, 4], [1, 4]], [[10, 10], [14, 10], [14, 14], [10, 14]]
    path = write(
        tmp_path / "a.json",
        shape("polygon", square, group_id=1),
        shape("rectangle", [[20, 1], [22, 3]], "b", group_id=1),
        shape("polygon", other, group_id=1),
        shape("circle", [[25, 10], [27, 10]], "b", group_id=1),
    )
    mask = rm.read_mask(path)
    assert dict(mask.names) == {1: "a", 2: "b"} and mask[1].area == 9 + 16 and mask[2].area == 4 + 12


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (shape("polygon", [[1, 1], [2, 2]]), "a ring of 2 points"),
        (shape("polygon", [[1, 1], [2, 2], [float("nan"), 3]]), "a point is not finite"),
        (shape("polygon", [1, 2, 3]), "its points are not pairs"),
        (shape("rectangle", [[1, 1]]), "a rectangle has 2 points"),
        (shape("circle", [[1, 1], [1, 1]]), "circle: radius is above 0"),
        (shape("line", [[1, 1], [float("inf"), 1]]), "a point is not finite"),
        (shape("star", [[1, 1], [2, 2]]), "its shape type 'star' is not known"),
        (shape("mask", [[1, 1], [2, 2]], mask="?"), "its mask is no base64 text"),
        (shape("mask", [[1, 1], [2, 2]], mask="AAAA"), "its mask is no picture"),
        (shape("mask", [[1, 1], [2, 2]]), "its mask is no base64 text"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_by_name(tmp_path, bad, reason):
    path = write(tmp_path / "a.json", bad, shape("rectangle", [[1, 1], [4, 4]], "good"))
    with pytest.warns(UserWarning, match=rf"a\.json: 1 object left out: shape 1 \('a'\): {reason}"):
        mask = rm.read_mask(path)
    assert dict(mask.names) == {2: "good"} and mask.area == 9


def test_a_mask_that_is_larger_than_its_points_say(tmp_path):
    labels = np.zeros((20, 30), int)
    labels[3:9, 3:9], labels[5, 5] = 1, 0
    rm.Mask(labels, "labels").save(tmp_path / "a.json", "labelme")
    content = json.loads((tmp_path / "a.json").read_text())
    content["shapes"][0]["points"][1][0] += 1
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(rm.ReadError, match="its mask is 6 × 6, its points say 6 × 7"):
        rm.read_mask(tmp_path / "a.json")


def test_no_size(tmp_path):
    path = write(tmp_path / "a.json", shape("rectangle", [[1, 1], [4, 4]]), imageHeight=None)
    with pytest.raises(rm.ReadError, match="does not say how large its image is"):
        rm.read_mask(path)
    assert rm.read_mask(path, (9, 9)).area == 9
