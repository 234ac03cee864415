"""Selectors against scikit-image and plain rules; no pixel outside the mask has a say."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

FILTERS = ("otsu", "li", "triangle", "yen")


def _scene(dtype, seed=0, shape=(60, 80)):
    """Two bright blobs on a dark, uneven ground."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    blobs = np.exp(-((rows - 20) ** 2 + (columns - 25) ** 2) / 90) + np.exp(
        -((rows - 40) ** 2 + (columns - 60) ** 2) / 200
    )
    image = 0.15 + 0.6 * np.minimum(blobs, 1) + 0.03 * rng.standard_normal(shape)
    image = np.clip(image, 0, 1)
    if np.dtype(dtype).kind == "f":
        return image.astype(dtype)
    return np.rint(
        image * {"uint8": 255, "uint16": 60_000, "int16": 30_000, "int32": 50_000}[np.dtype(dtype).name]
    ).astype(dtype)


def _half(shape=(60, 80)):
    mask = np.zeros(shape, bool)
    mask[5:50, 10:70] = True
    mask[20:30, 40:50] = False
    return mask


# -- thresholds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float64"])
@pytest.mark.parametrize("method", FILTERS)
def test_thresholds_are_scikit_images(method, dtype):
    filters = pytest.importorskip("skimage.filters")
    image = _scene(dtype)
    level = getattr(filters, f"threshold_{method}")(image)
    if method == "li" and dtype == "float64":  # ours is of 256 bins, theirs of the values
        assert _edge(rm.threshold(image, method=method), image) == pytest.approx(level, abs=np.ptp(image) / 256)
    else:
        assert np.array_equal(np.asarray(rm.threshold(image, method=method)), image > level)
        assert np.array_equal(np.asarray(rm.threshold(image, method=method, dark=True)), image <= level)


def _edge(mask, image):
    """The least value selected."""
    return image[np.asarray(mask)].min()


@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64"])
def test_a_threshold_is_that_of_the_masks_pixels_alone(method, dtype):
    image, mask = _scene(dtype), _half()
    expected = np.zeros(mask.shape, bool)
    column = image[mask][:, None]
    expected[mask] = np.asarray(rm.threshold(column, method=method))[:, 0]
    assert np.array_equal(np.asarray(rm.threshold(image, mask, method=method)), expected)


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_multiotsu_is_scikit_images(classes, dtype):
    filters = pytest.importorskip("skimage.filters")
    image = _scene(dtype)
    levels = filters.threshold_multiotsu(image, classes)
    mask = rm.threshold(image, method="multiotsu", classes=classes)
    assert mask.kind == "labels"
    assert np.array_equal(np.asarray(mask), np.digitize(image, levels, right=True) + 1)


def test_multiotsu_parts_as_well_as_any_other_levels():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 12, (6, 7)).astype(np.uint8)
    labels = np.asarray(rm.threshold(image, method="multiotsu", classes=3))
    best = max(_within_classes(image, np.digitize(image, [a, b])) for a in range(1, 12) for b in range(a + 1, 12))
    assert _within_classes(image, labels) == pytest.approx(best)


def _within_classes(image, labels):
    return -sum(((image[labels == k] - image[labels == k].mean()) ** 2).sum() for k in np.unique(labels))


def test_multiotsu_of_16_bit_is_of_256_bins():
    image = _scene("uint16")
    coarse = np.asarray(rm.threshold(image, method="multiotsu", classes=3))
    fine = np.asarray(rm.threshold((image >> 8).astype(np.uint8), method="multiotsu", classes=3))
    assert (coarse == fine).mean() > 0.99


def test_local_threshold_compares_with_the_mean_of_what_takes_part():
    image, mask = _scene("uint16"), _half()
    size = 9
    expected = np.zeros(mask.shape, bool)
    for r, c in np.argwhere(mask):
        window = np.s_[max(r - 4, 0) : r + 5, max(c - 4, 0) : c + 5]
        expected[r, c] = image[r, c] > image[window][mask[window]].astype(float).mean() - 5
    assert np.array_equal(np.asarray(rm.threshold(image, mask, method="local", size=size, offset=5)), expected)


