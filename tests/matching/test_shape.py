"""Matching by edges: where light changes, and where part of the object is hidden."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm
from tests.matching.test_match import turned


@pytest.mark.parametrize("name", ["camera", "coins", "tanks"])
@pytest.mark.parametrize("angle, scale", [(31.7, 1.0), (-141.2, 1.12)])
def test_known_turns_and_scales_are_found(sample, name, angle, scale):
    image = rm.read(sample / f"{name}.png")
    top, left = image.shape[0] // 2 - 40, image.shape[1] // 2 - 25
    moved, place = turned(image, angle, scale)
    scales = None if scale == 1 else (0.8, 1.2)
    best = rm.match(moved, image[top : top + 80, left : left + 80], method="shape", angles=(0, 360), scales=scales)[0]
    assert np.abs(np.subtract(best.center, place(top + 40, left + 40))).max() < 0.2
    assert abs((best.angle - angle + 180) % 360 - 180) < 0.2 and abs(best.scale / scale - 1) < 0.005
    assert best.score > 0.95


def ring(rows, columns, center):
    """A nut on grey ground: a disk with a square hole and a notch."""
    there = rm.circle((rows, columns), center, 30)
    hole = rm.rectangle((rows, columns), center[0] - 12, center[1] - 9, 20, 20)
    notch = rm.rectangle((rows, columns), center[0] - 32, center[1] - 5, 12, 10)
    shade = np.asarray(rm.feather(there - hole - notch, 1.5), np.float32)
    return (60 + 140 * shade).astype(np.float32)


def test_a_third_may_be_hidden():
    """NCC asks for the whole; edges that are seen still count."""
    image, template = ring(200, 220, (110, 120)), ring(70, 70, (35, 35))
    image[:, 131:] = np.random.default_rng(0).normal(100, 3, (200, 89))  # hides 30 % of the disk's width
    best = rm.match(image, template, method="shape", threshold=0.6, angles=(-180, 180))[0]
    assert best.center == pytest.approx((110, 120), abs=0.2) and abs(best.angle) < 0.3
    assert 0.6 < best.score < 0.95
    assert not rm.match(image, template, threshold=0.9, angles=(-180, 180))


def test_light_may_change_across_the_object():
    image, template = ring(200, 220, (80, 90)), ring(70, 70, (35, 35))
    light = np.linspace(1, 0.2, 220)[None] * np.where(np.arange(200) < 80, 1, 0.5)[:, None]
    best = rm.match(image * light.astype(np.float32), template, method="shape")[0]
    assert best.center == pytest.approx((80, 90), abs=0.3) and best.score > 0.8
    assert rm.match(255 - image, template, method="shape")[0].center == pytest.approx((80, 90), abs=0.1)


@pytest.mark.parametrize("junk", [np.nan, 1e6])
def test_nothing_leaks_in_and_masks_have_no_edge(junk):
    image, template = ring(200, 220, (80, 90)), ring(70, 70, (35, 35))
    mask, part = ~rm.circle(image, (95, 100), 14), rm.circle(template, (35, 35), 33)
    before = rm.match(image, template, mask, part, method="shape", threshold=0.7, angles=(-20, 20))
    assert before[0].center == pytest.approx((80, 90), abs=0.2) and before[0].score > 0.95  # of what can be seen
    image[~np.asarray(mask)], template[~np.asarray(part)] = junk, junk
    assert rm.match(image, template, mask, part, method="shape", threshold=0.7, angles=(-20, 20)) == before


def test_turned_rings_that_overlap_are_found(data):
    folder = data / "match_fpm"
    for number, threshold, count in ((8, 0.8, 3), (9, 0.6, 4)):
        image, template = (rm.read(folder / f"{name}{number}.bmp") for name in ("Src", "Dst"))
        assert len(rm.match(image, template, method="shape", threshold=threshold, angles=(0, 360))) == count


def test_a_file_read_by_windows_gives_the_same(sample, tmp_path):
    image = rm.read(sample / "camera.png")
    rm.write(tmp_path / "camera.tif", image)
    template = image[140:220, 200:280]
    with rm.Raster(tmp_path / "camera.tif") as raster:
        found = rm.match(raster, template, method="shape", angles=(-10, 10))
    assert found == rm.match(image, template, method="shape", angles=(-10, 10))


def test_what_has_no_edges_cannot_be_found():
    image = ring(200, 220, (80, 90))
    assert rm.match(np.full((90, 90), 7.0), ring(70, 70, (35, 35)), method="shape") == []
    assert rm.match(image, ring(70, 70, (35, 35)), np.zeros(image.shape, bool), method="shape") == []
    with pytest.raises(rm.ParameterError, match="no edges to speak of"):
        rm.match(image, np.full((20, 20), 7.0), method="shape")
