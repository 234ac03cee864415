"""Statistics and histograms against NumPy, pixel by pixel."""

from __future__ import annotations

import json
import math
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roimask import kernels
from roimask.errors import ParameterError, RoimaskError
from roimask.mask import Mask
from roimask.operations.statistics import histogram, statistics
from roimask.summary import Groups, Statistics

INTEGERS = ("uint8", "uint16", "int16", "int32")
DTYPES = (*INTEGERS, "float32", "float64")
PROBABILITIES = (0.0, 0.02, 0.25, 0.5, 0.98, 1.0)
NAMES = ("count", "weight", "sum", "mean", "std", "min", "max")


@pytest.fixture(autouse=True, params=["plain", "compiled"])
def loops(request, monkeypatch):
    """Everything twice: with the kernels in numpy, and with those that numba compiles."""
    monkeypatch.setattr(kernels, "pick", lambda family, _: import_module(f"roimask.kernels.{request.param}.{family}"))


def image_of(dtype: str, shape: tuple[int, int], rng: np.random.Generator, nan: bool = True) -> np.ndarray:
    if np.dtype(dtype).kind != "f":
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    image = (rng.standard_normal(shape) * 100 + 1000).astype(dtype)
    image[rng.random(shape) < 0.1 * nan] = np.nan
    return image


def naive(image: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Each statistic by its definition, the integers in full."""
    taken = (weight > 0) & (image == image)
    values, weights = image[taken], weight[taken].astype(float)
    if not values.size:
        return dict.fromkeys(NAMES, math.nan) | {"count": 0, "weight": 0.0, "sum": 0}
    if image.dtype.kind != "f" and (weights == 1).all():
        numbers = [int(value) for value in values]
        n, total = len(numbers), sum(numbers)
        variance = (n * sum(x * x for x in numbers) - total * total) / n**2
        found = dict(count=n, weight=float(n), sum=total, mean=total / n, std=math.sqrt(variance))
        return found | {"min": values.min(), "max": values.max()}
    x = values.astype(np.longdouble)
    mean = (weights * x).sum() / weights.sum()
    std = np.sqrt((weights * (x - mean) ** 2).sum() / weights.sum())
    found = dict(count=values.size, weight=weights.sum(), sum=(weights * x).sum(), mean=mean, std=std)
    return found | {"min": values.min(), "max": values.max()}


def akinshin(values: np.ndarray, weights: np.ndarray, probability: float) -> float:
    """The weighted quantile of type 7, term by term as the article has it (section 2.4 and 3.3)."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    x, w = [float(values[i]) for i in order], [float(weights[i]) for i in order]
    size = sum(w) ** 2 / sum(part * part for part in w)
    h = probability * (size - 1) + 1

    def cdf(u: float) -> float:
        return 0.0 if u < (h - 1) / size else 1.0 if u > h / size else u * size - (h - 1)

    answer, before = 0.0, 0.0
    for value, weight in zip(x, w, strict=True):
        here = before + weight / sum(w)
        answer += (cdf(here) - cdf(before)) * value
        before = here
    return answer


def assert_close(found: Statistics, expected: dict[str, float], rtol: float = 1e-12) -> None:
    for name, value in expected.items():
        np.testing.assert_allclose(float(getattr(found, name)), float(value), rtol=rtol, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (130, 200), (1, 700), (700, 1)])
