"""What every operation on contrast and colour promises: order, no blowing up, nothing from nothing."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

RNG = np.random.default_rng(11)
FAMILIES = ("colour", "contrast", "curves", "equalise", "exposure", "haze", "sharpen")
OTHER = RNG.integers(0, 256, (12, 14, 3), dtype=np.uint8)
CALLS = {  # those that have to be told something
    "adjust": {"brightness": 1.2, "contrast": 1.3, "saturation": 1.4, "hue": 10.0},
    "clahe": {"tiles": (2, 2)},
    "color_transfer": {"reference": OTHER},
    "colorize": {"hue": 40.0},
    "curve": {"points": [(0, 0), (0.3, 0.5), (1, 1)]},
    "dehaze": {"size": 5, "radius": 6},
    "gamma": {"gamma": 0.6},
    "levels": {"black": 0.1, "white": 0.9},
    "match_histogram": {},
}
NAMES = sorted(name for name, operation in rm.registry().items() if operation.family in FAMILIES)
# One value in, one value out: curves, and what the region's histogram makes of each value.
TRANSFERS = sorted(
    {*NAMES}
    - {"adjust", "color_transfer", "colorize", "dehaze", "grayscale", "invert", "local_contrast", "sharpen"}
    - {"white_balance"}
)
DTYPES = ("uint8", "uint16", "float32")


def top(dtype: str) -> float:
    return 1.0 if dtype == "float32" else float(np.iinfo(dtype).max)


def call(name: str, image: np.ndarray, mask=None, **more):
    """The operation with its parameters, values in the image's own unit."""
    given = dict(CALLS.get(name, {}))
    scale = top(image.dtype.name)
    if name == "curve":
        given["points"] = [(a * scale, b * scale) for a, b in given["points"]]
    if name == "levels":
        given = {key: value * scale for key, value in given.items()}
    if name == "match_histogram":
        reference = (OTHER / 255 * scale).astype(image.dtype)
        given["reference"] = reference if image.ndim == 3 else reference[..., 0]
    if name == "clahe" and image.ndim == 2:
        given["tiles"] = (1, 1)  # one histogram, and so one curve
    return getattr(rm, name)(image, mask, **given, **more)


def noise(dtype: str) -> np.ndarray:
    return (RNG.random((40, 44, 3)) * top(dtype)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TRANSFERS)
def test_brighter_stays_brighter_in_every_type(name: str, dtype: str) -> None:
    image = np.linspace(0, top(dtype), 64 * 64).astype(dtype).reshape(64, 64)
    found = call(name, image).reshape(-1).astype(np.float64)
    assert (np.diff(found) >= -1e-6 * top(dtype)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_a_constant_region_stays_one_colour(name: str, value: float, dtype: str) -> None:
    """No noise, no halo at the mask's edge, no number that is none."""
    image = noise(dtype)
    disk = rm.circle(image, (20, 22), 15)
    inside = np.asarray(disk)
    image[inside] = (np.array([value, value * 0.8, value * 0.9]) * top(dtype)).astype(dtype)
    found = call(name, image, disk)[inside].astype(np.float64)
    assert np.isfinite(found).all()
    assert np.ptp(found, axis=0).max() <= 1e-5 * top(dtype)
    brightest = 1.5 if name == "adjust" and dtype == "float32" else 1 + 1e-6  # floats are not clamped
    assert found.min() >= -1e-6 * top(dtype) and found.max() <= brightest * top(dtype)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_mask_leaves_the_image_as_it_was(name: str) -> None:
    image = noise("uint8")
    nothing = np.zeros(image.shape[:2], bool)
    np.testing.assert_array_equal(call(name, image, nothing), image)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_only_the_mask_changes_and_only_the_mask_is_measured(name: str, dtype: str) -> None:
    image, disk = noise(dtype), rm.circle((40, 44), (18, 20), 14)
    inside = np.asarray(disk)
    other = image.copy()
    other[~inside] = top(dtype)
    found, beside = call(name, image, disk), call(name, other, disk)
    np.testing.assert_array_equal(found[inside], beside[inside])
    np.testing.assert_array_equal(found[~inside], image[~inside])
