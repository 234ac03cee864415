"""Extract regions of interest: mask times image."""

from __future__ import annotations

from typing import Any

import numpy as np

from roimask import kernels
from roimask.frame import Window
from roimask.mask import Mask, read_crop
from roimask.operation import measure, operation
from roimask.parameters import Color, Count

__all__ = ["chips", "extract"]


@operation(result="picture", bands="all", any_value=True, background="fill")
def extract(image: np.ndarray, weight: np.ndarray, *, fill: Color | None = None, out: np.ndarray) -> np.ndarray:
    """Extract the region of interest: the pixels inside the mask unchanged, a fill value outside.

    A binary mask multiplies the image by 1 or 0; a weights mask by any share between: w · image + (1 - w) · fill.
    NaN pixels inside the mask stay NaN.

    Parameters
    ----------
    fill : number, or one a band, optional
        What stands outside the mask, in the image's type. Default: 0, or the nodata value of a file that has one.

    Returns
    -------
    array
        Of the image's shape (of the mask's bounding box with ``crop=True``) and dtype. Integers round half to even.

    Raises
    ------
    ParameterError
        Where the image's type cannot hold the fill value.
    FrameMismatch
        Where image and mask are not of one size.

    Notes
    -----
    Only the tiles that the mask touches are read; the rest of the result is filled.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    >>> rm.extract(image, np.array([[0, 1, 1], [0, 0, 1]]))
    array([[0, 1, 2],
           [0, 0, 5]], dtype=uint8)
    >>> rm.extract(image, np.array([[0, 1, 1], [0, 0, 1]]), fill=9, crop=True)
    array([[1, 2],
           [9, 5]], dtype=uint8)
    >>> rm.extract(image, np.array([[0, 0.5, 1], [0, 0, 0]]))
    array([[0, 0, 2],
           [0, 0, 0]], dtype=uint8)
    >>> rm.extract(image, np.zeros((2, 3), bool)).max()
    np.uint8(0)
    """
    loops = kernels.pick("select", image.size)
    work = loops.select if weight.dtype == np.uint8 else loops.mix
    return work(image, weight, fill, out)


@measure(takes="image", result="objects")
def chips(image: np.ndarray, mask: Mask, *, pad: int = 0, size: Count | None = None) -> list[Any]:
    """Cut one chip a region out of the image: the region's bounding box, 0 outside the region.

    A labels mask gives a chip for each label, ascending; any other mask gives one.

    Parameters
    ----------
    image : array (H, W) or (H, W, C)
    mask : Mask or array (H, W)
    pad : int, optional
        Pixels added around the bounding box on each side; what lies beyond the image is 0. Default 0.
    size : int, optional
        Make every chip ``size`` by ``size`` pixels, for data sets: scaled by area so that its longer side fits, into
        the middle of a square of 0. Default: as it is in the image.

    Returns
    -------
    list of array (h + 2 pad, w + 2 pad[, C]), or (size, size[, C])
        In the order of ``mask.labels``; empty for an empty mask.

    Raises
    ------
    FrameMismatch
        Where image and mask are not of one size.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.arange(1, 7, dtype=np.uint8).reshape(2, 3)
    >>> rm.chips(image, np.array([[1, 1, 0], [0, 0, 2]]))
    [array([[1, 2]], dtype=uint8), array([[6]], dtype=uint8)]
    >>> rm.chips(image, np.array([[1, 1, 0], [0, 0, 2]]), size=2)[0]
    array([[1, 2],
           [0, 0]], dtype=uint8)
    >>> rm.chips(image, np.zeros((2, 3), bool))
    []
    """
    whole = Window(0, 0, *image.shape[:2])
    regions = [mask[label] for label in mask.labels] if mask.kind == "labels" else [mask] * bool(mask.area)
    return [_chip(image, whole, region, pad, size) for region in regions]


def _chip(image: np.ndarray, whole: Window, region: Mask, pad: int, size: int | None) -> np.ndarray:
    window = region.window.grow(pad)
    inside = Mask.from_crop(region.values, (pad, pad), window.shape, region.kind)
    chip = extract(read_crop(image, whole, window), inside)
    return chip if size is None else _squared(chip, inside, size)


def _squared(chip: np.ndarray, inside: Mask, size: int) -> np.ndarray:
    """A chip scaled into the middle of a square."""
    from roimask.operations.resample import resize

    longest = max(inside.shape)
    height, width = (max(round(side * size / longest), 1) for side in inside.shape)
    scaled = extract(resize(chip, inside, shape=(height, width)), inside.to_frame((height, width)))
    square = np.zeros((size, size, *chip.shape[2:]), chip.dtype)
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = scaled
    return square
