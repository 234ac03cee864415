"""Group 5: template matching with masks on both sides."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import scipy.fft

import roimask as rm
from benchmarks import inputs
from benchmarks.case import Race, case

SIDE = 2048


def disk(side: int) -> np.ndarray:
    """A boolean disk in a square."""
    places = np.arange(side) - (side / 2 - 0.5)
    return places[:, np.newaxis] ** 2 + places**2 < (side / 2) ** 2


def padfield(image: np.ndarray, mask: np.ndarray, template: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Masked normalised cross-correlation as users write it from the paper, with scipy on two threads."""
    height, width = template.shape
    size = [scipy.fft.next_fast_len(n + h - 1, real=True) for n, h in zip(image.shape, template.shape, strict=True)]
    image, template = np.where(mask, image, 0), np.where(part, template, 0)

    def spectrum(values: np.ndarray) -> np.ndarray:
        return scipy.fft.rfft2(values.astype(image.dtype), size, workers=2)

    def windows(product: np.ndarray) -> np.ndarray:
        return scipy.fft.irfft2(product, size, workers=2)[height - 1 : image.shape[0], width - 1 : image.shape[1]]

    f, f2, m = spectrum(image), spectrum(image * image), spectrum(mask)
    t, t2, p = (spectrum(values[::-1, ::-1]) for values in (template, template * template, part))
    count = np.maximum(windows(m * p), 1e-9)
    light, dark = windows(f * p), windows(m * t)
    top = windows(f * t) - light * dark / count
    below = (windows(f2 * p) - light**2 / count) * (windows(m * t2) - dark**2 / count)
    return np.where(count >= 0.5 * part.sum(), top / np.sqrt(np.maximum(below, 1e-9)), 0)


def close(limit: float):
    """A check of two maps: nearly all places agree."""

    def check(ours: np.ndarray, theirs: np.ndarray) -> None:
        apart = np.quantile(np.abs(ours - theirs), 0.99)
        assert apart < limit, f"answers differ by {apart:.3g}"

    return check


@case("5a similarity 64 both", "NCC, masks on both sides, 2048², template 64²", 0.5, 64)
@case("5b similarity 256 both", "NCC, masks on both sides, 2048², template 256²", 0.5, 256)
def both(side: int) -> Race:
    """Beside a script in scipy, in float64, as scipy has it by default."""
    image, mask = inputs.image("float32", SIDE), inputs.half(SIDE)
    template, part = image[700 : 700 + side, 900 : 900 + side].copy(), disk(side)
    region, of_template, exact = rm.Mask(mask), rm.Mask(part), image.astype(np.float64)
    peers = {"scipy.fft by hand": lambda: padfield(exact, mask, template, part)}
    return Race(lambda: rm.similarity(image, template, region, of_template), peers, close(1e-3))


@case("5c similarity 64 template", "NCC, mask on the template alone, 2048², template 64²", 1, 64)
@case("5c similarity 256 template", "NCC, mask on the template alone, 2048², template 256²", 1, 256)
def template_alone(side: int) -> Race:
    """Beside OpenCV, which is wrong on flat parts; there are none here."""
    image = inputs.image("float32", SIDE)
    template, part = image[700 : 700 + side, 900 : 900 + side].copy(), disk(side)
    numbers, of_template = part.astype(np.float32), rm.Mask(part)
    peers = {"cv2.matchTemplate": lambda: cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED, mask=numbers)}
    return Race(lambda: rm.similarity(image, template, None, of_template), peers, close(1e-3))


@lru_cache(maxsize=1)
def turned_scene() -> tuple[np.ndarray, np.ndarray]:
    """2 Mpixel with a part of 200² turned by 63 degrees, and that part as it was."""
    image = inputs.image("uint8", SIDE)[:1236, :1628].copy()
    rng = np.random.default_rng(5)
    part = cv2.resize(rng.integers(0, 255, (25, 25)).astype(np.uint8), (200, 200), interpolation=cv2.INTER_CUBIC)
    move = cv2.getRotationMatrix2D((99.5, 99.5), 63, 1)
    there = cv2.warpAffine(part, move, (200, 200), flags=cv2.INTER_CUBIC)
    image[500:700, 800:1000][disk(200)] = there[disk(200)]
    return image, part


def coarse_turns(image: np.ndarray, part: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """The best score and angle of a loop over turned templates at an eighth of the size, with OpenCV."""
    small, (height, width) = cv2.resize(image, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA), part.shape
    template = cv2.resize(part, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    weight = cv2.resize(mask.astype(np.float32), (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    found = []
    for angle in np.arange(0, 360, 3.9):
        move = cv2.getRotationMatrix2D((width / 16 - 0.5, height / 16 - 0.5), angle, 1)
        turned = cv2.warpAffine(template, move, template.shape[::-1])
        scores = cv2.matchTemplate(small, turned, cv2.TM_CCOEFF_NORMED, mask=cv2.warpAffine(weight, move, weight.shape))
        found.append((float(scores.max()), float(angle)))
    return max(found)


@case("5d search 360", "a turn of 360°, 2 Mpx uint8, template 200², beside the coarse part of it by hand", 2)
def search() -> Race:
    """OpenCV's loop knows place and angle to 8 pixels and 4°; ours to the tenth of either."""
    image, part = turned_scene()
    mask = disk(200)
    of_template = rm.Mask(mask)
    name = "cv2 loop at 1/8, coarse only"

    def ours() -> rm.Matches:
        found = rm.match(image, part, None, of_template, angles=(0, 360))
        assert len(found) == 1 and abs(found[0].angle - 63) < 0.2, found
        return found

    return Race(ours, {name: lambda: coarse_turns(image, part, mask)}, other_answers=frozenset({name}))
