"""What the usual tools do with the pixels under a mask: junk is put there, and the answers are compared with ``==``.

Each probe calls a tool twice, on an image and on the same image with junk outside the mask, and asks: is the answer
inside the same, is it finite, and did the pixels outside stay as they were? Nothing here is an opinion.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

SIDE = 48
JUNK = ("noise", "nan", "inf", "maximum")
Call = Callable[[np.ndarray, np.ndarray], Any]


@dataclass(frozen=True)
class Tool:
    """A call of another library: ``result`` is ``"image"``, ``"map"`` or ``"number"`` (no pixels outside to keep)."""

    name: str
    package: str
    call: Call
    result: str = "image"
    dtype: str = "float32"


TOOLS: list[Tool] = []


def tool(name: str, package: str, result: str = "image", dtype: str = "float32") -> Callable[[Call], Call]:
    """Declare a usual tool as a function of image and mask (True takes part)."""

    def declare(call: Call) -> Call:
        TOOLS.append(Tool(name, package, call, result, dtype))
        return call

    return declare


def usual_tools() -> list[dict[str, Any]]:
    """Measure every tool; one row each.

    Returns
    -------
    list of dict
        ``tool``, ``version``; ``noise``, ``nan``, ``inf``, ``maximum``: whether the answer inside stays the same to
        the bit under this junk (None where the pixel type has no such value); ``finite``: whether every answer inside
        is a finite number; ``outside``: whether the pixels outside stay as they are (None for maps and numbers).
    """
    return [{"tool": t.name, "version": f"{t.package} {version(t.package)}", **probe(t)} for t in TOOLS]


def probe(tool: Tool) -> dict[str, bool | None]:
    """Put each kind of junk under the mask and compare."""
    mask = disk()
    plain = clean(tool.dtype)
    before = _quietly(tool.call, plain, mask)
    row: dict[str, bool | None] = dict.fromkeys([*JUNK, "finite", "outside"])
    row["finite"] = bool(np.isfinite(_inside(before, mask)).all())
    for name, image in spoiled(plain, mask):
        after = _quietly(tool.call, image, mask)
        row[name] = np.array_equal(_inside(before, mask), _inside(after, mask), equal_nan=True)
        if tool.result == "image":
            kept = np.array_equal(after[~mask], image[~mask], equal_nan=True)
            row["outside"] = kept and row["outside"] is not False
    return row


def disk(side: int = SIDE) -> np.ndarray:
    """The mask of the probes: a disk that leaves pixels outside on every side."""
    rows, columns = np.ogrid[:side, :side]
    return (rows - side // 2) ** 2 + (columns - side // 2) ** 2 < (side // 3) ** 2


def clean(dtype: str) -> np.ndarray:
    """An image of noise on a slope, with one flat part inside the mask."""
    image = np.random.default_rng(5).uniform(50, 150, (SIDE, SIDE)) + np.arange(SIDE)
    image[20:29, 20:29] = 100
    return image.astype(dtype)


def spoiled(image: np.ndarray, mask: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The image with each kind of junk outside the mask that its type can hold."""
    noise = np.random.default_rng(6).uniform(0, 255, image.shape)
    floating = image.dtype.kind == "f"
    top = np.finfo(image.dtype).max if floating else np.iinfo(image.dtype).max
    junk = {"noise": noise, "nan": np.nan, "inf": np.inf, "maximum": top}
    for name in JUNK if floating else ("noise", "maximum"):
        yield name, np.where(mask, image, np.asarray(junk[name]).astype(image.dtype))


def _inside(answer: Any, mask: np.ndarray) -> np.ndarray:
    answer = np.asarray(answer)
    return answer[mask] if answer.shape[:2] == mask.shape else answer


def _quietly(call: Call, image: np.ndarray, mask: np.ndarray) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return call(image.copy(), mask)


@tool("filters.farid(mask=)", "scikit-image", "map")
def _(image, mask):
    from skimage.filters import farid

    return farid(image, mask=mask)


@tool("filters.sobel(mask=)", "scikit-image", "map")
def _(image, mask):
    from skimage.filters import sobel

    return sobel(image, mask=mask)


@tool("filters.gaussian(np.ma.array)", "scikit-image")
def _(image, mask):
    from skimage.filters import gaussian

    return np.asarray(gaussian(np.ma.array(image, mask=~mask), sigma=2, preserve_range=True))


@tool("filters.rank.median(mask=)", "scikit-image", dtype="uint8")
def _(image, mask):
    from skimage.filters.rank import median

    return median(image, np.ones((5, 5), np.uint8), mask=mask)


@tool("exposure.equalize_hist(mask=)", "scikit-image", dtype="uint8")
def _(image, mask):
    from skimage.exposure import equalize_hist

    return np.round(equalize_hist(image, mask=mask) * 255).astype(image.dtype)


@tool("measure.regionprops mean_intensity", "scikit-image", "number")
def _(image, mask):
    from skimage.measure import regionprops

    return regionprops(mask.astype(int), image)[0].mean_intensity


@tool("GaussianBlur, then copyTo back", "opencv-python-headless")
def _(image, mask):
    import cv2

    return cv2.copyTo(cv2.GaussianBlur(image, (0, 0), 2), mask.astype(np.uint8), image.copy())


@tool("medianBlur, then copyTo back", "opencv-python-headless", dtype="uint8")
def _(image, mask):
    import cv2

    return cv2.copyTo(cv2.medianBlur(image, 5), mask.astype(np.uint8), image.copy())


@tool("dilate, then copyTo back", "opencv-python-headless")
def _(image, mask):
    import cv2

    return cv2.copyTo(cv2.dilate(image, np.ones((5, 5), np.uint8)), mask.astype(np.uint8), image.copy())


@tool("matchTemplate(mask=), CCOEFF_NORMED", "opencv-python-headless", "map")
def _(image, mask):
    import cv2

    template = clean("float32")[22:27, 18:23]
    answer = cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED, mask=np.eye(5, dtype=np.float32))
    wide = np.full(image.shape, 0, np.float32)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8))[2:-2, 2:-2] > 0
    wide[2:-2, 2:-2][inner] = answer[inner]
    return wide


@tool("meanStdDev(mask=)", "opencv-python-headless", "number")
def _(image, mask):
    import cv2

    return np.array(cv2.meanStdDev(image, mask=mask.astype(np.uint8)))


@tool("ma.array(mask=).mean()", "numpy", "number")
def _(image, mask):
    return np.ma.array(image, mask=~mask).mean()


@tool("ndimage.gaussian_filter, then np.where", "scipy")
def _(image, mask):
    from scipy.ndimage import gaussian_filter

    return np.where(mask, gaussian_filter(image, 2), image)


@tool("ndimage.mean(labels=)", "scipy", "number")
def _(image, mask):
    from scipy.ndimage import mean

    return mean(image, mask.astype(int), 1)


@tool("LabelStatisticsImageFilter, median", "SimpleITK", "number")
def _(image, mask):
    import SimpleITK as sitk

    statistics = sitk.LabelStatisticsImageFilter()
    statistics.UseHistogramsOn()
    statistics.Execute(sitk.GetImageFromArray(image), sitk.GetImageFromArray(mask.astype(np.uint8)))
    return statistics.GetMedian(1)
