"""Group 4: filters in which masked pixels take no part."""

from __future__ import annotations

import cv2
import numpy as np

import roimask as rm
from benchmarks import inputs, peers
from benchmarks.case import Race, case

HALF_SIDE = 2048  # 4 Mpixel


def close(limit: float, inside: np.ndarray | None = None):
    """A check that two images differ by at most ``limit``, everywhere or on some pixels."""

    def check(ours: np.ndarray, theirs: np.ndarray) -> None:
        a, b = (image if inside is None else image[inside] for image in (ours, theirs))
        worst = np.abs(a.astype(np.float32) - b).max()
        assert worst <= limit, f"answers differ by up to {worst:.3g}"

    return check


def full_windows(mask: np.ndarray, size: int) -> np.ndarray:
    """Pixels whose whole window takes part: there peers with other rules for parts agree."""
    window = np.ones((size, size), np.uint8)
    eroded = cv2.erode(mask.astype(np.uint8), window, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(eroded) > 0


def smoothing(dtype: str, ours, smooth) -> Race:
    """A masked linear filter beside the same by hand in OpenCV."""
    image, mask = inputs.image(dtype), inputs.half()
    region, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    by_hand = {"cv2 by hand": lambda: peers.opencv_normalised(image, mask_255, smooth)}
    return Race(lambda: ours(image, region), by_hand, close(0.1 if dtype == "float32" else 1))


@case("4a Gaussian 1 float32", "Gaussian, sigma 1, 16 Mpx float32, 50 %", 0.4, "float32", 1)
@case("4a Gaussian 3 float32", "Gaussian, sigma 3, 16 Mpx float32, 50 %", 0.6, "float32", 3)
@case("4a Gaussian 10 float32", "Gaussian, sigma 10, 16 Mpx float32, 50 %", 0.6, "float32", 10)
@case("4a Gaussian 1 uint8", "Gaussian, sigma 1, 16 Mpx uint8, 50 %", 0.45, "uint8", 1)
@case("4a Gaussian 3 uint8", "Gaussian, sigma 3, 16 Mpx uint8, 50 %", 0.65, "uint8", 3)
@case("4a Gaussian 10 uint8", "Gaussian, sigma 10, 16 Mpx uint8, 50 %", 0.75, "uint8", 10)
def gaussian(dtype: str, sigma: float) -> Race:
    """Normalised convolution."""
    return smoothing(dtype, lambda i, m: rm.gaussian(i, m, sigma=sigma), peers.opencv_gaussian(sigma))


@case("4a Gaussian 3 unmasked", "Gaussian, sigma 3, 16 Mpx float32, 50 %, beside one without a mask", 2.2)
def gaussian_beside_unmasked() -> Race:
    """What the mask costs."""
    image, mask = inputs.image("float32"), rm.Mask(inputs.half())
    plain = peers.opencv_gaussian(3)
    name = "cv2.GaussianBlur, no mask"
    return Race(
        lambda: rm.gaussian(image, mask, sigma=3), {name: lambda: plain(image)}, other_answers=frozenset({name})
    )


@case("4b convolve 1", "Gaussian, sigma 1, 512² float32, 50 %", 0.05, 512, 1, False)
@case("4b convolve 3", "Gaussian, sigma 3, 512² float32, 50 %", 0.05, 512, 3, False)
@case("4b fft 1", "Gaussian, sigma 1, 512² float32, 50 %, beside an FFT", 0.05, 512, 1, True)
@case("4b fft 3", "Gaussian, sigma 3, 512² float32, 50 %, beside an FFT", 0.05, 512, 3, True)
@case("4b fft 10", "Gaussian, sigma 10, 2048² float32, 50 %, beside an FFT", 0.05, HALF_SIDE, 10, True)
def gaussian_beside_astropy(side: int, sigma: float, fft: bool) -> Race:
    """The peer that knows masks by itself; it also interpolates outside, so only the inside is compared."""
    image, mask = inputs.image("float32", side), inputs.half(side)
    region = rm.Mask(mask)
    name = "astropy convolve_fft" if fft else "astropy convolve"
    theirs = {name: lambda: peers.astropy_gaussian(image, mask, sigma, fft=fft)}
    return Race(lambda: rm.gaussian(image, region, sigma=sigma), theirs, close(0.1, mask))


@case("4a box 3 float32", "box mean, 3 × 3, 16 Mpx float32, 50 %", 0.3, "float32", 3)
@case("4a box 15 float32", "box mean, 15 × 15, 16 Mpx float32, 50 %", 0.3, "float32", 15)
@case("4a box 51 float32", "box mean, 51 × 51, 16 Mpx float32, 50 %", 0.3, "float32", 51)
@case("4a box 3 uint8", "box mean, 3 × 3, 16 Mpx uint8, 50 %", 0.25, "uint8", 3)
@case("4a box 15 uint8", "box mean, 15 × 15, 16 Mpx uint8, 50 %", 0.25, "uint8", 15)
@case("4a box 51 uint8", "box mean, 51 × 51, 16 Mpx uint8, 50 %", 0.25, "uint8", 51)
def box(dtype: str, size: int) -> Race:
    """The mean of what takes part in a square window."""
    return smoothing(dtype, lambda i, m: rm.box(i, m, size=size), peers.opencv_box(size))


@case("4c median 3", "median, 3 × 3, 4 Mpx uint8, 50 %", 0.03, 3)
@case("4c median 5", "median, 5 × 5, 4 Mpx uint8, 50 %", 0.05, 5)
@case("4c median 9", "median, 9 × 9, 4 Mpx uint8, 50 %", 0.3, 9)
@case("4c median 21", "median, 21 × 21, 4 Mpx uint8, 50 %", 0.25, 21)
def median(size: int) -> Race:
    """scikit-image takes the upper of two middle values, so only full windows are compared."""
    image, mask = inputs.image("uint8", HALF_SIDE), inputs.half(HALF_SIDE)
    region = rm.Mask(mask)
    theirs = {"skimage rank.median": lambda: peers.skimage_median(image, mask, size)}
    return Race(lambda: rm.median(image, region, size=size), theirs, close(0, full_windows(mask, size)))


@case("4d median 3 float32", "median, 3 × 3, 4 Mpx float32, 50 %, beside one without a mask", 5, 3)
@case("4d median 5 float32", "median, 5 × 5, 4 Mpx float32, 50 %, beside one without a mask", 5, 5)
def float_median(size: int) -> Race:
    """No peer with a mask is worth timing."""
    image, mask = inputs.image("float32", HALF_SIDE), inputs.half(HALF_SIDE)
    region = rm.Mask(mask)
    theirs = {"cv2.medianBlur, no mask": lambda: cv2.medianBlur(image, size)}
    return Race(lambda: rm.median(image, region, size=size), theirs, close(0, full_windows(mask, size)))


@case("4e gaussian", "Gaussian, sigma 3, 1 % region, out=image, beside the whole image", 0.05, "gaussian", {"sigma": 3})
@case("4e median", "median, 5 × 5, 1 % region, out=image, beside the whole image", 0.05, "median", {"size": 5})
def region(name: str, parameters: dict) -> Race:
    """Cost follows the region."""
    image, mask = inputs.image("uint8").copy(), rm.Mask(inputs.one_percent())
    whole, operation = image.copy(), getattr(rm, name)
    theirs = {"itself on the whole": lambda: operation(whole, out=whole, **parameters)}
    ours = lambda: operation(image, mask, out=image, **parameters)  # noqa: E731
    return Race(ours, theirs, other_answers=frozenset(theirs))


@case("4f", "maximum, 15 × 15, 4 Mpx uint8, 50 %", 1.2)
def maximum() -> Race:
    """Beside OpenCV's dilation of the image with zeros outside."""
    image, mask = inputs.image("uint8", HALF_SIDE), inputs.half(HALF_SIDE)
    region, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    theirs = {"cv2 fill, dilate, copy back": lambda: peers.opencv_maximum(image, mask_255, 15)}
    return Race(lambda: rm.maximum(image, region, size=15), theirs, close(0))


@case("4g", "local standard deviation, 15 × 15, 4 Mpx float32, 50 %", 0.5)
def local_std() -> Race:
    """Beside two box filters by hand."""
    image, mask = inputs.image("float32", HALF_SIDE), inputs.half(HALF_SIDE)
    region, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    theirs = {"cv2 by hand": lambda: peers.opencv_local_std(image, mask_255, 15)}
    return Race(lambda: rm.local_std(image, region, size=15), theirs, close(1, mask))
