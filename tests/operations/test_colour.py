"""Colour against Pillow, Python's colorsys, OpenCV and the formulas written out."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageEnhance

import roimask as rm

RNG = np.random.default_rng(12)
IMAGE = RNG.integers(0, 256, (23, 31, 3)).astype(np.uint8)
MASK = RNG.random((23, 31)) < 0.6


def near(found: np.ndarray, expected: np.ndarray, levels: float = 1) -> None:
    assert np.abs(found.astype(np.float64) - expected).max() <= levels


@pytest.mark.parametrize(
    ("name", "enhancer"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
@pytest.mark.parametrize("factor", [0.0, 0.4, 1.7])
def test_adjust_is_pillows_on_the_whole_image(name: str, enhancer, factor: float) -> None:
    expected = np.asarray(enhancer(Image.fromarray(IMAGE)).enhance(factor)).astype(int)
    near(rm.adjust(IMAGE, **{name: factor}), expected, 2)  # Pillow cuts off where it does not round


def test_adjust_raises_contrast_about_the_mean_of_the_mask() -> None:
    luminance = np.rint(IMAGE @ np.array([0.299, 0.587, 0.114]))
    mean = luminance[MASK].mean()
    expected = np.clip(mean + 0.5 * (IMAGE - mean), 0, 255)
    near(rm.adjust(IMAGE, MASK, contrast=0.5), np.where(MASK[..., None], expected, IMAGE), 0.5)
    band = IMAGE[..., 0].astype(np.float64)
    np.testing.assert_allclose(rm.adjust(band, contrast=2), band.mean() + 2 * (band - band.mean()))


@pytest.mark.parametrize("degrees", [30, 120, -75, 480])
def test_adjust_turns_hues_as_colorsys_does(degrees: float) -> None:
    def turned(color: np.ndarray) -> tuple[float, float, float]:
        h, s, v = colorsys.rgb_to_hsv(*color)
        return colorsys.hsv_to_rgb((h + degrees / 360) % 1, s, v)

    image = IMAGE / 255
    np.testing.assert_allclose(rm.adjust(image, hue=degrees), np.apply_along_axis(turned, 2, image), atol=1e-12)


def test_grayscale_is_opencvs() -> None:
    grey = cv2.cvtColor(IMAGE, cv2.COLOR_RGB2GRAY)
    near(rm.grayscale(IMAGE, MASK), np.where(MASK[..., None], grey[..., None], IMAGE))
    four = np.dstack([IMAGE, IMAGE[..., 0]])
    near(rm.grayscale(four), np.rint(four.mean(axis=2, keepdims=True)), 0)


def test_colorize_is_hsl_with_the_brightness() -> None:
    image = IMAGE / 255
    found = rm.colorize(image, hue=210, saturation=0.4)
    light = image @ np.array([0.299, 0.587, 0.114])
    expected = [colorsys.hls_to_rgb(210 / 360, value, 0.4) for value in light.ravel()]
    np.testing.assert_allclose(found.reshape(-1, 3), expected, atol=1e-12)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_white_balance_makes_the_mean_of_the_mask_grey(dtype: str) -> None:
    image = (
        (IMAGE / 255 * 0.4 + 0.1) * np.array([1.0, 0.8, 0.6]) * (1 if "f" in dtype else np.iinfo(dtype).max)
    ).astype(dtype)
    found = rm.white_balance(image, MASK, write="all")
    means = found[MASK].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(means, image[MASK].astype(np.float64).mean(), rtol=0.01)
    gains = image[MASK].astype(np.float64).mean() / image[MASK].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(found, image * gains, atol=0.5 if "u" in dtype else 1e-6)


def test_white_patch_makes_the_brightest_tones_white() -> None:
    image = IMAGE * np.array([1.0, 0.8, 0.6])
    whites = np.percentile(image[MASK], 95, axis=0)
    found = rm.white_balance(image, MASK, method="white-patch", percentile=95)
    np.testing.assert_allclose(found, np.where(MASK[..., None], image * (whites.max() / whites), image))


def opponent(image: np.ndarray) -> np.ndarray:
    """Reinhard's lαβ, written out."""
    r, g, b = np.moveaxis(image, -1, 0)
    long = np.log10(0.3811 * r + 0.5783 * g + 0.0402 * b)
    middle = np.log10(0.1967 * r + 0.7244 * g + 0.0782 * b)
    short = np.log10(0.0241 * r + 0.1288 * g + 0.8444 * b)
    axes = [(long + middle + short) / 3**0.5, (long + middle - 2 * short) / 6**0.5, (long - middle) / 2**0.5]
    return np.stack(axes, axis=-1)


