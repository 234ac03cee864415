"""The table of regions: equal to scikit-image's; how alike masks are: equal to plain definitions and to peers."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
import skimage.measure
import skimage.metrics
from scipy import ndimage
from scipy.spatial.distance import cdist

import roimask as rm
from roimask import kernels


@pytest.fixture(params=["plain", "compiled"])
def kernel(request, monkeypatch):
    """Each test runs with both sets."""
    monkeypatch.setattr(kernels, "pick", lambda family, _: import_module(f"roimask.kernels.{request.param}.{family}"))


def labelled(seed, shape=(60, 83), sigma=1.5, share=0.4):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), sigma)
    return ndimage.label(noise > np.quantile(noise, 1 - share))[0].astype(np.int32)


def touching(seed):
    coarse = np.random.default_rng(seed).integers(0, 6, (9, 8))
    return np.kron(coarse, np.ones((5, 7), np.int32))[:43, :50] * 300


def spread(seed):
    """Regions of single pixels everywhere: holes, diagonals and gaps of all sorts."""
    return np.random.default_rng(seed).integers(0, 5, (31, 29))


IMAGES = [labelled(1), labelled(2, sigma=0.7), touching(3), spread(4), np.full((3, 4), 9), np.eye(7, dtype=int)]
SAME = {
    "area": "area",
    "perimeter": "perimeter",
    "axis_major_length": "major_axis",
    "axis_minor_length": "minor_axis",
    "eccentricity": "eccentricity",
    "solidity": "solidity",
    "euler_number": "euler_number",
}


@pytest.mark.parametrize("labels", IMAGES)
def test_numbers_are_those_of_scikit_image(labels, kernel):
    properties = ["label", "bbox", "centroid", "orientation", "moments_central", *SAME]
    theirs = skimage.measure.regionprops_table(labels, properties=properties)
    ours = rm.regions(rm.Mask(labels, "labels"))
    assert np.array_equal(ours.label, theirs["label"]) and np.array_equal(ours.index, theirs["label"])
    for side, name in enumerate(("top", "left", "bottom", "right")):
        assert np.array_equal(ours[name], theirs[f"bbox-{side}"])
    for axis, name in enumerate(("centroid_row", "centroid_col")):
        assert np.allclose(ours[name], theirs[f"centroid-{axis}"] + 0.5)
    for their, our in SAME.items():
        assert np.allclose(ours[our], theirs[their], atol=1e-6), our
    clear = ours.major_axis > ours.minor_axis + 1e-6
    turned = (ours.orientation - np.degrees(theirs["orientation"]) - 90) % 180
    assert (np.minimum(turned, 180 - turned)[clear] < 1e-6).all()
    assert ours.orientation.between(0, 180, inclusive="left").all()


def test_compactness_and_orientation_are_what_they_say():
    table = rm.regions(rm.circle((201, 201), (100.5, 100.5), 80))
    assert table.compactness.item() == pytest.approx(0.9, abs=0.01)
    assert np.isnan(rm.regions(np.eye(1, dtype=bool)).compactness.item())
    for angle in (0, 30, 90, 135):
        bar = rm.ellipse((200, 200), (100, 100), (15, 60), angle=angle)
        assert rm.regions(bar).orientation.item() == pytest.approx(angle, abs=0.5)


def test_a_mask_without_labels_is_one_region():
    array = labelled(5) > 0
    one = rm.regions(rm.Mask(array))
    assert one.label.tolist() == [1]
    assert one.equals(rm.regions(rm.Mask(array, "labels")))
    weights = rm.Mask(array * 0.25)
    assert rm.regions(weights).area.item() == pytest.approx(array.sum() / 4)
    assert one.drop(columns="area").equals(rm.regions(weights).drop(columns="area"))


@pytest.mark.parametrize("bands", [None, 3])
def test_intensities_are_those_of_statistics(bands):
    labels = touching(6)
    shape = labels.shape if bands is None else (*labels.shape, bands)
    image = np.random.default_rng(6).integers(0, 256, shape).astype(np.uint8)
    mask = rm.Mask(labels, "labels", names={300: "lake"})
    table, found = rm.regions(mask, image, quantiles=[0.5]), rm.statistics(image, mask, quantiles=[0.5])
    assert table.name.tolist() == found.name.tolist()
    assert table[found.columns].equals(found)
    plain = rm.regions(rm.Mask(labels > 0), image)
    assert plain.equals(rm.regions(rm.Mask(labels > 0, "labels"), image))
    soft = rm.Mask((labels > 0) * 0.5)
    by_weight = rm.statistics(image, soft)
    names = ["mean"] if bands is None else ["mean_1", "mean_2", "mean_3"]
    assert np.allclose(rm.regions(soft, image)[names].to_numpy().ravel(), by_weight.mean)
    assert "q0.98" + ("" if bands is None else "_3") in rm.regions(soft, image)


def test_places_in_the_world():
    labels = np.zeros((40, 50), int)
    labels[10:20, 30:34] = 4
    frame = rm.Frame(40, 50, transform=(10, 0, 500_000, 0, -10, 4_100_000), crs="EPSG:32618")
    row = rm.regions(rm.Mask(labels, frame=frame)).loc[4]
    assert (row.area_m2, row.x, row.y) == (4000, 500_320, 4_099_850)
    degrees = rm.Frame(40, 50, transform=(1e-3, 0, 10, 0, -1e-3, 60), crs="EPSG:4326")
    row = rm.regions(rm.Mask(labels, frame=degrees)).loc[4]
    assert row.area_m2 == pytest.approx(40 * 111.42 * 55.82, rel=2e-3)
    assert "x" not in rm.regions(labels)


def test_an_empty_mask_has_no_rows(kernel):
    for kind in ("binary", "labels", "weights"):
        empty = rm.Mask(np.zeros((5, 6)), kind)
        assert len(rm.regions(empty)) == 0
        assert list(rm.regions(empty).columns) == list(rm.regions(np.eye(2, dtype=bool)).columns)
        assert len(rm.regions(empty, np.zeros((5, 6), np.float32))) == 0


def test_scattered_regions_are_measured_in_several_passes(monkeypatch, kernel):
    from roimask.masks import regions

    labels = spread(7)
    whole = rm.regions(labels)
    monkeypatch.setattr(regions, "_ROWS_AT_ONCE", 40)
    assert whole.equals(rm.regions(labels))


def test_large_numbers_are_labels_too(kernel):
    labels = touching(8).astype(np.int64)
    there = np.where(labels > 0, labels + 2**30, 0)
    ours, moved = rm.regions(rm.Mask(labels)), rm.regions(rm.Mask(there))
    assert np.array_equal(ours.label + 2**30, moved.label)
    assert np.array_equal(ours.drop(columns="label"), moved.drop(columns="label"))


# -- how alike ------------------------------------------------------------------------------------------------------


def pairs():
    a, b = labelled(9) > 0, labelled(10) > 0
    c = np.zeros_like(a)
    c[3, 5] = True
    return [(a, b), (a, a), (a, c), (c, np.roll(c, 30)), (np.ones_like(a), c)]


@pytest.mark.parametrize(("a", "b"), pairs())
def test_hausdorff_is_the_largest_distance(a, b, kernel):
    assert rm.hausdorff(a, b) == pytest.approx(skimage.metrics.hausdorff_distance(a, b))


@pytest.mark.parametrize(("a", "b"), pairs())
def test_boundary_distance_is_the_mean_both_ways(a, b, kernel):
    inner = [np.argwhere(mask & ~ndimage.binary_erosion(mask)) for mask in (a, b)]
    between = cdist(*inner)
    expected = np.concatenate([between.min(axis=0), between.min(axis=1)]).mean()
    assert rm.boundary_distance(a, b) == pytest.approx(expected)


def test_distances_of_empty_masks():
    empty, some = np.zeros((4, 5), bool), np.eye(4, 5, dtype=bool)
    for measure in (rm.hausdorff, rm.boundary_distance):
        assert measure(empty, empty) == 0
        assert measure(empty, some) == measure(some, empty) == np.inf
        with pytest.raises(rm.FrameMismatch):
            measure(some, np.eye(5, dtype=bool))


def test_dice_is_twice_the_intersection_over_both_areas():
    masks = [labelled(seed) > 0 for seed in (11, 12, 13)]
    expected = [[2 * (a & b).sum() / (a.sum() + b.sum()) for b in masks] for a in masks]
    assert np.allclose(rm.dice(masks, masks), expected)
    weights = [(mask * 0.3).astype(np.float32) for mask in masks]
    soft = [[2 * np.minimum(a, b).sum() / (a.sum() + b.sum()) for b in weights] for a in weights]
    assert np.allclose(rm.dice(weights, weights), soft)


def test_suppress_keeps_the_best_of_those_that_overlap():
    rng = np.random.default_rng(14)
    masks = [rm.circle((60, 60), tuple(rng.uniform(10, 50, 2)), 12) for _ in range(25)]
    scores = rng.integers(0, 10, 25) / 10
    kept = rm.suppress(masks, scores, iou_threshold=0.3)
    overlap, expected = rm.iou(masks, masks), []
    for place in sorted(range(25), key=lambda k: (-scores[k], k)):
        if all(overlap[place, other] <= 0.3 for other in expected):
            expected.append(place)
    assert kept.tolist() == expected
    with pytest.raises(rm.ParameterError, match="one a mask"):
        rm.suppress(masks, [1.0])


def test_real_labels(data):
    """Fields that were drawn over a Landsat scene, seven classes."""
    path = data / "raster_landsat7_roi_northcarolina" / "landsat96_labelled_pixels.tif"
    mask = rm.read_mask(path, kind="labels")
    theirs = skimage.measure.regionprops_table(np.asarray(mask), properties=["label", "area", "perimeter", "solidity"])
    ours = rm.regions(mask).reset_index(drop=True)
    assert len(ours) == 7
    pd.testing.assert_frame_equal(ours[list(theirs)], pd.DataFrame(theirs), check_dtype=False)
