"""The usual tools beside ours at a mask's edge, and which pixels inside move when others are put outside."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

import roimask as rm
from tools.gallery import draw
from tools.gallery.samples import Samples

RED = (255, 40, 40)


@dataclass(frozen=True)
class Leak:
    """Two lines that want the same.

    Attributes
    ----------
    name : str
        Of the picture.
    title, caption : str
        What is wanted, and what there is to see.
    usual, ours : str
        Expressions of ``image``, ``mask`` and ``inside`` (the mask as 0 and 1 of uint8).
    image, mask : str
        What they are here, in the names of plates.
    view : (top, left, bottom, right)
        The part that is enlarged.
    """

    name: str
    title: str
    caption: str
    usual: str
    ours: str
    image: str
    mask: str
    view: tuple[int, int, int, int]


COURTS = ("tennis_courts", "tennis_courts_mask", (20, 66, 84, 130))
SWATH = ("landsat_bahamas[..., 2]", "landsat_bahamas_mask", (290, 74, 354, 138))
LEAKS = [
    Leak(
        "leak_gaussian",
        "Blur inside a mask",
        "Blurred and copied back, the paint around the court runs into it; with a mask that counts, it does not.",
        "cv2.copyTo(cv2.GaussianBlur(image, (0, 0), 5), inside, image.copy())",
        "rm.gaussian(image, mask, sigma=5)",
        *COURTS,
    ),
    Leak(
        "leak_box",
        "Mean of a window",
        "Along the rim of a satellite's swath half of each window is nodata, and the usual mean is darkened by it.",
        "cv2.copyTo(cv2.blur(image, (15, 15)), inside, image.copy())",
        "rm.box(image, mask, size=15)",
        *SWATH,
    ),
    Leak(
        "leak_median",
        "Median inside a mask",
        "The median's window counts what lies outside: lines beside the court come in at its edge.",
        "cv2.copyTo(cv2.medianBlur(image, 15), inside, image.copy())",
        "rm.median(image, mask, size=15)",
        *COURTS,
    ),
    Leak(
        "leak_minimum",
        "Minimum of a window",
        "The nodata value is the smallest of all and eats its way in.",
        "cv2.copyTo(cv2.erode(image, np.ones((9, 9))), inside, image.copy())",
        "rm.minimum(image, mask, size=9)",
        *SWATH,
    ),
    Leak(
        "leak_farid",
        "Farid gradient of what is valid",
        "scikit-image shrinks the mask by one pixel, Farid's operator looks two far: the rim comes out as an edge.",
        "skimage.filters.farid(image, mask=inside > 0)",
        'rm.gradient(image, mask, operator="farid")',
        *SWATH,
    ),
    Leak(
        "leak_sobel",
        "Sobel gradient beside NaN",
        "With NaN outside, scikit-image's whole rim is NaN; a plane fitted to what takes part has a slope there.",
        "skimage.filters.sobel(image, mask=inside > 0)",
        "rm.gradient(image, mask)",
        "np.float32(landsat_bahamas[..., 2])",
        *SWATH[1:],
    ),
]


def picture(leak: Leak, names: Samples) -> np.ndarray:
    """Two rows: the answers, and which pixels inside move when others are put outside."""
    image, mask, other, what = scene(leak, names)
    dim = rm.overlay(image, None) // 2
    first = [("image, the mask outlined", draw.photo(image, leak.view, mask))]
    second = [(f"{what} put outside", draw.photo(other, leak.view, mask))]
    for line in (leak.usual, leak.ours):
        here, moved = answer(line, image, mask), moves(line, image, other, mask)
        first += [(tool(line), draw.image_or_map(here, leak.view))]
        second += [(f"{moved.area} of {mask.area} pixels move", draw.selection(dim, moved, leak.view, RED))]
    return draw.below([draw.beside(first), draw.beside(second)])


def scene(leak: Leak, names: Samples) -> tuple[np.ndarray, rm.Mask, np.ndarray, str]:
    """Image, mask, the same image with other pixels outside, and what they are."""
    image, mask = names.run(leak.image), rm.Mask(np.asarray(names.run(leak.mask)) > 0)
    return image, mask, *_other_outside(image, mask)


def moves(line: str, image: np.ndarray, other: np.ndarray, mask: rm.Mask) -> rm.Mask:
    """The pixels of the mask in which the answers to two images differ."""
    one, two = (answer(line, given, mask) for given in (image, other))
    differ = (one != two) & ~(np.isnan(one) & np.isnan(two))
    return mask & rm.Mask(differ if differ.ndim == 2 else differ.any(axis=2))


def _other_outside(image: np.ndarray, mask: rm.Mask) -> tuple[np.ndarray, str]:
    """The image with other pixels outside: NaN where it can hold it, else noise."""
    if image.dtype.kind == "f":
        return rm.extract(image, mask, fill=np.nan), "NaN"
    noise = np.random.default_rng(0).integers(0, 256, image.shape, np.uint8)
    return rm.extract(image, mask) + rm.extract(noise, ~mask), "noise"


def answer(line: str, image: np.ndarray, mask: rm.Mask) -> np.ndarray:
    """What one of the two lines comes to on an image."""
    return Samples(image=image, mask=mask, inside=np.asarray(mask).astype(np.uint8)).run(line)


def tool(line: str) -> str:
    """The function that a line is about."""
    found = next(name for name in re.findall(r"\b([\w.]+)\(", line) if name != "cv2.copyTo")
    return f"{found}, copied back" if "copyTo" in line else found
