"""Outlines: filled again they are the mask; rings run the right way round; neighbours stay neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import roimask as rm
from roimask.kernels.compiled import trace as compiled
from roimask.kernels.plain import trace as plain
from roimask.masks.vectorise import Polygon

shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)
binary = hnp.arrays(np.bool_, shapes)
labels = hnp.arrays(np.int32, shapes, elements=st.integers(0, 3))


def area(ring: np.ndarray) -> float:
    y, x = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def filled(polygons: list[Polygon], frame: rm.Frame) -> np.ndarray:
    out = np.zeros(frame.shape, np.int32)
    for polygon in polygons:
        inside = np.asarray(rm.polygon(frame, polygon.points, polygon.holes))
        assert not out[inside].any(), "polygons share no pixel"
        out[inside] = polygon.label
    return out


@given(labels)
def test_filled_again_the_polygons_are_the_mask(array):
    mask = rm.Mask(array, "labels")
    polygons = mask.polygons()
    assert np.array_equal(filled(polygons, mask.frame), array)
    assert [polygon.label for polygon in polygons] == sorted(polygon.label for polygon in polygons)


@given(binary)
def test_rings_run_the_right_way_round(array):
    for polygon in rm.Mask(array).polygons():
        assert area(polygon.points) > 0 and all(area(hole) < 0 for hole in polygon.holes)
        for ring in (polygon.points, *polygon.holes):
            steps = np.diff(np.vstack([ring, ring[:1]]), axis=0)
            assert ((steps == 0).sum(axis=1) == 1).all(), "every side runs along a row or a column"
            assert ((steps[:-1] != 0) != (steps[1:] != 0)).all(), "no corner is on a straight line"


@given(binary)
def test_polygons_are_valid_and_one_a_component(array):
    shapely = pytest.importorskip("shapely")
    ndimage = pytest.importorskip("scipy.ndimage")
    polygons = rm.Mask(array).polygons()
    assert len(polygons) == ndimage.label(array)[1]
    for polygon in polygons:
        shape = shapely.Polygon(polygon.points, polygon.holes)
        assert shape.is_valid
    assert sum(shapely.Polygon(p.points, p.holes).area for p in polygons) == array.sum()


@given(labels)
def test_plain_and_compiled_kernels_agree(array):
    for a, b in zip(plain.outlines(array), compiled.outlines(array), strict=True):
        assert np.array_equal(a, b) and a.dtype == b.dtype


def test_labels_keep_their_numbers_and_places():
    mask = rm.Mask.from_crop(np.array([[7, 7, 2]]), (3, 4), (9, 9), "labels")
    first, second = mask.polygons()
    assert (first.label, second.label) == (2, 7)
    assert second.points.tolist() == [[3, 4], [3, 6], [4, 6], [4, 4]]


def test_simplified_polygons_share_their_boundaries():
    shapely = pytest.importorskip("shapely")
    mask = rm.Mask(
        np.asarray(rm.circle((60, 60), (30, 30), 25)) + 2 * np.asarray(rm.rectangle((60, 60), 30, 0, 30, 60))
    )
    exact, simple = mask.polygons(), mask.polygons(tolerance=2)
    assert {p.label for p in exact} == {p.label for p in simple} == {1, 2, 3}
    assert sum(len(p.points) for p in simple) < sum(len(p.points) for p in exact) / 3
    shapes = [shapely.Polygon(p.points[:, ::-1], [hole[:, ::-1] for hole in p.holes]) for p in simple]
    assert shapely.coverage_is_valid(shapes) and all(area(p.points) > 0 for p in simple)
    assert abs(sum(shape.area for shape in shapes) - mask.area) < 0.05 * mask.area


def test_what_has_no_outline():
    assert rm.Mask(np.zeros((3, 3), bool)).polygons() == [] == rm.Mask(np.zeros((3, 3), bool)).polygons(tolerance=1)
    with pytest.raises(rm.ParameterError, match="weights have no outline"):
        rm.Mask(np.array([[0.5]])).polygons()
    with pytest.raises(rm.ParameterError, match="tolerance is 0 or more pixels, got -1"):
        rm.Mask(np.array([[True]])).polygons(tolerance=-1)


@pytest.mark.parametrize(
    ("pixels", "holes"),
    [
        ([[0, 1, 1], [1, 0, 1], [1, 1, 1]], 1),  # a hole that touches the outside at a corner
        ([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], 2),  # two holes that touch each other
    ],
)
def test_rings_that_come_to_a_corner_twice_are_parted(pixels, holes):
    shapely = pytest.importorskip("shapely")
    (polygon,) = rm.Mask(np.array(pixels)).polygons()
    assert len(polygon.holes) == holes
    assert shapely.Polygon(polygon.points, polygon.holes).is_valid
