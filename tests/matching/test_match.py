"""Matches: where they lie to the tenth of a pixel, what may not change them, and what is done with them."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

import roimask as rm


@pytest.fixture(scope="module")
def camera(sample):
    return rm.read(sample / "camera.png")


def turned(image, angle, scale):
    """The image turned about its middle, and where a place of it comes to lie: with OpenCV, by cubic convolution."""
    height, width = image.shape[:2]
    cos, sin = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    turn, middle = np.array([[cos, sin], [-sin, cos]]), np.array([width, height]) / 2
    move = np.column_stack([turn, middle - turn @ middle])
    pixels = np.column_stack([turn, move[:, 2] + turn @ [0.5, 0.5] - 0.5])
    moved = cv2.warpAffine(image, pixels, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return moved, lambda row, col: (turn @ [col, row] + move[:, 2])[::-1]


# -- where ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["camera", "coffee", "tennis_courts", "tanks"])
@pytest.mark.parametrize("angle, scale", [(37.3, 1.0), (-121.6, 0.87), (8.0, 1.13)])
def test_known_turns_and_scales_are_found(sample, name, angle, scale):
    image = rm.read(sample / f"{name}.png")
    height, width = image.shape[:2]
    top, left = height // 2 - 40, width // 2 - 15
    moved, place = turned(image, angle, scale)
    scales = None if scale == 1 else (0.8, 1.2)
    best = rm.match(moved, image[top : top + 60, left : left + 60], angles=(-180, 180), scales=scales)[0]
    assert np.abs(np.subtract(best.center, place(top + 30, left + 30))).max() < 0.2
    assert abs(best.angle - angle) < 0.2 and abs(best.scale / scale - 1) < 0.005


def test_a_shift_by_parts_of_a_pixel_is_found(camera):
    move = np.array([[1, 0, 3.4], [0, 1, -7.7]])
    moved = cv2.warpAffine(camera, move, camera.shape[::-1], flags=cv2.INTER_CUBIC)
    best = rm.match(moved, camera[150:200, 220:280])[0]
    assert (best.row, best.col) == pytest.approx((142.3, 223.4), abs=0.1)


def test_leds_are_all_found_and_nothing_else(data):
    folder = data / "match_fpm"
    image, template = (rm.read(folder / name) for name in ("Src3.bmp", "Dst3.bmp"))
    known = json.loads((folder / "expected.json").read_text())["Src3 x Dst3"]["top_left_x_y_score"]
    for angles, apart in ((None, 1), ((-5, 5), 2.5)):  # blurred rows: turned a little, the best place is another
        found = rm.match(image, template, angles=angles)
        assert len(found) == len(known) == 36
        for x, y, score in known:
            near = [m for m in found if abs(m.row - y) <= apart and abs(m.col - x) <= apart]
            assert len(near) == 1 and near[0].score > score - 1e-3


def test_turned_rings_are_found(data):
    folder = data / "match_fpm"
    image, template = (rm.read(folder / name) for name in ("Src8.bmp", "Dst8.bmp"))
    assert len(rm.match(image, template, angles=(0, 360))) == 3


def test_things_in_the_sample_pictures_are_counted(sample):
    coins, courts, tanks = (rm.read(sample / f"{name}.png") for name in ("coins", "tennis_courts", "tanks"))
    best = rm.match(coins, coins[170:220, 75:130])[0]
    assert (best.row, best.col, best.score) == pytest.approx((170, 75, 1))
    court = rm.read_mask(sample / "masks" / "tennis_courts.png")[3]
    assert len(rm.match(courts, courts, template_mask=court, threshold=0.6)) == 6
    tank = rm.read_mask(sample / "masks" / "tanks.png")[1]
    assert len(rm.match(tanks, tanks, template_mask=rm.grow(tank, 6), threshold=0.6, scales=(0.9, 1.1))) == 2


# -- what may not change them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("junk", [np.nan, np.inf, 1e9])
@pytest.mark.parametrize("angles", [None, (0, 360)])
def test_nothing_leaks_in_on_either_side(camera, angles, junk):
    image, template = camera.astype(np.float32), camera[150:200, 220:280].astype(np.float32)
    mask, part = ~rm.circle(image, (300, 400), 60), rm.circle(template, (25, 30), 22)
    before = rm.match(image, template, mask, part, angles=angles)
    assert before
    image[~np.asarray(mask)], template[~np.asarray(part)] = junk, junk
    assert rm.match(image, template, mask, part, angles=angles) == before


@pytest.mark.parametrize("angles", [None, (-20, 20)])
def test_gain_and_offset_change_nothing(camera, angles):
    template = camera[150:200, 220:280]
    before = rm.match(camera, template, angles=angles)[0]
    after = rm.match(camera * 300.0 - 7e4, template * 0.01 + 5, angles=angles)[0]
    assert (after.row, after.col, after.score) == pytest.approx((before.row, before.col, before.score), abs=1e-4)


@pytest.mark.parametrize("shape", [(15, 15), (14, 17), (11, 40)])
def test_the_finest_details_are_found_upright_and_on_a_grid(shape):
    """Noise, and a line of one pixel: half a pixel aside they are not there."""
    noise, line = np.random.default_rng(0).integers(0, 255, (60, 70), np.uint8), np.zeros((60, 70), np.uint8)
    line[30, 12:45] = 200
    for image in (noise, line):
        template = image[25 : 25 + shape[0], 8 : 8 + shape[1]]
        best = rm.match(image, template, angles=(0, 360))[0]
        assert best.score == pytest.approx(1) and (best.row, best.col) == pytest.approx((25, 8), abs=1e-3)


def test_masked_places_are_not_found(camera):
    template = camera[150:200, 220:280]
    assert rm.match(camera, template)[0].score == pytest.approx(1)
    assert not rm.match(camera, template, ~rm.rectangle(camera, 150, 220, 50, 60), threshold=0.95)


def test_a_file_read_by_windows_gives_the_same(camera, tmp_path):
    rm.write(tmp_path / "camera.tif", camera)
    template = camera[150:200, 220:280]
    with rm.Raster(tmp_path / "camera.tif") as raster:
        for angles in (None, (0, 360)):
            assert rm.match(raster, template, angles=angles) == rm.match(camera, template, angles=angles)


def test_what_cannot_be_found(camera):
    template = camera[150:200, 220:280]
    assert rm.match(camera[:40], template) == []  # larger than the image
    assert rm.match(camera[:40], template, angles=(0, 360)) == []
    assert rm.match(np.full((80, 90), 7, np.uint8), template, angles=(0, 360)) == []
    assert rm.match(camera, np.full((9, 9), 7, np.uint8)) == []
    assert rm.match(camera, template[:1, :1], angles=(0, 90)) == []  # one pixel is flat
    with pytest.raises(rm.ParameterError, match="no pixel of the template takes part"):
        rm.match(camera, template, template_mask=np.zeros(template.shape, bool))
    with pytest.raises(rm.ParameterError, match="from low to high"):
        rm.match(camera, template, angles=(30, -30))
    with pytest.raises(rm.ParameterError, match="method is one of"):
        rm.Matcher(template, method="orb")
    with pytest.raises(rm.ParameterError, match="did you mean 'threshold'"):
        rm.Matcher(template, treshold=0.5)
    with pytest.raises(rm.ParameterError, match="scales are above 0"):
        rm.match(camera, template, scales=(0, 1))
    with pytest.raises(rm.ParameterError, match="bands"):
        rm.match(camera, np.dstack([template] * 3))


# -- what is done with them ----------------------------------------------------------------------------------------


def test_a_match_says_where_it_is_and_cuts_out_what_it_found(camera):
    best = rm.match(camera, camera[150:200, 220:280])[0]
    assert best.center == pytest.approx((175, 250))
    assert (best.crop(camera) == camera[150:200, 220:280]).all()
    assert best.mask(camera) == rm.rectangle(camera, 150, 220, 50, 60)
    assert best.corners.tolist() == [[150, 220], [150, 280], [200, 280], [200, 220]]


def test_a_turned_match_is_cut_out_upright(camera):
    moved, place = turned(camera, 30, 1.1)
    part = rm.circle((60, 60), (30, 30), 28)
    best = rm.match(moved, camera[160:220, 220:280], template_mask=part, angles=(0, 360), scales=(0.9, 1.2))[0]
    assert np.abs(np.subtract(best.center, place(190, 250))).max() < 0.2
    inside = np.asarray(part)[2:58, 2:58]
    assert np.abs(best.crop(moved).astype(float) - camera[162:218, 222:278])[inside].mean() < 6
    there = best.mask(moved)
    assert there.area == pytest.approx(part.area * 1.1**2, rel=0.03)
    assert rm.iou(there, rm.circle(moved, tuple(place(190, 250)), 28 * 1.1))[0, 0] > 0.95


def test_several_templates_compete_for_a_place(sample):
    coins, labels = rm.read(sample / "coins.png"), rm.read_mask(sample / "masks" / "coins.png")
    found = rm.match(coins, coins, template_mask=labels, threshold=0.99)
    assert sorted(int(m.template) for m in found) == list(labels.labels)
    named = {"penny": coins[170:220, 75:130], "other": coins[30:74, 132:179]}
    assert {m.template for m in rm.match(coins, named, threshold=0.99)} == set(named)


def test_a_matcher_is_kept_in_a_file_that_runs_no_code(camera, tmp_path):
    matcher = rm.Matcher(camera, rm.circle(camera, (175, 250), 30), angles=(0, 360), threshold=0.9)
    matcher.save(tmp_path / "eye.npz")
    again = rm.Matcher.load(tmp_path / "eye.npz")
    assert again.match(camera) == matcher.match(camera) == rm.match(camera, again)
    assert rm.match(camera, again, threshold=1.0, angles=(90, 100)) == []
    np.savez(tmp_path / "bad.npz", about=np.array([{"pickled": True}], dtype=object))
    for name in ("bad.npz", "none.npz"):
        with pytest.raises(rm.ReadError, match="not a matcher"):
            rm.Matcher.load(tmp_path / name)


def test_matches_become_a_table_and_a_labels_mask(sample):
    coins = rm.read(sample / "coins.png")
    found = rm.match(coins, coins[170:220, 75:130], max_matches=3, threshold=0.7)
    table = found.table()
    assert len(found) == len(table) == 3 and table.score.is_monotonic_decreasing
    assert found.mask(coins).labels == (1, 2, 3)
    placed = rm.match(coins, coins[170:220, 75:130], max_matches=1, geometry=True)
    assert placed[0].geometry.bounds == pytest.approx((75, 170, 130, 220))
