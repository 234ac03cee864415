"""Masks of all kinds, made block by block, are those of the whole frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

import roimask as rm
from roimask.errors import FrameMismatch, ReadError
from roimask.frame import Window
from roimask.running.regions import region_of
from tests.running.conftest import GEO, noise, pixels

SHAPE = (200, 230)
GRID = [
    Window(top, left, min(top + 64, 200), min(left + 64, 230))
    for top in range(0, 200, 64)
    for left in range(0, 230, 64)
]


@pytest.fixture
def frame() -> rm.Frame:
    return rm.Frame(*SHAPE, GEO["transform"], GEO["crs"])


def fields(frame: rm.Frame) -> rm.Mask:
    """Polygons with corners anywhere, also outside the frame, one over the other, one with a hole."""
    rng = np.random.default_rng(2)
    labels = rm.polygons(frame, [rng.uniform(-20, 240, (5, 2)) for _ in range(9)])
    return rm.Mask(labels, frame=frame, names={2: "wheat", 7: "rye"})


def in_blocks(region: Any, frame: rm.Frame) -> np.ndarray:
    whole = np.zeros(frame.shape, region.on(GRID[0]).values.dtype)
    for window in GRID:
        whole[window.slices] = np.asarray(region.on(window))
    return whole


@pytest.mark.parametrize("suffix", [".tif", ".geojson", ".gpkg", ".png"])
@pytest.mark.parametrize("kind", [None, "binary"])
def test_files(suffix: str, kind: Any, frame: rm.Frame, tmp_path: Path) -> None:
    path = tmp_path / f"mask{suffix}"
    fields(frame).save(path)
    expected = rm.read_mask(path, frame, kind)
    region = region_of(path, frame, kind)
    assert np.array_equal(in_blocks(region, frame), np.asarray(expected))
    names = [region.on(window).names for window in GRID]
    assert all(dict(found) == dict(expected.names) for found in names)


def test_polygons_are_drawn_to_the_bit(frame: rm.Frame, tmp_path: Path) -> None:
    """Corners on pixel centres and corners, and edges through them, where rounding would show."""
    rng = np.random.default_rng(4)
    rings = [np.round(rng.uniform(-10, 240, (4, 2)) * 2) / 2 for _ in range(40)]
    rings += [rng.uniform(0, 200, (3, 2)) * 0.1 + 0.3 for _ in range(40)]
    drawn = [{"type": "Feature", "properties": {}, "geometry": _polygon(ring, frame)} for ring in rings]
    crs = {"type": "name", "properties": {"name": frame.crs}}
    collection = {"type": "FeatureCollection", "features": drawn, "crs": crs}
    (tmp_path / "p.geojson").write_text(json.dumps(collection))
    expected = rm.read_mask(tmp_path / "p.geojson", frame)
    assert np.array_equal(in_blocks(region_of(tmp_path / "p.geojson", frame), frame), np.asarray(expected))


def _polygon(ring: np.ndarray, frame: rm.Frame) -> dict[str, Any]:
    places = [frame.xy(row, column) for row, column in [*ring, ring[0]]]
    return {"type": "Polygon", "coordinates": [places]}


@pytest.mark.parametrize("pixel", [20.0, 30.0, 7.0])
@pytest.mark.parametrize("kind", ["binary", "labels", "weights"])
def test_a_raster_on_another_grid_is_aligned(pixel: float, kind: str, frame: rm.Frame, tmp_path: Path) -> None:
    coarse = rm.Frame(90, 80, (pixel, 0, 500000 + 35, 0, -pixel, 4100000 - 15), frame.crs)
    rng = np.random.default_rng(3)
    values = rng.random(coarse.shape).astype(np.float32) if kind == "weights" else rng.integers(0, 3, coarse.shape)
    mask = rm.Mask(values if kind == "weights" else np.minimum(values, 1 if kind == "binary" else 2), kind, coarse)
    mask.save(tmp_path / "coarse.tif")
    expected = np.asarray(rm.read_mask(tmp_path / "coarse.tif", frame))
    found = in_blocks(region_of(tmp_path / "coarse.tif", frame), frame)
    np.testing.assert_allclose(found, expected, atol=1e-6 if kind == "weights" else 0)


def test_expressions(frame: rm.Frame, tmp_path: Path) -> None:
    clouds = rm.circle(frame, (60, 90), 50)
    clouds.save(tmp_path / "clouds.tif")
    fields(frame).save(tmp_path / "fields.geojson")
    drawn = rm.read_mask(tmp_path / "fields.geojson", frame)
    a, b = tmp_path / "fields.geojson", tmp_path / "clouds.tif"
    for text, expected in (
        (f"{a} - {b}", drawn - clouds),
        (f"~ {b} & {a}", ~clouds & drawn),
        (f"({a} | {b}) ^ {b}", (drawn | clouds) ^ clouds),
    ):
        assert np.array_equal(in_blocks(region_of(text, frame), frame), np.asarray(expected)), text


def test_masks_in_memory_keep_their_kind(frame: rm.Frame) -> None:
    weights = rm.feather(rm.circle(frame, (100, 100), 60), 20)
    for mask in (weights, fields(frame), rm.circle(frame, (100, 100), 60), np.eye(200, 230) > 0):
        assert np.array_equal(in_blocks(region_of(mask, frame), frame), np.asarray(mask))


@pytest.mark.parametrize("given", ["exclude", "expression", "list"])
def test_what_is_excluded(given: str, make, frame: rm.Frame, tmp_path: Path) -> None:
    scene = make(noise(SHAPE))
    field, clouds, shade = (rm.circle(frame, (100, c), 60) for c in (100, 150, 60))
    for name, mask in (("field", field), ("clouds", clouds), ("shade", shade)):
        mask.save(tmp_path / f"{name}.tif")
    paths = {name: str(tmp_path / f"{name}.tif") for name in ("field", "clouds", "shade")}
    arguments = {
        "exclude": {"mask": field, "exclude": clouds | shade},
        "expression": {"mask": "{field} - {clouds} - {shade}".format(**paths)},
        "list": {"mask": paths["field"], "exclude": [paths["clouds"], shade]},
    }[given]
    rm.run(scene, [{"op": "extract"}], tmp_path / "out.tif", block=64, **arguments)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.extract(noise(SHAPE), field - clouds - shade))
    rm.run(scene, [{"op": "extract"}], tmp_path / "out.tif", block=64, exclude=paths["clouds"])
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.extract(noise(SHAPE), ~clouds))


def test_a_table_by_region(make, frame: rm.Frame, tmp_path: Path) -> None:
    scene = make(noise(SHAPE))
    fields(frame).save(tmp_path / "fields.gpkg")
    fields(frame).save(tmp_path / "fields.tif")
    for name in ("fields.gpkg", "fields.tif"):
        mask = rm.read_mask(tmp_path / name, frame)
        steps = [{"op": "statistics", "quantiles": (0.5,)}]
        table = rm.run(scene, steps, mask=tmp_path / name, block=64).answers[0]
        assert table.equals(rm.statistics(rm.Raster(scene), mask, quantiles=(0.5,))), name


def test_one_value_for_all_is_binary(make, frame: rm.Frame, tmp_path: Path) -> None:
    """As of a file that is read whole; which says nothing of its kind."""
    scene = make(noise(SHAPE))
    with rasterio.open(
        tmp_path / "m.tif", "w", driver="GTiff", height=200, width=230, count=1, dtype="uint8", **GEO
    ) as dataset:
        dataset.write(np.asarray(rm.circle(frame, (100, 100), 60)) * np.uint8(255), 1)
    found = rm.run(scene, [{"op": "statistics"}], mask=tmp_path / "m.tif", block=64).answers[0]
    assert str(found) == str(rm.statistics(rm.Raster(scene), rm.read_mask(tmp_path / "m.tif")))


def test_masks_that_do_not_fit(make, frame: rm.Frame, tmp_path: Path) -> None:
    scene = make(noise(SHAPE))
    rm.Mask(np.ones((20, 20), bool)).save(tmp_path / "small.tif")
    with pytest.raises(FrameMismatch, match=r"small\.tif.*the mask is 20 × 20"):
        rm.run(scene, [{"op": "extract"}], tmp_path / "out.tif", mask=tmp_path / "small.tif")
    with pytest.raises(FrameMismatch):
        rm.run(scene, [{"op": "extract"}], tmp_path / "out.tif", mask=np.ones((20, 20), bool))
    with pytest.raises(ReadError, match=r"nothing\.tif cannot be opened"):
        rm.run(scene, [{"op": "extract"}], tmp_path / "out.tif", mask=tmp_path / "nothing.tif")


def test_an_empty_mask(make, tmp_path: Path) -> None:
    scene = make(noise(SHAPE))
    nothing = np.zeros(SHAPE, bool)
    result = rm.run(scene, [{"op": "stretch"}, {"op": "statistics"}], tmp_path / "out.tif", mask=nothing, block=64)
    assert np.array_equal(pixels(tmp_path / "out.tif"), noise(SHAPE)) and result.answers[0].count == 0
    table = rm.run(scene, [{"op": "statistics"}], mask=nothing.astype(int), mask_kind="labels").answers[0]
    assert table.count == 0