def test_every_statistic_is_the_naive_one(dtype, shape):
    rng = np.random.default_rng(1)
    image, mask = image_of(dtype, shape, rng), rng.random(shape) < 0.6
    for quantiles in ((), PROBABILITIES):
        assert_close(statistics(image, mask, quantiles=quantiles), naive(image, mask))
    weights = np.where(mask, rng.random(shape), 0).astype(np.float32)
    for quantiles in ((), PROBABILITIES):
        assert_close(statistics(image, Mask(weights), quantiles=quantiles), naive(image, weights), 1e-9)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_sums_of_integers_are_exact(dtype):
    rng = np.random.default_rng(2)
    image, mask = image_of(dtype, (600, 530), rng), rng.random((600, 530)) < 0.5
    expected = naive(image, mask)
    for quantiles in ((), (0.5,)):
        found = statistics(image, mask, quantiles=quantiles)
        assert isinstance(found.sum, int)
        for name in ("count", "sum", "min", "max"):
            assert getattr(found, name) == expected[name]
        assert found.min.dtype == found.max.dtype == image.dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_quantiles_of_a_binary_mask_are_numpys(dtype):
    rng = np.random.default_rng(3)
    image, mask = image_of(dtype, (90, 80), rng), rng.random((90, 80)) < 0.5
    taken = image[mask & (image == image)].astype(np.float64)
    found = statistics(image, mask, quantiles=(0.7, *PROBABILITIES)).quantiles
    assert found == {p: np.quantile(taken, p) for p in (0.7, *PROBABILITIES)}


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_quantiles_by_weight_are_akinshins(dtype):
    rng = np.random.default_rng(4)
    image = (image_of(dtype, (9, 8), rng) // 3).astype(dtype)
    weights = np.where(rng.random((9, 8)) < 0.8, rng.random((9, 8)), 0).astype(np.float32)
    taken = (weights > 0) & (image == image)
    found = statistics(image, Mask(weights), quantiles=PROBABILITIES).quantiles
    for p, value in found.items():
        assert value == pytest.approx(akinshin(image[taken], weights[taken], p), rel=1e-9)


def test_equal_weights_give_the_quantiles_of_a_binary_mask():
    image = np.random.default_rng(5).integers(0, 255, (40, 40), np.uint8)
    half = statistics(image, Mask(np.full(image.shape, 0.5, np.float32)), quantiles=PROBABILITIES).quantiles
    assert half == pytest.approx(statistics(image, quantiles=PROBABILITIES).quantiles, rel=1e-12)


def test_far_from_zero_no_digit_is_lost():
    noise = np.random.default_rng(6).standard_normal((700, 700)) * 1e-3
    image = 1e9 + noise
    expected = naive(image, np.ones(image.shape))
    for mask in (None, Mask(np.full(image.shape, 0.25, np.float32))):
        assert statistics(image, mask, quantiles=()).std == pytest.approx(float(expected["std"]), rel=1e-6)
    labels = np.ones(image.shape, np.int32)
    assert statistics(image, labels * 3, quantiles=())["std"][3] == pytest.approx(float(expected["std"]), rel=1e-6)


def test_a_constant_has_no_deviation():
    for dtype in DTYPES:
        found = statistics(np.full((100, 90), 77, dtype), quantiles=())
        assert (found.std, found.mean, found.min) == (0, 77, 77)


def test_sums_of_squares_do_not_overflow():
    image = np.full((3000, 2000), 65535, np.uint16)
    image[::2] = 0
    found = statistics(image, quantiles=())
    assert found.std == statistics(image).std == 32767.5
    extreme = np.full((400, 400), np.iinfo(np.int32).max, np.int32)
    extreme[:200] = np.iinfo(np.int32).min
    assert statistics(extreme, quantiles=()).std == (2**32 - 1) / 2
    table = statistics(extreme, np.full(extreme.shape, 5, np.int32), quantiles=())
    assert table["std"][5] == (2**32 - 1) / 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("image", [np.zeros((6, 7)), np.zeros((0, 7)), np.zeros((6, 0))], ids=str)
def test_an_empty_region_is_an_answer(dtype, image):
    for weight in (np.zeros(image.shape, bool), Mask(np.zeros(image.shape, np.float32))):
        for quantiles in ((), (0.5,)):
            found = statistics(image.astype(dtype), weight, quantiles=quantiles)
            assert (found.count, found.weight, found.sum) == (0, 0, 0)
            assert all(math.isnan(x) for x in (found.mean, found.std, found.min, found.max, found.mode, found.entropy))
            assert all(math.isnan(x) for x in found.quantiles.values())
            assert statistics(np.full((3, 3), 4, dtype), quantiles=quantiles) + found != found
    assert statistics(image.astype(dtype), np.zeros(image.shape, np.int32) if image.size else None) is not None


def test_nothing_but_nan_is_empty():
    image = np.full((5, 5), np.nan, np.float32)
    found = statistics(image)
    assert found.count == 0 and math.isnan(found.mean) and math.isnan(found.quantiles[0.5])
    labels = np.array([[1] * 5, [2] * 5] + [[0] * 5] * 3)
    image[0, 0] = 4
    table = statistics(image, Mask(labels, kind="labels"))
    assert table["count"].tolist() == [1, 0] and math.isnan(table["mean"][2]) and math.isnan(table["q0.5"][2])
    assert table["sum"].tolist() == [4, 0]


def test_infinity_is_a_value():
    image = np.array([[1, np.inf], [2, 3]], np.float32)
    half = Mask(np.full((2, 2), 0.5))
    for found in (statistics(image), statistics(np.tile(image, (600, 600))), statistics(image, half)):
        assert found.mean == found.sum == found.max == math.inf and found.min == 1 and math.isnan(found.std)
        assert found.quantiles[0.02] < 2 and found.quantiles[0.98] == math.inf
    table = statistics(image, np.array([[3, 3], [4, 4]]))
    assert table["mean"].tolist() == [math.inf, 2.5] and math.isnan(table["std"][3]) and table["std"][4] == 0.5
    assert math.isnan(statistics(np.array([[np.inf, -np.inf]])).mean)


def test_bands_are_measured_each():
    rng = np.random.default_rng(7)
    image = rng.integers(0, 255, (60, 50, 3), np.uint8)
    mask = rng.random((60, 50)) < 0.5
    found = statistics(image, mask)
    bands = [statistics(image[..., k], mask) for k in range(3)]
    for name in (*NAMES, "mode", "entropy"):
        assert getattr(found, name).tolist() == [getattr(band, name) for band in bands], name
    assert found.min.dtype == np.uint8
    assert found.quantiles[0.5].tolist() == [band.quantiles[0.5] for band in bands]
    twice = found + found
    assert twice.count.tolist() == [2 * band.count for band in bands] and twice.mean.tolist() == found.mean.tolist()
    with pytest.raises(ParameterError, match="3 and of 2 bands"):
        found + statistics(image[..., :2], mask)


def test_mode_and_entropy():
    image = np.array([[1, 1, 2, 2, 3, 9]], np.uint8)
    for dtype in INTEGERS:
        found = statistics(image.astype(dtype))
        assert found.mode == 1 and found.entropy == pytest.approx(1.9182958340544896)
    weighted = statistics(image, Mask(np.array([[0.1, 0.1, 0.1, 0.1, 0.5, 0]])))
    assert weighted.mode == 3
    assert math.isnan(statistics(image.astype(float)).mode) and math.isnan(statistics(image, quantiles=()).entropy)
    assert statistics(np.full((4, 4), 7, np.uint8)).entropy == 0


# -- merging -----------------------------------------------------------------------------------------------------


def same(a: Statistics, b: Statistics, exact: bool) -> None:
    for name in NAMES:
        x, y = float(getattr(a, name)), float(getattr(b, name))
        assert x == (y if exact else pytest.approx(y, rel=1e-9, abs=1e-9)) or (x != x and y != y), name
    for p, value in a.quantiles.items():
        expected = b.quantiles[p]
        assert value == (expected if exact else pytest.approx(expected, rel=1e-6)) or (
            value != value and expected != expected
        )


@given(
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 12), max_size=4),
    st.sampled_from(["binary", "weights"]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_any_split_merges_to_the_whole(dtype, cuts, kind, kept, seed):
    rng = np.random.default_rng(seed)
    image = image_of(dtype, (12, 9), rng)
    weight = (rng.random(image.shape) < 0.5).astype(np.uint8)
    if kind == "weights":
        weight = weight * rng.random(image.shape).astype(np.float32)
    quantiles = PROBABILITIES if kept else ()
    cuts = [0, *sorted(cuts), 12]
    parts = [Statistics.of(image[a:b], weight[a:b], quantiles) for a, b in pairwise(cuts)]
    whole = Statistics.of(image, weight, quantiles)
    exact = np.dtype(dtype).kind != "f" and kind == "binary"
    same(sum(parts), whole, exact)
    same(sum(parts[::-1]), whole, exact)
    same(sum([*parts, Statistics(), *parts[:0]], Statistics()), whole, exact)


def _measure(job: tuple[np.ndarray, np.ndarray]) -> Statistics:
    return statistics(*job)


def test_summaries_come_from_other_processes():
    rng = np.random.default_rng(8)
    image, mask = rng.integers(0, 4000, (64, 64), np.uint16), rng.random((64, 64)) < 0.5
    jobs = [(image[rows], mask[rows]) for rows in (slice(0, 20), slice(20, 64))]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        merged = sum(pool.map(_measure, jobs))
    same(merged, statistics(image, mask), exact=True)


def test_a_summary_cannot_be_changed():
    found = statistics(np.arange(4, dtype=np.uint8).reshape(2, 2))
    for broken in (found, pickle.loads(pickle.dumps(found))):
        with pytest.raises(AttributeError):
            broken.count = 3
        broken.quantiles[0.5] = 0
        assert broken.quantiles[0.5] == 1.5


def test_different_images_merge_where_they_can():
    small, large = np.array([[1, 2]], np.uint8), np.array([[300, 2]], np.uint16)
    both = statistics(small) + statistics(large)
    assert (both.count, both.sum, both.max, both.mode) == (4, 305, 300, 2) and both.quantiles[0.5] == 2
    weighted = statistics(small) + statistics(small, Mask(np.array([[0.5, 0.5]])))
    assert (weighted.count, weighted.weight, weighted.sum) == (4, 3, 4.5)
    real = statistics(small, quantiles=()) + statistics(np.array([[0.5]]), quantiles=())
    assert real.sum == 3.5 and real.min == 0.5
    with pytest.raises(RoimaskError, match="quantiles=\\(\\)"):
        statistics(small) + statistics(small.astype(float))
    assert set((statistics(small, quantiles=(0.1,)) + statistics(small, quantiles=(0.9,))).quantiles) == {0.1, 0.9}


# -- labels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1, 20_000_000])
def test_a_row_is_the_region_alone(dtype, scale):
    rng = np.random.default_rng(9)
    image = image_of(dtype, (700, 600), rng)
    labels = np.kron(rng.integers(0, 40, (70, 60)), np.ones((10, 10), int)) * scale
    table = statistics(image, Mask(labels, kind="labels"), quantiles=PROBABILITIES)
    assert table.index.tolist() == table["label"].tolist() == np.unique(labels[labels > 0]).tolist()
    exact = np.dtype(dtype).kind != "f"
    for label in table.index[:: 7 if scale == 1 else 20]:
        alone, row = statistics(image, labels == label, quantiles=PROBABILITIES), table.loc[label]
        for name in NAMES:
            expected = getattr(alone, name)
            assert row[name] == (expected if exact else pytest.approx(expected)), name
        assert [row[f"q{p:g}"] for p in PROBABILITIES] == list(alone.quantiles.values())
    if exact:
        assert table["min"].dtype == table["max"].dtype == image.dtype


def test_names_and_bands_have_their_columns():
    image = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
    mask = Mask(np.array([[1, 1, 0], [4, 0, 0]]), kind="labels", names={1: "wheat", 4: "oats"})
    table = statistics(image, mask, quantiles=(0.5,))
    assert list(table)[:4] == ["label", "name", "count_1", "weight_1"] and list(table)[-1] == "q0.5_2"
    assert table.loc[4, "name"] == "oats" and table.loc[1, "mean_2"] == 2
    assert len(statistics(image, Mask(np.zeros((2, 3), int), kind="labels"))) == 0


def test_groups_merge_like_the_whole():
    rng = np.random.default_rng(10)
    image, labels = image_of("float64", (40, 30), rng), rng.integers(0, 9, (40, 30)).astype(np.int32)
    parts = [Groups.of(image[a:b], labels[a:b], (0.5,)) for a, b in ((0, 7), (7, 7), (7, 40))]
    merged, whole = sum(pickle.loads(pickle.dumps(parts))).table(), Groups.of(image, labels, (0.5,)).table()
    np.testing.assert_allclose(merged.to_numpy(float), whole.to_numpy(float), rtol=1e-12)


# -- histograms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bins", [1, 7, 256, 1000])
@pytest.mark.parametrize("limits", [None, (0, 100), (-20.5, 33.3), (900.1, 1100)])
def test_a_histogram_is_numpys(dtype, bins, limits):
    rng = np.random.default_rng(11)
    image, mask = image_of(dtype, (60, 50), rng), rng.random((60, 50)) < 0.6
    taken = image[mask & (image == image)].astype(np.float64)
    within = limits
    if within is None and image.dtype.kind != "f" and image.itemsize < 4:
        within = np.iinfo(dtype).min, np.iinfo(dtype).max + 1
    counts, edges = np.histogram(taken, bins, within)
    found = histogram(image, mask, bins=bins, range=limits)
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_array_equal(found.edges, edges)
    weights = np.where(mask, rng.random(mask.shape), 0).astype(np.float32)
    weighted = np.histogram(taken, bins, within, weights=weights[mask & (image == image)].astype(float))[0]
    found = histogram(image, Mask(weights), bins=bins, range=limits)
    np.testing.assert_allclose(found.counts, weighted, rtol=1e-9, atol=1e-9)


def test_histograms_of_regions_bands_and_nothing():
    image = np.array([[0, 10, 20], [30, 250, 255]], np.uint8)
    table = histogram(image, Mask(np.array([[1, 1, 0], [7, 7, 7]]), kind="labels", names={7: "b"}), bins=4)
    assert list(table) == ["label", "name", "0", "64", "128", "192"]
    assert table.loc[7, "192"] == 2 and table.loc[1, "0"] == 2
    bands = histogram(np.dstack([image, image]), bins=4)
    assert bands.counts.tolist() == [[4, 0, 0, 2]] * 2 and (bands + bands).counts.sum() == 24
    empty = histogram(np.full((3, 3), np.nan), bins=5)
    assert empty.counts.tolist() == [0] * 5 and empty.edges[-1] == 1
    assert histogram(np.array([[1, np.inf, 3]]), bins=2).counts.tolist() == [1, 1]
    for bad in (dict(bins=0), dict(range=(3, 1)), dict(range=(0, np.inf))):
        with pytest.raises(ParameterError):
            histogram(image, **bad)
    with pytest.raises(ParameterError, match="same bins"):
        histogram(image, bins=4) + histogram(image, bins=5)


# -- what is said of it ------------------------------------------------------------------------------------------


def test_json_holds_plain_numbers():
    image = np.dstack([np.arange(6, dtype=np.uint16).reshape(2, 3)] * 2)
    for found in (statistics(image[..., 0]), statistics(image), statistics(image, np.zeros((2, 3), bool))):
        json.dumps(found.to_dict(), allow_nan=False)
    assert statistics(image[..., 0]).to_dict()["quantiles"]["0.5"] == 2.5
    assert "mean=2.5" in repr(statistics(image[..., 0]))
    json.dumps(histogram(image).to_dict())


@pytest.mark.parametrize("bad", [[0.5, 1.5], [-0.1], "half", [math.nan]])
def test_quantiles_are_between_0_and_1(bad):
    with pytest.raises(ParameterError, match="quantiles"):
        statistics(np.zeros((2, 2)), quantiles=bad)


def test_small_images_do_without_numba():
    code = (
        "import sys, numpy as np; from roimask.operations.statistics import statistics;"
        "image = np.arange(4096).reshape(64, 64);"
        "[statistics(image.astype(t), image % 3) for t in ('uint8', 'float32')];"
        "[statistics(image.astype(t), image > 9) for t in ('uint8', 'float32')];"
        "print('numba' in sys.modules)"
    )
    from subprocess import run

    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
