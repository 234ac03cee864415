"""Every operation on a dask array and on a DataArray: as on the array, labels kept, nothing done early."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr
from dask.delayed import Delayed
from hypothesis import given, settings
from hypothesis import strategies as st

import roimask as rm
import roimask.xarray
from roimask.errors import ParameterError
from tests.laws import draw as drawn
from tests.laws.compare import close
from tests.laws.law import takes_mask

REGISTRY = rm.registry()
BLOCKS = [name for name, operation in REGISTRY.items() if operation.blocks]
WHOLE = [name for name, operation in REGISTRY.items() if operation.takes == "image" and takes_mask(operation)]


def answered(function: Any, image: Any, case: drawn.Case) -> Any:
    """What a call answers, worked out where it is lazy; None where the parameters do not go together."""
    try:
        with np.errstate(all="ignore"), dask.config.set(scheduler="synchronous"):
            answer = function(image, mask=case.mask, **case.params)
            return answer.compute() if isinstance(answer, (da.Array, Delayed)) else answer
    except ParameterError as error:
        return type(error)


def labelled(image: np.ndarray, order: int = 0) -> xr.DataArray:
    """The image with coordinates, its dims in one of two orders."""
    dims = ("y", "x", "band")[: image.ndim]
    coords = {"y": np.arange(image.shape[0])[::-1] * 2.0, "x": np.arange(image.shape[1]) * 2.0}
    array = xr.DataArray(image, coords, dims, name="scene", attrs={"units": "K"})
    return array.transpose(*(("band", "y", "x")[-image.ndim :] if order else ("x", "y", "band")[: image.ndim]))


@pytest.mark.parametrize("name", [*BLOCKS, *WHOLE])
def test_on_dask_arrays_as_on_arrays(name):
    operation = REGISTRY[name]

    @settings(max_examples=4)
    @given(st.data())
    def check(data):
        case = data.draw(drawn.cases(operation))
        chunks = data.draw(st.tuples(st.integers(3, 20), st.integers(3, 20)))
        lazy = da.from_array(case.image, chunks=(*chunks, 1)[: case.image.ndim])
        expected = answered(operation.function, case.image, case)
        close(answered(operation.function, lazy, case), expected, f"{name} by chunks of {chunks}", case.scale)

    check()


@pytest.mark.parametrize("name", [*BLOCKS, *WHOLE])
def test_on_data_arrays_as_on_arrays(name):
    operation = REGISTRY[name]

    @settings(max_examples=2)
    @given(st.data())
    def check(data):
        case = data.draw(drawn.cases(operation, least=1))
        array = labelled(case.image, data.draw(st.integers(0, 1)))
        expected = answered(operation.function, case.image, case)
        answer = answered(operation.function, array, case)
        if isinstance(answer, xr.DataArray):
            assert answer.attrs["units"] == "K" and answer.name == "scene"
            if answer.shape == array.shape:
                assert answer.dims == array.dims
                assert all(answer.coords[n].equals(array.coords[n]) for n in array.coords)
            bands = [dim for dim in answer.dims if dim not in ("y", "x")]
            answer = answer.transpose("y", "x", *bands).values
        close(answer, expected, name, case.scale)

    check()


# -- dask ----------------------------------------------------------------------------------------------------------

IMAGE = np.random.default_rng(5).integers(0, 250, (60, 70), np.uint8)
CIRCLE = rm.circle((60, 70), (30, 30), 20)


def never(block: np.ndarray, block_info: Any = None) -> np.ndarray:
    """Stands for pixels that nobody has asked for."""
    if block.size:
        raise AssertionError("a chunk was worked out before anybody asked")
    return block


@pytest.mark.parametrize("name", ["median", "stretch", "extract", "fill", "gradient", "statistics", "threshold"])
def test_nothing_is_done_before_it_is_asked_for(name):
    lazy = da.from_array(IMAGE, chunks=20).map_blocks(never, dtype=IMAGE.dtype, meta=IMAGE[:0, :0])
    params = {"median": {"size": 5}, "threshold": {"method": "otsu"}}.get(name, {})
    for image in (lazy, xr.DataArray(lazy, dims=("y", "x"))):
        answer = getattr(rm, name)(image, CIRCLE, **params)
        with pytest.raises(AssertionError, match="before anybody asked"):
            answer.compute(scheduler="synchronous")


def test_only_the_chunks_that_are_needed_are_worked():
    asked = []

    def note(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        asked.append(tuple(block_info[None]["chunk-location"]))
        return block

    lazy = da.from_array(IMAGE, chunks=20).map_blocks(note, dtype=IMAGE.dtype, meta=IMAGE[:0, :0])
    asked.clear()
    part = rm.median(lazy, size=5)[:15, :15].compute(scheduler="synchronous")
    assert (part == rm.median(IMAGE, size=5)[:15, :15]).all()
    assert sorted(set(asked)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    asked.clear()
    small = rm.circle((60, 70), (10, 10), 4)
    found = rm.statistics(lazy, small).compute(scheduler="synchronous")
    close(found, rm.statistics(IMAGE, small), "statistics")
    assert asked == [(0, 0)]


def test_chunks_stay_and_masks_and_guides_may_be_lazy():
    lazy = da.from_array(IMAGE, chunks=(7, 33))
    answer = rm.gaussian(lazy, da.from_array(np.asarray(CIRCLE), chunks=9), sigma=4)
    assert answer.chunks == lazy.chunks and answer.dtype == np.uint8
    assert (answer.compute() == rm.gaussian(IMAGE, CIRCLE, sigma=4)).all()
    other = np.roll(IMAGE, 3)
    guided = rm.guided(lazy, CIRCLE, guide=da.from_array(other, chunks=15), radius=3, epsilon=0.01)
    np.testing.assert_array_equal(guided.compute(), rm.guided(IMAGE, CIRCLE, guide=other, radius=3, epsilon=0.01))


LABELS = rm.components(CIRCLE | rm.circle((60, 70), (8, 60), 7))


@pytest.mark.parametrize(
    ("name", "mask", "params"),
    [
        ("gaussian", CIRCLE, {"sigma": 2.0, "write": "all"}),
        ("median", ~CIRCLE, {"size": 5, "write": CIRCLE}),
        ("stretch", CIRCLE, {"write": "all"}),
        ("median", LABELS, {"size": 7, "per_region": True}),
        ("stretch", LABELS, {"per_region": True}),
        ("fill", ~CIRCLE, {}),
        ("extract", CIRCLE, {"fill": 9, "crop": True}),
        ("statistics", LABELS, {"quantiles": (0.5,)}),
        ("statistics", np.zeros((60, 70), bool), {}),
        ("histogram", LABELS, {"bins": 16}),
    ],
)
def test_all_that_masks_can_ask_for(name, mask, params):
    function = getattr(rm, name)
    lazy = function(da.from_array(IMAGE, chunks=(20, 23)), mask, **params)
    close(lazy.compute(scheduler="synchronous"), function(IMAGE, mask, **params), name)


def test_one_lazy_step_after_another():
    lazy = da.from_array(IMAGE, chunks=25)
    answer = rm.stretch(rm.median(lazy, CIRCLE, size=5), CIRCLE)
    assert (answer.compute() == rm.stretch(rm.median(IMAGE, CIRCLE, size=5), CIRCLE)).all()
    close(rm.statistics(answer, CIRCLE).compute(), rm.statistics(answer.compute(), CIRCLE), "statistics")


def test_bands_first():
    colours = np.random.default_rng(6).integers(0, 250, (3, 30, 40), np.uint8)
    answer = rm.stretch(da.from_array(colours, chunks=(1, 11, 13)), channel_axis=0)
    assert answer.shape == colours.shape
    assert (answer.compute() == rm.stretch(colours, channel_axis=0)).all()


def test_what_dask_arrays_cannot_do_is_said():
    lazy = da.from_array(IMAGE, chunks=20)
    with pytest.raises(ParameterError, match="median: out is an array in memory"):
        rm.median(lazy, size=3, out=IMAGE.copy())
    with pytest.raises(ParameterError, match="compute_chunk_sizes"):
        rm.median(lazy[lazy[:, 0] > 5], size=3)
    with pytest.raises(ParameterError, match="got complex128"):
        rm.median(lazy.astype(complex), size=3)
    with pytest.raises(rm.FrameMismatch):
        rm.median(lazy, np.ones((3, 3), bool), size=3)
    with pytest.raises(ParameterError, match="got a Delayed"):
        rm.median(rm.threshold(lazy, method="otsu"), size=3)
    with pytest.raises(ParameterError, match="got a Dataset: choose a variable"):
        rm.median(xr.Dataset({"a": ("x", [1])}), size=3)


def test_a_mask_that_is_lazy_is_worked_out():
    lazy = da.from_array(IMAGE, chunks=20)
    bright = rm.threshold(lazy, method="otsu")
    expected = rm.median(IMAGE, rm.threshold(IMAGE, method="otsu"), size=3)
    assert (rm.median(lazy, bright, size=3).compute() == expected).all()
    assert (rm.median(IMAGE, lazy > 100, size=3) == rm.median(IMAGE, IMAGE > 100, size=3)).all()


# -- xarray --------------------------------------------------------------------------------------------------------


def scene(**attrs: Any) -> xr.DataArray:
    """A scene as rioxarray opens it: bands first, CRS and transform in spatial_ref."""
    image = np.random.default_rng(7).integers(1, 250, (2, 30, 40)).astype(np.int16)
    array = xr.DataArray(
        image,
        {"band": [4, 3], "y": 9985.0 - np.arange(30) * 30, "x": 515.0 + np.arange(40) * 30, "time": 7},
        ("band", "y", "x"),
        attrs=attrs,
    )
    told = {"crs_wkt": "EPSG:32618", "GeoTransform": "500.0 30.0 0.0 10000.0 0.0 -30.0"}
    return array.assign_coords(spatial_ref=xr.DataArray(0, attrs=told))


@pytest.mark.parametrize("chunks", [None, 12])
def test_place_and_labels_are_kept(chunks):
    array = scene(units="K") if chunks is None else scene(units="K").chunk(chunks)
    frame = rm.Frame(30, 40, (30, 0, 500, 0, -30, 10000), "EPSG:32618")
    assert array.rm.frame == frame == rm.Frame.of(array)
    mask = rm.circle(array, (15, 20), "150m")
    assert mask.frame == frame
    answer = array.rm.gaussian(mask, sigma=2)
    xr.testing.assert_identical(answer.compute(), answer.compute().copy(data=answer.values))
    assert answer.attrs == array.attrs and set(answer.coords) == {"band", "y", "x", "time", "spatial_ref"}
    assert (answer.values == rm.gaussian(array.values, mask, sigma=2, channel_axis=0)).all()
    with pytest.raises(rm.FrameMismatch):
        array.rm.gaussian(rm.circle(rm.Frame(30, 40, (30, 0, 0, 0, -30, 0), "EPSG:32618"), (5, 5), 3), sigma=2)


@pytest.mark.parametrize("chunks", [None, 12])
def test_a_crop_keeps_its_place(chunks):
    array = scene() if chunks is None else scene().chunk(chunks)
    mask = rm.rectangle(array.rm.frame, 5, 8, 10, 12)
    crop = array.rm.extract(mask, crop=True)
    assert crop.y.equals(array.y[5:15]) and crop.x.equals(array.x[8:20]) and crop.band.equals(array.band)
    assert crop.rm.frame == array.rm.frame.crop((5, 8, 15, 20))
    assert (crop.values == array.values[:, 5:15, 8:20]).all()


def test_another_grid_says_no_place():
    small = scene().rm.resize(shape=(15, 20))
    assert small.dims == ("band", "y", "x") and set(small.coords) == {"band", "time", "spatial_ref"}
    assert not small.rm.frame.georeferenced


@pytest.mark.parametrize(
    "attrs", [{"_FillValue": 1}, {"nodata": 1}, {"missing_value": np.int16(1)}, {"nodatavals": (1, 1)}]
)
@pytest.mark.parametrize("lazy", [False, True])
def test_nodata_takes_no_part(attrs, lazy):
    array = scene(**attrs)
    array.values[:, 3:9, 4:9] = 1
    valid = array.values[0] != 1
    array.values[:, ~valid] = 1
    expected = rm.median(array.values, valid & (array.values[1] != 1), size=5, channel_axis=0)
    array = array.chunk(9) if lazy else array
    assert (array.rm.median(size=5).values[:, 5:8, 5:8] == 1).all()
    whole = (array.values != 1).all(axis=0)
    inside = np.broadcast_to(whole, expected.shape) & (array.values[0] != 1)
    assert inside.any() and (array.rm.median(whole, size=5).values == expected).all()
    statistics = array.rm.statistics()
    statistics = statistics.compute() if lazy else statistics
    assert list(statistics.count) == [int((band != 1).sum()) for band in array.values]


def test_maps_say_nan():
    array = scene(_FillValue=-1)
    found = array.rm.gradient(rm.circle(array.rm.frame, (15, 20), 5))
    assert found.dtype == np.float32 and np.isnan(found.attrs["_FillValue"])
    assert np.isnan(found.values[:, 0, 0]).all()


def test_where_the_place_is_said():
    array = scene()
    place = array.rm.frame
    assert xr.DataArray(array.drop_vars("spatial_ref"), attrs={"crs": "+init=epsg:32618"}).rm.frame == place
    assert xr.DataArray(
        array.drop_vars(["spatial_ref", "x"]), attrs={"transform": place.transform}
    ).rm.frame.georeferenced
    assert not xr.DataArray(array.drop_vars("spatial_ref")).rm.frame.georeferenced
    uneven = array.assign_coords(x=np.arange(40.0) ** 2).drop_vars("spatial_ref")
    assert not xr.DataArray(uneven, attrs={"crs": "EPSG:32618"}).rm.frame.georeferenced


def test_a_mask_in_any_order_of_axes():
    array = scene()[0]
    mask = array > 100
    expected = rm.box(array.values, mask.values, size=5)
    assert (array.rm.box(mask.T, size=5).values == expected).all()
    assert (array.T.rm.box(mask, size=5).values == expected.T).all()
    assert (array > 100).rm.grow(radius=2) == rm.grow(mask.values, 2)


def named(*dims: str) -> xr.DataArray:
    """A DataArray with these dims."""
    return xr.DataArray(np.ones((2, 3, 4)[: len(dims)]), dims=dims)


WRONG = {
    "time, band, y, x": lambda: scene().expand_dims("time").rm.box(size=3),
    "which dimension is y is not clear from a, b, c": lambda: named("a", "b", "c").rm.box(size=3),
    "which dimension is y is not clear from x, z": lambda: named("x", "z").rm.box(size=3),
    "got int64": lambda: scene().astype(np.int64).rm.box(size=3),
    "nodatavals of a DataArray are one, or one a band, got 3": lambda: scene(nodatavals=(1, 2, 3)).rm.box(size=3),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_data_arrays_cannot_say(text):
    with pytest.raises(ParameterError, match=text):
        WRONG[text]()


def test_methods_are_the_operations():
    array = scene()
    assert {"gaussian", "statistics", "grow", "frame"} <= set(dir(array.rm)) and "circle" not in dir(array.rm)
    assert array.rm.gaussian.__doc__ == rm.gaussian.__doc__
    with pytest.raises(AttributeError, match="did you mean 'gaussian'"):
        array.rm.gausian()
    assert xr.DataArray(np.eye(3), dims=("row", "col")).rm.box(size=3).dims == ("row", "col")
    assert xr.DataArray(np.eye(3)).rm.box(size=3).dims == ("dim_0", "dim_1")
