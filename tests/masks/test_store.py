"""The compact store: a mask kept as run lengths answers as one kept as pixels, in little memory."""

from __future__ import annotations

import pickle
import tracemalloc
from operator import and_, or_, sub, xor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roimask as rm
from roimask.frame import Frame
from roimask.kernels.compiled import run_algebra as compiled
from roimask.kernels.plain import run_algebra as plain
from roimask.mask import Mask
from roimask.masks import store
from roimask.masks.overlap import iou
from roimask.masks.runs import Runs, runs_of

SIZE = (60, 70)
OPERATORS = [and_, or_, sub, xor]


@st.composite
def arrays(draw) -> np.ndarray:
    """Blocks and bars, some of which reach from one edge of the frame to the other."""
    random = np.random.default_rng(draw(st.integers(0, 999)))
    array = np.zeros(SIZE, bool)
    for _ in range(draw(st.integers(0, 4))):
        top, left = random.integers(0, SIZE[0]), random.integers(0, SIZE[1])
        rows = slice(top, random.integers(top, SIZE[0]) + 1) if random.random() < 0.7 else slice(None)
        array[rows, left : random.integers(left, SIZE[1]) + 1] ^= True
    return array


def coded(array: np.ndarray) -> Mask:
    """The mask kept as runs, whether or not these are smaller."""
    dense, mask = Mask(array), Mask.__new__(Mask)
    mask._set(None, runs_of(dense), dense.window, dense.frame, "binary", None)
    return mask


masks = st.builds(lambda array, make: make(array), arrays(), st.sampled_from([Mask, coded]))


@given(arrays(), arrays(), st.integers(0, 7).map(lambda bits: 2 * bits))
def test_runs_combine_as_pixels_do_in_both_kernels(a, b, keep):
    runs = runs_of(Mask(a)), runs_of(Mask(b))
    wanted = runs_of(Mask(keep >> (a + 2 * b) & 1 == 1))
    for kernel in (plain, compiled):
        assert np.array_equal(kernel.combine(*runs, keep), wanted)


@given(arrays(), st.tuples(st.integers(0, 60), st.integers(0, 70), st.integers(0, 60), st.integers(0, 70)))
def test_runs_are_cropped_as_pixels_are_in_both_kernels(array, sides):
    (top, bottom), (left, right) = sorted(sides[::2]), sorted(sides[1::2])
    window = array[top:bottom, left:right]
    for kernel in (plain, compiled):
        found = kernel.crop(runs_of(Mask(array)), SIZE[0], top, left, bottom, right)
        assert np.array_equal(found, runs_of(Mask(window))) or not window.size
    assert np.array_equal(coded(array).read((top, left, bottom, right)), window)


@given(arrays())
def test_rows_are_turned_to_columns(array):
    edges = np.argwhere(np.diff(array.astype(np.int8), axis=1, prepend=0, append=0))
    rows = np.column_stack([edges[::2], edges[1::2, 1]])
    assert np.array_equal(store.turn(rows, SIZE), runs_of(Mask(array)))


@given(arrays())
def test_both_stores_hold_the_same_mask(array):
    one, other = coded(array), Mask(array)
    assert one == other and other == one and hash(one) == hash(other) and repr(one) == repr(other)
    assert (one.area, one.bbox, one.labels) == (other.area, other.bbox, other.labels)
    assert one.values.dtype == bool and not one.values.flags.writeable and np.array_equal(one.values, other.values)
    assert np.array_equal(one.weight, other.weight) and one.weight.dtype == np.uint8
    assert np.array_equal(np.asarray(one), array) and pickle.loads(pickle.dumps(coded(array))) == other
    assert np.array_equal(one.read((3, -2, 70, 40)), other.read((3, -2, 70, 40)))
    assert iou([coded(array)], [other]) == (1.0 if array.any() else 0.0)
    assert rm.encode_rle([coded(array)]) == rm.encode_rle([array])


