"""Blend modes by the formulas of W3C written plainly, normal by Pillow, seamless by its own equation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

import roimask as rm
from roimask.operations.blending import MODES

RNG = np.random.default_rng(5)


# -- "Compositing and Blending Level 1", sections 9.1 and 9.2, a pixel at a time -----------------------------------


def screen(cb, cs):
    return cb + cs - cb * cs


def hard_light(cb, cs):
    return cb * (2 * cs) if cs <= 0.5 else screen(cb, 2 * cs - 1)


def color_dodge(cb, cs):
    if cb == 0:
        return 0
    return 1 if cs == 1 else min(1, cb / (1 - cs))


def color_burn(cb, cs):
    if cb == 1:
        return 1
    return 0 if cs == 0 else 1 - min(1, (1 - cb) / cs)


def soft_light(cb, cs):
    if cs <= 0.5:
        return cb - (1 - 2 * cs) * cb * (1 - cb)
    d = ((16 * cb - 12) * cb + 4) * cb if cb <= 0.25 else math.sqrt(cb)
    return cb + (2 * cs - 1) * (d - cb)


def lum(c):
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def clip_color(c):
    grey, n, x = lum(c), min(c), max(c)
    if n < 0:
        c = [grey + (v - grey) * grey / (grey - n) for v in c]
    if x > 1:
        c = [grey + (v - grey) * (1 - grey) / (x - grey) for v in c]
    return c


def set_lum(c, value):
    d = value - lum(c)
    return clip_color([v + d for v in c])


def sat(c):
    return max(c) - min(c)


def set_sat(c, value):
    low, middle, high = np.argsort(c, kind="stable")
    result = [0.0, 0.0, 0.0]
    if c[high] > c[low]:
        result[middle] = (c[middle] - c[low]) * value / (c[high] - c[low])
        result[high] = value
    return result


SEPARABLE = {
    "normal": lambda cb, cs: cs,
    "multiply": lambda cb, cs: cb * cs,
    "screen": screen,
    "overlay": lambda cb, cs: hard_light(cs, cb),
    "darken": min,
    "lighten": max,
    "color-dodge": color_dodge,
    "color-burn": color_burn,
    "hard-light": hard_light,
    "soft-light": soft_light,
    "difference": lambda cb, cs: abs(cb - cs),
    "exclusion": lambda cb, cs: cb + cs - 2 * cb * cs,
}
OF_COLOR = {
    "hue": lambda cb, cs: set_lum(set_sat(cs, sat(cb)), lum(cb)),
    "saturation": lambda cb, cs: set_lum(set_sat(cb, sat(cs)), lum(cb)),
    "color": lambda cb, cs: set_lum(cs, lum(cb)),
    "luminosity": lambda cb, cs: set_lum(cb, lum(cs)),
}


def blended(mode, cb, cs):
    if mode in OF_COLOR:
        return OF_COLOR[mode](cb, cs)
    return [SEPARABLE[mode](b, s) for b, s in zip(cb, cs, strict=True)]


def composed(mode, below, above):
    """RGBA over RGBA, floats 0 to 1: straight colours and alpha."""
    *cb, ab = below
    *cs, share = above
    mixed = [(1 - ab) * s + ab * b for s, b in zip(cs, blended(mode, cb, cs), strict=True)]
    alpha = share + ab * (1 - share)
    if alpha == 0:
        return [0, 0, 0, 0]
    return [*((share * m + (1 - share) * ab * b) / alpha for m, b in zip(mixed, cb, strict=True)), alpha]


def rgba(seed: int, count: int = 300) -> np.ndarray:
    """Pixels of any kind: ends, greys, clear and opaque ones among them."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (1, count, 4), np.uint8)
    image[0, :60, :3] = rng.choice([0, 64, 128, 255], (60, 3))
    image[0, 40:80, :3] = image[0, 40:80, :1]
    image[0, ::3, 3] = 255
    image[0, 1::7, 3] = 0
    return image


@pytest.mark.parametrize("mode", MODES)
def test_modes_are_those_of_w3c(mode):
    below, above = rgba(1), rgba(2)
    found = rm.compose([below, dict(image=above, mode=mode)])
    expected = np.array([composed(mode, b, s) for b, s in zip(below[0] / 255, above[0] / 255, strict=True)])
    expected[expected[:, 3] == 0, :3] = 0
    np.testing.assert_allclose(found[0], expected * 255, atol=0.501)


@pytest.mark.parametrize("mode", MODES)
def test_paste_blends_as_compose_does(mode):
    image, other = rgba(3)[..., :3], rgba(4)
    mask = rm.Mask(np.arange(300).reshape(1, -1) % 2)
    whole = rm.compose([image, dict(image=other, mode=mode, opacity=0.7)])
    pasted = rm.paste(image, mask, source=other, mode=mode, opacity=0.7)
    assert np.array_equal(pasted[:, 1::2], whole[:, 1::2])
    assert np.array_equal(pasted[:, ::2], image[:, ::2])


