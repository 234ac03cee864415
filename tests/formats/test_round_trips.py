"""Every format gives back what it was given: values, kind, labels, names, grid."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import roimask as rm

LOSSLESS = [
    (".json", "coco"),
    (".json", "labelme"),
    (".json", "geojson"),
    (".json", "labelstudio"),
    (".geojson", None),
    (".csv", None),
    (".xml", None),
    (".svg", None),
    (".png", "voc"),
    (".zip", None),
]
FRAMES = {
    "plain": rm.Frame(40, 60),
    "georeferenced": rm.Frame(40, 60, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618"),
    "turned": rm.Frame(40, 60, (8, 6, 500000, 6, -8, 4100000), "EPSG:32618"),
    "without CRS": rm.Frame(40, 60, (1, 0, 5, 0, -1, 9)),
    "degrees": rm.Frame(40, 60, (0.01, 0, 10, 0, -0.01, 50), "EPSG:4326"),
}


def needed(suffix: str) -> None:
    if suffix == ".zip":
        pytest.importorskip("roifile")


def masks(frame: rm.Frame) -> dict[str, rm.Mask]:
    labels = np.zeros(frame.shape, int)
    labels[3:20, 5:30], labels[8:12, 10:14], labels[10, 10] = 2, 0, 9
    labels[25:35, 20:50], labels[30:40, 0:5] = 7, 2
    return {
        "labels": rm.Mask(labels, "labels", frame, {2: "wheat", 7: 'Mais äöü, "x" <y>'}),
        "binary": rm.Mask(labels > 0, frame=frame),
        "empty": rm.Mask(np.zeros(frame.shape, bool), frame=frame),
        "no labels": rm.Mask(np.zeros(frame.shape, int), "labels", frame),
        "full": rm.Mask(np.ones(frame.shape, bool), frame=frame),
    }


@pytest.mark.parametrize("place", FRAMES)
@pytest.mark.parametrize(("suffix", "format"), LOSSLESS)
def test_nothing_is_lost(tmp_path: Path, suffix: str, format: str | None, place: str) -> None:
    needed(suffix)
    if "geojson" in (format or suffix) and place in ("georeferenced", "turned"):
        pytest.importorskip("rasterio")
    for mask in masks(FRAMES[place]).values():
        mask.save(tmp_path / f"m{suffix}", format)
        again = rm.read_mask(tmp_path / f"m{suffix}", frame=FRAMES[place])
        assert again == mask and dict(again.names) == dict(mask.names)


@pytest.mark.parametrize(("suffix", "format"), LOSSLESS)
@given(array=hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 3)))
def test_any_labels(tmp_path_factory, suffix: str, format: str | None, array: np.ndarray) -> None:
    needed(suffix)
    path = tmp_path_factory.mktemp("any") / f"m{suffix}"
    mask = rm.Mask(array, "labels")
    mask.save(path, format)
    assert rm.read_mask(path, frame=array.shape) == mask


@given(array=hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 2)))
def test_yolo_loses_holes_and_no_more(tmp_path_factory, array: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("any") / "m.txt"
    mask = rm.Mask(array, "labels", names={1: "a", 2: "b"})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        mask.save(path)
    again = rm.read_mask(path, frame=array.shape)
    found = sum(len(polygon.holes) for polygon in mask.polygons())
    assert len(said) == (found > 0)
    if not found:
        for name in ("a", "b"):
            named = [label for label, known in again.names.items() if known == name]
            assert np.array_equal(np.isin(again, named), np.asarray(mask) == "ab".index(name) + 1)


@pytest.mark.parametrize(("suffix", "format"), [*LOSSLESS, (".txt", None), (".roi", None)])
def test_weights_are_refused(tmp_path: Path, suffix: str, format: str | None) -> None:
    needed(suffix)
    with pytest.raises(rm.WriteError, match=r"m\.\w+ cannot hold weights; \.tif, \.npy and \.npz can"):
        rm.Mask(np.array([[0.5]])).save(tmp_path / f"m{suffix}", format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("suffix", "format"), LOSSLESS)
def test_kinds_that_are_asked_for(tmp_path: Path, suffix: str, format: str | None) -> None:
    needed(suffix)
    mask = masks(FRAMES["plain"])["labels"]
    mask.save(tmp_path / f"m{suffix}", format)
    read = {
        kind: rm.read_mask(tmp_path / f"m{suffix}", FRAMES["plain"], kind) for kind in ("binary", "labels", "weights")
    }
    assert read["binary"] == mask.as_binary() and read["labels"] == mask
    assert read["weights"].kind == "weights" and (read["weights"].area == mask.area or suffix == ".png")


def test_formats_that_share_a_suffix(tmp_path: Path) -> None:
    mask = masks(FRAMES["plain"])["labels"]
    with pytest.raises(rm.WriteError, match=r"no format 'yolo' has the suffix \.json; coco, .*labelme"):
        mask.save(tmp_path / "m.json", "yolo")
    (tmp_path / "m.json").write_text('{"something": "else"}')
    with pytest.raises(rm.ReadError, match=r"m\.json is in none of the formats"):
        rm.read_mask(tmp_path / "m.json")
