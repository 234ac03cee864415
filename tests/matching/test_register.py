"""Registration to the tenth of a pixel, with masks on both sides; and what is carried over."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import roimask as rm


def laid(image, matrix, shape):
    """The image seen from a grid whose place (r, c) is the image's ``matrix`` @ (r, c, 1): by OpenCV, cubic."""
    a, b, c, d, e, f = matrix
    turn = np.array([[e, d], [b, a]])
    move = np.array([f, c]) + turn @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, np.column_stack([turn, move]), shape[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT)


def turn(angle, scale, shift, middle=(100, 100)):
    """The six numbers of a turn about a middle that is then shifted."""
    cos, sin = scale * np.cos(np.radians(angle)), scale * np.sin(np.radians(angle))
    rows = np.array([[cos, -sin], [sin, cos]])
    move = np.add(middle, shift) - rows @ middle
    return (cos, -sin, move[0], sin, cos, move[1])


CASES = {
    "translation": turn(0, 1, (7.3, -12.6)),
    "rigid": turn(33.0, 1, (4.2, 6.7)),
    "similarity": turn(-118.0, 1.22, (-5.1, 3.4)),
    "affine": (1.03, 0.04, -6.5, -0.03, 0.98, 9.25),
}


@pytest.fixture(scope="module", params=["camera", "coffee"])
def ground(request, sample):
    return rm.read(sample / f"{request.param}.png")[60:360, 60:360]


def furthest(found, matrix, shape):
    """How far corners and middle of the reference are from where they should be."""
    places = [(0, 0), (0, shape[1]), shape, (shape[0], 0), (shape[0] / 2, shape[1] / 2)]
    right = [np.array(matrix).reshape(2, 3) @ [*place, 1] for place in places]
    return max(np.hypot(*np.subtract(found.at(*place), other)) for place, other in zip(places, right, strict=True))


@pytest.mark.parametrize("model", CASES)
def test_known_maps_are_found(ground, model):
    inner = (1, 0, 50, 0, 1, 50)  # the reference is the middle of the ground
    reference = laid(ground, inner, (200, 200))
    image = ground
    inverse = np.linalg.inv(np.array([*CASES[model], 0, 0, 1]).reshape(3, 3))
    seen = np.array([*inner, 0, 0, 1]).reshape(3, 3) @ inverse
    image = laid(ground, seen[:2].ravel(), (200, 200))
    found = rm.register(image, reference, model=model)
    assert furthest(found, CASES[model], (200, 200)) < 0.2
    assert found.score > 0.9


@pytest.mark.parametrize("model", ["translation", "rigid"])
def test_clouds_on_either_side_do_no_harm(ground, model):
    image, reference = ground[40:240, 30:230].astype(np.float32), ground[47:247, 41:241].astype(np.float32)
    clear, open_ground = ~rm.circle(image, (60, 60), 45), ~rm.circle(reference, (140, 130), 50)
    before = rm.register(image, reference, clear, open_ground, model=model)
    assert furthest(before, (1, 0, 7, 0, 1, 11), (200, 200)) < 0.2
    for cloud in (np.nan, 4000.0, np.inf):
        image[~np.asarray(clear)], reference[~np.asarray(open_ground)] = cloud, cloud
        after = rm.register(image, reference, clear, open_ground, model=model)
        assert after == before and after.score == before.score


def test_light_may_change(ground):
    found = rm.register(ground[10:200, 20:220] * 0.3 + 90, ground[:190, :200].astype(float))
    assert found.shift == pytest.approx((-10, -20), abs=0.05)


def test_what_does_not_overlap_is_refused(ground):
    with pytest.raises(rm.ParameterError, match="too little of both"):
        rm.register(ground, ground, np.zeros(ground.shape[:2], bool))
    with pytest.raises(rm.ParameterError, match="too little of both"):
        rm.register(ground, np.full_like(ground, 9))
    with pytest.raises(rm.ParameterError, match="bands"):
        rm.register(ground, np.zeros((50, 50, 2), np.uint8))


# -- warp ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["nearest", "linear", "cubic"])
def test_whole_pixels_are_moved_as_they_are(method):
    image = np.random.default_rng(0).integers(0, 60000, (20, 30, 2)).astype(np.uint16)
    moved = rm.warp(image, rm.Transform((1, 0, 3, 0, 1, -2), (25, 40)), method=method)
    assert moved.dtype == np.uint16 and (moved[:17, 2:32] == image[3:]).all()
    assert not moved[17:].any() and not moved[:, :2].any() and not moved[:, 32:].any()


def test_linear_is_the_weighted_mean_of_what_takes_part():
    rng = np.random.default_rng(1)
    image, weight = rng.random((15, 18)), rng.random((15, 18)) * (rng.random((15, 18)) < 0.8)
    matrix = turn(25, 0.9, (0.3, -0.4), (7, 9))
    found = rm.warp(image, rm.Transform(matrix, (15, 18)), weight, min_coverage=0.0)
    weight = np.float32(weight).astype(float)
    for r, c in np.ndindex(15, 18):
        y, x = np.array(matrix).reshape(2, 3) @ [r + 0.5, c + 0.5, 1] - 0.5
        total, share = 0.0, 0.0
        for i, j in ((i, j) for i in range(15) for j in range(18)):
            k = max(1 - abs(y - i), 0) * max(1 - abs(x - j), 0) * weight[i, j]
            total, share = total + k * image[i, j], share + k
        assert found[r, c] == pytest.approx(total / share) if share > 1e-9 else np.isnan(found[r, c])


@pytest.mark.parametrize("method", ["nearest", "linear", "cubic"])
def test_nothing_leaks_into_a_warp(method):
    image = np.random.default_rng(1).random((25, 28))
    mask, shift = rm.circle(image, (12, 13), 9), rm.Transform(turn(25, 0.9, (0.3, -0.4), (7, 9)), (25, 28))
    before = rm.warp(image, shift, mask, method=method)
    for junk in (np.nan, np.inf, 1e9):
        after = rm.warp(np.where(np.asarray(mask), image, junk), shift, mask, method=method)
        np.testing.assert_array_equal(after, before)
    np.testing.assert_array_equal(rm.warp(image, shift, np.asarray(mask, np.float32), method=method), before)


def test_masks_are_carried_along(tmp_path):
    labels = rm.Mask(np.kron(np.arange(1, 7).reshape(2, 3), np.ones((10, 10), int)), kind="labels")
    shift = rm.Transform((1, 0, 4, 0, 1, 5), (20, 30), 0.5)
    assert (np.asarray(shift.mask(labels))[:16, :25] == np.asarray(labels)[4:, 5:]).all()
    soft = shift.mask(rm.feather(rm.circle((20, 30), (10, 15), 6), 3))
    assert soft.kind == "weights" and soft.shape == (20, 30)
    shift.save(tmp_path / "shift.json")
    again = rm.Transform.load(tmp_path / "shift.json")
    assert again == shift and again.score == 0.5
    (tmp_path / "bad.json").write_text("[1]")
    with pytest.raises(rm.ReadError, match="not a transform"):
        rm.Transform.load(tmp_path / "bad.json")
