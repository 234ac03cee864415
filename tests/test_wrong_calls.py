"""Wrong calls: each error says in one sentence what was given, what was expected, and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import roimask as rm

IMAGE = np.arange(64, dtype=np.uint8).reshape(8, 8)
MASK = IMAGE > 20
SMALL = np.ones((4, 4), bool)

CALLS: list[tuple[Any, type[rm.RoimaskError], str]] = [
    (
        lambda: rm.gaussian(IMAGE, MASK, 3),
        rm.ParameterError,
        "gaussian: only image, mask are given without their names",
    ),
    (
        lambda: rm.gaussian(IMAGE, "mask.png", sigma=1),
        rm.MaskValueError,
        "got 'mask.png'. Read a file with rm.read_mask",
    ),
    (lambda: rm.gaussian(IMAGE, np.ma.masked_equal(IMAGE, 0), sigma=1), rm.MaskValueError, "opposite polarity"),
    (
        lambda: rm.gaussian(IMAGE, MASK, sigma=1, write=SMALL),
        rm.FrameMismatch,
        "gaussian: write is 4 × 4, the image 8 × 8",
    ),
    (
        lambda: rm.gaussian(IMAGE, MASK, sigma=1, channel_axis=5),
        rm.ParameterError,
        "channel_axis is an axis of the image",
    ),
    (
        lambda: rm.gaussian(IMAGE, MASK, sigma=1, channel_axis="x"),
        rm.ParameterError,
        "channel_axis is an axis of the image",
    ),
    (
        lambda: rm.gaussian(IMAGE, MASK, sigma=1, empty="nan"),
        rm.ParameterError,
        "Give a value, or convert it to float32",
    ),
    (lambda: rm.circle((8, 8), (1, 1)), rm.ParameterError, "circle: radius is missing; give radius=... (a length"),
    (lambda: rm.grow(), rm.ParameterError, "grow: mask is missing; it is given first"),
    (lambda: rm.grow(None, 3), rm.MaskValueError, "grow: a mask is a Mask or an array (height, width), got None"),
    (lambda: rm.regions(MASK, IMAGE[:4]), rm.FrameMismatch, "regions: the mask is 8 × 8, the image 4 × 8"),
    (lambda: rm.Mask("abc"), rm.MaskValueError, "a mask is a Mask or an array (height, width), got 'abc'"),
    (lambda: rm.Mask(MASK) & 3, rm.MaskValueError, "got 3"),
    (lambda: rm.hausdorff(MASK, SMALL), rm.FrameMismatch, "b is 4 × 4, a 8 × 8"),
    (lambda: rm.boundary_distance(MASK, None), rm.MaskValueError, "got None"),
    (lambda: rm.encode_rle("masks"), rm.MaskValueError, "got 'm'"),
    (lambda: rm.compose(5), rm.ParameterError, "compose: layers is a list of images, the lowest first, got int"),
    (
        lambda: rm.compose(IMAGE),
        rm.ParameterError,
        "compose: layers is a list of images, the lowest first, got ndarray",
    ),
    (lambda: rm.overlay(IMAGE, MASK, color="blurple"), rm.ParameterError, "overlay: color is (red, green, blue)"),
    (lambda: rm.overlay(IMAGE, MASK, color=(1, 2, 300)), rm.ParameterError, "overlay: color is (red, green, blue)"),
    (lambda: rm.set_threads("two"), rm.ParameterError, "threads are a whole number, 1 or more, got 'two'"),
]


@pytest.mark.parametrize(("call", "kind", "text"), CALLS, ids=[text for *_, text in CALLS])
def test_a_wrong_call_is_one_sentence(call: Any, kind: type[rm.RoimaskError], text: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert text in str(raised.value) and "\n" not in str(raised.value)


def test_a_colour_of_an_overlay_may_be_named() -> None:
    tinted = rm.overlay(IMAGE, MASK, color="red", alpha=1)
    assert (tinted[MASK] == (255, 0, 0)).all()
