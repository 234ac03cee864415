"""Roads: drawn ones, masked ones, and real ones with truth."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm


def field(seed=0, shape=(400, 400)) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 10, shape).astype(np.float32)


@pytest.mark.parametrize("level", [60, 140])
def test_a_strip_is_a_road_and_a_step_is_none(level):
    strip, step = field(), field()
    strip[190:210] = level
    step[200:] = level
    found = rm.roads(strip, gsd=0.5)
    assert len(found) == 1 and found.lines()["features"][0]["geometry"]["type"] == "LineString"
    truth = rm.rectangle(strip, 190, 0, 20, 400)
    assert rm.score(found.mask, truth, buffer=3).f1 > 0.85
    assert len(rm.roads(step, gsd=0.5)) == 0


def test_a_greyer_strip_is_a_road():
    image = np.stack([field() + 60, field() + 20, field() - 20], axis=2)
    image[190:210] = image[190:210].mean(axis=2, keepdims=True)
    assert len(rm.roads(image, gsd=0.5)) >= 1


def test_what_lies_outside_the_mask_changes_nothing():
    image = field()
    image[190:210] = 60
    mask = np.ones(image.shape, bool)
    mask[:, 300:] = False
    other = np.where(mask, image, np.nan)
    a, b = rm.roads(image, mask, gsd=0.5), rm.roads(other, gsd=0.5)
    assert a.mask == b.mask
    np.testing.assert_array_equal(a.response, b.response)
    assert np.isnan(a.response[:, 300:]).all() and not np.asarray(a.mask)[:, 300:].any()


@pytest.mark.parametrize("image", [np.ones((2, 2)), np.full((9, 9), np.nan), np.ones((30, 30, 3), np.uint8)])
def test_small_empty_and_constant_images_have_no_roads(image):
    assert len(rm.roads(image)) == 0


def test_bad_calls():
    with pytest.raises(rm.ParameterError, match="sensor="):
        rm.roads(np.ones((9, 9, 5)))
    with pytest.raises(rm.ParameterError, match="the image 3"):
        rm.roads(np.ones((9, 9, 3)), sensor="landsat5")
    with pytest.raises(rm.ParameterError, match="numbered from 0"):
        rm.roads(np.ones((9, 9)), bands={"red": 1})


def test_the_roads_of_a_suburb(data):
    folder = data / "roads_spacenet_vegas"
    found = rm.roads(rm.Raster(folder / "vegas_pan.tif"))
    truth = rm.read_mask(folder / "vegas_road_mask.png")
    assert rm.score(found.mask, truth, buffer=3).f1 >= 0.45
    assert found.lines()["crs"]["properties"]["name"] == "EPSG:4326"
