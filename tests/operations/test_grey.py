"""Grey morphology against extremes written out, and against scipy and scikit-image where every pixel takes part."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage as ndi

import roimask as rm
from roimask.kernels.compiled import extremes as compiled_extremes
from roimask.kernels.compiled import reconstruction as compiled
from roimask.kernels.footprints import disk, line, square
from roimask.kernels.plain import extremes as plain_extremes
from roimask.kernels.plain import reconstruction as plain

RNG = np.random.default_rng(12)
SHAPE = (29, 37)
IMAGE = RNG.integers(1, 250, SHAPE)
HOLES = RNG.random(SHAPE) < 0.6
ELEMENTS = [
    ({"element": "disk", "size": 7}, disk(7)),
    ({"element": "square", "size": 5}, square(5)),
    ({"element": "line", "size": 9}, line(9, 0)),
    ({"element": "line", "size": 9, "angle": 30.0}, line(9, 30)),
    ({"element": "line", "size": 7, "angle": 90.0}, line(7, 90)),
    ({"size": 3}, disk(3)),
]
WAYS = pytest.mark.parametrize(("given", "footprint"), ELEMENTS, ids=lambda value: str(value)[:40])
TYPES = pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])


def over(values: np.ndarray, mask: np.ndarray, footprint: np.ndarray, extreme) -> np.ndarray:
    """The extreme over what takes part, one window after another; 0 where the mask is not."""
    down, across = (side // 2 for side in footprint.shape)
    f, w = (np.pad(array, ((down, down), (across, across))) for array in (values, mask))
    out = np.zeros_like(values)
    for r, c in np.argwhere(mask):
        part = slice(r, r + footprint.shape[0]), slice(c, c + footprint.shape[1])
        out[r, c] = extreme(f[part][w[part] & footprint])
    return out


@WAYS
@TYPES
def test_what_takes_part_alone_decides(dtype: str, given: dict, footprint: np.ndarray) -> None:
    image = IMAGE.astype(dtype)
    low, high = over(image, HOLES, footprint, np.min), over(image, HOLES, footprint, np.max)
    opened, closed = over(low, HOLES, footprint, np.max), over(high, HOLES, footprint, np.min)
    for operation, expected in [(rm.erosion, low), (rm.dilation, high), (rm.opening, opened), (rm.closing, closed)]:
        assert np.array_equal(operation(image, HOLES, **given), np.where(HOLES, expected, image)), operation.__name__
    for operation, expected in [
        (rm.white_tophat, image.astype(float) - opened),
        (rm.black_tophat, closed - image.astype(float)),
        (rm.morphological_gradient, high - low.astype(float)),
    ]:
        found = operation(image, HOLES, **given)
        assert np.array_equal(found, np.where(HOLES, expected, np.nan), equal_nan=True), operation.__name__


@WAYS
def test_scipy_where_every_pixel_takes_part(given: dict, footprint: np.ndarray) -> None:
    image, inner = IMAGE.astype(np.uint8), (slice(8, -8), slice(8, -8))
    for ours, theirs in [
        (rm.erosion, ndi.grey_erosion),
        (rm.dilation, ndi.grey_dilation),
        (rm.opening, ndi.grey_opening),
        (rm.closing, ndi.grey_closing),
        (rm.white_tophat, ndi.white_tophat),
        (rm.black_tophat, ndi.black_tophat),
        (rm.morphological_gradient, ndi.morphological_gradient),
    ]:
        assert np.array_equal(ours(image, **given)[inner], theirs(image, footprint=footprint)[inner]), ours.__name__


@pytest.mark.parametrize(
    "footprint", [line(25, 17), line(21, 45), line(23, 118), disk(25)], ids=["17", "45", "118", "disk"]
)
@pytest.mark.parametrize("kernel", [compiled_extremes, plain_extremes], ids=["compiled", "plain"])
@TYPES
def test_large_elements_in_both_kernels(dtype: str, kernel, footprint: np.ndarray) -> None:
    image = (IMAGE - (0 if dtype == "uint8" else 99)).astype(dtype)
    of = kernel.of_disk if footprint[0, 0] == footprint[0, -1] else kernel.of_line
    down, across = footprint.shape[0] // 2, footprint.shape[1] // 2
    inner = (slice(down, SHAPE[0] - down), slice(across, SHAPE[1] - across))
    for highest, theirs in ((True, ndi.grey_dilation), (False, ndi.grey_erosion)):
        assert np.array_equal(of(image, footprint, highest), theirs(image, footprint=footprint)[inner])


def test_opening_and_closing_twice_change_nothing_more() -> None:
    image = IMAGE.astype(np.uint8)
    for operation in (rm.opening, rm.closing):
        once = operation(image, HOLES, size=5)
        assert np.array_equal(operation(once, HOLES, size=5), once)
    assert (rm.opening(image, HOLES, size=5) <= image).all()
    assert (rm.closing(image, HOLES, size=5) >= image).all()


@pytest.mark.parametrize("length", [1, 3, 11])
@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133, 200, -30])
def test_lines_are_digital_lines(length: int, angle: float) -> None:
    pixels = line(length, angle)
    assert pixels.sum() == max(pixels.shape) == length
    assert np.array_equal(pixels, pixels[::-1, ::-1])
    rows, columns = np.nonzero(pixels)
    rows, columns = rows - pixels.shape[0] // 2, columns - pixels.shape[1] // 2
    distance = rows * np.cos(np.radians(angle)) + columns * np.sin(np.radians(angle))
    assert np.abs(distance).max() <= 0.5 + 1e-9


def test_an_angle_is_of_lines_alone() -> None:
    with pytest.raises(rm.ParameterError, match="erosion: angle is the direction of a line, but the element is a disk"):
        rm.erosion(IMAGE.astype(np.uint8), size=3, angle=10)


@pytest.mark.parametrize("method", ["dilation", "erosion"])
@pytest.mark.parametrize("neighbours", ["4", "8"])
@TYPES
def test_reconstruction_as_scikit_image(dtype: str, method: str, neighbours: str) -> None:
    morphology = pytest.importorskip("skimage.morphology")
    image = ndi.gaussian_filter(IMAGE.astype(float), 1.5).astype(dtype)
    away = 20 if method == "erosion" else -20
    marker = np.where(RNG.random(SHAPE) < 0.3, image.astype(float) + away, 500 if away > 0 else -500).astype(np.int32)
    footprint = square(3) if neighbours == "8" else disk(3)
    bounded = (np.minimum if away < 0 else np.maximum)(marker, image)
    theirs = morphology.reconstruction(bounded, image, method=method, footprint=footprint)
    ours = rm.reconstruction(image, marker=marker, method=method, neighbours=neighbours)
    limits = (0, 255) if dtype == "uint8" else (-1000, 1000)
    assert np.array_equal(ours, np.clip(theirs, *limits).astype(dtype))


def test_reconstruction_stays_in_its_part_of_the_mask() -> None:
    image = np.full((5, 7), 9, np.uint8)
    marker, mask = np.zeros((5, 7)), np.ones((5, 7), bool)
    marker[2, 1], mask[:, 3] = 6, False
    expected = np.where(np.arange(7) < 3, 6, np.where(np.arange(7) == 3, 9, 0))
    assert np.array_equal(rm.reconstruction(image, mask, marker=marker), np.tile(expected, (5, 1)))


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("diagonal", [False, True])
def test_plain_and_compiled_agree_to_the_bit(dtype: str, diagonal: bool) -> None:
    for shape in [(29, 37), (1, 9), (9, 1), (1, 1)]:
        image = ndi.gaussian_filter(RNG.random(shape) * 200, 1).astype(dtype)
        marker = np.minimum(np.roll(image, 4), image)
        inside = (RNG.random(shape) < 0.8).astype(np.uint8)
        given = image, inside, marker, diagonal
        assert np.array_equal(compiled.reconstruct(*given), plain.reconstruct(*given))


def test_a_marker_of_another_size_is_refused() -> None:
    with pytest.raises(rm.FrameMismatch, match=r"reconstruction: the marker is \(2, 2\), but the image is \(3, 3\)"):
        rm.reconstruction(np.zeros((3, 3)), marker=np.zeros((2, 2)))
