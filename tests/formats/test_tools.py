"""CVAT and Label Studio: their shapes, their run lengths, and files that try something."""

from __future__ import annotations

import json

import numpy as np
import pytest

import roimask as rm


def cvat(path, *shapes, head='<?xml version="1.0" encoding="utf-8"?>\n'):
    images = f'<image id="0" name="one.jpg" width="30" height="20">{"".join(shapes)}</image>'
    path.write_text(
        f"{head}<annotations><version>1.1</version>{images}"
        '<image id="1" name="two.jpg" width="3" height="2"/></annotations>'
    )
    return path


def test_the_shapes_of_cvat(tmp_path):
    path = cvat(
        tmp_path / "a.xml",
        '<polygon label="a" points="1.0,1.0;5.0,1.0;5.0,5.0;1.0,5.0" z_order="1"/>',
        '<box label="b" xtl="2" ytl="2" xbr="10" ybr="6"/>',
        '<ellipse label="c" cx="20" cy="10" rx="6" ry="3" rotation="90"/>',
        '<mask label="d" rle="1, 2, 1" left="25" top="15" width="2" height="2"/>',
        '<box label="e" xtl="4" ytl="12" xbr="10" ybr="14" rotation="90"/>',
        '<tag label="sunny"/>',
    )
    mask = rm.read_mask(path, image="one.jpg")
    assert mask.shape == (20, 30) and dict(mask.names) == {1: "b", 2: "c", 3: "d", 4: "e", 5: "a"}
    assert mask[5].area == 16 and mask[1].area == 32 - 9, "what has the higher z_order is drawn over the rest"
    assert mask[2] == rm.ellipse((20, 30), (10, 20), (6, 3))
    assert np.argwhere(mask[3]).tolist() == [[15, 26], [16, 25]]
    assert mask[4].bbox == (10, 6, 16, 8)
    assert rm.read_mask(path, image="two").area == 0
    with pytest.raises(rm.ReadError, match=r"has 2 images \(one\.jpg, two\.jpg\); choose one"):
        rm.read_mask(path)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ('<polyline points="1,1;5,1"/>', r"object 1 \(polyline\): it has no area"),
        ('<points points="1,1"/>', r"object 1 \(points\): it has no area"),
        ('<cuboid xtl1="1"/>', r"object 1 \(cuboid\): its type is not known"),
        ('<polygon points="1,1;2,2"/>', "has 2 points"),
        ('<polygon points="1,1;2,2;nan,3"/>', "not finite"),
        ('<polygon points="1,1;2;3,3"/>', "object 1"),
        ("<polygon/>", "object 1"),
        ('<box xtl="1" ytl="1" xbr="2"/>', "one of xtl, ytl, xbr, ybr is missing"),
        ('<mask rle="1,2" left="0" top="0" width="2" height="2"/>', "its run lengths do not add up to its box, 2 × 2"),
        ('<mask rle="x" left="0" top="0" width="2" height="2"/>', "object 1"),
    ],
)
def test_what_cvat_cannot_draw_is_left_out_by_name(tmp_path, shape, reason):
    path = cvat(tmp_path / "a.xml", shape, '<box label="good" xtl="1" ytl="1" xbr="3" ybr="3"/>')
    with pytest.warns(UserWarning, match=rf"a\.xml: 1 object left out: .*{reason}"):
        mask = rm.read_mask(path, image="one.jpg")
    assert dict(mask.names) == {2: "good"} and mask.area == 4


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>',
    ],
)
def test_entities_are_refused(tmp_path, head):
    path = cvat(tmp_path / "a.xml", '<box label="&x;" xtl="1" ytl="1" xbr="3" ybr="3"/>', head=head)
    with pytest.raises(rm.ReadError, match=r"a\.xml declares entities"):
        rm.read_mask(path)
    path.write_text(path.read_text(), encoding="utf-16")
    with pytest.raises(rm.ReadError, match=r"a\.xml declares entities, or is not UTF-8"):
        rm.read_mask(path)


def test_other_xml(tmp_path):
    (tmp_path / "a.xml").write_text("<svg/>")
    with pytest.raises(rm.ReadError, match="is no annotations of CVAT"):
        rm.read_mask(tmp_path / "a.xml")
    (tmp_path / "a.xml").write_text("<annotations><image>")
    with pytest.raises(rm.ReadError, match="is no XML"):
        rm.read_mask(tmp_path / "a.xml")
    with pytest.raises(rm.ReadError, match=r"b\.xml cannot be read"):
        rm.read_mask(tmp_path / "b.xml")


class Bits:
    """The reader of Label Studio's own converter, bit by bit."""

    def __init__(self, data):
        self.text, self.at = "".join(f"{byte:08b}" for byte in data), 0

    def read(self, count):
        self.at += count
        return int(self.text[self.at - count : self.at], 2)


