"""The Mask: what it makes of arrays, that it cannot be changed, its algebra, and its way to another frame."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roimask as rm
from roimask.errors import FrameMismatch, MaskValueError, ParameterError
from tests.laws.draw import KINDS, masks
from tests.reference import area_mean, majority

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))
KIND = st.sampled_from(KINDS)


@st.composite
def pairs(draw, kinds=KIND):
    """Two masks on one frame."""
    shape = draw(SHAPES)
    return draw(masks(shape, draw(kinds))), draw(masks(shape, draw(kinds)))


# -- what arrays become ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        ([[True, False]], "binary"),
        ([[0, 1]], "binary"),
        ([[0, 255]], "binary"),
        (np.array([[255, 255]], np.uint8), "binary"),
        ([[0, 1, 255]], "labels"),
        ([[0, 2]], "labels"),
        ([[2, 2]], "labels"),
        ([[0.0, 1.0]], "weights"),
        (np.array([[0.5]], np.float16), "weights"),
        (np.array([[3]], np.uint64), "labels"),
        (np.zeros((0, 5)), "weights"),
        (np.zeros((3, 3), np.int16), "binary"),
    ],
)
def test_the_kind_is_guessed(array, kind):
    assert rm.Mask(array).kind == kind


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        ([[0, 7, -1]], "binary", [[False, True, True]]),
        ([[0, 51, 255]], "weights", None),
        (np.array([[0, 51, 255]], np.uint8), "weights", [[0, 0.2, 1]]),
        (np.array([[0, 1]], np.uint8), "weights", [[0, 1]]),
        ([[0.0, 2.0]], "labels", [[0, 2]]),
        ([[0, 1]], "labels", [[0, 1]]),
        ([[True, False]], "labels", [[1, 0]]),
        ([[0.0, 0.3]], "binary", [[False, True]]),
    ],
)
def test_the_kind_is_overridden(array, kind, expected):
    mask = rm.Mask(array, kind=kind)
    assert mask.kind == kind and mask.values.dtype == {"binary": bool, "labels": np.int32, "weights": np.float32}[kind]
    if expected is not None:
        np.testing.assert_allclose(np.asarray(mask), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("array", "kind", "says"),
    [
        ([[0, -2]], None, "got -2"),
        ([[0.5, 1.5]], None, "1.5"),
        ([[-0.1, 0.5]], None, "-0.1"),
        ([[np.nan, 0.5]], None, "NaN"),
        ([[np.inf, 0.5]], None, "inf"),
        ([[np.nan]], "binary", "NaN"),
        ([[0.5]], "labels", "whole numbers"),
        ([[2**31]], "labels", "2147483648"),
        (np.zeros((2, 2, 3), np.uint8), None, "(2, 2, 3)"),
        (np.zeros(4), None, "(4,)"),
        ([["a"]], None, "<U1"),
        (np.array([[1 + 1j]]), None, "complex"),
    ],
)
def test_what_no_kind_allows_is_refused(array, kind, says):
    with pytest.raises(MaskValueError, match=None) as error:
        rm.Mask(array, kind=kind)
    assert says in str(error.value)


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(ParameterError, match="binary, labels, weights"):
        rm.Mask([[1]], kind="boolean")


def test_a_frame_of_another_shape_is_refused():
    with pytest.raises(FrameMismatch, match="2 × 2.*3 × 3"):
        rm.Mask(np.ones((2, 2)), frame=rm.Frame(3, 3))


def test_a_mask_of_a_mask_changes_its_kind():
    labels = rm.Mask([[0, 2, 5]], names={2: "field"})
    assert rm.Mask(labels) == labels and rm.Mask(labels).names == {2: "field"}
    assert rm.Mask(labels, kind="binary") == labels.as_binary()
    assert np.asarray(rm.Mask(labels, kind="weights")).tolist() == [[0, 1, 1]]


def test_opposite_polarity_is_turned():
    assert np.asarray(rm.Mask.from_numpy_ma(np.ma.array([[1, 2]], mask=[[1, 0]]))).tolist() == [[False, True]]
    assert rm.Mask.from_numpy_ma(np.ma.array([[1, 2]])).area == 2
    bands = np.ma.array(np.zeros((1, 2, 2)), mask=[[[0, 1], [0, 0]]])
    assert np.asarray(rm.Mask.from_numpy_ma(bands)).tolist() == [[False, True]]
    assert np.asarray(rm.Mask.from_invalid([[True, False]])).tolist() == [[False, True]]
    assert np.asarray(rm.Mask.from_invalid([[255, 0]])).tolist() == [[False, True]]
    assert np.asarray(rm.Mask.from_invalid([[0.25, 1.0]])).tolist() == [[0.75, 0]]


# -- a value ---------------------------------------------------------------------------------------------------------


@given(st.data())
def test_it_is_cropped_and_read_back_in_full(data):
    shape = data.draw(SHAPES)
    mask = data.draw(masks(shape))
    full = np.asarray(mask)
    top, left, bottom, right = mask.bbox
    assert full.shape == shape == mask.shape and mask.values.shape == (bottom - top, right - left)
    np.testing.assert_array_equal(full[top:bottom, left:right], mask.values)
    assert np.count_nonzero(full) == np.count_nonzero(mask.values)
    if mask.values.size:
        assert all(side.any() for side in (mask.values[0], mask.values[-1], mask.values[:, 0], mask.values[:, -1]))
    window = data.draw(st.tuples(*[st.integers(-3, 15)] * 2))
    window = (*window, window[0] + data.draw(st.integers(0, 9)), window[1] + data.draw(st.integers(0, 9)))
    padded = np.pad(full, 40)
    expected = padded[window[0] + 40 : window[2] + 40, window[1] + 40 : window[3] + 40]
    np.testing.assert_array_equal(mask.read(window), expected)


@given(st.data())
def test_it_survives_pickle_copy_and_comparison(data):
    mask = data.draw(masks(data.draw(SHAPES)))
    for twin in (pickle.loads(pickle.dumps(mask)), copy.deepcopy(mask), copy.copy(mask), rm.Mask(mask)):
        assert twin == mask and hash(twin) == hash(mask) and not twin.values.flags.writeable
        assert twin.values.dtype == mask.values.dtype and twin.kind == mask.kind
    assert mask != rm.Mask(np.ones((99, 1)))


def test_equal_masks_have_equal_hashes():
    assert hash(rm.Mask([[0.5, 0.0, 0.5]])) == hash(rm.Mask([[0.5, -0.0, 0.5]]))


def test_it_cannot_be_changed():
    array = np.ones((3, 3), bool)
    mask = rm.Mask(array)
    array[:] = False
    assert mask.area == 9, "the caller's array stays the caller's"
    for name, value in (("values", array), ("kind", "labels"), ("anything", 1)):
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(mask, name, value)
    with pytest.raises(AttributeError):
        del mask.values
    for array in (mask.values, mask.weight, np.asarray(mask), pickle.loads(pickle.dumps(mask)).values):
        with pytest.raises(ValueError):
            array[0, 0] = 0
        with pytest.raises(ValueError):
            array.flags.writeable = True
    with pytest.raises(TypeError):
        rm.Mask([[2]], names={2: "a"}).names[2] = "b"


@pytest.mark.parametrize("kind", ["drawn", "reshaped", "combined", "found", "labels"])
def test_one_that_was_made_here_cannot_be_changed_either(kind):
    circle = rm.circle((60, 60), (30, 30), 20)
    made = {
        "drawn": circle,
        "reshaped": rm.grow(circle, 3),
        "combined": circle - rm.rectangle((60, 60), 0, 0, 20, 20),
        "found": rm.threshold(np.arange(3600.0).reshape(60, 60), above=9),
        "labels": rm.components(circle),
    }[kind]
    for array in (made.values, made.weight):
        with pytest.raises(ValueError):
            array.flags.writeable = True


def test_numpy_takes_it_as_an_array():
    mask = rm.Mask([[0, 0, 0], [0, 3, 0]])
    assert np.asarray(mask).dtype == np.int32 and np.asarray(mask, dtype=np.uint8).tolist() == [[0, 0, 0], [0, 3, 0]]
    mine = np.array(mask)
    mine[0, 0] = 1
    assert mask.area == 1
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(mask, copy=False)
    full = rm.Mask([[1, 1]])
    assert np.shares_memory(np.asarray(full, copy=False), full.values)
    assert not np.shares_memory(np.array(full, copy=True), full.values)


def test_facts():
    mask = rm.Mask([[0, 0, 0, 0], [0, 2, 0, 7]], names={2: "field", 7: "wood"})
    assert (mask.area, mask.bbox, mask.labels, mask.shape) == (2, (1, 1, 2, 4), (2, 7), (2, 4))
    assert mask[7] == mask["wood"] and mask[7].kind == "binary" and mask[7].bbox == (1, 3, 2, 4)
    assert rm.Mask([[0.5, 0.25]]).area == 0.75 and isinstance(rm.Mask([[0.5]]).area, float)
    assert rm.Mask([[0, 0]]).labels == () and rm.Mask([[0.5]]).labels == (1,) and rm.Mask([[1]])[1].area == 1
    assert rm.Mask([[2**31 - 1, 5]]).labels == (5, 2**31 - 1)
    empty = rm.Mask(np.zeros((4, 4)))
    assert (empty.bbox, empty.area, empty.origin) == ((0, 0, 0, 0), 0, (0, 0)) and np.asarray(empty).shape == (4, 4)
    assert "labels" in repr(mask) and "2 × 4" in repr(mask) and "2 regions" in repr(mask)
    assert repr(rm.Mask(np.zeros((0, 3))))


@pytest.mark.parametrize(("label", "says"), [(3, "2, 7"), ("lake", "field, wood"), (0, "2, 7")])
def test_a_region_that_is_not_there_names_those_that_are(label, says):
    with pytest.raises(MaskValueError, match=says):
        rm.Mask([[2, 7]], names={2: "field", 7: "wood"})[label]


def test_a_region_is_a_whole_number_or_a_name():
    for label in (1.5, slice(0, 1), None):
        with pytest.raises((MaskValueError, ParameterError, TypeError)):
            rm.Mask([[1, 2]])[label]


def test_from_crop_cuts_off_what_leaves_the_frame():
    mask = rm.Mask.from_crop(np.ones((4, 4), bool), (-2, 3), (3, 5))
    assert mask.bbox == (0, 3, 2, 5) and mask.area == 4
    assert rm.Mask.from_crop(np.ones((2, 2), bool), (9, 9), (3, 5)).area == 0


def test_weight_is_what_kernels_see():
    assert rm.Mask([[1, 0, 1]]).weight.dtype == np.uint8
    assert rm.Mask([[2, 0, 9]]).weight.tolist() == [[1, 0, 1]]
    assert rm.Mask([[1.0, 0.0, 1.0]]).weight.dtype == np.uint8
    assert rm.Mask([[0.5, 0.0, 1.0]]).weight.dtype == np.float32


# -- set algebra -----------------------------------------------------------------------------------------------------


def weights_of(mask: rm.Mask) -> np.ndarray:
    return np.asarray(mask, dtype=np.float32) if mask.kind == "weights" else (np.asarray(mask) > 0).astype(np.float32)


@given(pairs())
def test_algebra_is_that_of_the_weights(pair):
    a, b = pair
    x, y = weights_of(a), weights_of(b)
    np.testing.assert_array_equal(weights_of(a & b), np.minimum(x, y))
    np.testing.assert_array_equal(weights_of(a | b), np.maximum(x, y))
    np.testing.assert_array_equal(weights_of(a - b), np.minimum(x, 1 - y))
    np.testing.assert_array_equal(weights_of(a ^ b), np.maximum(np.minimum(x, 1 - y), np.minimum(y, 1 - x)))
    np.testing.assert_array_equal(weights_of(~a), 1 - x)


@given(pairs())
def test_laws_of_algebra(pair):
    a, b = pair
    assert (a & a) == a and (a | a) == a
    assert (a - b) == (a & ~b)
    assert ~(a & b) == ~a | ~b and ~(a | b) == ~a & ~b  # De Morgan
    assert (a ^ b) == (a - b) | (b - a)
    assert (a & b).as_binary() == (b & a).as_binary() and (a | b).as_binary() == (b | a).as_binary()
    if a.kind == "binary":
        assert ~~a == a and (a - a).area == 0 and (a ^ a).area == 0


def test_labels_left_wins():
    a, b = rm.Mask([[1, 1, 0, 3]], names={1: "one"}), rm.Mask([[0, 2, 2, 0]], names={1: "x", 2: "two"})
    assert np.asarray(a | b).tolist() == [[1, 1, 2, 3]] and (a | b).names == {1: "one", 2: "two"}
    assert np.asarray(a & b).tolist() == [[0, 1, 0, 0]]
    assert np.asarray(b & a).tolist() == [[0, 2, 0, 0]]
    assert np.asarray(a - b).tolist() == [[1, 0, 0, 3]]
    keep = rm.Mask([[True, False, False, True]])
    assert (a & keep) == (keep & a) and np.asarray(keep & a).tolist() == [[1, 0, 0, 3]]
    assert (~a).kind == "binary" and np.asarray(~a).tolist() == [[False, False, True, False]]


def test_algebra_takes_arrays_and_refuses_other_frames():
    mask = rm.Mask([[True, True]])
    assert (mask & [[0, 1]]).area == 1
    with pytest.raises(FrameMismatch, match="1 × 2.*2 × 2.*to_frame"):
        mask & np.ones((2, 2), bool)


def test_algebra_keeps_the_georeference():
    placed = rm.Mask([[1, 0]], frame=rm.Frame(1, 2, (10, 0, 0, 0, -10, 0), "EPSG:32618"))
    plain = rm.Mask([[1, 1]])
    for result in (placed & plain, plain & placed, plain - placed, placed | plain, ~placed):
        assert result.frame == placed.frame


# -- masks that are born as run lengths --------------------------------------------------------------------------------

FRAME = (150, 170)


@st.composite
def drawn_twice(draw):
    """A mask drawn as a polygon, which keeps run lengths, and the same from its pixels."""
    corner = st.tuples(st.integers(-20, 170), st.integers(-20, 190))
    mask = rm.polygon(FRAME, draw(st.lists(corner, min_size=3, max_size=6)))
    return mask, rm.Mask(np.array(rm.Mask.from_crop(mask.values, mask.origin, FRAME)))


@given(drawn_twice(), drawn_twice())
def test_how_a_mask_is_kept_changes_nothing(first, second):
    (a, x), (b, y) = first, second
    for ours, expected in ((a & b, x & y), (a | b, x | y), (a - b, x - y), (a ^ b, x ^ y), (~a, ~x), (a & y, x & y)):
        assert ours == expected and hash(ours) == hash(expected) and repr(ours) == repr(expected)
        assert (ours.area, ours.bbox, ours.labels, ours.kind) == (
            expected.area,
            expected.bbox,
            expected.labels,
            "binary",
        )
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(expected))
        assert not ours.values.flags.writeable and not np.asarray(ours).flags.writeable
    fresh = rm.polygon(FRAME, [(10, 10), (90, 20), (70, 150)])
    for again in (pickle.loads(pickle.dumps(fresh)), copy.deepcopy(fresh), rm.Mask(fresh)):
        assert again == fresh and hash(again) == hash(fresh)
    np.testing.assert_array_equal(a.read((-5, 30, 60, 200)), x.read((-5, 30, 60, 200)))
    np.testing.assert_array_equal(np.asarray(a.to_frame((40, 61))), np.asarray(x.to_frame((40, 61))))
    image = np.arange(150 * 170, dtype=np.uint16).reshape(FRAME)
    np.testing.assert_array_equal(rm.extract(image, ~a), rm.extract(image, ~x))


# -- another frame ---------------------------------------------------------------------------------------------------

PLACED = {"crs": "EPSG:32618"}


@given(st.data())
def test_to_frame_is_exact_by_area(data):
    shape, other = data.draw(SHAPES), data.draw(SHAPES)
    mask = data.draw(masks(shape))
    rows, columns = (np.linspace(0, n, m + 1) for n, m in zip(shape, other, strict=True))
    assert_resampled(mask, mask.to_frame(other), rows, columns)


@given(st.data())
def test_to_frame_by_place_in_the_world(data):
    number = st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0])
    place = st.sampled_from([-3.0, -1.0, 0.0, 0.25, 2.0, 7.5])
    shape, other = data.draw(SHAPES), data.draw(SHAPES)
    scale, top, left = data.draw(number), data.draw(place), data.draw(place)
    old = rm.Frame(*shape, (2, 0, 100, 0, -2, 500), "EPSG:32618")
    new = rm.Frame(*other, (2 * scale, 0, 100 + 2 * left, 0, -2 * scale, 500 - 2 * top), "EPSG:32618")
    drawn = data.draw(masks(shape))
    mask = rm.Mask(np.asarray(drawn), drawn.kind, old)
    moved = mask.to_frame(new)
    assert moved.frame == new and moved.kind == mask.kind
    assert_resampled(mask, moved, top + scale * np.arange(other[0] + 1), left + scale * np.arange(other[1] + 1))


def assert_resampled(mask, moved, rows, columns):
    """By area for weights, by majority for the others."""
    if mask.kind == "weights":
        expected = area_mean(np.asarray(mask), rows, columns)
        np.testing.assert_allclose(np.asarray(moved), expected, atol=1e-6)
    elif mask.kind == "binary":
        expected = area_mean(np.asarray(mask), rows, columns)
        clear = np.abs(expected - 0.5) > 1e-7
        np.testing.assert_array_equal(np.asarray(moved)[clear], expected[clear] > 0.5)
        assert np.asarray(moved)[~clear].all(), "half is enough"
    else:
        np.testing.assert_array_equal(np.asarray(moved), majority(np.asarray(mask), rows, columns))


def test_to_frame_shifts_and_crops_to_the_bit():
    old = rm.Frame(4, 4, (10, 0, 0, 0, -10, 40), **PLACED)
    mask = rm.Mask(np.arange(16).reshape(4, 4) / 16, frame=old)
    new = rm.Frame(3, 5, (10, 0, -10, 0, -10, 30), **PLACED)
    expected = np.zeros((3, 5), np.float32)
    expected[:3, 1:5] = np.asarray(mask)[1:4, 0:4]
    np.testing.assert_array_equal(np.asarray(mask.to_frame(new)), expected)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (rm.Frame(4, 4, (10, 0, 0, 0, -10, 40), "EPSG:32619"), "CRS"),
        (rm.Frame(4, 4, (0, 10, 0, 10, 0, 40), "EPSG:32618"), "turned"),
        (rm.Frame(5, 4), "only one"),
    ],
)
def test_frames_that_cannot_be_aligned(new, says):
    mask = rm.Mask(np.ones((4, 4), bool), frame=rm.Frame(4, 4, (10, 0, 0, 0, -10, 40), **PLACED))
    with pytest.raises(FrameMismatch, match=says):
        mask.to_frame(new)


@pytest.mark.parametrize(("old", "new"), [((0, 5), (4, 4)), ((4, 4), (0, 3)), ((0, 0), (0, 0)), ((3, 3), (0, 0))])
@pytest.mark.parametrize("kind", KINDS)
def test_to_frame_of_nothing(old, new, kind):
    moved = rm.Mask(np.ones(old, bool), kind).to_frame(new)
    assert moved.shape == new and moved.area == 0 and moved.kind == kind
