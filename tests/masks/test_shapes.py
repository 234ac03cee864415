"""Shapes against what defines them: centres inside, GDAL's pixels, the exact area of each pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roimask as rm
from roimask.kernels.compiled import coverage as compiled_coverage
from roimask.kernels.compiled import polygons as compiled
from roimask.kernels.plain import coverage as plain_coverage
from roimask.kernels.plain import polygons as plain
from roimask.masks.draw import segments

FRAME = (40, 50)
ROWS, COLUMNS = np.mgrid[:40, :50] + 0.5

# Each shape, and the naive test of whether a point lies in it.
SHAPES = {
    "rectangle": (
        lambda **k: rm.rectangle(FRAME, 3.25, 5.5, 20.5, 30.25, **k),
        lambda r, c: (r >= 3.25) & (r < 23.75) & (c > 5.5) & (c <= 35.75),
    ),
    "rounded_rectangle": (
        lambda **k: rm.rounded_rectangle(FRAME, 4, 6, 30, 40, 9, **k),
        lambda r, c: np.hypot(np.maximum(abs(r - 19) - 6, 0), np.maximum(abs(c - 26) - 11, 0)) <= 9,
    ),
    "circle": (lambda **k: rm.circle(FRAME, (20, 24.5), 15.3, **k), lambda r, c: np.hypot(r - 20, c - 24.5) <= 15.3),
    "circle cut by the frame": (
        lambda **k: rm.circle(FRAME, (2, -3), 17, **k),
        lambda r, c: np.hypot(r - 2, c + 3) <= 17,
    ),
    "ellipse": (
        lambda **k: rm.ellipse(FRAME, (20, 25), (8, 19), 30, **k),
        lambda r, c: _turned(r - 20, c - 25, 30, 8, 19) <= 1,
    ),
    "ring": (
        lambda **k: rm.ring(FRAME, (20, 25), 18, 11, **k),
        lambda r, c: (np.hypot(r - 20, c - 25) <= 18) & (np.hypot(r - 20, c - 25) > 11),
    ),
    "sector": (
        lambda **k: rm.sector(FRAME, (20, 25), 18, 20, 130, **k),
        lambda r, c: (np.hypot(r - 20, c - 25) <= 18) & _between(r - 20, c - 25, 20, 110),
    ),
    "wide sector": (
        lambda **k: rm.sector(FRAME, (20, 25), 18, 200, 80, **k),
        lambda r, c: (np.hypot(r - 20, c - 25) <= 18) & _between(r - 20, c - 25, 200, 240),
    ),
    "line": (
        lambda **k: rm.line(FRAME, [(8, 9), (30, 41)], 5, **k),
        lambda r, c: _distance_to_segment(r, c, (8, 9), (30, 41)) <= 2.5,
    ),
    "heart": (lambda **k: rm.heart(FRAME, (20, 25), 33, **k), lambda r, c: _in_heart(r, c, (20, 25), 33)),
}


def _turned(y, x, angle, vertical, horizontal):
    turn = math.radians(angle)
    along, across = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    return (along / horizontal) ** 2 + (across / vertical) ** 2


def _between(y, x, start, extent):
    return (np.degrees(np.arctan2(-y, x)) - start) % 360 <= extent


def _distance_to_segment(r, c, start, stop):
    step = np.subtract(stop, start)
    along = np.clip(((r - start[0]) * step[0] + (c - start[1]) * step[1]) / (step @ step), 0, 1)
    return np.hypot(r - start[0] - along * step[0], c - start[1] - along * step[1])


def _in_heart(r, c, center, width):
    side = width / (1 + 1 / math.sqrt(2))
    height = side * (0.5 + 3 / (2 * math.sqrt(2)))
    y = r - (center[0] + height / 2 - side / math.sqrt(2))
    x = abs(c - center[1])
    lobe = np.hypot(x - side / math.sqrt(8), y + side / math.sqrt(8)) <= side / 2
    return (abs(y) + x <= side / math.sqrt(2)) | lobe


@pytest.mark.parametrize("name", SHAPES)
def test_a_pixel_belongs_to_a_shape_when_its_centre_does(name):
    draw, inside = SHAPES[name]
    assert np.array_equal(np.asarray(draw()), inside(ROWS, COLUMNS))


@pytest.mark.parametrize("name", SHAPES)
def test_coverage_is_the_share_of_fine_samples(name):
    draw, inside = SHAPES[name]
    fine = 64
    rows, columns = (np.arange(40 * fine)[:, None] + 0.5) / fine, (np.arange(50 * fine) + 0.5) / fine
    share = inside(rows, columns).reshape(40, fine, 50, fine).mean(axis=(1, 3))
    mask = draw(coverage=True)
    assert mask.kind == "weights"
    assert np.allclose(np.asarray(mask), share, atol=0.02)
    assert abs(mask.area - share.sum()) < 0.2


@pytest.mark.parametrize(
    ("mask", "area"),
    [
        (lambda: rm.circle((90, 90), (45.1, 44.7), 30, coverage=True), math.pi * 900),
        (lambda: rm.ellipse((90, 90), (45, 45), (9.5, 40), 77, coverage=True), math.pi * 380),
        (lambda: rm.ring((90, 90), (45, 45), 30, 29.5, coverage=True), math.pi * (900 - 29.5**2)),
        (lambda: rm.sector((90, 90), (45, 45), 30, -45, 75, coverage=True), math.pi * 300),
        (lambda: rm.rectangle((90, 90), 10.2, 20.3, 30.4, 40.5, coverage=True), 30.4 * 40.5),
        (lambda: rm.rounded_rectangle((90, 90), 9, 9, 40, 50, 10, coverage=True), 2000 - (4 - math.pi) * 100),
        (lambda: rm.line((90, 90), [(20, 20), (50, 60)], 6, coverage=True), 300 + math.pi * 9),
        (lambda: rm.regular_polygon((90, 90), (45, 45), 30, 6, coverage=True), 1350 * math.sqrt(3)),
        (lambda: rm.star((90, 90), (45, 45), 40, 4, inner=0.5, coverage=True), 1600 * 4 * 0.5 * math.sin(math.pi / 4)),
    ],
)
def test_coverage_adds_up_to_the_area(mask, area):
    assert mask().area == pytest.approx(area, abs=1e-4)


def test_circles_of_any_size_agree_with_the_circle_cut_into_many_edges():
    turns = np.linspace(0, 2 * math.pi, 400_000, endpoint=False)
    for center, radius in (((11.3, 9.1), 0.3), ((10.5, 10.5), 5.5), ((10, 10), 9), ((-400, 7), 412.2), ((9, 9), 13)):
        points = np.stack([center[0] + radius * np.sin(turns), center[1] + radius * np.cos(turns)], axis=1)
        fine = np.asarray(rm.polygon((20, 20), points, coverage=True))
        assert np.allclose(np.asarray(rm.circle((20, 20), center, radius, coverage=True)), fine, atol=1e-6)


# -- polygons ------------------------------------------------------------------------------------------------------


def _random_rings(rng, most_rings=3):
    """Rings of every hard sort: any corner, corners on corners and on centres of pixels, edges along both."""
    sort = rng.integers(4)
    for _ in range(rng.integers(1, most_rings + 1)):
        points = rng.uniform(-8, 40, (rng.integers(3, 12), 2))
        yield [points, np.round(points), np.round(points * 2) / 2, np.round(points) + 0.5][sort]


def _rasterized(rings, shape):
    rasterio_features = pytest.importorskip("rasterio.features")
    closed = [[(float(c), float(r)) for r, c in [*ring, ring[0]]] for ring in rings]
    geometry = {"type": "Polygon", "coordinates": closed}
    return rasterio_features.rasterize([(geometry, 1)], out_shape=shape, dtype="uint8")


def test_polygons_are_gdals_to_the_pixel():
    rng = np.random.default_rng(7)
    for _ in range(1500):
        shape = tuple(int(n) for n in rng.integers(1, 36, 2))
        rings = list(_random_rings(rng))
        mask = rm.polygon(shape, rings[0], rings[1:])
        assert np.array_equal(np.asarray(mask), _rasterized(rings, shape)), [ring.tolist() for ring in rings]


def test_a_polygon_is_the_same_closed_or_not_and_either_way_around():
    points = np.array([(2.5, 3.5), (2.5, 30.5), (20.5, 30.5), (20.5, 3.5)])
    mask = rm.polygon(FRAME, points)
    assert mask == rm.polygon(FRAME, [*points, points[0]]) == rm.polygon(FRAME, points[::-1])
    assert mask.bbox == (2, 4, 20, 31)


def test_self_intersections_are_even_odd():
    assert rm.polygon((10, 10), [(0, 0), (10, 10), (0, 10), (10, 0)]).area == 40 + 10
    twice = [(1, 1), (1, 8), (8, 8), (8, 1)] * 2
    assert rm.polygon((10, 10), twice).area == 0
    assert rm.polygon((10, 10), twice, coverage=True).area == 0


@pytest.mark.parametrize("cells", [lambda r: r, np.round, lambda r: np.round(r) + 0.5, lambda r: np.round(r * 2) / 2])
def test_neighbours_share_no_pixel_and_lose_none(cells):
    """Squares of a grid whose corners are moved: the whole is covered once."""
    rng = np.random.default_rng(3)
    grid = np.stack(np.mgrid[0:41:8, 0:41:8], axis=-1).astype(float)
    inner = grid[1:-1, 1:-1]
    inner[...] = cells(inner + rng.uniform(-2.4, 2.4, inner.shape))
    count = np.zeros((40, 40), int)
    for r in range(5):
        for c in range(5):
            corners = [grid[r, c], grid[r, c + 1], grid[r + 1, c + 1], grid[r + 1, c]]
            count += np.asarray(rm.polygon((40, 40), corners))
    assert (count == 1).all()


def test_many_polygons_are_drawn_in_order_and_the_last_wins():
    rng = np.random.default_rng(5)
    lists = [next(_random_rings(rng)) for _ in range(60)]
    expected = np.zeros((36, 36), np.int32)
    for number, points in enumerate(lists, 1):
        expected[np.asarray(rm.polygon((36, 36), points))] = number
    mask = rm.polygons((36, 36), lists)
    assert mask.kind == "labels"
    assert np.array_equal(np.asarray(mask), expected)
    assert rm.polygons((36, 36), [points.tolist() for points in lists]) == mask


def test_the_plain_and_the_compiled_kernels_agree_to_the_bit():
    rng = np.random.default_rng(11)
    for _ in range(150):
        polygons = [list(_random_rings(rng)) for _ in range(rng.integers(1, 5))]
        rings = [ring for polygon in polygons for ring in polygon]
        y, x = np.ascontiguousarray(np.concatenate(rings).T)
        offsets = [np.cumsum([0, *map(len, parts)]) for parts in (rings, polygons)]
        runs = [kernel.polygon_runs(x, y, *offsets, 30, 33) for kernel in (plain, compiled)]
        assert runs[0].dtype == runs[1].dtype and np.array_equal(*runs)
        painted = [np.zeros((30, 33), np.int32) for _ in runs]
        labels = np.arange(1, len(polygons) + 1, dtype=np.int32)
        for kernel, out in zip((plain, compiled), painted, strict=True):
            kernel.paint_runs(out, runs[0], labels, 0, 0)
        assert np.array_equal(*painted)
        edges = plain_coverage.clip_edges(segments(np.stack([x, y], axis=1)), 30, 33)
        pieces = [kernel.edge_pieces(edges) for kernel in (plain_coverage, compiled_coverage)]
        assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(*pieces, strict=True))
        shares = [kernel.sweep(pieces[0], 0, 0, 30, 33) for kernel in (plain_coverage, compiled_coverage)]
        assert np.array_equal(*shares)


def _star_shaped(rng, center, radius):
    turns = np.sort(rng.uniform(0, 2 * math.pi, rng.integers(3, 25)))
    reach = rng.uniform(0.3, 1, len(turns)) * radius
    return np.stack([center[0] + reach * np.sin(turns), center[1] + reach * np.cos(turns)], axis=1)


def test_coverage_is_shapelys_intersection_and_exactextracts_fraction():
    shapely = pytest.importorskip("shapely")
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[:24, :30]
    pixels = shapely.box(columns, rows, columns + 1, rows + 1)
    for number in range(120):
        outer, hole = _star_shaped(rng, (12, 14), 17), _star_shaped(rng, (12, 14), 3)
        if number % 3 == 0:
            outer, hole = np.round(outer * 2) / 2, np.round(hole * 2) / 2
        shape = shapely.Polygon(outer[:, ::-1], [hole[:, ::-1]])
        if not shape.is_valid:
            continue
        got = np.asarray(rm.polygon((24, 30), outer, [hole], coverage=True))
        assert np.allclose(got, shapely.area(shapely.intersection(pixels, shape)), atol=1e-6)


def test_coverage_is_exactextracts():
    exactextract = pytest.importorskip("exactextract")
    from exactextract.raster import NumPyRasterSource

    rng = np.random.default_rng(4)
    outer = _star_shaped(rng, (12, 14), 11)
    ring = [(float(c), float(24 - r)) for r, c in [*outer, outer[0]]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    raster = NumPyRasterSource(np.zeros((24, 30)), 0, 0, 30, 24)
    found = exactextract.exact_extract(raster, feature, ["cell_id", "coverage"])[0]["properties"]
    expected = np.zeros(24 * 30)
    expected[np.asarray(found["cell_id"], int)] = found["coverage"]
    got = np.asarray(rm.polygon((24, 30), outer, coverage=True))
    assert np.allclose(got, expected.reshape(24, 30), atol=1e-6)


@given(
    st.lists(st.tuples(st.integers(-20, 60), st.integers(-20, 60)), min_size=3, max_size=9),
    st.floats(0.01, 1),
    st.integers(-100_000, 100_000),
)
def test_coverage_stays_in_bounds_whatever_the_polygon(points, scale, shift):
    mask = rm.polygon((30, 30), np.array(points) * scale + [0, shift // 5000], coverage=True)
    assert mask.values.size == 0 or (mask.values.min() >= 0 and mask.values.max() <= 1)


@pytest.mark.parametrize("far", [1e6, -1e6, 1e15, 1e300])
def test_what_lies_far_outside_is_cut_off(far):
    reach = abs(far)
    corners = [(-reach, far - reach), (reach, far - reach), (reach, far + reach), (-reach, far + reach)]
    assert rm.polygon((5, 6), np.array(corners)).area in (0, 30)
    assert rm.circle((5, 6), (far, far), 3).area == 0
    assert rm.rectangle((5, 6), -1e9, -1e9, 3e9, 3e9).area == 30
    assert rm.rectangle((5, 6), far, far, 1, 1, coverage=True).area == 0
    for draw in (
        lambda: rm.circle((5, 6), (far, far), 3, coverage=True),
        lambda: rm.polygon((5, 6), corners, coverage=True),
    ):
        if reach < 1e9:
            assert draw().area in (0, 30)
        else:
            with pytest.raises(rm.ParameterError, match="coverage needs coordinates within 1e\\+09 pixels"):
                draw()


@pytest.mark.parametrize("frame", [(0, 0), (0, 5), (5, 0), (1, 1)])
def test_frames_of_no_or_one_pixel(frame):
    for draw in (
        lambda **k: rm.circle(frame, (0.5, 0.5), 3, **k),
        lambda **k: rm.rectangle(frame, -1, -1, 5, 5, **k),
        lambda **k: rm.polygon(frame, [(-9, -9), (-9, 30), (30, -9)], **k),
    ):
        assert draw().area == draw(coverage=True).area == frame[0] * frame[1] // max(frame[0] * frame[1], 1)


def test_a_mask_holds_its_bounding_box_only():
    mask = rm.polygon((100_000, 100_000), [(50_000, 50_000), (50_000, 50_010), (50_010, 50_000)])
    assert mask.bbox == (50_000, 50_000, 50_010, 50_010) and mask.values.shape == (10, 10)


def test_lengths_in_per_cent():
    assert rm.circle((100, 200), ("50%", "50%"), "40%") == rm.circle((100, 200), (50, 100), 40)
    assert rm.rectangle((100, 200), "10%", "10%", "80%", "80%").bbox == (10, 20, 90, 180)


def test_text_is_written_about_its_centre():
    mask, weights = rm.text((60, 120), "roi", (30, 60), 40), rm.text((60, 120), "roi", (30, 60), 40, coverage=True)
    assert mask == rm.Mask(np.asarray(weights) >= 128 / 255)
    top, left, bottom, right = weights.bbox
    assert abs((top + bottom) / 2 - 30) <= 1 and abs((left + right) / 2 - 60) <= 1
    assert rm.text((60, 120), "a\nb", (30, 60), 20).bbox[0] < rm.text((60, 120), "ab", (30, 60), 20).bbox[0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rm.circle(FRAME, (5, 5), 0), "circle: radius is above 0"),
        (lambda: rm.circle(FRAME, (math.nan, 5), 2), "circle: center is finite"),
        (lambda: rm.ellipse(FRAME, (5, 5), (3, -1)), "ellipse: radii is above 0"),
        (lambda: rm.ring(FRAME, (5, 5), 3, 4), "ring: inner_radius is less than radius"),
        (lambda: rm.sector(FRAME, (5, 5), 3, 40, 40), "sector: start and stop are two directions"),
        (lambda: rm.rectangle(FRAME, 1, 1, -3, 4), "rectangle: height is above 0"),
        (lambda: rm.rounded_rectangle(FRAME, 1, 1, 3, 4, -1), "rounded_rectangle: radius is 0 or more"),
        (lambda: rm.polygon(FRAME, [(1, 1), (2, 2)]), "polygon: the polygon has 2 points; three"),
        (
            lambda: rm.polygon(FRAME, [(1, 1), (2, 2), (3, math.nan)]),
            "the polygon has a point that is not finite, number 3",
        ),
        (lambda: rm.polygon(FRAME, [(1, 1), (2, 2), (3, 1)], [[(1, 1)]]), "polygon: hole 1 has 1 points"),
        (lambda: rm.polygons(FRAME, [[(1, 1), (2, 2), (3, 1)], []]), "polygons: polygon 2 has 0 points"),
        (lambda: rm.line(FRAME, [(1, 1)]), "line: a line has two points or more"),
        (lambda: rm.line(FRAME, [(1, 1), (2, 2)], 0), "line: width is above 0"),
        (lambda: rm.star(FRAME, (5, 5), 3, 1), "star: points is the number of tips"),
        (lambda: rm.star(FRAME, (5, 5), 3, inner=0), "star: inner is a share"),
        (lambda: rm.regular_polygon(FRAME, (5, 5), 3, 2), "regular_polygon: sides is 3 or more"),
    ],
)
def test_what_is_no_shape_is_one_clear_error(call, message):
    with pytest.raises(rm.ParameterError, match=message):
        call()


def test_a_font_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(rm.ReadError, match=r"text: the font .*letters\.ttf"):
        rm.text(FRAME, "a", (5, 5), 10, font=str(tmp_path / "letters.ttf"))


@pytest.mark.parametrize("shape", [(40, 300), (300, 90), (200, 200)])
@pytest.mark.parametrize("words", ["roi", "two\nlines", "O"])
def test_text_without_a_size_fills_the_frame(shape, words):
    top, left, bottom, right = rm.text(shape, words, ("50%", "50%"), coverage=True).bbox
    assert 0 <= top < bottom <= shape[0] and 0 <= left < right <= shape[1]
    assert max((bottom - top) / shape[0], (right - left) / shape[1]) > 0.85
