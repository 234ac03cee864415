"""Run lengths and overlap: the bytes and numbers of pycocotools, whatever is given."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import roimask as rm
from roimask.kernels.compiled import runs as compiled
from roimask.kernels.plain import runs as plain
from roimask.masks.overlap import iou
from roimask.masks.rle import decode_rle, encode_rle
from roimask.masks.runs import Runs

pycoco = pytest.importorskip("pycocotools.mask")

stacks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=40), elements=st.booleans())
sizes = st.tuples(st.integers(0, 4), st.integers(1, 70), st.integers(1, 70))


@st.composite
def blobs(draw) -> np.ndarray:
    """Masks with long runs, short ones, and runs that go on from column to column."""
    shape = draw(sizes)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    stack = np.zeros(shape, bool)
    for mask in stack:
        for _ in range(draw(st.integers(0, 3))):
            top, left = random.integers(0, shape[1]), random.integers(0, shape[2])
            mask[top : random.integers(top, shape[1]) + 1, left : random.integers(left, shape[2]) + 1] ^= True
    return stack


def theirs(stack: np.ndarray) -> list[dict]:
    return pycoco.encode(np.asfortranarray(stack.transpose(1, 2, 0).astype(np.uint8)))


@given(st.one_of(stacks, blobs()))
def test_encoding_is_that_of_pycocotools(stack):
    assert (
        encode_rle(stack) == encode_rle([rm.Mask(mask) for mask in stack]) == encode_rle(list(stack)) == theirs(stack)
    )
    assert np.array_equal(decode_rle(encode_rle(stack)), stack) or not len(stack)


@given(st.one_of(stacks, blobs()))
def test_uncompressed_counts_and_text_are_read(stack):
    rles = theirs(stack)
    counts = [np.diff([0, *naive_runs(mask).ravel(), mask.size]) for mask in stack]
    as_lists = [{"size": rle["size"], "counts": c.tolist()} for rle, c in zip(rles, counts, strict=True)]
    as_text = [{**rle, "counts": rle["counts"].decode()} for rle in rles]
    for rles in (as_lists, as_text):
        assert np.array_equal(decode_rle(rles), stack) or not len(stack)


def naive_runs(mask: np.ndarray) -> np.ndarray:
    """Runs by walking down the columns."""
    runs, before = [], False
    for place, value in enumerate(mask.T.ravel().tolist()):
        if value and not before:
            runs.append([place, place + 1])
        elif value:
            runs[-1][1] = place + 1
        before = value
    return np.array(runs, np.int64).reshape(-1, 2)


@given(st.one_of(stacks, blobs()))
def test_plain_and_compiled_kernels_agree(stack):
    n, height, width = stack.shape
    pixels = stack.view(np.uint8)
    found = [kernel.stack_runs(pixels) for kernel in (plain, compiled)]
    for a, b in zip(*found, strict=True):
        assert np.array_equal(a, b) and a.dtype == b.dtype
    runs, offsets = found[0]
    assert np.array_equal(runs, np.concatenate([np.empty((0, 2)), *map(naive_runs, stack)]))
    texts = [kernel.write_counts(runs, offsets, height * width) for kernel in (plain, compiled)]
    assert all(np.array_equal(a, b) for a, b in zip(*texts, strict=True))
    counts = [kernel.read_counts(*texts[0]) for kernel in (plain, compiled)]
    assert all(np.array_equal(a, b) for a, b in zip(*counts, strict=True)) and counts[0][2].all()
    boxes = [kernel.boxes(runs, offsets, height) for kernel in (plain, compiled)]
    assert np.array_equal(*boxes)
    assert [tuple(box) for box in boxes[0]] == [rm.Mask(mask).bbox for mask in stack]
    shared = [kernel.overlaps(runs, offsets, boxes[0], runs, offsets, boxes[0], height) for kernel in (plain, compiled)]
    assert np.array_equal(*shared)
    flat = stack.reshape(n, height * width).astype(int)
    assert np.array_equal(shared[0], flat @ flat.T)
    for kernel in (plain, compiled):
        filled = np.zeros(stack.shape, np.uint8)
        kernel.fill_runs(filled, runs, offsets)
        assert np.array_equal(filled, stack)


@given(blobs(), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_runs_of_a_window_are_those_of_the_frame(stack, top, left, more):
    for mask in stack:
        padded = np.pad(mask, ((top, more), (left, more)))
        for kernel in (plain, compiled):
            assert np.array_equal(kernel.crop_runs(mask.view(np.uint8), top, left, len(padded)), naive_runs(padded))


@given(blobs(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_iou_is_that_of_pycocotools(stack, crowd):
    rles, crowd = theirs(stack), crowd[: len(stack)]
    expected = np.array(pycoco.iou(rles, rles, crowd)).reshape(len(stack), len(stack))
    masks = [rm.Mask(mask) for mask in stack]
    mixed = [*masks[:1], *stack[1:2], *rles[2:]]
    for given_ in (stack, masks, rles, mixed):
        np.testing.assert_allclose(iou(given_, rles, crowd), expected, rtol=1e-15)


def test_iou_of_weights_and_labels():
    a = rm.Mask(np.array([[0.5, 1.0, 0.0]]))
    b = rm.Mask(np.array([[1, 1, 1]]))
    assert iou([a], [b]) == pytest.approx(1.5 / 3)
    assert iou([a], [rm.encode_rle([b])[0]]) == pytest.approx(1.5 / 3)
    labels = rm.Mask(np.array([[1, 2, 0]]))
    assert np.array_equal(iou(labels, [b]), [[1 / 3], [1 / 3]])
    assert iou([labels], [b]) == pytest.approx(2 / 3)
    assert iou([], [a]).shape == (0, 1) and iou([], []).shape == (0, 0)


def test_labels_and_weights_are_encoded():
    labels = rm.Mask(np.array([[0, 2], [7, 7]]))
    assert [int(decode_rle(rle).sum()) for rle in encode_rle(labels)] == [1, 2]
    assert decode_rle(encode_rle([labels])).sum() == 3
    weights = rm.Mask(np.array([[0.0, 0.25], [0.5, 1.0]]))
    assert decode_rle(encode_rle([weights])).sum() == 3
    assert np.array_equal(decode_rle(encode_rle(np.array([[[0, 7], [-1, 0]]]))), [[[False, True], [True, False]]])


@given(hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 3)))
def test_regions_are_encoded_one_by_one(array):
    mask = rm.Mask(array, "labels")
    assert encode_rle(mask) == encode_rle([mask[label] for label in mask.labels])
    runs = Runs.of_regions(mask)
    assert runs.masks(mask.frame) == [mask[label] for label in mask.labels]
    assert runs.areas.tolist() == [mask[label].area for label in mask.labels]


def test_masks_of_several_sizes():
    rles = encode_rle([np.ones((2, 3), bool), np.ones((4, 5), bool)])
    assert [rle["size"] for rle in rles] == [[2, 3], [4, 5]]
    with pytest.raises(rm.FrameMismatch, match="RLE 1 is 4 × 5, the first 2 × 3"):
        decode_rle(rles)
    with pytest.raises(rm.FrameMismatch, match="masks_a are 2 × 3, masks_b 4 × 5"):
        iou(rles[:1], rles[1:])


@pytest.mark.parametrize(
    ("rle", "message"),
    [
        ({"size": [2, 2], "counts": b"1"}, "counts 1 pixels, its size"),
        ({"size": [2, 2], "counts": [1, 9]}, "counts 10 pixels"),
        ({"size": [2, 2], "counts": [5, -1]}, "neither text nor whole numbers"),
        ({"size": [2, 2], "counts": [[0, 1, 2]]}, "neither text"),
        ({"size": [2, 2], "counts": b"\x00"}, "damaged counts"),
        ({"size": [2, 2], "counts": "ooo"}, "damaged counts"),
        ({"size": [2, 2], "counts": "é"}, "damaged counts"),
        ({"size": [2, 2], "counts": "P" * 30}, "damaged counts"),
        ({"size": [2, 2], "counts": b"P"}, "damaged counts"),
        ({"size": [-2, 2], "counts": b"4"}, "size"),
        ({"counts": b"4"}, "size"),
        ({"size": [2, 2]}, "counts"),
        (None, "size"),
    ],
)
def test_damaged_rles(rle, message):
    with pytest.raises(rm.MaskValueError, match=f"RLE 1.*{message}"):
        decode_rle([{"size": [2, 2], "counts": b"4"}, rle])


@given(st.lists(st.binary(max_size=20), max_size=4))
def test_any_text_is_judged_alike_by_both_kernels(texts):
    text = np.frombuffer(bytearray(b"".join(texts)), np.uint8)
    offsets = np.cumsum([0, *map(len, texts)])
    results = [kernel.read_counts(text, offsets) for kernel in (plain, compiled)]
    assert np.array_equal(results[0][2], results[1][2])


def test_a_flat_array_is_refused():
    with pytest.raises(rm.ParameterError, match=r"\(N, H, W\).*\(2, 2\)"):
        encode_rle(np.zeros((2, 2), bool))
    with pytest.raises(rm.ParameterError, match="iscrowd has an entry for each of the 1 masks"):
        iou(np.ones((1, 2, 2)), np.ones((1, 2, 2)), iscrowd=[0, 1])


def test_real_rles(data):
    folder = data / "masks_coco_rle"
    results = json.loads((folder / "instances_val2014_fakesegm100_results.json").read_text())
    areas = json.loads((folder / "expected_result_areas.json").read_text())["areas"]
    for result, area in zip(results, areas, strict=True):
        rle = result["segmentation"]
        assert Runs.of_rles([rle]).areas.tolist() == [area]
        assert encode_rle(decode_rle(rle)) == [{"size": rle["size"], "counts": rle["counts"].encode()}]