@given(arrays(), arrays(), st.sampled_from([Mask, coded]), st.sampled_from([Mask, coded]), st.sampled_from(OPERATORS))
def test_algebra_answers_the_same_from_either_store(a, b, make_a, make_b, join):
    wanted = {and_: a & b, or_: a | b, sub: a & ~b, xor: a ^ b}[join]
    found = join(make_a(a), make_b(b))
    assert np.array_equal(np.asarray(found), wanted)
    assert found == coded(wanted) == Mask(wanted) and hash(found) == hash(Mask(wanted))


@given(masks, masks, masks)
def test_laws_of_sets_hold_over_both_stores(a, b, c):
    assert ~(a & b) == ~a | ~b and ~(a | b) == ~a & ~b
    assert a & a == a == a | a and ~~a == a and (a ^ a).area == 0
    assert a & (b | c) == (a & b) | (a & c) and (a - b) | (a & b) == a
    assert a ^ b == (a | b) - (a & b)
    assert (a | b).area == a.area + b.area - (a & b).area


def test_a_weights_or_labels_mask_meets_a_coded_one():
    array = np.zeros(SIZE, bool)
    array[5:50, 9:60] = True
    weights, labels = Mask(np.full(SIZE, 0.5)), Mask(np.full(SIZE, 3))
    for other in (weights, labels):
        for join in OPERATORS:
            assert join(coded(array), other) == join(Mask(array), other)
            assert join(other, coded(array)) == join(other, Mask(array))


def test_coco_counts_with_empty_runs_are_made_maximal():
    rle = {"size": list(SIZE), "counts": [60, 600, 0, 1000, 60 * 70 - 1660]}
    (mask,) = Runs.of_rles([rle]).masks(Frame(*SIZE))
    assert mask._runs is not None and len(mask._runs) == 1
    assert mask == Mask(rm.decode_rle([rle])[0])


def test_the_store_is_chosen_by_size():
    round_one = rm.polygon((500, 500), [(10, 10), (10, 480), (480, 480), (480, 10)])
    assert round_one._runs is not None and round_one.nbytes * 4 < round_one.values.size
    noise = Mask(np.random.default_rng(0).random((500, 500)) < 0.5)
    assert (noise & round_one)._runs is None and (noise | round_one)._runs is None
    assert (~rm.Mask.from_crop(np.ones((5, 5), bool), (9, 9), (500, 500)))._runs is not None


def test_decoded_pixels_live_while_they_are_used():
    mask = rm.polygon((500, 500), [(10, 10), (10, 480), (480, 480), (480, 10)])
    before, held = mask.nbytes, mask.values
    assert np.shares_memory(mask.values, held) and mask.nbytes == before
    with pytest.raises(ValueError):
        held.setflags(write=True)
    with pytest.raises(AttributeError):
        mask.values = held
    assert np.shares_memory(mask.weight, held) and mask.nbytes == before + held.nbytes


def test_a_large_frame_is_never_filled():
    side, vertices = 20_000, 100_000
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 9000 + 300 * np.sin(40 * turn) + np.random.default_rng(0).uniform(-0.4, 0.4, vertices)
    points = np.stack([side / 2 + radius * np.sin(turn), side / 2 + radius * np.cos(turn)], axis=1)
    rm.polygon((9, 9), points / side)  # what is loaded and compiled once is not the mask's
    iou([coded(np.eye(9, dtype=bool))], [coded(np.eye(9, dtype=bool))])
    tracemalloc.start()
    mask = rm.polygon((side, side), points)
    outside, corner = ~mask, rm.polygon((side, side), [(0, 0), (0, 12_000), (12_000, 12_000), (12_000, 0)])
    both = mask | corner
    assert mask.area + outside.area == side**2 and outside.bbox == (0, 0, side, side)
    assert iou([mask], [corner])[0, 0] == (mask & corner).area / both.area
    assert ~outside == mask and mask != outside and hash(~outside) == hash(mask)
    assert mask.read((10_000, 10_000, 10_064, 10_064)).all()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6 and mask.nbytes < 2e6
