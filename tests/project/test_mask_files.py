"""The page on mask files says of each format what the registry says."""

from __future__ import annotations

import re

import pytest

import roimask as rm


@pytest.fixture(scope="module")
def rows(root) -> dict[str, list[str]]:
    """The cells of the table after the first, by format."""
    lines = re.findall(r"^\| `(\w+)` \| (.*) \|$", (root / "docs" / "mask-files.md").read_text(), re.M)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in lines}


def test_every_format_has_a_row(rows):
    assert set(rows) == {format.name for format in rm.mask_formats()}


@pytest.mark.parametrize("format", rm.mask_formats(), ids=lambda format: format.name)
def test_the_row_is_right(rows, format):
    suffixes, written, lost, pixels = rows[format.name]
    assert re.findall(r"`([^`]+)`", suffixes) == list(format.suffixes)
    alone = re.findall(r"`([^`]+)`", written) if "alone" in written else format.suffixes
    assert format.writes == (() if written == "no" else tuple(alone))
    assert bool(lost) == bool(format.writes)
    assert ("as stored" in pixels) or not format.pixels


def test_reading_needs_a_grid_as_said(root):
    text = (root / "docs" / "mask-files.md").read_text()
    said = re.search(r"Reading (.*?) needs the grid", text)[1]
    needs = set(re.findall(r"`(\w+)`", said))
    assert needs == {"geojson", "vector", "imagej", "yolo"}
    assert needs <= {format.name for format in rm.mask_formats() if not format.pixels}
    floor = re.search(r"shapely (\d\.\d) or newer", text)[1]
    assert f"shapely>={floor}" in (root / "pyproject.toml").read_text()


@pytest.mark.parametrize("format", [f for f in rm.mask_formats() if f.writes], ids=lambda format: format.name)
def test_nothing_is_lost_where_that_is_said(rows, format, tmp_path):
    frame = rm.Frame(12, 16, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")
    mask = rm.components(rm.ring(frame, (5, 6), 4, 2) | rm.circle(frame, (9, 13), 2))
    mask = rm.Mask(mask, names={1: "pond", 2: "well"})
    path = tmp_path / f"m{'.zip' if format.name == 'imagej' else format.suffixes[0]}"
    mask.save(path, format.name)
    if "size of the image" in rows[format.name][2]:
        with pytest.raises(rm.ReadError, match="frame="):
            rm.read_mask(path)
    elif rows[format.name][2] == "nothing":
        back = rm.read_mask(path)
        assert back == mask
        assert dict(back.names) == dict(mask.names)