def test_hysteresis_is_scikit_images():
    filters = pytest.importorskip("skimage.filters")
    measure = pytest.importorskip("skimage.measure")
    image = _scene("uint8")
    components = measure.label(image > 60, connectivity=2)
    expected = np.isin(components, np.unique(components[image > 150])) & (image > 60)
    mask = rm.threshold(image, method="hysteresis", low=60, high=150)
    assert np.array_equal(np.asarray(mask), expected)
    assert (filters.apply_hysteresis_threshold(image, 60, 150) <= np.asarray(mask)).all()


def test_hysteresis_does_not_connect_through_what_is_masked():
    image = np.array([[9, 5, 5, 5]], np.uint8)
    assert rm.threshold(image, [[1, 1, 0, 1]], method="hysteresis", low=3, high=8).area == 2


def test_limits_are_strict_and_nan_is_never_selected():
    image = np.array([[1, 2, 3, np.nan, np.inf, -np.inf]])
    assert np.asarray(rm.threshold(image, above=1)).tolist() == [[False, True, True, False, True, False]]
    assert np.asarray(rm.threshold(image, above=1, below=3)).tolist() == [[False, True, False, False, False, False]]
    assert rm.threshold(image, [[0, 1, 0, 1, 0, 0]], above=0).area == 1
    for method in FILTERS:
        assert not np.asarray(rm.threshold(image, method=method, dark=True))[0, 3]


def test_an_rgb_image_is_thresholded_by_its_brightness():
    cv2 = pytest.importorskip("cv2")
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    assert (np.asarray(rm.threshold(image, above=100)) == (grey > 100)).mean() > 0.99
    assert np.array_equal(np.asarray(rm.threshold(image, above=100, band=2)), image[..., 2] > 100)


@pytest.mark.parametrize("value", [0, 7])
@pytest.mark.parametrize("method", FILTERS)
def test_one_value_is_no_class_above_itself(method, value):
    assert rm.threshold(np.full((4, 5), value, np.uint8), method=method).area == 0
    assert rm.threshold(np.full((4, 5), value, np.float32), method=method).area == 0


# -- colours -------------------------------------------------------------------------------------------------------


@pytest.fixture
def colors():
    return np.random.default_rng(4).integers(0, 256, (30, 40, 3)).astype(np.uint8)


def test_hsv_is_colorsys(colors):
    import colorsys

    hsv = np.array([[colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in row] for row in colors.astype(float)])
    hue = hsv[..., 0] * 360
    rest = (hsv[..., 1] >= 0.2) & (hsv[..., 2] >= 0.3) & (hsv[..., 2] <= 0.9)
    got = np.asarray(rm.color_range(colors, (80.5, 0.2, 0.3), (170.5, 1, 0.9)))
    assert (got == ((hue >= 80.5) & (hue <= 170.5) & rest)).mean() > 0.998
    wrapped = np.asarray(rm.color_range(colors, (330.5, 0.2, 0.3), (30.5, 1, 0.9)))
    assert (wrapped == (((hue >= 330.5) | (hue <= 30.5)) & rest)).mean() > 0.998


def test_lab_is_scikit_images(colors):
    color = pytest.importorskip("skimage.color")
    lab = color.rgb2lab(colors)
    got = np.asarray(rm.color_range(colors, (30, -20, -200), (80, 40, 200), space="lab"))
    expected = ((lab >= (30, -20, -200)) & (lab <= (80, 40, 200))).all(axis=-1)
    assert (got == expected).mean() > 0.995
    center = color.rgb2lab(np.array([[[200, 100, 50]]], np.uint8))
    near = np.asarray(rm.color_near(colors, (200, 100, 50), 40))
    assert (near == (np.linalg.norm(lab - center, axis=-1) <= 40)).mean() > 0.995


