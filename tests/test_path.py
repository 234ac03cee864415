"""What the path does with every call: writing, blending, NaN, nodata, coverage, types at their limits."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm
from roimask import call, path
from roimask.errors import FrameMismatch, ParameterError
from roimask.operation import operation
from roimask.sources import ArraySource
from tests.meta.right import RIGHT, registered


@pytest.fixture
def known():
    """Right operations by name, in the registry for the test."""
    entered = {}
    try:
        for name, declare in RIGHT.items():
            context = registered(declare)
            entered[name] = (context, context.__enter__())
        yield {name: record.function for name, (_, record) in entered.items()}
    finally:
        for context, _ in entered.values():
            context.__exit__(None, None, None)


def constant(value, **declared):
    """An operation that answers one value."""

    def declare():
        @operation(**declared)
        def constant(image, weight):
            """Answer one value."""
            return np.full(image.shape, value)

        return constant

    return registered(declare)


# -- types -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("uint8", 2.5, 2),
        ("uint8", 3.5, 4),
        ("uint8", -1.0, 0),
        ("uint8", 300.0, 255),
        ("uint8", np.int32(-7), 0),
        ("int16", np.uint8(200), 200),
        ("int16", -1e9, -32768),
        ("int32", np.float32(3e9), 2**31 - 1),
        ("int32", -3e9, -(2**31)),
        ("int32", np.float64(2**31 - 1), 2**31 - 1),
        ("uint16", np.int64(70000), 65535),
        ("bool", 0.6, True),
        ("bool", 0.4, False),
        ("float32", 1e-3, np.float32(1e-3)),
    ],
)
def test_results_are_rounded_half_to_even_and_never_wrap(dtype, value, expected):
    with constant(value) as op:
        result = op.function(np.zeros((2, 2), dtype))
        assert result.dtype == dtype and (result == expected).all()
        half = op.function(np.zeros((2, 2), dtype), np.full((2, 2), 0.5))
        assert half.dtype == dtype


def test_blending_by_weight():
    with constant(100.0) as op:
        result = op.function(np.array([[0, 0, 10, 10]], np.uint8), np.array([[0.5, 0, 0.25, 1.0]]))
        assert result.tolist() == [[50, 0, 32, 100]]
        full = op.function(np.array([[np.inf, 7.0]]), np.array([[1.0, 0.5]]))
        assert full.tolist() == [[100, 53.5]], "at full weight inf is not blended in"


# -- NaN, inf, nodata --------------------------------------------------------------------------------------------------


def test_nan_stays_band_by_band(known):
    image = np.array([[[1.0, np.nan], [np.nan, 4.0]]])
    result = known["offset"](image, by=1.0)
    np.testing.assert_array_equal(result, [[[2, np.nan], [np.nan, 5]]])


def test_nan_stays_in_all_bands_where_they_mix(known):
    image = np.array([[[1.0, np.nan], [3.0, 5.0]]])
    result = known["grey"](image, size=1)
    np.testing.assert_array_equal(result, [[[1, np.nan], [4, 4]]])


def test_an_explicit_write_fills_nan_from_neighbours(known):
    image = np.array([[1.0, np.nan, 3.0]])
    filled = known["box_mean"](image, write=[[0, 1, 0]], size=3)
    np.testing.assert_array_equal(filled, [[1, 2, 3]])
    np.testing.assert_array_equal(known["box_mean"](image, write="all", size=3)[0, 1], np.nan)
    half = known["box_mean"](image, write=[[0, 0.5, 0]], size=3)
    np.testing.assert_array_equal(half, [[1, 2, 3]], "there is nothing to blend with")


def test_inf_is_left_out_where_an_operation_says_so(known):
    image = np.array([[1.0, np.inf, 3.0]])
    np.testing.assert_array_equal(known["box_mean"](image, size=3), [[1, np.inf, 3]])
    assert known["offset"](image, by=1.0)[0, 1] == np.inf


def run(function, source, **params):
    """Call an operation on a source as it stands."""
    record = function.operation
    return call.run(record, source, None, record.ready(params, source.frame))


@pytest.mark.parametrize(
    ("nodata", "by", "expected"),
    [
        (0, -5.0, [[1, 2]]),  # 5 - 5 would be nodata
        (255, 300.0, [[254, 254]]),  # at the end of the type the next value is below
        (-9999, -5.0, [[0, 2]]),  # a nodata that the type cannot hold
        (np.nan, -5.0, [[0, 2]]),
    ],
)
def test_a_result_equal_to_nodata_moves_on(known, nodata, by, expected):
    source = ArraySource(np.array([[5, 7]], np.uint8), nodata=nodata)
    assert run(known["offset"], source, by=by).tolist() == expected


def test_nodata_is_by_band_and_never_of_a_map(known):
    image = np.array([[[5, 5]]], np.float32)
    result = run(known["offset"], ArraySource(image, nodata=(0.0, None)), by=-5.0)
    assert result[0, 0, 0] > 0 and result[0, 0, 1] == 0
    assert run(known["local_range"], ArraySource(np.ones((2, 2), np.float32), nodata=0.0)).tolist() == [[0, 0], [0, 0]]


def test_what_a_container_says_of_validity_is_honoured(known):
    valid = np.array([[True, False, True]])
    image = np.array([[1, 200, 3]], np.uint8)
    assert run(known["box_mean"], ArraySource(image, valid=valid), size=3).tolist() == [[1, 200, 3]]
    bands = np.repeat(image[..., None], 2, axis=2)
    by_band = np.stack([valid, np.ones_like(valid)], axis=2)
    result = run(known["box_mean"], ArraySource(bands, valid=by_band), size=3)
    assert result[..., 0].tolist() == [[1, 200, 3]] and result[..., 1].tolist() == [[100, 68, 102]]


# -- coverage --------------------------------------------------------------------------------------------------------


def test_min_coverage_and_empty(known):
    image = np.array([[10.0, 20.0, 30.0, 40.0]])
    mask = [[1, 1, 0, 1]]
    box = known["box_mean"]
    np.testing.assert_allclose(box(image, mask, size=3), [[15, 15, 30, 40]])
    share = 2 / 9
    np.testing.assert_allclose(box(image, mask, size=3, min_coverage=share), [[15, 15, 30, 40]])
    np.testing.assert_allclose(box(image, mask, size=3, min_coverage=share, empty="nan"), [[15, 15, 30, np.nan]])
    np.testing.assert_allclose(box(image, mask, size=3, min_coverage=share, empty=-1), [[15, 15, 30, -1]])
    bands = np.repeat(image[..., None], 3, axis=2)
    np.testing.assert_allclose(
        known["grey"](bands, mask, size=3, min_coverage=share, empty=7)[0, :, 2], [15, 15, 30, 7]
    )
    for wrong in (1.5, -0.1, "half"):
        with pytest.raises(ParameterError, match="min_coverage"):
            box(image, size=3, min_coverage=wrong)
    with pytest.raises(ParameterError, match="floating point"):
        box(image.astype(np.uint8), size=3, empty="nan")
    with pytest.raises(ParameterError, match="empty"):
        box(image, size=3, empty="none")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_full_coverage_is_full_in_spite_of_rounding(dtype):
    result = rm.gaussian(np.full((40, 40), 7, dtype), sigma=2, min_coverage=1.0, empty=99)
    np.testing.assert_allclose(result[8:-8, 8:-8], 7, rtol=1e-6)
    assert (result[:7] == 99).all()


# -- write, per_region, out ------------------------------------------------------------------------------------------


def test_read_here_write_there(known):
    image = np.array([[0.0, 10.0, 5.0, 20.0]])
    field = [[1, 1, 0, 0]]
    np.testing.assert_allclose(known["span"](image, field), [[0, 100, 5, 20]])
    np.testing.assert_allclose(known["span"](image, field, write="all"), [[0, 100, 50, 200]])
    np.testing.assert_allclose(known["span"](image, field, write=[[0, 0, 1, 0]]), [[0, 10, 50, 20]])


def test_regions_alone(known):
    image = np.array([[0.0, 10.0, 5.0, 20.0, 7.0]])
    labels = [[1, 1, 2, 2, 0]]
    np.testing.assert_allclose(known["span"](image, labels), [[0, 50, 25, 100, 7]])
    np.testing.assert_allclose(known["span"](image, labels, per_region=True), [[0, 100, 0, 100, 7]])
    np.testing.assert_allclose(known["box_mean"](image, labels, size=3, per_region=True), [[5, 5, 12.5, 12.5, 7]])


def test_out_may_overlap_the_image(known):
    buffer = np.arange(6, dtype=np.float64).reshape(1, 6)
    expected = known["box_mean"](buffer[:, :5].copy(), size=3)
    known["box_mean"](buffer[:, :5], out=buffer[:, 1:], size=3)
    np.testing.assert_allclose(buffer[:, 1:], expected)


def test_out_with_bands_first(known):
    image = np.arange(27, dtype=np.float32).reshape(3, 3, 3)
    expected = known["box_mean"](image, channel_axis=0, size=3)
    out = np.empty_like(image)
    assert known["box_mean"](image, channel_axis=0, size=3, out=out) is out
    np.testing.assert_array_equal(out, expected)


def test_out_of_another_byte_order(known):
    image = np.array([[1, 2, 3]], ">u2")
    assert known["offset"](image, by=1.0, out=image) is image and image.tolist() == [[2, 3, 4]]


WRONG = [
    (dict(out=np.zeros((2, 3), np.float32)), "uint8.*float32"),
    (dict(out=np.zeros((3, 2), np.uint8)), r"\(2, 3\).*\(3, 2\)"),
    (dict(out="here"), "writable array"),
    (dict(out=np.broadcast_to(np.uint8(0), (2, 3))), "writable"),
    (dict(write="inside"), "write is a mask"),
    (dict(per_region=True), "needs a mask"),
    (dict(mask=np.ones((2, 3), bool), write="all", per_region=True), "exclude each other"),
    (dict(channel_axis=5), None),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_wrong_calls(known, arguments, says):
    arguments = dict(arguments)
    if says is None:
        with pytest.raises(ParameterError, match="channel_axis"):
            known["offset"](np.zeros((2, 3, 1), np.uint8), **arguments)
        return
    with pytest.raises(ParameterError, match=says):
        known["offset"](np.zeros((2, 3), np.uint8), arguments.pop("mask", None), **arguments)


def test_a_write_mask_of_another_frame_is_refused(known):
    with pytest.raises(FrameMismatch, match="offset: .*3 × 3.*2 × 3"):
        known["offset"](np.zeros((2, 3)), write=np.ones((3, 3)))


# -- tiles -----------------------------------------------------------------------------------------------------------


def test_the_grid_is_fixed_to_the_frame():
    window = path.Window(5, 7, 21, 40)
    found = list(path.grid(window, (8, 16)))
    assert found[0] == (5, 7, 8, 16) and found[-1] == (16, 32, 21, 40)
    assert sum(w.shape[0] * w.shape[1] for w in found) == window.shape[0] * window.shape[1]


def test_only_tiles_with_a_pixel_are_visited():
    mask = np.zeros((100, 100), bool)
    mask[3, 3] = mask[90, 95] = True
    assert len(path.tiles(rm.Mask(mask), rm.Frame(100, 100), (10, 10))) == 2
    assert path.tiles(rm.Mask(np.zeros((100, 100))), rm.Frame(100, 100), (10, 10)) == []


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (0, 5, 3), (2, 2, 0)])
def test_images_without_pixels(known, shape):
    image = np.zeros(shape, np.float32)
    for name in ("offset", "span", "box_mean", "local_range", "grey", "whole_mean"):
        for mask in (None, np.ones(shape[:2], bool)):
            assert known[name](image, mask).shape == shape
    assert rm.extract(image, np.ones(shape[:2], bool)).shape == shape


def test_work_from_several_threads_at_once(known):
    from concurrent.futures import ThreadPoolExecutor

    image = np.random.default_rng(0).random((300, 300))
    mask = image > 0.3
    expected = known["box_mean"](image, mask, size=5)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: known["box_mean"](image, mask, size=5), range(8)):
            np.testing.assert_array_equal(result, expected)


def test_blocks_larger_than_a_tile(known):
    """Real tiles, with the real blanks: nothing of the tests' own in between."""
    rng = np.random.default_rng(1)
    image = rng.random((600, 2300), np.float32)
    mask = rng.random(image.shape) < 0.9
    for name in ("box_mean", "local_range"):
        result = known[name](image, mask)
        window = (slice(250, 262), slice(2040, 2060))
        part = (slice(245, 267), slice(2035, 2065))
        alone = known[name](image[part], mask[part])[5:-5, 5:-5]
        np.testing.assert_allclose(result[window], alone, rtol=1e-6)
