"""YOLO outlines: shares of the image, classes by name, what is lost and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm


def test_classes_are_named_by_the_list_beside(tmp_path):
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    (tmp_path / "labels").mkdir()
    for path in (tmp_path / "a.txt", tmp_path / "labels" / "a.txt"):
        path.write_text("1 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n\n7 0.6 0.6 0.9 0.6 0.9 0.9 0.6 0.9\n")
        mask = rm.read_mask(path, (10, 20))
        assert dict(mask.names) == {1: "dog", 2: "7"}
        assert mask[1] == rm.rectangle((10, 20), 1, 2, 4, 8) and mask[2] == rm.rectangle((10, 20), 6, 12, 3, 6)


def test_new_names_are_added_to_the_list(tmp_path):
    labels = np.zeros((10, 20), int)
    labels[1:3, 1:3], labels[5:8, 5:8] = 1, 2
    rm.Mask(labels, names={1: "rye", 2: "wheat"}).save(tmp_path / "a.txt")
    rm.Mask(labels, names={1: "oats", 2: "rye"}).save(tmp_path / "b.txt")
    assert (tmp_path / "classes.txt").read_text() == "rye\nwheat\noats\n"
    assert [line.split()[0] for line in (tmp_path / "b.txt").read_text().splitlines()] == ["2", "0"]
    assert dict(rm.read_mask(tmp_path / "b.txt", (10, 20)).names) == {1: "oats", 2: "rye"}


def test_holes_are_lost_and_that_is_said(tmp_path):
    ring = rm.rectangle((9, 9), 1, 1, 6, 6) - rm.rectangle((9, 9), 3, 3, 2, 2)
    with pytest.warns(UserWarning, match=r"a\.txt: YOLO outlines have no holes, 1 of them is lost; \.json"):
        ring.save(tmp_path / "a.txt")
    assert rm.read_mask(tmp_path / "a.txt", (9, 9)).area == 36


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0.5 0.5 0.2 0.2", "it is a box, not an outline"),
        ("0 0.5 0.5 0.2", "it is not a class and pairs of numbers"),
        ("dog 0.5 0.5 0.2 0.2 0.1 0.1", "it is not a class and pairs of numbers"),
        ("0 nan 0.5 0.2 0.2 0.1 0.1", "a point is not finite"),
        ("nan 0.5 0.5 0.2 0.2 0.1 0.1", "it is not a class and pairs of numbers"),
        ("0", "a ring of 0 points"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_by_name(tmp_path, line, reason):
    (tmp_path / "a.txt").write_text(f"{line}\n0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n")
    with pytest.warns(UserWarning, match=rf"a\.txt: 1 object left out: line 1: {reason}"):
        assert rm.read_mask(tmp_path / "a.txt", (10, 10)).labels == (2,)


def test_no_frame_and_no_text(tmp_path):
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(rm.ReadError, match="does not say how large its image is"):
        rm.read_mask(tmp_path / "a.txt")
    assert rm.read_mask(tmp_path / "a.txt", (3, 3)).area == 0
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(rm.ReadError, match=r"b\.txt is no text"):
        rm.read_mask(tmp_path / "b.txt", (3, 3))