def test_rgb_limits_are_in_the_images_unit(colors):
    wide = colors.astype(np.uint16) * 257
    low, high = (50, 60, 70), (200, 210, 220)
    expected = ((colors >= low) & (colors <= high)).all(axis=-1)
    assert np.array_equal(np.asarray(rm.color_range(colors, low, high, space="rgb")), expected)
    scaled = [tuple(257 * part for part in limit) for limit in (low, high)]
    assert np.array_equal(np.asarray(rm.color_range(wide, *scaled, space="rgb")), expected)
    for image in (wide, (colors / 255).astype(np.float32)):
        got = np.asarray(rm.color_range(image, (80.5, 0.2, 0.3), (170.5, 1, 0.9)))
        assert (got == np.asarray(rm.color_range(colors, (80.5, 0.2, 0.3), (170.5, 1, 0.9)))).mean() > 0.995


def test_clear_pixels_and_nan_have_no_colour():
    image = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], np.uint8)
    assert rm.color_near(image, "red", 1).area == 1
    floats = np.array([[[1, 0, 0], [1, np.nan, 0]]], np.float32)
    assert rm.color_near(floats, "#ff0000", 1).area == 1
    assert rm.color_range(floats, (350, 0.5, 0.5), (10, 1, 1)).area == 1


# -- changes, nodata, alpha ----------------------------------------------------------------------------------------


def test_difference_does_not_wrap_and_looks_at_every_band():
    before, after = np.zeros((2, 3, 3), np.uint8), np.zeros((2, 3, 3), np.uint8)
    before[0, 0, 1], after[1, 1, 2] = 250, 6
    assert np.argwhere(np.asarray(rm.difference(after, before, tolerance=5))).tolist() == [[0, 0], [1, 1]]
    assert rm.difference(after, before, tolerance=6).area == 1
    assert rm.difference(np.array([[np.nan, np.inf, np.inf]]), np.array([[1, np.inf, 1]])).area == 1


def test_nodata_of_arrays():
    image = np.zeros((2, 3, 2), np.float32)
    image[0, 0] = np.nan
    image[0, 1, 0] = np.nan
    assert np.argwhere(np.asarray(rm.nodata(image))).tolist() == [[0, 0]]
    assert rm.nodata(np.array([[0, 255, 3]], np.uint8), 255).area == 1


def test_nodata_of_a_raster_is_what_is_not_valid(data):
    for name in ("raster_nodata", "raster_zones_rmnp"):
        for path in sorted((data / name).rglob("*.tif")):
            raster = rm.Raster(path)
            assert rm.nodata(raster) == ~raster.valid(), path.name
            assert rm.nodata(raster).frame == raster.frame


def test_selectors_leave_out_what_the_file_says_is_no_data(data):
    raster = (
        rm.Raster(data / "raster_nodata" / "RGB.byte.tif")
        if (data / "raster_nodata" / "RGB.byte.tif").exists()
        else None
    )
    if raster is None:
        pytest.skip("RGB.byte.tif is not among the test data")
    mask = rm.threshold(raster, method="otsu", band=0)
    valid = raster.validity().all(axis=2)
    assert mask == rm.Mask(np.asarray(rm.threshold(raster.read(), valid, method="otsu", band=0)), frame=raster.frame)
    assert mask.frame == raster.frame


