"""Contrast against formulas written out, against OpenCV and scikit-image on the whole image, and its own promises."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import roimask as rm
from roimask.operations.linear import gaussian_taps

RNG = np.random.default_rng(11)
MASK = RNG.random((37, 41)) < 0.6
WEIGHTS = np.where(MASK, RNG.random((37, 41)), 0).astype(np.float32)
RAMP16 = np.arange(65536, dtype=np.uint16).reshape(256, 256)
DTYPES = ("uint8", "uint16", "int16", "int32", "float32", "float64")


def picture(dtype: str, shape: tuple[int, ...] = (37, 41)) -> np.ndarray:
    """Waves and noise over most of the range of a type."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    waves = (np.sin(rows / 9) + np.cos(columns / 7) + 2) / 5
    values = (waves if len(shape) == 2 else waves[..., None]) + 0.15 * RNG.random(shape)
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


def top(dtype: str) -> float:
    return 1.0 if np.dtype(dtype).kind == "f" else float(np.iinfo(dtype).max)


def near(found: np.ndarray, expected: np.ndarray, levels: float = 0.5) -> None:
    """Integers within rounding, floats to six digits."""
    limit = levels + 1e-6 if found.dtype.kind != "f" else 1e-5
    np.testing.assert_allclose(found, expected, rtol=1e-5 if found.dtype.kind == "f" else 1e-9, atol=limit)


# -- stretch -----------------------------------------------------------------------------------------------------


def stretched(image: np.ndarray, inside: np.ndarray, low: float, high: float, white: float) -> np.ndarray:
    line = np.clip((image.astype(np.float64) - low) / (high - low), 0, 1) * white
    return np.where(inside, line, image)