def decode(rle):
    bits = Bits(rle)
    count, word = bits.read(32), bits.read(5) + 1
    sizes = [bits.read(4) + 1 for _ in range(4)]
    values = []
    while len(values) < count:
        alike = bits.read(1)
        length = bits.read(sizes[bits.read(2)]) + 1
        values += [bits.read(word)] * length if alike else [bits.read(word) for _ in range(length)]
    return values


def task(path, *results, **more):
    size = {"original_width": 40, "original_height": 20}
    content = [
        {"data": {"image": "/data/one.png"}, "annotations": [{"result": [{**size, **one} for one in results]}], **more}
    ]
    path.write_text(json.dumps(content))
    return path


def test_brush_strokes_are_those_of_the_converter(tmp_path):
    pixels = np.random.default_rng(1).random((300, 400)) < 0.001
    pixels[50:250, 30:390] = True
    rm.Mask(pixels).save(tmp_path / "a.json", "labelstudio")
    (one,) = json.loads((tmp_path / "a.json").read_text())
    rle = one["annotations"][0]["result"][0]["value"]["rle"]
    assert np.array_equal(np.reshape(decode(rle), (300, 400, 4))[..., 3] > 0, pixels)
    assert np.array_equal(rm.read_mask(tmp_path / "a.json"), pixels)


def test_runs_of_single_values(tmp_path):
    bits = f"{40 * 20 * 4:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}"
    bits += "0" + "00" + f"{3:03b}" + "".join(f"{value:08b}" for value in (0, 0, 0, 255))
    bits += "1" + "11" + f"{3200 - 5:016b}" + f"{0:08b}"
    rle = list(int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big"))
    value = {"format": "rle", "rle": rle, "brushlabels": ["a"]}
    mask = rm.read_mask(task(tmp_path / "a.json", {"type": "brushlabels", "value": value}))
    assert mask.area == 1 and mask.bbox == (0, 0, 1, 1) and mask.names[1] == "a"


def test_the_shapes_of_label_studio(tmp_path):
    box = {"x": 10, "y": 10, "width": 20, "height": 30, "rotation": 0, "rectanglelabels": ["b"]}
    path = task(
        tmp_path / "a.json",
        {"type": "rectanglelabels", "value": box},
        {
            "type": "polygonlabels",
            "value": {"points": [[50, 50], [75, 50], [75, 75], [50, 75]], "polygonlabels": ["p"]},
        },
        {"type": "ellipselabels", "value": {"x": 85, "y": 20, "radiusX": 10, "radiusY": 10, "ellipselabels": ["e"]}},
        {"type": "rectanglelabels", "value": {**box, "x": 50, "y": 0, "rotation": 90}},
        {"type": "choices"},
    )
    mask = rm.read_mask(path)
    assert mask[1] == rm.rectangle((20, 40), 2, 4, 6, 8) and mask[2] == rm.rectangle((20, 40), 10, 20, 5, 10)
    assert mask[3] == rm.ellipse((20, 40), (4, 34), (2, 4))
    assert mask[4].bbox == (0, 14, 8, 20) and list(mask.names.values()) == ["b", "p", "e", "b"]


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"type": "brushlabels", "value": {"rle": [255] * 40}}, "its run lengths are not of the image's size"),
        ({"type": "brushlabels", "value": {"rle": []}}, "its run lengths are not of the image's size"),
        ({"type": "brushlabels", "value": {"rle": [0, 0, 12, 128, 57, 27, 240]}}, r"result 1 \(brushlabels\)"),
        ({"type": "brushlabels", "value": {"rle": [999]}}, r"result 1 \(brushlabels\)"),
        ({"type": "keypointlabels", "value": {"x": 1, "y": 1}}, "its type has no area"),
        ({"type": "polygonlabels", "value": {"points": [[1, 1]]}}, "has 1 points"),
        ({"type": "rectanglelabels", "value": {"x": 1}}, r"result 1 \(rectanglelabels\)"),
    ],
)
def test_what_label_studio_cannot_draw_is_left_out_by_name(tmp_path, result, reason):
    good = {
        "type": "rectanglelabels",
        "value": {"x": 0, "y": 0, "width": 10, "height": 10, "rectanglelabels": ["good"]},
    }
    with pytest.warns(UserWarning, match=rf"a\.json: 1 object left out: .*{reason}"):
        mask = rm.read_mask(task(tmp_path / "a.json", result, good))
    assert dict(mask.names) == {2: "good"} and mask.area == 8


def test_tasks_without_an_annotation(tmp_path):
    with pytest.raises(rm.ReadError, match="is no sound export of Label Studio"):
        path = task(tmp_path / "a.json")
        path.write_text(json.dumps([{"data": {"image": "x"}, "annotations": []}]))
        rm.read_mask(path)
    with pytest.raises(rm.ReadError, match="does not say how large its image is"):
        rm.read_mask(task(tmp_path / "a.json"))
    assert rm.read_mask(task(tmp_path / "a.json"), (3, 3)).area == 0