# -- flood, grabcut, watershed, superpixels --------------------------------------------------------------------------


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_flood_is_scikit_images(dtype, connectivity):
    segmentation = pytest.importorskip("skimage.segmentation")
    image, tolerance = _scene(dtype), {"uint8": 15, "float32": 0.06}.get(dtype, 3000)
    expected = segmentation.flood(image.astype(float), (20, 25), connectivity=connectivity // 4, tolerance=tolerance)
    got = np.asarray(rm.flood(image, (20, 25), tolerance, connectivity=connectivity))
    assert (got == expected).mean() > (0.999 if dtype == "float32" else 0.999999)


def test_flood_stays_in_the_mask_and_looks_at_every_band():
    image, mask = np.zeros((5, 9), np.uint8), np.ones((5, 9), bool)
    mask[:, 4] = False
    assert rm.flood(image, (2, 1), 0, mask).bbox == (0, 0, 5, 4)
    bands = np.zeros((5, 9, 3), np.uint8)
    bands[:, 6:, 2] = 9
    assert rm.flood(bands, (0.5, 0.5), 8).bbox == (0, 0, 5, 6)


def test_grabcut_finds_the_object_from_a_box_or_scribbles_and_the_same_each_time():
    rng = np.random.default_rng(0)
    image = np.clip(rng.normal(60, 15, (60, 80, 3)), 0, 255).astype(np.uint8)
    truth = np.asarray(rm.circle((60, 80), (30, 40), 16))
    image[truth] = np.clip(rng.normal((200, 120, 40), 15, (int(truth.sum()), 3)), 0, 255).astype(np.uint8)
    box = rm.grabcut(image, (10, 18, 50, 62))
    scribbles = np.zeros((60, 80), int)
    scribbles[28:32, 38:42], scribbles[:4] = 1, 2
    for mask in (box, rm.grabcut(image, scribbles), rm.grabcut(image.astype(np.uint16) * 100, (10, 18, 50, 62))):
        assert rm.Mask(truth) == mask or (truth & np.asarray(mask)).sum() / (truth | np.asarray(mask)).sum() > 0.97
    assert rm.grabcut(image, (10, 18, 50, 62)) == box


def test_watershed_is_scikit_images_inside_the_mask():
    segmentation = pytest.importorskip("skimage.segmentation")
    image, mask = 255 - _scene("uint8"), _half()
    seeds = np.zeros(image.shape, np.int32)
    seeds[20, 25], seeds[40, 60], seeds[2, 2] = 3, 7, 9
    expected = segmentation.watershed(image, np.where(mask, seeds, 0), mask=mask)
    assert np.array_equal(np.asarray(rm.watershed(image, seeds, mask)), expected)
    assert rm.watershed(image, seeds > 0, mask).labels == (2, 3)


def test_superpixels_tile_the_mask():
    image, mask = np.dstack([_scene("uint8", seed) for seed in range(3)]), _half()
    regions = rm.superpixels(image, 30, mask)
    assert np.array_equal(np.asarray(regions) > 0, mask)
    assert 15 <= len(regions.labels) <= 45


# -- laws ------------------------------------------------------------------------------------------------------------

SELECTORS = {
    **{method: lambda image, mask, method=method: rm.threshold(image, mask, method=method) for method in FILTERS},
    "multiotsu": lambda image, mask: rm.threshold(image, mask, method="multiotsu"),
    "local": lambda image, mask: rm.threshold(image, mask, method="local", size=7),
    "hysteresis": lambda image, mask: rm.threshold(image, mask, method="hysteresis", low=0.2, high=0.5),
    "flood": lambda image, mask: rm.flood(image, (10, 20), 0.1, mask),
    "color_range": lambda image, mask: rm.color_range(np.dstack([image] * 3), (0, 0, 0.3), (360, 1, 0.6), mask),
    "color_near": lambda image, mask: rm.color_near(np.dstack([image] * 3), "gray", 20, mask),
    "difference": lambda image, mask: rm.difference(image, _scene("float32", 8), mask, tolerance=0.05),
    "watershed": lambda image, mask: rm.watershed(
        image, rm.circle(image, (20, 25), 2) | rm.circle(image, (40, 60), 2), mask
    ),
    "superpixels": lambda image, mask: rm.superpixels(image, 20, mask),
    "grabcut": lambda image, mask: rm.grabcut(image, (8, 12, 45, 66), mask, iterations=2),
}


@pytest.mark.parametrize("name", SELECTORS)
@pytest.mark.parametrize("junk", [np.nan, np.inf, -np.inf, 1e30, "noise"])
def test_no_pixel_outside_the_mask_has_a_say(name, junk):
    if name in ("watershed", "superpixels"):
        pytest.importorskip("skimage.segmentation")
    image, mask = _scene("float32"), _half()
    other = image.copy()
    other[~mask] = np.random.default_rng(3).normal(0, 5, int((~mask).sum())) if junk == "noise" else junk
    select = SELECTORS[name]
    assert select(other, mask) == select(image, mask)
    assert not (np.asarray(select(image, mask)) > 0)[~mask].any()
    assert select(image, rm.Mask(mask.astype(np.float32))) == select(image, rm.Mask(mask.astype(np.int32), "labels"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rm.threshold(_scene("uint8")), "threshold: one of above=, below= and method= is needed"),
        (lambda: rm.threshold(_scene("uint8"), method="otus"), "threshold: method is one of otsu"),
        (lambda: rm.threshold(_scene("uint8"), method="otsu", above=3), "threshold: above goes with no method"),
        (lambda: rm.threshold(_scene("uint8"), method="otsu", size=5), "threshold: size goes with method='local'"),
        (
            lambda: rm.threshold(_scene("uint8"), method="hysteresis", low=3),
            "threshold: hysteresis needs low= and high=",
        ),
        (lambda: rm.threshold(_scene("uint8"), method="multiotsu", classes=1), "threshold: classes is 2 or more"),
        (lambda: rm.threshold(np.full((3, 3), 5), method="multiotsu"), "threshold: "),
        (
            lambda: rm.threshold(np.zeros((3, 3), np.uint8), np.zeros((3, 3)), method="li"),
            "threshold: no pixel takes part",
        ),
        (lambda: rm.threshold(np.zeros((3, 3, 5), np.uint8), above=1), "threshold: the image has 5 bands"),
        (lambda: rm.color_range(_scene("uint8"), (0, 0, 0), (9, 9, 9)), "color_range: colours need an RGB"),
        (
            lambda: rm.color_range(np.full((2, 2, 3), 9.0), (0, 0, 0), (9, 1, 1)),
            "color_range: colours as floats lie in 0..1",
        ),
        (lambda: rm.color_near(np.zeros((2, 2, 3), np.uint8), "redd", 3), "color_near: color is a name"),
        (lambda: rm.color_near(np.zeros((2, 2, 3), np.uint8), 4, 3), "color_near: color is three numbers"),
        (lambda: rm.difference(np.zeros((2, 2)), np.zeros((2, 3))), "difference: image and reference have one shape"),
        (lambda: rm.alpha(np.zeros((2, 2, 3))), "alpha: alpha is the last of 2 or 4 bands"),
        (lambda: rm.flood(_scene("uint8"), (-1, 0), 3), "flood: seed lies on a pixel that takes part"),
        (lambda: rm.flood(_scene("uint8"), (1, 1), -3), "flood: tolerance is 0 or more"),
        (lambda: rm.flood(np.full((3, 3), np.nan), (1, 1), 3), "flood: seed lies on"),
        (
            lambda: rm.grabcut(_scene("uint8"), (0, 0, 60, 80)),
            "grabcut: box_or_scribbles leaves no object or no background",
        ),
        (lambda: rm.watershed(_scene("uint8"), np.zeros((60, 80), int)), "watershed: no seed lies"),
        (lambda: rm.superpixels(_scene("uint8"), 0), "superpixels: count is 1 or more"),
    ],
)
def test_what_cannot_be_selected_is_one_clear_error(call, message):
    with pytest.raises(rm.ParameterError, match=message):
        call()


def test_watershed_looks_at_the_band_that_is_named():
    relief, seeds = np.array([[0, 1, 9, 1, 0]], np.uint8), np.array([[1, 0, 0, 0, 2]])
    image = np.dstack([np.zeros_like(relief), relief, relief * 0 + 7])
    assert rm.watershed(image, seeds, band=1) == rm.watershed(relief, seeds)
    assert rm.watershed(np.dstack([relief] * 3), seeds) == rm.watershed(relief, seeds)
    with pytest.raises(rm.ParameterError, match="watershed: the image has 4 bands, choose one with band=0 to 3"):
        rm.watershed(np.dstack([relief] * 4), seeds)
