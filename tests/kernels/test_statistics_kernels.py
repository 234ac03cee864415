"""The kernels of statistics: in numpy and compiled the same to the bit, whatever the memory looks like."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from roimask import kernels
from roimask.kernels import compiled
from roimask.kernels.compiled import groups, histograms, moments, quantiles
from roimask.kernels.plain import groups as plain_groups
from roimask.kernels.plain import histograms as plain_histograms
from roimask.kernels.plain import moments as plain_moments
from roimask.kernels.plain import quantiles as plain_quantiles

INTEGERS, REALS = ("uint8", "uint16", "int16", "int32"), ("float32", "float64")
SHAPES = st.tuples(st.integers(0, 9), st.integers(0, 150))


@st.composite
def tiles(draw, dtypes):
    """An image, binary weights, weights and labels; the image perhaps a read-only window of a larger one."""
    shape = draw(SHAPES)
    image = draw(arrays.arrays(draw(st.sampled_from(dtypes)), shape))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    binary = (rng.random(shape) < draw(st.sampled_from([0, 0.1, 0.5, 1]))).astype(np.uint8)
    labels = (rng.integers(0, 6, shape) * draw(st.sampled_from([1, 300_000_000]))).astype(np.int32)
    if draw(st.booleans()):
        image = np.pad(image, ((2, 1), (3, 70)), constant_values=7)[2 : 2 + shape[0], 3 : 3 + shape[1]]
        image.flags.writeable = False
    return image, binary, binary * rng.random(shape).astype(np.float32), labels


def assert_same(found, expected):
    """Equal values, NaN and the sign of zero apart, of equal types."""
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs, strict=isinstance(mine, np.ndarray))
        assert type(mine) is type(theirs)


@given(tiles(INTEGERS))
def test_integers(tile):
    image, binary, weights, labels = tile
    assert_same(moments.exact(image, binary), plain_moments.exact(image, binary))
    assert_same(by_label(groups.exact(image, labels)), plain_groups.exact(image, labels))
    if image.itemsize < 4:
        for weight in (binary, weights):
            assert_same([histograms.count_values(image, weight)], [plain_histograms.count_values(image, weight)])


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
@given(tiles(REALS))
def test_reals(tile):
    image, binary, weights, labels = tile
    for weight in (binary, weights):
        assert_same(moments.real(image, weight), plain_moments.real(image, weight))
    assert_same(by_label(groups.real(image, labels)), plain_groups.real(image, labels))


@given(tiles((*INTEGERS, *REALS)), st.sampled_from([(1, -1, 1), (256, 0, 256), (7, -0.1, 0.2), (1000, -1e300, 1e5)]))
def test_bins(tile, bins):
    image, binary, weights, _ = tile
    edges = np.linspace(bins[1], bins[2], bins[0] + 1)
    for weight in (binary, weights):
        assert_same([histograms.count_bins(image, weight, edges)], [plain_histograms.count_bins(image, weight, edges)])


@given(tiles((*INTEGERS, *REALS)))
def test_gathered_values(tile):
    image, _, _, labels = tile
    ids, count = np.unique(labels[(labels > 0) & (image == image)], return_counts=True)
    expected = [np.sort(image[(labels == label) & (image == image)]) for label in ids]
    for loops in (groups, plain_groups):
        known, counts = (loops.real if image.dtype.kind == "f" else loops.exact)(image, labels)[:2]
        values = loops.gather(image, labels, known, counts)
        starts = dict(zip(known.tolist(), np.cumsum(counts) - counts, strict=True))
        for label, n, sorted_values in zip(ids.tolist(), count, expected, strict=True):
            assert_same([np.sort(values[starts[label] : starts[label] + n])], [sorted_values])


def by_label(columns):
    """The rows of a table in the order of their labels."""
    order = np.argsort(columns[0])
    return [column[order] for column in columns]


@given(st.lists(st.lists(st.integers(0, 30), max_size=90), max_size=6), st.sampled_from(("uint8", "int32", *REALS)))
def test_selected_quantiles(lists, dtype):
    values = np.array([value for part in lists for value in part], dtype)
    starts = np.cumsum([0, *map(len, lists)])
    asked = np.array([0, 0.3, 0.5, 0.9, 1])
    found = quantiles.select(values.copy(), starts, asked)
    np.testing.assert_array_equal(found, plain_quantiles.select(values, starts, asked))
    expected = [np.quantile(np.array(part, float), asked) if part else [np.nan] * 5 for part in lists]
    np.testing.assert_array_equal(found, np.array(expected).reshape(-1, 5))


@pytest.mark.parametrize("values", [np.r_[:200000, 200000:0:-1], np.zeros(300000), np.arange(300000) % 3], ids=str)
def test_selection_has_no_bad_case(values):
    found = quantiles.select(values.astype(np.float32), np.array([0, values.size]), np.array([0.5]))
    assert found[0, 0] == np.median(values)


def test_runs_are_regrouped():
    values, runs, counts = np.arange(6.0), np.array([1, 0, 1]), np.array([2, 1, 3])
    for loops in (quantiles, plain_quantiles):
        assert loops.regroup(values, runs, counts, np.array([0, 1, 6])).tolist() == [2, 0, 1, 3, 4, 5]


# -- what the compiled kernels share -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window", [np.s_[:], np.s_[2:5, 1:4], np.s_[:0], np.s_[:, :0], np.s_[::-1], np.s_[:, ::2], np.s_[::2]], ids=str
)
def test_rows_are_contiguous_whatever_they_were(window):
    whole = np.arange(48, dtype=np.uint16).reshape(6, 8)
    whole.flags.writeable = False
    array = whole[window]
    ready = compiled.rows(array)
    assert ready.flags.c_contiguous and ready.flags.writeable
    np.testing.assert_array_equal(ready[:, : array.shape[1]], array)


def test_small_jobs_are_plain_until_numba_is_there(monkeypatch):
    monkeypatch.setattr(kernels, "_decided", {})
    monkeypatch.setattr(kernels, "_spent", 0)
    assert kernels.pick("moments", 100) is moments, "numba is loaded here"
    monkeypatch.setattr(kernels, "_decided", {})
    monkeypatch.delitem(sys.modules, "numba")
    assert kernels.pick("moments", 100) is plain_moments
    assert kernels.pick("moments", kernels._PLAIN_PIXELS) is moments
    assert kernels.pick("moments", 100) is moments, "once decided, it stays"


_SCRIPT = """
import os, sys, numpy as np
from roimask.kernels.compiled import moments
moments.exact(np.ones((3, 3), np.uint8), np.ones((3, 3), np.uint8))
"""


def _run(folder, **environment):
    known = {k: v for k, v in os.environ.items() if k != "ROIMASK_QUIET"}
    command = [sys.executable, "-c", _SCRIPT]
    environment = {**known, "NUMBA_CACHE_DIR": str(folder), **environment}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stderr


def test_the_first_compilation_is_said_once(tmp_path):
    assert _run(tmp_path / "a", ROIMASK_QUIET="1") == ""
    assert _run(tmp_path / "b").count("compiling kernels") == 1
    assert _run(tmp_path / "b") == ""
