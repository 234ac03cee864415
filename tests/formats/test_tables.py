"""Pascal VOC pictures and tables of runs."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import roimask as rm

CLASSES = np.array([[0, 1, 15], [255, 20, 1]], np.uint8)


def colours() -> list[int]:
    """VOC's map as its development kit makes it."""
    found = []
    for number in range(256):
        red = green = blue = 0
        for bit in range(8):
            red |= (number >> 0 & 1) << 7 - bit
            green |= (number >> 1 & 1) << 7 - bit
            blue |= (number >> 2 & 1) << 7 - bit
            number >>= 3
        found += [red, green, blue]
    return found


def picture(path, palette):
    image = Image.fromarray(CLASSES, "P")
    image.putpalette(palette)
    image.save(path)
    return path


def test_the_border_of_objects_is_no_class(tmp_path):
    mask = rm.read_mask(picture(tmp_path / "a.png", colours()))
    assert mask.kind == "labels" and np.array_equal(mask, np.where(CLASSES == 255, 0, CLASSES))
    assert rm.read_mask(picture(tmp_path / "b.png", list(range(256)) * 3)).labels == (1, 15, 20, 255)


def test_voc_is_written_with_its_palette(tmp_path):
    rm.Mask(np.array([[0, 1], [7, 20]])).save(tmp_path / "a.png", "voc")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P" and image.getpalette() == colours()
        assert np.array_equal(image, [[0, 1], [7, 20]])
    with pytest.raises(rm.WriteError, match="VOC has classes up to 254, the mask has 255"):
        rm.Mask(np.array([[3, 255]]), "labels").save(tmp_path / "a.png", "voc")


def test_a_plain_table_of_runs(tmp_path):
    (tmp_path / "a.csv").write_text("row,start,stop\n1,0,3\n2,1,2\n")
    mask = rm.read_mask(tmp_path / "a.csv", (4, 5))
    assert np.array_equal(np.asarray(mask), [[0] * 5, [1, 1, 1, 0, 0], [0, 1, 0, 0, 0], [0] * 5])
    with pytest.raises(rm.ReadError, match="does not say how large its image is"):
        rm.read_mask(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("row,start\n1,2\n", "is no table of runs: it lacks one of the columns"),
        ("", "is no table of runs"),
        ("row,start,stop\n1,2\n", "run 1 has something else than whole numbers"),
        ("row,start,stop\n1,2,x\n", "run 1 has something else than whole numbers"),
        ("row,start,stop\n1,2,9\n", r"run 1, row 1, columns 2 to 9, label 1, is not in 4 × 5"),
        ("row,start,stop\n-1,2,3\n", "is not in 4 × 5"),
        ("label,row,start,stop\n-1,1,2,3\n", "is not in 4 × 5"),
    ],
)
def test_damaged_tables(tmp_path, text, reason):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(rm.ReadError, match=rf"a\.csv.*{reason}"):
        rm.read_mask(tmp_path / "a.csv", (4, 5))
