"""Tiles for training: every pixel in its tile, and its tile in its place."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import roimask as rm

SHAPES = [(50, 70), (50, 70, 3), (5, 9), (32, 32), (1, 1)]


def _scene(shape, dtype="uint16"):
    return np.arange(1, np.prod(shape) + 1).reshape(shape).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 16, 32, (8, 20)])
def test_put_together_again_they_are_the_raster(shape, size):
    scene = _scene(shape)
    labels = rm.Mask(scene if scene.ndim == 2 else scene[..., 0], "labels")
    again, learnt, times = np.zeros_like(scene), np.zeros(shape[:2], int), np.zeros(shape[:2], int)
    for tile in rm.tiles(scene, size, labels=labels):
        inside = rm.Frame.of(scene).window.meet(tile.window)
        core = inside.within(tile.window)
        again[inside.slices], learnt[inside.slices] = tile.image[core], tile.label[core]
        times[inside.slices] += np.asarray(tile.valid)[core]
        assert tile.image.shape[:2] == tile.label.shape == tile.valid.shape == tile.window.shape
        assert tile.valid.area == inside.pixels
    assert np.array_equal(again, scene) and np.array_equal(learnt, np.asarray(labels))
    assert (times == 1).all()


@pytest.mark.parametrize("overlap", [1, 7, 15])
def test_neighbours_share_what_was_asked(overlap):
    found = list(rm.tiles(_scene((50, 70)), 16, overlap))
    tops, lefts = sorted({t.window.top for t in found}), sorted({t.window.left for t in found})
    assert set(np.diff(tops)) | set(np.diff(lefts)) == {16 - overlap}
    assert tops[-1] + 16 >= 50 > tops[-1] + overlap and lefts[-1] + 16 >= 70 > lefts[-1] + overlap  # none too many
    assert [(t.window.top, t.window.left) for t in found] == [(top, left) for top in tops for left in lefts]


def test_padding_is_never_valid_and_names_sort():
    found = list(rm.tiles(_scene((110, 30)), 10, 3))
    assert [t.name for t in found] == sorted(t.name for t in found)
    assert found[-1].name == "r15_c3" and (found[-1].row, found[-1].column) == (15, 3)
    assert found[-1].image[5:].sum() == 0 and found[-1].valid.area == 5 * 9


def test_too_little_that_is_valid():
    scene = _scene((40, 40), "float32")
    scene[:20, :20] = np.nan
    scene[20:, :10] = np.nan
    mask = np.ones((40, 40), bool)
    mask[:10, 20:] = False
    for least, names in ((0, 4), (0.001, 3), (0.5, 3), (0.51, 1), (1, 1)):
        found = rm.tiles(scene, 20, min_valid=least, mask=mask)
        assert len(found) == names == len(list(found))
        assert [tile.name for tile in found] == [tile.name for tile in found[:]]
    assert found[0].name == "r1_c1" and found[0].share == 1


def test_valid_is_what_every_band_holds_and_the_mask_lets():
    scene = _scene((6, 6, 2), "float64")
    scene[0, 0, 1] = np.nan
    weights = np.full((6, 6), 0.5)
    tile = rm.tiles(scene, 6, mask=rm.Mask(weights))[0]
    assert tile.valid.kind == "weights" and tile.valid.area == 35 / 2 and tile.share == 35 / 72
    assert np.isnan(tile.image[0, 0, 1])
    assert rm.tiles(scene, 6, mask=np.arange(36)[::-1].reshape(6, 6))[0].valid.area == 34


def test_a_raster_and_labels_on_its_grid(sample):
    raster = rm.Raster(sample / "landsat_bahamas.tif")
    truth = rm.Mask(rm.read(sample / "landsat_bahamas.tif")[..., 2], "labels", raster.frame)
    valid = np.asarray(rm.valid(sample / "landsat_bahamas.tif"))
    found = rm.tiles(raster, 256, 32, 0.8, labels=truth)
    assert 0 < len(found) < 16
    for tile in found:
        box = tile.window.meet(raster.frame.window)
        assert np.array_equal(tile.image[box.within(tile.window)], raster.read(box))
        assert np.array_equal(tile.label[box.within(tile.window)], raster.read(box)[..., 2])
        assert tile.frame == raster.frame.crop(tile.window) and tile.frame.shape == (256, 256)
        assert tile.share >= 0.8 and tile.valid.area <= valid[box.slices].sum()
    by_raster = rm.tiles(raster, 256, 32, 0.8, labels=rm.Raster(sample / "landsat_bahamas.tif"))
    assert np.array_equal(by_raster[0].label[..., 2], found[0].label)


def test_padding_holds_nodata_and_tiles_can_be_sent_to_a_worker(tmp_path):
    rm.write(tmp_path / "a.tif", np.full((3, 3), 7, np.int16), nodata=-9)
    found = rm.tiles(rm.Raster(tmp_path / "a.tif"), 4, labels=rm.Mask(np.eye(3) > 0))
    again = pickle.loads(pickle.dumps(found))[0]
    assert again.image.tolist() == [[7, 7, 7, -9]] * 3 + [[-9] * 4]
    assert again.label.dtype == np.uint8 and again.label.sum() == 3


def test_a_tile_is_ones_own_to_change():
    scene = _scene((8, 8))
    for tile in rm.tiles(scene, 4):
        tile.image[...] = 0
    assert np.array_equal(scene, _scene((8, 8)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: rm.tiles(a, 0), "tiles: size is a whole number of pixels, 1 or more"),
        (lambda a: rm.tiles(a, (3, 2, 1)), "tiles: size is a whole number of pixels"),
        (lambda a: rm.tiles(a, 2.5), "tiles: size is a whole number of pixels"),
        (lambda a: rm.tiles(a, 4, 4), "tiles: overlap is 0 to 3, less than a tile, got 4"),
        (lambda a: rm.tiles(a, 4, min_valid=80), "tiles: min_valid is a share, 0 to 1, got 80"),
        (lambda a: rm.tiles(a, 4, labels=a[:2]), "the mask of labels is 2 × 6"),
        (lambda a: rm.tiles(a, 4, mask=np.ones((2, 2))), "the mask is 2 × 2"),
    ],
)
def test_what_cannot_be_cut_is_one_clear_error(call, message):
    with pytest.raises(rm.RoimaskError, match=message):
        call(np.zeros((6, 6), np.uint8))
