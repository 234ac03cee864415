"""ImageJ: real regions, ImageJ's own rule for pixels on the outline, and archives that are no RoiSet."""

from __future__ import annotations

import json
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roimask as rm

roifile = pytest.importorskip("roifile")

AREAS = ["composite-rect-in-rect", "composite-two-ovals", "freehand", "oval", "oval-left", "polygon", "rectangle"]
SHAPE = (200, 210)


def imagej(ring: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pixels whose centres lie in a polygon (x, y) or on its left or upper sides, one by one."""
    out = np.zeros(shape, bool)
    x0, y0 = ring.T
    x1, y1 = np.roll(ring, -1, axis=0).T
    for row, column in np.ndindex(shape):
        y, x = row + 0.5, column + 0.5
        crossed = (y0 <= y) != (y1 <= y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        out[row, column] = np.count_nonzero(crossed & (at <= x)) % 2
    return out


@pytest.mark.parametrize("name", AREAS)
def test_real_regions(data, name):
    folder = data / "masks_imagej_roi"
    facts = json.loads((folder / "expected_roifile.json").read_text())[f"{name}.roi"]
    mask = rm.read_mask(folder / f"{name}.roi", SHAPE)
    roi = json.loads((folder / f"{name}.json").read_text())[name]
    assert dict(mask.names) == {1: facts["name"] or name}
    if roi["type"] == "rectangle":
        assert mask == rm.Mask(rm.rectangle(SHAPE, roi["top"], roi["left"], roi["height"], roi["width"]), "labels")
    elif roi["type"] == "oval":
        rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
        a, b = roi["width"] / 2, roi["height"] / 2
        inside = ((columns - roi["left"] - a + 0.5) / a) ** 2 + ((rows - roi["top"] - b + 0.5) / b) ** 2 <= 1
        assert np.array_equal(np.asarray(mask) > 0, inside)
    elif roi["type"] == "composite":
        rings = [imagej(np.array(ring), SHAPE) for ring in roi["paths"]]
        assert np.array_equal(np.asarray(mask) > 0, np.logical_xor.reduce(rings))
    else:
        ring = np.stack([roi["x"], roi["y"]], axis=1).astype(float)
        assert np.array_equal(np.asarray(mask) > 0, imagej(ring, SHAPE))


@pytest.mark.parametrize("name", ["point", "multipoint", "polyline"])
def test_real_regions_without_an_area(data, name):
    kind = "POLYLINE" if name == "polyline" else "POINT"
    with pytest.raises(rm.ReadError, match=rf"{name}\.roi holds no object .*its type {kind} has no area"):
        rm.read_mask(data / "masks_imagej_roi" / f"{name}.roi", SHAPE)


def test_a_real_set(data):
    path = data / "masks_imagej_roi" / "RoiSet.zip"
    with pytest.warns(
        UserWarning, match=r"RoiSet\.zip: 3 objects left out: multipoint\.roi: its type POINT has no area"
    ):
        mask = rm.read_mask(path, SHAPE)
    assert set(mask.names.values()) == set(AREAS)
    with pytest.raises(rm.ReadError, match="does not say how large its image is; give frame="):
        rm.read_mask(path)


@given(st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 12)), min_size=3, max_size=7))
def test_pixels_on_the_outline(tmp_path_factory, points):
    path = tmp_path_factory.mktemp("rois") / "a.roi"
    ring = np.array(points)
    path.write_bytes(roifile.ImagejRoi.frompoints(ring).tobytes())
    if len(points) > 3 or points[0] != points[-1]:
        assert np.array_equal(np.asarray(rm.read_mask(path, (10, 11))) > 0, imagej(ring.astype(float), (10, 11)))


def test_what_is_written_roifile_reads(tmp_path):
    labels = np.zeros((20, 30), int)
    labels[3:9, 3:9], labels[5, 5], labels[12:15, 10:20], labels[2, 20] = 4, 0, 2, 4
    rm.Mask(labels, "labels", names={4: "cell"}).save(tmp_path / "set.zip")
    plain, composite = roifile.ImagejRoi.fromfile(tmp_path / "set.zip")
    assert (plain.name, plain.roitype.name) == ("2", "TRACED") and (composite.name, composite.composite) == (
        "cell",
        True,
    )
    assert plain.coordinates().tolist() == [[10, 12], [20, 12], [20, 15], [10, 15]]
    assert (plain.top, plain.left, plain.bottom, plain.right) == (12, 10, 15, 20)
    assert len(composite.coordinates(multi=True)) == 3
    rm.Mask(labels == 2).save(tmp_path / "one.roi")
    assert rm.read_mask(tmp_path / "one.roi", (20, 30)).area == 30
    with pytest.raises(rm.WriteError, match=r"two\.roi holds one region, the mask has 2; \.zip"):
        rm.Mask(labels, "labels").save(tmp_path / "two.roi")


def archive(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name.replace("__", "/"), data)
    return path


@pytest.mark.parametrize("name", ["../a.roi", "/etc/a.roi", "x/../../a.roi", "C:\\a.roi", "..\\a.roi"])
def test_entries_outside_the_archive(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(name, b"Iout")
    with pytest.raises(rm.ReadError, match=r"a\.zip has an entry outside itself, .*it is no RoiSet"):
        rm.read_mask(tmp_path / "a.zip", (9, 9))


def test_bombs(tmp_path):
    with pytest.raises(rm.ReadError, match=r"a\.zip would unpack to 1 entries of 100000000 bytes"):
        rm.read_mask(archive(tmp_path / "a.zip", **{"a.roi": bytes(100_000_000)}), (9, 9))
    rm.rectangle((9, 9), 1, 1, 3, 3).save(tmp_path / "good.roi")
    data = bytearray((tmp_path / "good.roi").read_bytes())
    struct.pack_into(">H", data, 16, 0)
    struct.pack_into(">i", data, 18, 1 << 30)  # as many coordinates as it says, of which it has none
    (tmp_path / "b.roi").write_bytes(data)
    with pytest.raises(rm.ReadError, match=r"b\.roi"):
        rm.read_mask(tmp_path / "b.roi", (9, 9))


def test_damaged_entries_are_left_out_by_name(tmp_path):
    rm.rectangle((9, 9), 1, 1, 3, 3).save(tmp_path / "good.roi")
    good = (tmp_path / "good.roi").read_bytes()
    path = archive(
        tmp_path / "a.zip", **{"cut.roi": good[:70], "text.roi": b"x" * 99, "short.roi": b"", "good.roi": good}
    )
    with pytest.warns(UserWarning, match=r"a\.zip: 3 objects left out: cut\.roi: .*text\.roi: not an ImageJ ROI"):
        mask = rm.read_mask(path, (9, 9))
    assert mask.labels == (4,) and mask.area == 9


@given(st.integers(0, 300), st.integers(0, 255))
def test_any_damage_is_one_error_or_a_mask(tmp_path_factory, place, byte):
    folder = tmp_path_factory.mktemp("rois")
    rm.Mask(np.eye(5, dtype=bool)).save(folder / "a.roi")
    data = bytearray((folder / "a.roi").read_bytes())
    data[place % len(data)] = byte
    (folder / "a.roi").write_bytes(data)
    try:
        assert rm.read_mask(folder / "a.roi", (9, 9)).shape == (9, 9)
    except rm.RoimaskError as error:
        assert "a.roi" in str(error)


def test_what_is_no_archive(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK nothing")
    with pytest.raises(rm.ReadError, match=r"a\.zip cannot be read"):
        rm.read_mask(tmp_path / "a.zip", (9, 9))
    with pytest.raises(rm.ReadError, match=r"missing\.roi cannot be read"):
        rm.read_mask(tmp_path / "missing.roi", (9, 9))
    assert rm.read_mask(archive(tmp_path / "b.zip"), (9, 9)).area == 0