def test_normal_is_pillows_alpha_composite():
    below, above = (RNG.integers(0, 256, (60, 70, 4), np.uint8) for _ in range(2))
    theirs = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(above))).astype(int)
    ours = rm.compose([below, above]).astype(int)
    assert np.abs(ours[..., 3] - theirs[..., 3]).max() <= 1
    seen = theirs[..., 3] > 0
    assert np.abs(ours - theirs)[seen].max() <= 1


def test_opaque_layers_are_exact():
    for dtype in (np.uint8, np.uint16, np.int32, np.float32, np.float64):
        image = (RNG.random((20, 30, 3)) * (1 if np.dtype(dtype).kind == "f" else 60_000)).astype(dtype)
        assert np.array_equal(rm.compose([image * 0, image]), image)
        assert np.array_equal(rm.compose([image, (image * 0, np.zeros((20, 30)))]), image)


def test_layers_of_other_types_grey_and_places():
    ground = np.zeros((6, 8), np.uint16)
    spot = np.full((3, 3, 3), (255, 0, 0), np.uint8)
    found = rm.compose([ground, dict(image=spot, at=(4, -1)), dict(image=spot, at=(40, 40))])
    assert found.dtype == np.uint16 and found.shape == (6, 8, 3)
    assert found[4:, :2].tolist() == [[[65535, 0, 0]] * 2] * 2
    assert not found[:4].any() and not found[:, 2:].any()


def test_masks_hide_what_is_outside_whatever_it_is():
    ground, top = np.full((4, 5), 0.5), np.full((4, 5), np.nan)
    mask = rm.rectangle((4, 5), 1, 1, 2, 2)
    top[np.asarray(mask)] = 0.25
    assert np.array_equal(rm.compose([ground, (top, mask)]), np.where(np.asarray(mask), 0.25, 0.5))


def test_linear_light():
    """Black and white half and half is 188 in sRGB, not 128."""
    black, white, half = np.zeros((1, 1), np.uint8), np.full((1, 1), 255, np.uint8), np.full((1, 1), 0.5)
    assert rm.compose([black, (white, half)])[0, 0] == 128
    assert rm.compose([black, (white, half)], linear=True)[0, 0] == 188
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(rm.compose([ramp * 0, ramp], linear=True), ramp)


def test_seamless_solves_poissons_equation():
    """Inside, second differences are the source's; along the edge of the mask stands the image."""
    image, other = (rm.gaussian(RNG.random((40, 50)) * 100, sigma=2) for _ in range(2))
    mask = np.asarray(rm.circle((40, 50), (20, 25), 15))
    found = rm.paste(image, mask, source=other, mode="seamless")
    inner = np.asarray(rm.shrink(rm.Mask(mask), 1))
    assert np.array_equal(found[~inner], image[~inner])

    def laplace(x):
        return 4 * x[1:-1, 1:-1] - x[:-2, 1:-1] - x[2:, 1:-1] - x[1:-1, :-2] - x[1:-1, 2:]

    np.testing.assert_allclose(laplace(found)[inner[1:-1, 1:-1]], laplace(other)[inner[1:-1, 1:-1]], atol=1e-8)
    layered = rm.compose([image, dict(image=other, mask=mask, mode="seamless")])
    np.testing.assert_allclose(layered, found, atol=1e-9)


def test_seamless_of_a_brighter_twin_is_the_image():
    image = RNG.integers(0, 200, (30, 30, 3)).astype(np.uint8)
    for mask in (rm.circle((30, 30), (15, 15), 9), rm.rectangle((30, 30), 0, 0, 12, 30)):
        assert np.array_equal(rm.paste(image, mask, source=image + 55, mode="seamless"), image)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([dict(image="red")], "no layer is an image"),
        ([dict(mask=[[1]])], "without an image"),
        ([dict(image=np.zeros((2, 2)), mood="hue")], "did you mean 'mode'"),
        ([dict(image=np.zeros((2, 2)), mode="multiplied")], "did you mean 'multiply'"),
        ([dict(image=np.zeros((2, 2)), opacity=2)], "0 to 1"),
        ([np.zeros((2, 2, 3)), np.zeros((2, 2, 5))], "bands"),
        ([np.zeros((2, 2, 5)), dict(image=np.zeros((2, 2, 5)), mode="hue")], "red, green and blue"),
        ([(np.zeros((2, 2)), np.ones((3, 3)))], "3 × 3"),
    ],
)
def test_what_is_wrong_is_said(layers, says):
    with pytest.raises(rm.RoimaskError, match=says):
        rm.compose(layers)
