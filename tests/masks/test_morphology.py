"""Masks reshaped: equal to plain definitions and to the usual tools, for each kind, with both sets of kernels."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import skimage.measure
import skimage.morphology
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

import roimask as rm
from roimask import kernels
from roimask.kernels import compiled, plain  # noqa: F401  (numba is loaded, so that pick would choose it)

RADII = [0, 0.9, 1, 1.5, 2, 3.3, 5, 60]


@pytest.fixture(params=["plain", "compiled"])
def kernel(request, monkeypatch):
    """Each test runs with both sets."""
    monkeypatch.setattr(kernels, "pick", lambda family, _: import_module(f"roimask.kernels.{request.param}.{family}"))


def blobs(seed, shape=(41, 57), share=0.5, sigma=2.0):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), sigma)
    return noise > np.quantile(noise, 1 - share)


def scattered(seed, shape=(23, 31), share=0.1):
    return np.random.default_rng(seed).random(shape) < share


def patches(seed, shape=(37, 45)):
    """Regions that touch, with numbers far apart."""
    coarse = np.random.default_rng(seed).integers(0, 5, (shape[0] // 7 + 1, shape[1] // 7 + 1))
    return (np.kron(coarse, np.ones((7, 7), int))[: shape[0], : shape[1]] * 1000).astype(np.int32)


BINARY = [
    blobs(1),
    blobs(2, share=0.1),
    scattered(3),
    scattered(4, share=0.7),
    np.ones((5, 7), bool),
    np.eye(9, dtype=bool),
]
LABELS = [patches(1), patches(2), scattered(5) * np.arange(1, 32), np.full((4, 4), 7)]


def disk(radius):
    steps = np.arange(-int(radius), int(radius) + 1)
    return np.hypot(steps[:, None], steps) <= radius


def full(mask):
    return np.asarray(mask)


def region_by_region(labels, reshape):
    out = np.zeros_like(labels)
    for label in np.unique(labels[labels > 0]):
        out[reshape(labels == label)] = label
    return out


# -- grow, shrink and what is made of them --------------------------------------------------------------------------


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("array", BINARY)
def test_binary_masks_grow_and_shrink_by_a_disk(array, radius, kernel):
    mask = rm.Mask(array)
    assert np.array_equal(full(rm.grow(mask, radius)), ndimage.binary_dilation(array, disk(radius)))
    assert np.array_equal(full(rm.shrink(mask, radius)), ndimage.binary_erosion(array, disk(radius), border_value=1))
    assert rm.shrink(mask, radius) == ~rm.grow(~mask, radius)


@pytest.mark.parametrize("radius", [1, 2.9, 6])
def test_large_masks_cross_the_shares_of_the_threads(radius, kernel):
    array = blobs(6, (300, 1100), 0.5, 9)
    distance = ndimage.distance_transform_edt(array)
    assert np.array_equal(full(rm.shrink(rm.Mask(array), radius)), distance > radius)
    assert np.allclose(rm.distance(rm.Mask(array)), distance)


@pytest.mark.parametrize("radius", [254, 255, 300, 1e9, 1e200])
def test_radii_beyond_a_byte(radius, kernel):
    array = np.zeros((310, 320), bool)
    array[3, 5] = True
    rows, columns = np.mgrid[:310, :320]
    assert np.array_equal(full(rm.grow(rm.Mask(array), radius)), np.hypot(rows - 3, columns - 5) <= radius)


@pytest.mark.parametrize("radius", [0, 1, 2.5, 7])
@pytest.mark.parametrize("labels", LABELS)
def test_labels_grow_to_the_nearest_and_shrink_alone(labels, radius, kernel):
    rows, columns = np.nonzero(labels)
    expected = np.zeros_like(labels)
    for y, x in np.ndindex(labels.shape):
        squares = (rows - y) ** 2 + (columns - x) ** 2
        if squares.min() <= radius**2:
            expected[y, x] = labels[rows, columns][squares == squares.min()].min()
    mask = rm.Mask(labels, "labels")
    assert np.array_equal(full(rm.grow(mask, radius)), expected)
    alone = region_by_region(labels, lambda region: ndimage.binary_erosion(region, disk(radius), border_value=1))
    assert np.array_equal(full(rm.shrink(mask, radius)), alone)


@pytest.mark.parametrize("radius", [0, 1, 1.5, 4])
def test_weights_grow_to_the_highest_and_shrink_to_the_lowest(radius):
    weights = (blobs(7) * np.random.default_rng(7).random((41, 57))).astype(np.float32)
    mask = rm.Mask(weights)
    highest = ndimage.grey_dilation(weights, footprint=disk(radius), mode="constant", cval=0)
    lowest = ndimage.grey_erosion(weights, footprint=disk(radius), mode="constant", cval=1)
    assert np.array_equal(full(rm.grow(mask, radius)), highest)
    assert np.array_equal(full(rm.shrink(mask, radius)), lowest)


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)), st.floats(0, 6))
def test_opening_takes_away_and_closing_adds(array, radius):
    mask = rm.Mask(array, "binary")
    opened, closed = rm.opened(mask, radius), rm.closed(mask, radius)
    assert opened - mask == mask - closed == rm.Mask(np.zeros_like(array))
    assert rm.opened(opened, radius) == opened
    assert rm.closed(closed, radius) == closed
    assert closed == ~rm.opened(~mask, radius)
    assert rm.shrink(rm.grow(mask, radius), radius) | mask == rm.shrink(rm.grow(mask, radius), radius)


@pytest.mark.parametrize("radius", [1, 3])
@pytest.mark.parametrize("labels", LABELS)
def test_labels_open_and_close_alone(labels, radius, kernel):
    mask = rm.Mask(labels, "labels")
    alone = region_by_region(labels, lambda region: full(rm.opened(rm.Mask(region), radius)))
    assert np.array_equal(full(rm.opened(mask, radius)), alone)
    closed = full(rm.closed(mask, radius))
    assert np.array_equal(closed[labels > 0], labels[labels > 0])
    for label in mask.labels:
        inside = full(rm.closed(mask[label], radius))
        assert not (closed == label)[~inside].any()
        lower = (closed > 0) & (closed < label)
        assert ((closed == label) | lower | (labels > 0))[inside].all()


@pytest.mark.parametrize("radius", [0, 1, 2.5])
@pytest.mark.parametrize("array", BINARY)
def test_smoothing_is_the_median_in_a_disk(array, radius):
    expected = ndimage.median_filter(array.astype(np.uint8), footprint=disk(radius), mode="nearest")
    assert np.array_equal(full(rm.smooth(rm.Mask(array), radius)), expected)
    assert np.array_equal(full(rm.smooth(rm.Mask(array, "weights"), radius)), expected)


def test_smoothing_with_a_large_disk_counts_exactly():
    array = blobs(8, (120, 150), 0.5, 6)
    padded = np.pad(array.astype(np.int64), 30, mode="edge")
    sums = sum(padded[30 + y : 150 + y, 30 + x : 180 + x] for y, x in np.argwhere(disk(30)) - 30)
    assert np.array_equal(full(rm.smooth(rm.Mask(array), 30)), sums > disk(30).sum() / 2)


def test_smoothing_of_labels_goes_with_the_majority():
    labels = patches(9)
    expected = region_by_region(
        labels, lambda region: ndimage.median_filter(region.view(np.uint8), footprint=disk(2), mode="nearest") > 0
    )
    assert np.array_equal(full(rm.smooth(rm.Mask(labels, "labels"), 2)), expected)


# -- distances and soft edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("array", BINARY)
def test_distance_is_euclidean(array, kernel):
    mask = rm.Mask(array)
    if array.all():
        assert np.isinf(rm.distance(mask)).all()
        return
    inside, outside = ndimage.distance_transform_edt(array), ndimage.distance_transform_edt(~array)
    assert np.allclose(rm.distance(mask), inside)
    assert np.allclose(rm.distance(mask, signed=True), inside - outside)


@pytest.mark.parametrize("labels", LABELS[:3])
def test_distance_in_labels_is_to_any_other_pixel(labels, kernel):
    expected = sum(ndimage.distance_transform_edt(labels == label) for label in np.unique(labels[labels > 0]))
    assert np.allclose(rm.distance(rm.Mask(labels, "labels")), expected)


def test_both_sets_of_kernels_answer_the_same_bits(monkeypatch):
    array, answers = blobs(15, (90, 130), 0.3, 3), []
    for folder in ("plain", "compiled"):
        monkeypatch.setattr(kernels, "pick", lambda family, _: import_module(f"roimask.kernels.{folder}.{family}"))  # noqa: B023
        answers.append(rm.distance(rm.Mask(array), signed=True))
    assert answers[0].tobytes() == answers[1].tobytes()


def test_distance_of_an_empty_mask():
    empty = rm.Mask(np.zeros((3, 4), bool))
    assert np.array_equal(rm.distance(empty), np.zeros((3, 4)))
    assert np.array_equal(rm.distance(empty, signed=True), np.full((3, 4), -np.inf))


@pytest.mark.parametrize("where", ["inside", "outside", "both"])
@pytest.mark.parametrize("radius", [0, 0.5, 3, 8.5])
def test_feather_is_a_ramp_of_the_signed_distance(where, radius):
    array = blobs(10)
    depth = np.where(array, ndimage.distance_transform_edt(array) - 0.5, 0.5 - ndimage.distance_transform_edt(~array))
    mask = rm.feather(rm.Mask(array), radius, where=where)
    assert mask.kind == "weights"
    if radius == 0:
        assert np.array_equal(full(mask), array)
        return
    start, width = {"inside": (0, radius), "outside": (-radius, radius), "both": (-radius, 2 * radius)}[where]
    assert np.allclose(full(mask), np.clip((depth - start) / width, 0, 1), atol=1e-6)


def test_feather_keeps_within_weights_and_takes_labels_as_one():
    array = blobs(11)
    weights = (array * np.random.default_rng(11).random(array.shape)).astype(np.float32)
    assert np.array_equal(
        full(rm.feather(rm.Mask(weights), 4)), np.minimum(full(rm.feather(rm.Mask(array), 4)), weights)
    )
    assert rm.feather(rm.Mask(array * 2 + (array & (np.arange(57) > 30)), "labels"), 4) == rm.feather(rm.Mask(array), 4)


# -- pieces and holes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("array", [*BINARY, *LABELS])
def test_components_are_numbered_row_by_row(array, connectivity, kernel):
    kind = "binary" if array.dtype == bool else "labels"
    expected = skimage.measure.label(array, connectivity=connectivity // 4)
    assert np.array_equal(full(rm.components(rm.Mask(array, kind), connectivity=connectivity)), expected)


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("array", BINARY)
def test_small_pieces_go_and_the_largest_stay(array, connectivity, kernel):
    pieces, count = ndimage.label(array, np.ones((3, 3)) if connectivity == 8 else None)
    areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    mask = rm.Mask(array)
    expected = np.isin(pieces, np.flatnonzero(areas >= 4) + 1)
    assert np.array_equal(full(rm.remove_small(mask, 4, connectivity=connectivity)), expected)
    for n in (0, 1, 3, 10**6):
        largest = np.argsort(-areas, kind="stable")[:n] + 1
        assert np.array_equal(full(rm.keep_largest(mask, n, connectivity=connectivity)), np.isin(pieces, largest))


@pytest.mark.parametrize("labels", LABELS)
def test_pieces_of_labels_are_those_of_each_region(labels, kernel):
    mask = rm.Mask(labels, "labels", names={1000: "field"})
    for reshape in (rm.keep_largest, lambda m: rm.remove_small(m, 60), lambda m: rm.keep_largest(m, 2, connectivity=4)):
        expected = region_by_region(labels, lambda region: full(reshape(rm.Mask(region))))  # noqa: B023
        assert np.array_equal(full(reshape(mask)), expected)
        assert reshape(mask).names == {1000: "field"}


@pytest.mark.parametrize("array", BINARY)
def test_holes_are_filled(array):
    assert np.array_equal(full(rm.fill_holes(rm.Mask(array))), ndimage.binary_fill_holes(array))
    holes, _ = ndimage.label(ndimage.binary_fill_holes(array) & ~array)
    areas = np.bincount(holes.ravel())
    areas[0] = 10**6
    assert np.array_equal(full(rm.fill_holes(rm.Mask(array), area=3)), array | (areas <= 3)[holes])


def test_a_region_in_the_hole_of_another_stays():
    labels = np.full((9, 9), 2)
    labels[2:7, 2:7] = 0
    labels[4, 4] = 5
    expected = np.full((9, 9), 2)
    expected[4, 4] = 5
    assert np.array_equal(full(rm.fill_holes(rm.Mask(labels))), expected)
    assert np.array_equal(full(rm.fill_holes(rm.Mask(labels / 10.0)))[3, 3], 1)


# -- outlines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("array", BINARY)
def test_outlines_are_what_shrinking_takes_away(array, kernel):
    mask = rm.Mask(array)
    for width in (0, 1, 1.5, 3):
        assert rm.outline(mask, width) == mask - rm.shrink(mask, width)
    assert np.array_equal(full(rm.outline(mask)), array & ~ndimage.binary_erosion(array, border_value=1))


@pytest.mark.parametrize("array", BINARY)
def test_skeletons_are_those_of_scikit_image(array, kernel):
    assert np.array_equal(full(rm.skeleton(rm.Mask(array))), skimage.morphology.skeletonize(array))


def test_skeletons_of_every_small_pattern(kernel):
    """All neighbourhoods of the table: each 4 × 4 pattern in a field of its own."""
    patterns = (np.arange(2**16)[::7, None] >> np.arange(16) & 1).astype(bool).reshape(-1, 4, 4)
    side = int(np.ceil(np.sqrt(len(patterns))))
    field = np.zeros((side * side, 6, 6), bool)
    field[: len(patterns), 1:5, 1:5] = patterns
    field = field.reshape(side, side, 6, 6).swapaxes(1, 2).reshape(side * 6, side * 6)
    assert np.array_equal(full(rm.skeleton(rm.Mask(field))), skimage.morphology.skeletonize(field))


@pytest.mark.parametrize("labels", LABELS)
def test_skeletons_of_labels_are_those_of_each_region(labels, kernel):
    expected = region_by_region(labels, skimage.morphology.skeletonize)
    assert np.array_equal(full(rm.skeleton(rm.Mask(labels, "labels"))), expected)


@pytest.mark.parametrize("array", BINARY)
def test_hulls_are_those_of_scikit_image(array, kernel):
    assert np.array_equal(full(rm.convex_hull(rm.Mask(array))), skimage.morphology.convex_hull_image(array))


@given(hnp.arrays(bool, (9, 11)))
def test_a_hull_holds_the_mask_and_is_its_own_hull(array):
    mask = rm.Mask(array)
    hull = rm.convex_hull(mask)
    assert mask - hull == rm.Mask(np.zeros((9, 11), bool))
    assert hull.bbox == mask.bbox
    if array.any():
        assert np.array_equal(full(hull), skimage.morphology.convex_hull_image(array))


def test_hulls_and_boxes_of_labels_overwrite_none():
    labels = np.zeros((8, 8), int)
    labels[0, :6] = labels[:6, 0] = 3
    labels[7, 1:] = labels[3:, 7] = 2
    labels[1, 1] = 9
    mask = rm.Mask(labels)
    boxes = full(rm.bounding_boxes(mask))
    assert np.array_equal(boxes[labels > 0], labels[labels > 0])
    assert boxes[4, 4] == 2  # in both boxes
    assert (boxes == 3).sum() == 36 - 1 - boxes[3:6, 1:6].astype(bool).sum() + (boxes[3:6, 1:6] == 3).sum()
    hulls = full(rm.convex_hull(mask))
    assert np.array_equal(hulls[labels > 0], labels[labels > 0])
    assert np.array_equal(hulls == 3, full(rm.convex_hull(mask[3])) & ~(labels == 9) & ~(hulls == 2))


# -- what holds for all ---------------------------------------------------------------------------------------------

RESHAPERS = {
    "grow": lambda m: rm.grow(m, 2.5),
    "shrink": lambda m: rm.shrink(m, 2.5),
    "opened": lambda m: rm.opened(m, 2),
    "closed": lambda m: rm.closed(m, 2),
    "smooth": lambda m: rm.smooth(m, 2),
    "fill_holes": rm.fill_holes,
    "keep_largest": lambda m: rm.keep_largest(m, 2),
    "remove_small": lambda m: rm.remove_small(m, 9),
    "outline": lambda m: rm.outline(m, 2),
    "skeleton": rm.skeleton,
    "convex_hull": rm.convex_hull,
    "bounding_boxes": rm.bounding_boxes,
}


@pytest.mark.parametrize("name", RESHAPERS)
def test_a_mask_and_the_same_as_weights_or_one_label_agree(name):
    array = blobs(12, share=0.3)
    binary = RESHAPERS[name](rm.Mask(array))
    weights, label = RESHAPERS[name](rm.Mask(array, "weights")), RESHAPERS[name](rm.Mask(array, "labels"))
    assert (binary.kind, weights.kind, label.kind) == ("binary", "weights", "labels")
    assert np.array_equal(full(binary), full(weights))
    assert np.array_equal(full(binary), full(label))


@pytest.mark.parametrize("name", RESHAPERS)
def test_empty_masks_stay_empty_and_names_are_kept(name):
    for kind in ("binary", "weights", "labels"):
        assert RESHAPERS[name](rm.Mask(np.zeros((6, 5)), kind)).area == 0
        assert RESHAPERS[name](rm.Mask(np.zeros((0, 5)), kind)).area == 0
    named = rm.Mask(patches(13), "labels", names={1000: "lake", 2000: "field"})
    assert RESHAPERS[name](named).names == named.names


@pytest.mark.parametrize("name", RESHAPERS)
def test_the_place_in_the_frame_does_not_matter(name):
    array = np.pad(blobs(14, (20, 25)), 8)
    there = np.pad(array, ((60, 20), (40, 70)))
    reshaped = full(RESHAPERS[name](rm.Mask(there)))
    assert np.array_equal(reshaped[60:-20, 40:-70], full(RESHAPERS[name](rm.Mask(array))))
    assert reshaped.sum() == reshaped[60:-20, 40:-70].sum()


def test_only_the_surroundings_of_the_mask_are_looked_at():
    """A frame that would not fit into memory."""
    huge = rm.rectangle((10**6, 10**6), 5 * 10**5, 5 * 10**5, 20, 20)
    assert rm.grow(huge, 3).bbox == (499_997, 499_997, 500_023, 500_023)
    for reshape in RESHAPERS.values():
        assert reshape(huge).frame.shape == (10**6, 10**6)
    assert rm.feather(huge, 3, where="both").area == pytest.approx(400, abs=20)


def test_lengths_may_be_metres_or_per_cent():
    frame = rm.Frame(50, 80, transform=(10, 0, 0, 0, -10, 0), crs="EPSG:32618")
    mask = rm.rectangle(frame, 20, 20, 5, 5)
    assert rm.grow(mask, "30m") == rm.grow(mask, "6%") == rm.grow(mask, 3)


@pytest.mark.parametrize("radius", [-1, np.inf, np.nan])
@pytest.mark.parametrize("name", ["grow", "shrink", "opened", "closed", "smooth", "feather", "outline"])
def test_lengths_that_are_none(name, radius):
    with pytest.raises(rm.ParameterError, match=rf"^{name}: (radius|width) is "):
        getattr(rm, name)(np.eye(3, dtype=bool), radius)


def test_other_bad_calls():
    with pytest.raises(rm.ParameterError, match=r"^smooth: radius is at most 1000 pixels"):
        rm.smooth(np.eye(3, dtype=bool), 1e6)
    with pytest.raises(rm.ParameterError, match="one of 4, 8"):
        rm.components(np.eye(3, dtype=bool), connectivity=6)
    with pytest.raises(rm.ParameterError, match="0 or more"):
        rm.keep_largest(np.eye(3, dtype=bool), -1)
