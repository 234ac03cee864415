"""Files of masks: what is written is read back equal; what is no mask is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import roimask as rm

FRAME = rm.Frame(30, 40, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")
RNG = np.random.default_rng(3)


def masks(frame: rm.Frame | None) -> dict[str, rm.Mask]:
    labels = np.zeros((30, 40), np.int32)
    labels[3:9, 5:20], labels[12:20, 8:30] = 2, 7
    weights = np.zeros((30, 40), np.float32)
    weights[4:20, 6:30] = RNG.integers(0, 65536, (16, 24)) / np.float32(65535)
    return {
        "binary": rm.Mask(labels > 0, frame=frame),
        "labels": rm.Mask(labels, "labels", frame, {2: "wheat", 7: "Mais äöü"}),
        "one label": rm.Mask((labels > 0).astype(int), "labels", frame),
        "weights": rm.Mask(weights, frame=frame),
        "weights 0 and 1": rm.Mask((labels > 0).astype(np.float32), frame=frame),
        "empty": rm.Mask(np.zeros((30, 40), bool), frame=frame),
        "no labels": rm.Mask(np.zeros((30, 40), int), "labels", frame),
        "full": rm.Mask(np.ones((30, 40), bool), frame=frame),
    }


@pytest.mark.parametrize("frame", [None, FRAME], ids=["plain", "georeferenced"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".npz"])
@pytest.mark.parametrize("what", masks(None))
def test_round_trip(tmp_path: Path, what: str, suffix: str, frame: rm.Frame | None) -> None:
    mask = masks(frame)[what]
    mask.save(tmp_path / f"m{suffix}")
    again = rm.read_mask(tmp_path / f"m{suffix}")
    assert again == mask and again.kind == mask.kind and dict(again.names) == dict(mask.names)


def test_npy_keeps_values_and_kind(tmp_path: Path) -> None:
    for what in ("binary", "labels", "weights", "empty"):
        mask = masks(None)[what]
        mask.save(tmp_path / "m.npy")
        assert rm.read_mask(tmp_path / "m.npy") == mask


def test_many_labels(tmp_path: Path) -> None:
    mask = rm.Mask(np.arange(300 * 300).reshape(300, 300), "labels")
    for suffix in (".tif", ".npy", ".npz"):
        mask.save(tmp_path / f"m{suffix}")
        assert rm.read_mask(tmp_path / f"m{suffix}") == mask
    with pytest.raises(rm.WriteError, match=r"65535; \.tif"):
        mask.save(tmp_path / "m.png")
    exact = rm.Mask(RNG.random((9, 9)).astype(np.float32))
    for suffix in (".tif", ".npy", ".npz"):
        exact.save(tmp_path / f"w{suffix}")
        assert rm.read_mask(tmp_path / f"w{suffix}") == exact
    exact.save(tmp_path / "w.png")
    assert np.abs(np.asarray(rm.read_mask(tmp_path / "w.png")) - np.asarray(exact)).max() <= 0.5 / 65535 + 1e-7


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.array([[0, 255]], np.uint8), "binary"),
        (np.array([[0, 1]], np.uint8), "binary"),
        (np.array([[0, 37]], np.uint8), "binary"),
        (np.array([[255, 255]], np.uint8), "binary"),
        (np.array([[0, 0]], np.uint8), "binary"),
        (np.array([[0, 1, 2]], np.uint8), "labels"),
        (np.array([[3, 4]], np.uint16), "labels"),
        (np.array([[0, 0.5]], np.float32), "weights"),
        (np.array([[0.0, 1.0]]), "weights"),
    ],
)
def test_kinds_of_files_without_a_tag(tmp_path: Path, array: np.ndarray, kind: str) -> None:
    for suffix in (".tif", ".npy", ".png"):
        if suffix == ".png" and array.dtype.kind == "f":
            continue
        rm.write(tmp_path / f"m{suffix}", array)
        mask = rm.read_mask(tmp_path / f"m{suffix}")
        assert mask.kind == kind
        assert mask.area == (array > 0).sum() if kind != "weights" else True
        assert rm.read_mask(tmp_path / f"m{suffix}", kind="binary").area == (array > 0).sum()


def test_asked_for_kinds(tmp_path: Path) -> None:
    rm.write(tmp_path / "m.png", np.array([[0, 51, 255]], np.uint8))
    assert np.allclose(rm.read_mask(tmp_path / "m.png", kind="weights"), [[0, 0.2, 1]])
    assert rm.read_mask(tmp_path / "m.png", kind="labels").labels == (51, 255)


def test_colours_are_no_mask(tmp_path: Path) -> None:
    gray = np.repeat(np.array([[[0], [255]]], np.uint8), 3, axis=2)
    rm.write(tmp_path / "gray.png", gray)
    rm.write(tmp_path / "alpha.png", np.dstack([gray, np.array([[255, 0]], np.uint8)]))
    for name in ("gray.png", "alpha.png"):
        assert np.array_equal(rm.read_mask(tmp_path / name), [[False, True]])
    rm.write(tmp_path / "rgb.png", np.array([[[0, 255, 0]]], np.uint8))
    with pytest.raises(rm.MaskValueError, match=r"rgb\.png.*3 different channels"):
        rm.read_mask(tmp_path / "rgb.png")


def test_palettes(tmp_path: Path) -> None:
    indices = np.array([[0, 1, 2, 2]], np.uint8)
    image = Image.fromarray(indices, "P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    image.save(tmp_path / "classes.png")
    assert np.array_equal(rm.read_mask(tmp_path / "classes.png"), indices)
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.save(tmp_path / "turned.png")
    assert np.array_equal(rm.read_mask(tmp_path / "turned.png"), [[True, False]])


def test_lossy_masks(tmp_path: Path) -> None:
    disk = (np.hypot(*np.mgrid[-40:40, -40:40]) < 30).astype(np.uint8) * 255
    rm.write(tmp_path / "m.jpg", disk, quality=60)
    with pytest.raises(rm.MaskValueError, match=r'm\.jpg has \d+ values.*kind="binary"'):
        rm.read_mask(tmp_path / "m.jpg")
    assert np.array_equal(rm.read_mask(tmp_path / "m.jpg", kind="binary"), disk > 0)
    rm.write(tmp_path / "flat.jpg", np.zeros((16, 16), np.uint8))
    assert rm.read_mask(tmp_path / "flat.jpg").area == 0


def test_what_is_no_mask(tmp_path: Path) -> None:
    np.save(tmp_path / "negative.npy", np.array([[0, -1]]))
    np.save(tmp_path / "beyond.npy", np.array([[0, 1.5]]))
    np.save(tmp_path / "nan.npy", np.array([[0, np.nan]]))
    for name in ("negative.npy", "beyond.npy", "nan.npy"):
        with pytest.raises(rm.MaskValueError, match=name):
            rm.read_mask(tmp_path / name)
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "two.npz", a=np.zeros((2, 2)), b=np.zeros((2, 2)))
    for name in ("objects.npy", "text.npz", "two.npz", "missing.png", "missing.npz"):
        with pytest.raises(rm.ReadError, match=name):
            rm.read_mask(tmp_path / name)


def test_what_is_made_from_a_mask_file_is_no_mask_file(tmp_path: Path) -> None:
    masks(None)["labels"].save(tmp_path / "m.png")
    rm.write(tmp_path / "picture.png", np.zeros((30, 40), np.uint8), like=tmp_path / "m.png")
    assert "roimask" not in rm.Raster(tmp_path / "picture.png").tags


def test_nodata_takes_no_part(tmp_path: Path) -> None:
    rm.write(tmp_path / "m.tif", np.array([[0, 1, 255]], np.uint8), nodata=255)
    assert np.array_equal(rm.read_mask(tmp_path / "m.tif"), [[False, True, False]])


def test_unknown_suffixes(tmp_path: Path) -> None:
    mask = masks(None)["binary"]
    with pytest.raises(rm.WriteError, match=r"Did you mean \.png\?.*\.npz"):
        mask.save(tmp_path / "m.pgn")
    with pytest.raises(rm.WriteError, match="cannot be written as a mask"):
        mask.save(tmp_path / "m.jpg")
    with pytest.raises(rm.ReadError, match=r"\.tiff"):
        rm.read_mask(tmp_path / "m.tiffs")


def test_frames(tmp_path: Path) -> None:
    masks(FRAME)["labels"].save(tmp_path / "geo.tif")
    fine = rm.Frame(60, 80, (5, 0, 500000, 0, -5, 4100000), "EPSG:32618")
    aligned = rm.read_mask(tmp_path / "geo.tif", frame=fine)
    assert aligned.frame == fine and aligned.area == 4 * masks(None)["labels"].area
    masks(None)["labels"].save(tmp_path / "plain.png")
    assert rm.read_mask(tmp_path / "plain.png", frame=FRAME).frame == FRAME
    assert rm.read_mask(tmp_path / "plain.png", frame=(30, 40)).shape == (30, 40)
    for frame in (fine, (60, 80)):
        with pytest.raises(rm.FrameMismatch, match=r"plain\.png.*30 × 40.*60 × 80"):
            rm.read_mask(tmp_path / "plain.png", frame=frame)
    elsewhere = rm.Frame(30, 40, (10, 0, 0, 0, -10, 0), "EPSG:32633")
    with pytest.raises(rm.FrameMismatch, match=r"geo\.tif"):
        rm.read_mask(tmp_path / "geo.tif", frame=elsewhere)
