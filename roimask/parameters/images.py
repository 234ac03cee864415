"""Masks, images and zones, given as they are or by the name of a file."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask, mask_on
from roimask.parameters.form import Expected, TextForm

__all__ = ["MASK", "PIXELS", "AnyMask", "Beside", "Image", "LargeMask", "SoftMask", "Zones"]


def _mask(value: Any) -> Mask:
    return value if isinstance(value, Mask) else Mask(value)


def _read_mask(text: str) -> Mask:
    from roimask.formats import read_mask

    return read_mask(text)


MASK = TextForm("a mask, or a mask file", _mask, _read_mask, mask_on, file="mask")
# A mask whose edges are to be soft where that can be had.
SoftMask = Annotated[Mask, replace(MASK, soft=True)]


def _image(value: Any) -> np.ndarray:
    from roimask.sources import as_source

    return as_source(value).whole().array


def _no_text(image: Any) -> Any:
    if isinstance(image, str):
        raise Expected("an image; a file is given as rm.read(path) or rm.Raster(path)")
    return image


def _read_image(text: str) -> np.ndarray:
    from roimask.raster.io import read

    return read(text)


def _open_image(text: str) -> Any:
    from roimask.raster.raster import Raster

    return Raster(text)


PIXELS = TextForm("an image, or an image file", _image, _read_image, file="image")


def _or_file(value: Any) -> Any:
    return value if isinstance(value, (str, os.PathLike)) or hasattr(value, "work_out") else _mask(value)


def _by_windows(value: Any, frame: Frame) -> Any:
    from roimask.running.regions import region_of

    if isinstance(value, Mask):
        return mask_on(value, frame)
    region = region_of(value, frame)
    region.settle(as_one=True)  # type: ignore[union-attr]  # None is not asked for
    return region


# A mask that may be larger than memory: also a file or an expression of files, had window by window.
LargeMask = Annotated[Any, TextForm("a mask, or a mask file", _or_file, str, _by_windows, file="mask", large=True)]
# A mask of another image, on that image's own frame.
AnyMask = Annotated[Any, TextForm("a mask, or a mask file", _mask, _read_mask)]
# An image that another operation reads, by tiles and with its own validity; np.ndarray: its pixels.
Image = Annotated[Any, TextForm("an image, or an image file", _no_text, _open_image, file="image")]


def _beside(value: Any, frame: Frame) -> Any:
    from roimask.sources import as_source

    source = as_source(value)
    if not source.frame.fits(frame) or source.read(Window(0, 0, 0, 0)).ndim != 2:
        raise ParameterError(
            f"the image beside it has one band and the size {frame.describe()}, this one is {source.frame.describe()}. "
            "Choose one band, such as image[..., 0]."
        )
    return source


# An image of one band on the same grid, cut along with the blocks.
_ONE_BAND = "an image of one band, or an image file"
Beside = Annotated[Any, TextForm(_ONE_BAND, lambda image: image, _open_image, _beside, file="image", along=True)]
# Outlines or labels that a raster is measured by: a file, geometries, a mask.
Zones = Annotated[Any, TextForm("a file of zones, or zones", lambda zones: zones, str, file="zones")]