def test_color_transfer_brings_mean_and_deviation_over() -> None:
    image, reference = 0.3 + 0.4 * IMAGE / 255, 0.2 + 0.1 * RNG.random((11, 13, 3)) * np.array([3.0, 2.0, 1.0])
    theirs = RNG.random((11, 13)) < 0.5
    found = rm.color_transfer(image, MASK, reference=reference, reference_mask=theirs)
    np.testing.assert_allclose(opponent(found)[MASK].mean(axis=0), opponent(reference)[theirs].mean(axis=0))
    np.testing.assert_allclose(opponent(found)[MASK].std(axis=0), opponent(reference)[theirs].std(axis=0))
    np.testing.assert_array_equal(found[~MASK], image[~MASK])


def test_color_transfer_from_itself_changes_nothing() -> None:
    near(rm.color_transfer(IMAGE, reference=IMAGE), IMAGE)


def test_a_pixel_without_data_in_one_band_stays_where_bands_mix() -> None:
    image = IMAGE / 255
    image[3, 4, 1] = np.nan
    for found in (rm.grayscale(image), rm.adjust(image, saturation=0.5), rm.equalize(image), rm.clahe(image)):
        np.testing.assert_array_equal(found[3, 4], image[3, 4])
        assert not np.isnan(np.delete(found.reshape(-1, 3), 3 * 31 + 4, axis=0)).any()


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("colorize", {"hue": 3}, "a colour has red, green and blue, this image has 1 bands"),
        ("adjust", {"saturation": 0}, "a colour has red, green and blue"),
        ("white_balance", {}, "two bands or more, got one"),
        ("color_transfer", {"reference": IMAGE}, "a colour has red, green and blue"),
    ],
)
def test_wrong_calls_say_what_was_expected(name: str, given: dict, words: str) -> None:
    with pytest.raises(rm.ParameterError, match=words):
        getattr(rm, name)(IMAGE[..., 0], **given)


def test_a_reference_of_which_nothing_takes_part_is_refused() -> None:
    with pytest.raises(rm.ParameterError, match="no pixel of the reference takes part"):
        rm.color_transfer(IMAGE, reference=IMAGE, reference_mask=np.zeros((23, 31), bool))


def tone_mapped(light: np.ndarray, inside: np.ndarray, key: float) -> np.ndarray:
    """Reinhard's global operator, written out."""
    scaled = light * key / np.exp(np.log(light[inside]).mean())
    top = scaled[inside].max()
    return np.minimum(scaled * (1 + scaled / top**2) / (1 + scaled), 1)


def test_tone_map_is_reinhards_operator_exposed_by_the_mask() -> None:
    light = np.exp(RNG.normal(0, 3, (23, 31)))
    found = rm.tone_map(light, MASK, key=0.3)
    np.testing.assert_allclose(found, np.where(MASK, tone_mapped(light, MASK, 0.3), light), rtol=1e-9)
    sixteen = np.clip(light * 100, 1, 65535).astype(np.uint16)
    expected = np.where(MASK, tone_mapped(sixteen / 65535, MASK, 0.18) * 65535, sixteen)
    near(rm.tone_map(sixteen, MASK), expected, 0.5)


def test_tone_map_keeps_hues_and_stays_within_white() -> None:
    image = (np.exp(RNG.normal(0, 2, (23, 31, 1))) * (0.2 + RNG.random((23, 31, 3)))).astype(np.float32)
    found = rm.tone_map(image)
    assert found.min() >= -1e-6 and found.max() <= 1 + 1e-6
    before, after = (cv2.cvtColor(i / i.max(axis=2, keepdims=True), cv2.COLOR_RGB2HSV) for i in (image, found))
    colored = after[..., 1] > 0.05
    turned = np.abs((after[..., 0] - before[..., 0] + 180) % 360 - 180)
    assert turned[colored].max() < 0.5


def test_tone_map_of_nothing_and_of_a_constant() -> None:
    image = np.full((4, 5), 7.0)
    np.testing.assert_array_equal(rm.tone_map(image, np.zeros((4, 5), bool), write="all"), image)
    assert np.unique(rm.tone_map(image)).tolist() == [1.0]  # the brightest pixel is white
