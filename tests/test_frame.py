"""The Frame: a value that knows its place, and windows on it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import roimask as rm
from roimask.errors import FrameMismatch, ParameterError
from roimask.frame import Window

UTM = (10, 0, 500000, 0, -10, 4100000)


def test_it_is_a_value():
    frame = rm.Frame(3, 4, UTM, "EPSG:32618")
    assert frame == rm.Frame(3, 4, UTM, "EPSG:32618") and hash(frame) == hash(rm.Frame(3, 4, UTM, "EPSG:32618"))
    assert pickle.loads(pickle.dumps(frame)) == frame and frame != (3, 4)
    assert frame != rm.Frame(3, 4) and frame != rm.Frame(3, 4, UTM)
    for name in ("height", "crs", "anything"):
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(frame, name, 1)


@pytest.mark.parametrize(
    "thing",
    [
        (3, 4),
        [3, 4],
        (3, 4, 2),
        np.zeros((3, 4)),
        np.zeros((3, 4, 2), np.uint8),
        rm.Frame(3, 4),
        rm.Mask(np.zeros((3, 4))),
        (np.int64(3), np.int32(4)),
    ],
    ids=str,
)
def test_it_is_had_from_much(thing):
    assert rm.Frame.of(thing) == rm.Frame(3, 4)


def test_it_is_had_from_pillow():
    from PIL import Image

    assert rm.Frame.of(Image.new("RGB", (4, 3))) == rm.Frame(3, 4)


@pytest.mark.parametrize("thing", [5, "frame", (3,), (1, 2, 3, 4), (1.5, 2), None, np.zeros(3)], ids=str)
def test_what_has_no_frame_is_refused(thing):
    with pytest.raises(ParameterError, match="a frame was expected"):
        rm.Frame.of(thing)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((-1, 2), "0 or more, got -1"),
        ((1.5, 2), "whole number"),
        ((2, 2, (1, 2, 3)), "six finite numbers"),
        ((2, 2, (0, 0, 0, 0, 0, 0)), "inverted"),
        ((2, 2, (1, 0, np.nan, 0, 1, 0)), "finite"),
    ],
)
def test_wrong_frames(arguments, says):
    with pytest.raises(ParameterError, match=says):
        rm.Frame(*arguments)


def test_places():
    frame = rm.Frame(3, 4, UTM, "EPSG:32618")
    assert frame.xy(0, 0) == (500000, 4100000) and frame.xy(1.5, 2) == (500020, 4099985)
    assert frame.rowcol(*frame.xy(1.5, 2)) == (1.5, 2) and rm.Frame(3, 4).xy(1, 2) == (2, 1)
    assert frame.pixel_size == (10, 10) and rm.Frame(1, 1).pixel_size == (1, 1)
    turned = rm.Frame(3, 4, (3, 4, 0, 4, -3, 0))
    assert turned.pixel_size == (5, 5) and turned.rowcol(*turned.xy(2, 1)) == pytest.approx((2, 1))
    assert rm.Frame(2, 2, UTM, 4326).geographic and not frame.geographic


def test_crop_moves_the_corner():
    assert rm.Frame(30, 40, UTM, "EPSG:32618").crop((10, 20, 15, 28)) == rm.Frame(
        5, 8, (10, 0, 500200, 0, -10, 4099900), "EPSG:32618"
    )
    assert rm.Frame(30, 40).crop((10, 20, 15, 28)) == rm.Frame(5, 8)


def test_what_fits():
    frame = rm.Frame(3, 4, UTM, "EPSG:32618")
    assert frame.fits(rm.Frame(3, 4)) and rm.Frame(3, 4).fits(frame)
    assert frame.fits(rm.Frame(3, 4, (10, 0, 500000 + 1e-5, 0, -10, 4100000), "EPSG:32618")), "rounding of a transform"
    for other in (
        rm.Frame(4, 3, UTM, "EPSG:32618"),
        rm.Frame(3, 4, UTM, "EPSG:32619"),
        rm.Frame(3, 4, (10, 0, 500001, 0, -10, 4100000), "EPSG:32618"),
        rm.Frame(3, 4, (10.01, 0, 500000, 0, -10, 4100000), "EPSG:32618"),
    ):
        assert not frame.fits(other) and not other.fits(frame)
        with pytest.raises(FrameMismatch, match="to_frame"):
            frame.require(other)


def test_windows():
    window = Window(2, 3, 5, 9)
    assert window.shape == (3, 6) and not window.empty and Window(5, 5, 4, 9).empty
    assert Window(5, 5, 4, 9).shape == (0, 4)
    assert window.meet((0, 0, 4, 4)) == (2, 3, 4, 4) and window.meet((5, 0, 9, 9)).empty
    assert window.join((0, 4, 1, 12)) == (0, 3, 5, 12) and window.join((0, 0, 0, 0)) == window
    assert Window(0, 0, 0, 0).join(window) == window and window.grow(2) == (0, 1, 7, 11)
    assert np.arange(100).reshape(10, 10)[window.slices].shape == window.shape
    assert window.within((1, 1, 9, 9)) == (slice(1, 4), slice(2, 8))
