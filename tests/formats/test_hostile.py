"""Files that are cut, nested, huge or nonsense end in one sentence that names them."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roimask as rm

KEYS = [
    "images",
    "annotations",
    "shapes",
    "data",
    "type",
    "features",
    "segmentation",
    "image_id",
    "id",
    "value",
    "result",
]
KEYS += [
    "points",
    "geometry",
    "coordinates",
    "size",
    "counts",
    "width",
    "height",
    "roimask",
    "label",
    "shape_type",
    "crs",
]
WORDS = st.sampled_from(["Polygon", "FeatureCollection", "Feature", "mask", "circle", "x", "labels"])
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


@given(CONTENT)
def test_any_json_is_one_error_or_a_mask(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert rm.read_mask(path, (9, 9)).shape == (9, 9)
        except rm.RoimaskError as error:
            assert "a.json" in str(error)


@pytest.mark.parametrize("format", ["coco", "labelme", "geojson", "labelstudio"])
@given(st.data())
def test_any_change_is_one_error_or_a_mask(tmp_path_factory, format, data):
    """A value somewhere in a sound file is another, or is not there."""
    path = tmp_path_factory.mktemp("any") / "a.json"
    rm.Mask(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 2]]), names={1: "a"}).save(path, format)
    holder = content = json.loads(path.read_text())
    while True:
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        if not isinstance(holder[key], (dict, list)) or not holder[key] or data.draw(st.integers(0, 3)) == 0:
            break
        holder = holder[key]
    if data.draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = data.draw(CONTENT)
    path.write_text(json.dumps(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert isinstance(rm.read_mask(path, (3, 3)), rm.Mask)
        except rm.RoimaskError as error:
            assert "a.json" in str(error)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no JSON"),
        ("[1, 2", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"images": [{"id": 1, "height": 1e30, "width": 5}], "annotations": []}', "limit"),
        ('{"images": [{"id": 1, "height": 4000000, "width": 4000000}], "annotations": []}', "limit"),
        ('{"shapes": [], "imageHeight": -1, "imageWidth": 5}', "does not say how large"),
        ('{"shapes": [], "imageHeight": "x", "imageWidth": 5}', "does not say how large"),
    ],
)
def test_cut_nested_and_huge(tmp_path, text, reason):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(rm.ReadError, match=rf"a\.json.*{reason}"):
        rm.read_mask(tmp_path / "a.json")


def test_what_is_no_text_or_not_there(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00\x80")
    for name in ("a.json", "b.json", "b.geojson", "b.txt", "b.csv"):
        with pytest.raises(rm.ReadError, match=name):
            rm.read_mask(tmp_path / name, (3, 3))


def test_a_million_vertices(tmp_path):
    angle = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    outline = (np.stack([np.cos(angle), np.sin(angle)], axis=1) * 400 + 500).round(4)
    content = {"type": "Polygon", "coordinates": [outline.tolist()]}
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    mask = rm.read_mask(tmp_path / "a.geojson", (1000, 1000))
    assert mask.area == pytest.approx(np.pi * 400**2, rel=1e-3)