@pytest.mark.parametrize("dtype", DTYPES)
def test_stretch_is_the_line_between_two_percentiles(dtype: str) -> None:
    image = picture(dtype)
    low, high = np.percentile(image[MASK].astype(np.float64), (5, 90))
    near(rm.stretch(image, MASK, low=5, high=90), stretched(image, MASK, low, high, top(dtype)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_stretch_by_extremes_and_deviations(dtype: str) -> None:
    image = picture(dtype)
    values = image[MASK].astype(np.float64)
    near(rm.stretch(image, MASK, method="minmax"), stretched(image, MASK, values.min(), values.max(), top(dtype)))
    mean, std = values.mean(), values.std()
    found = rm.stretch(image, MASK, method="std", deviations=1.5)
    near(found, stretched(image, MASK, mean - 1.5 * std, mean + 1.5 * std, top(dtype)))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_stretch_linked_measures_all_bands_together(dtype: str) -> None:
    image = picture(dtype, (37, 41, 3)) // 1 if dtype != "float32" else picture(dtype, (37, 41, 3))
    low, high = np.percentile(image[MASK].astype(np.float64), (2, 98))
    near(rm.stretch(image, MASK, linked=True), stretched(image, MASK[..., None], low, high, top(dtype)))
    for band in range(3):
        near(rm.stretch(image, MASK)[..., band], rm.stretch(image[..., band], MASK), 0)


def test_stretch_of_floats_counts_no_value_twice_and_minds_signs() -> None:
    image = RNG.normal(0, 3, (50, 40)).astype(np.float32).round(1)
    image[0, :5] = (np.nan, np.inf, -np.inf, 0.0, -0.0)
    values = image[np.isfinite(image)].astype(np.float64)
    for ends in [(0, 100), (2, 98), (49.9, 50.1), (0, 1)]:
        low, high = np.percentile(values, ends)
        found = rm.stretch(image, low=ends[0], high=ends[1], to=(-5, 7))
        expected = image if not low < high else np.clip((image - low) / (high - low) * 12 - 5, -5, 7)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_stretch_by_weight_is_the_stretch_between_the_weighted_quantiles() -> None:
    image = picture("float64")
    low, high = rm.statistics(image, WEIGHTS, quantiles=(0.1, 0.9)).quantiles.values()
    whole = stretched(image, WEIGHTS > 0, low, high, 1.0)
    expected = WEIGHTS * whole + (1 - WEIGHTS.astype(np.float64)) * image
    np.testing.assert_allclose(rm.stretch(image, WEIGHTS, low=10, high=90), expected, rtol=1e-9)


def test_nan_is_left_out_band_by_band() -> None:
    image = picture("float32", (37, 41, 3))
    image[3:9, 4:20, 1] = np.nan
    reference = picture("float32")
    for change in (rm.stretch, lambda i, m=None: rm.match_histogram(i, m, reference=reference)):
        together = change(image, MASK)
        for band in range(3):
            np.testing.assert_array_equal(together[..., band], change(image[..., band], MASK))


# -- equalize, match_histogram -------------------------------------------------------------------------------------


def test_equalize_is_opencvs_on_the_whole_image() -> None:
    image = picture("uint8")
    near(rm.equalize(image), cv2.equalizeHist(image), 1)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_equalize_is_the_cumulative_share_of_the_mask(dtype: str) -> None:
    image = picture(dtype)
    values = np.sort(image[MASK])
    upto = np.searchsorted(values, image, side="right").astype(np.float64)
    first = (values == values[0]).sum()
    share = np.maximum(upto - first, 0) / (values.size - first)
    near(rm.equalize(image, MASK), np.where(MASK, share * top(dtype), image))


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64"])
def test_equalize_makes_every_tone_as_frequent(dtype: str) -> None:
    found = rm.equalize(picture(dtype, (90, 80)), to=(0, 1000))
    counts, _ = np.histogram(found, 10, (0, 1000))
    assert abs(counts - found.size / 10).max() < found.size / 100


def test_match_histogram_is_scikit_images_on_the_whole_image() -> None:
    exposure = pytest.importorskip("skimage.exposure")
    for dtype in ("uint8", "uint16", "float64"):
        image, reference = (
            picture(dtype, (37, 41, 3)),
            picture(dtype, (20, 31, 3))[::-1] // 2 + picture(dtype)[0, 0] // 3,
        )
        expected = exposure.match_histograms(image, reference, channel_axis=-1)
        near(rm.match_histogram(image, reference=reference), expected, 1)


def test_match_histogram_reads_and_writes_under_both_masks() -> None:
    exposure = pytest.importorskip("skimage.exposure")
    image, reference = picture("float64"), 3 * picture("float64", (20, 31)) - 1
    theirs = RNG.random((20, 31)) < 0.5
    found = rm.match_histogram(image, MASK, reference=reference, reference_mask=theirs)
    np.testing.assert_allclose(found[MASK], exposure.match_histograms(image[MASK], reference[theirs]))
    np.testing.assert_array_equal(found[~MASK], image[~MASK])


def test_match_histogram_honours_the_references_own_nodata(tmp_path) -> None:
    pytest.importorskip("rasterio")
    reference = np.array([[100, 150, 200, 255]], np.uint8)
    rm.write(tmp_path / "r.tif", reference, nodata=255)
    image = np.array([[1, 2, 3]], np.uint8)
    with rm.Raster(tmp_path / "r.tif") as raster:
        np.testing.assert_array_equal(rm.match_histogram(image, reference=raster), [[100, 150, 200]])


# -- CLAHE -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("shape", [(160, 200), (161, 200), (160, 203), (37, 29)])
@pytest.mark.parametrize(("clip_limit", "tiles"), [(2.0, (8, 8)), (0.0, (4, 3)), (40.0, (1, 2))])
def test_clahe_is_opencvs_on_the_whole_image(dtype, shape, clip_limit, tiles) -> None:
    image = picture(dtype, shape)
    expected = cv2.createCLAHE(clip_limit, tiles[::-1]).apply(image)
    near(rm.clahe(image, clip_limit=clip_limit, tiles=tiles), expected.astype(np.float64), 1)


def clahe_by_hand(image: np.ndarray, inside: np.ndarray, tiles: int, clip: float) -> np.ndarray:
    """Plain: histograms of square tiles that fill the image, scaled to the whole tile, clipped, handed round."""
    side = image.shape[0] // tiles
    area, limit = side * side, max(int(clip * side * side / 256), 1)
    counted = np.zeros((tiles, tiles, 256))
    for row, column in np.argwhere(inside):
        counted[row // side, column // side, image[row, column]] += 1
    filled = [tuple(place) for place in np.argwhere(counted.any(axis=2))]
    table = np.zeros((tiles, tiles, 256))
    for row, column in np.ndindex(tiles, tiles):
        distance = {place: max(abs(place[0] - row), abs(place[1] - column)) for place in filled}
        counts = sum(counted[place] for place in filled if distance[place] == min(distance.values()))
        counts = counts * area / counts.sum()
        excess = np.maximum(counts - limit, 0).sum()
        counts = np.minimum(counts, limit) + excess // 256
        rest = int(excess % 256)
        counts[: rest * max(256 // max(rest, 1), 1) : max(256 // max(rest, 1), 1)] += 1
        table[row, column] = np.cumsum(counts) * 255 / area
    found = np.empty(image.shape)
    for row, column in np.ndindex(*image.shape):
        y, x = (row / side - 0.5, column / side - 0.5)
        share_y, share_x = y - np.floor(y), x - np.floor(x)
        up, down = (int(np.clip(np.floor(y) + k, 0, tiles - 1)) for k in (0, 1))
        left, right = (int(np.clip(np.floor(x) + k, 0, tiles - 1)) for k in (0, 1))
        value = table[:, :, image[row, column]]
        above = value[up, left] * (1 - share_x) + value[up, right] * share_x
        below = value[down, left] * (1 - share_x) + value[down, right] * share_x
        found[row, column] = above * (1 - share_y) + below * share_y
    return np.where(inside, found, image)


def test_clahe_counts_the_mask_alone_and_empty_tiles_borrow() -> None:
    image, inside = picture("uint8", (64, 64)), np.zeros((64, 64), bool)
    inside[3:30, 5:23] = inside[40:44, 60:62] = True
    found = rm.clahe(image, inside, tiles=(4, 4), clip_limit=3)
    near(found, clahe_by_hand(image, inside, 4, 3), 1)
    np.testing.assert_array_equal(found[~inside], image[~inside])
    all_true = np.ones((64, 64), bool)
    near(rm.clahe(image, tiles=(4, 4), clip_limit=3), clahe_by_hand(image, all_true, 4, 3), 1)


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64"])
def test_clahe_of_other_types_is_that_of_65536_levels(dtype: str) -> None:
    image = picture(dtype, (64, 80))
    low, high = float(image[10:, 10:].min()), float(image[10:, 10:].max())
    inside = np.zeros((64, 80), bool)
    inside[10:, 10:] = True
    levels = np.rint(np.clip((image - low) / (high - low), 0, 1) * 65535).astype(np.uint16)
    expected = low + rm.clahe(levels, inside) / 65535 * (high - low)
    np.testing.assert_allclose(
        rm.clahe(image, inside)[inside], expected[inside], atol=(high - low) * 2e-5 + (np.dtype(dtype).kind == "i")
    )


def test_clahe_has_no_seams() -> None:
    """On a smooth ramp no step is much larger than those beside it, where tiles meet as elsewhere."""
    ramp = np.linspace(20000, 40000, 320)[None].repeat(320, 0).astype(np.uint16)
    steps = np.abs(np.diff(rm.clahe(ramp, rm.circle((320, 320), (160, 160), 150)).astype(np.int64), axis=1))
    inside = np.asarray(rm.circle((320, 320), (160, 160), 149))[:, 1:]
    assert steps[inside].max() < 6 * np.median(steps[inside])


# -- promises of all ------------------------------------------------------------------------------------------------

CHANGES = {
    "stretch": {},
    "equalize": {},
    "clahe": {},
    "gamma": {"gamma": 0.6},
    "log": {"strength": 5},
    "sigmoid": {},
    "levels": {"black": 40, "white": 220},
    "curve": {"points": [(0, 10), (60, 90), (120, 100), (255, 240)]},
    "match_histogram": {"reference": picture("uint8")},
    "dodge": {},
    "burn": {},
    "posterize": {},
}


@pytest.mark.parametrize("name", CHANGES)
def test_brighter_stays_brighter(name: str) -> None:
    image = RNG.permutation(np.arange(256).repeat(8)).astype(np.uint8).reshape(32, 64)
    given = {"tiles": (1, 1)} if name == "clahe" else CHANGES[name]
    found = getattr(rm, name)(image, **given)
    means = [found[image == level] for level in range(256)]
    assert all(level.min() == level.max() for level in means)
    assert (np.diff([int(level[0]) for level in means]) >= 0).all()


@pytest.mark.parametrize("name", CHANGES)
def test_a_constant_region_stays_constant_and_does_not_blow_up(name: str) -> None:
    image, inside = picture("uint8", (400, 400)), np.zeros((400, 400), bool)
    inside[50:300, 55:310] = True
    image[inside] = 100
    found = getattr(rm, name)(image, inside, **CHANGES[name])[inside]
    assert found.min() == found.max()
    if name in ("stretch", "equalize"):
        assert found.max() == 100
    if name == "clahe":
        assert abs(int(found.max()) - 100) <= 6  # as much as OpenCV's


@pytest.mark.parametrize("name", [n for n in CHANGES if n not in ("gamma", "log", "sigmoid", "levels", "curve")])
def test_an_empty_mask_leaves_even_what_is_written_as_it_was(name: str) -> None:
    if name in ("dodge", "burn", "posterize"):
        return  # measures nothing
    image = picture("uint8")
    nothing = np.zeros(image.shape, bool)
    np.testing.assert_array_equal(getattr(rm, name)(image, nothing, write="all", **CHANGES[name]), image)


@pytest.mark.parametrize("name", ["stretch", "equalize", "clahe"])
def test_write_all_measures_the_region_and_changes_the_whole(name: str) -> None:
    image = picture("uint8", (64, 64))
    inside = np.zeros((64, 64), bool)
    inside[:32, :32] = True
    change = getattr(rm, name)
    found = change(image, inside, write="all")
    np.testing.assert_array_equal(found[inside], change(image, inside)[inside])
    assert (found != image)[~inside].mean() > 0.5


@pytest.mark.parametrize("name", ["stretch", "equalize", "clahe"])
def test_each_region_by_its_own_histogram(name: str) -> None:
    image, labels = picture("uint8", (48, 48)), np.zeros((48, 48), int)
    labels[:20], labels[22:40] = 1, 2
    change = getattr(rm, name)
    found = change(image, rm.Mask(labels), per_region=True)
    for label in (1, 2):
        np.testing.assert_array_equal(found[labels == label], change(image, labels == label)[labels == label])


@pytest.mark.parametrize(
    "change",
    [
        lambda i: rm.stretch(i, method="minmax"),
        rm.equalize,
        rm.invert,
        lambda i: rm.gamma(i, gamma=1),
        lambda i: rm.curve(i, points=[(0, 0), (65535, 65535)]),
    ],
)
def test_a_16_bit_ramp_loses_no_level(change) -> None:
    assert np.unique(change(RAMP16)).size == 65536


def test_clahe_of_a_16_bit_ramp_loses_the_level_that_opencvs_loses() -> None:
    assert np.unique(rm.clahe(RAMP16, tiles=(1, 1))).size >= 65535


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("name", ["equalize", "clahe"])
def test_by_luminance_hues_stay(name: str, dtype: str) -> None:
    image = picture(dtype, (64, 64, 3))
    found = getattr(rm, name)(image, MASK := rm.circle((64, 64), (32, 32), 25))
    before, after = (cv2.cvtColor((i / top(dtype)).astype(np.float32), cv2.COLOR_RGB2HSV) for i in (image, found))
    colored = (np.asarray(MASK) > 0) & (
        np.minimum(before[..., 1] * before[..., 2], after[..., 1] * after[..., 2]) > 0.1
    )
    turned = np.abs((after[..., 0] - before[..., 0] + 180) % 360 - 180)[colored]
    assert colored.sum() > 300
    assert turned.max() < (4 if dtype == "uint8" else 0.1)
    assert (rm.equalize(image, on="bands")[..., 1] == rm.equalize(image[..., 1])).all()


# -- curves --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64"])
def test_gamma_and_log_are_scikit_images_on_the_whole_image(dtype: str) -> None:
    exposure = pytest.importorskip("skimage.exposure")
    image = picture(dtype)
    near(rm.gamma(image, gamma=0.45), exposure.adjust_gamma(image, 0.45), 1)
    near(rm.log(image), exposure.adjust_log(image), 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_curves_are_their_formulas(dtype: str) -> None:
    image, white = picture(dtype), top(dtype)
    t = image.astype(np.float64) / white
    s = lambda t: 1 / (1 + np.exp(7 * (0.4 - t)))  # noqa: E731
    for found, expected in [
        (rm.gamma(image, MASK, gamma=1.7), t**1.7),
        (rm.log(image, MASK, strength=9), np.log(1 + 9 * t) / np.log(10)),
        (rm.sigmoid(image, MASK, middle=0.4, slope=7), (s(t) - s(0)) / (s(1) - s(0))),
        (rm.dodge(image, MASK, amount=0.25), np.minimum(1, t / 0.75)),
        (rm.burn(image, MASK, amount=0.25), 1 - np.minimum(1, (1 - t) / 0.75)),
        (
            rm.levels(image, MASK, black=0.2 * white, white=0.8 * white, gamma=0.5),
            np.clip((t - 0.2) / 0.6, 0, 1) ** 0.5,
        ),
        (rm.posterize(image, MASK, levels=3), np.clip(np.floor(t * 3), 0, 2) / 2),
    ]:
        near(found, np.where(MASK, expected * white, image))


def test_curve_goes_through_its_points_and_never_turns_back() -> None:
    image = np.arange(256, dtype=np.float64)[None]
    points = [(0, 0), (50, 200), (60, 201), (255, 255)]
    found = rm.curve(image, points=points)[0]
    assert [found[before] for before, _ in points] == [after for _, after in points]
    assert (np.diff(found) >= 0).all()


def test_below_black_curves_go_on_ascending() -> None:
    image = np.linspace(-2, 2, 101)[None]
    for change in (lambda i: rm.gamma(i, gamma=0.5), lambda i: rm.log(i, strength=4), rm.dodge, rm.burn):
        assert (np.diff(change(image)) >= 0).all()


def test_range_says_what_is_black_and_white() -> None:
    image = np.array([[100.0, 150, 200]])
    np.testing.assert_allclose(rm.gamma(image, gamma=2, range=(100, 200)), [[100, 125, 200]])
    np.testing.assert_allclose(rm.invert(image, range=(100, 200)), [[200, 150, 100]])
    np.testing.assert_array_equal(rm.invert(np.array([[-32768, 5]], np.int16)), [[32767, -6]])


# -- sharpen -------------------------------------------------------------------------------------------------------


def test_sharpen_adds_the_difference_from_the_gaussian() -> None:
    image = picture("float64")
    smooth = rm.gaussian(image, MASK, sigma=1.5)
    np.testing.assert_allclose(rm.sharpen(image, MASK, sigma=1.5, amount=0.7), image + 0.7 * (image - smooth))
    limit = float(np.median(np.abs(image - smooth)[MASK]))
    raised = np.where(np.abs(image - smooth) >= limit, 0.7 * (image - smooth), 0)
    found = rm.sharpen(image, MASK, sigma=1.5, amount=0.7, threshold=limit)
    np.testing.assert_allclose(found, image + raised)


def test_sharpen_is_opencvs_unsharp_mask_at_full_coverage() -> None:
    image = picture("float32", (60, 60))
    size = gaussian_taps(2, 4).size
    blurred = cv2.GaussianBlur(image, (size, size), 2)
    inner = (slice(10, -10), slice(10, -10))
    expected = cv2.addWeighted(image, 1.5, blurred, -0.5, 0)
    np.testing.assert_allclose(rm.sharpen(image, sigma=2, amount=0.5)[inner], expected[inner], atol=1e-5)


def test_local_contrast_raises_texture_and_leaves_edges_without_halo() -> None:
    image = np.full((60, 120), 0.2)
    image[:, 60:] = 0.8
    texture = 0.01 * RNG.normal(size=image.shape)
    found = rm.local_contrast(image + texture, radius=6, amount=1.0, edge=0.05)
    assert found[20:40, 20:40].std() > 1.7 * texture[20:40, 20:40].std()
    halo = rm.local_contrast(image, radius=6, amount=1.0, edge=0.05) - image
    assert np.abs(halo).max() < 0.02
    usual = rm.sharpen(image, sigma=6, amount=1.0) - image
    assert np.abs(usual).max() > 0.2


# -- wrong calls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("stretch", {"low": 50, "high": 10}, "low is below high, got 50 and 10"),
        ("stretch", {"method": "minmax", "low": 3}, "does not have the parameters of method 'percentile'"),
        ("stretch", {"to": (5, 1)}, "to is two finite numbers, the lower first"),
        ("gamma", {"gamma": 0}, "gamma is a number above 0"),
        ("clahe", {"clip_limit": -1}, "clip_limit is 0 or above, got -1"),
        ("clahe", {"tiles": (0, 8)}, "tiles is"),
        ("posterize", {"levels": 1}, "levels is 2 or more, got 1"),
        ("curve", {"points": [(1, 2)]}, "points is two or more pairs"),
        ("curve", {"points": [(1, 2), (1, 3)]}, "with different values before"),
        ("dodge", {"amount": 1}, "amount is 0 to less than 1"),
        ("levels", {"black": 9, "white": 3}, "black, white is two finite numbers"),
        ("match_histogram", {"reference": np.zeros((3, 3, 2))}, "as many bands as the image"),
        ("match_histogram", {"reference": np.zeros((3, 3)), "reference_mask": np.zeros((3, 3))}, "no pixel of the ref"),
    ],
)
def test_wrong_calls_say_what_was_expected(name: str, given: dict, words: str) -> None:
    with pytest.raises(rm.ParameterError, match=words):
        getattr(rm, name)(picture("float64", (37, 41)), **given)
