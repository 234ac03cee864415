"""What the images of a composite must have in common, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any

import numpy as np

from roimask.errors import FrameMismatch, ParameterError
from roimask.frame import Window
from roimask.mask import Mask, mask_on
from roimask.raster.nodata import holds
from roimask.raster.raster import Raster
from roimask.running.regions import Region, region_of
from roimask.sources import Source

__all__ = ["files_of", "fill_for", "held", "one_each", "red_and_nir", "require_alike", "taking_part"]


def require_alike(dates: Sequence[Source]) -> None:
    """Refuse images that are not on one grid, of one dtype and number of bands."""
    if not dates:
        raise ParameterError("composite: one image or more was expected, got none")
    first, kind = dates[0], _kind(dates[0])
    for number, date in enumerate(dates[1:], 2):
        if not date.frame.fits(first.frame):
            raise FrameMismatch(
                f"composite: image {number} is {date.frame.describe()}, the first {first.frame.describe()}. "
                "Warp them to one grid."
            )
        if _kind(date) != kind:
            raise ParameterError(f"composite: image {number} is of {_kind(date)}, the first of {kind}; make them alike")


def _kind(date: Source) -> str:
    shape = date.read(Window(0, 0, 0, 0)).shape
    return f"{shape[2] if len(shape) == 3 else 1} bands of {date.dtype}"


def one_each(masks: Any, count: int) -> Sequence[Any]:
    """A mask for each image, or None."""
    if masks is None or isinstance(masks, Mask):
        return [masks] * count
    if len(masks) != count:
        raise ParameterError(f"composite: a mask for each image was expected, {count}, got {len(masks)}")
    return list(masks)


def files_of(given: Any) -> list[str]:
    """The files among what a call was given."""
    if isinstance(given, (list, tuple)):
        return [file for part in given for file in files_of(part)]
    path = given.path if isinstance(given, Raster) else given
    return [fspath(path)] if isinstance(path, (str, PathLike)) else []


def taking_part(mask: Any, without: Any, date: Source) -> Mask | Region | None:
    """Which pixels of a date take part: the mask, less what is excluded."""
    named = isinstance(mask, (str, PathLike))
    if without is None and not named:
        return mask_on(mask, date.frame)
    region = region_of(mask, date.frame)
    for more in without if isinstance(without, (list, tuple)) else [without]:
        cut = region_of(more, date.frame)
        if cut is not None:
            region = ~cut if region is None else region - cut
    return region


def red_and_nir(raster: Any, bands: Mapping[str, int] | None, source: Source) -> tuple[int, int]:
    """The bands of the vegetation index, as given or as they are called."""
    called = {name.lower(): number for number, name in enumerate(getattr(raster, "names", ()))}
    known = called if bands is None else bands
    if not {"red", "nir"} <= known.keys():
        raise ParameterError("composite: max_ndvi needs the bands, as in bands={'red': 2, 'nir': 3}, from 0")
    shape = source.read(Window(0, 0, 0, 0)).shape
    count = shape[2] if len(shape) == 3 else 1
    for name in ("red", "nir"):
        if not 0 <= known[name] < count:
            raise ParameterError(f"composite: the images have bands 0 to {count - 1}, got {name}={known[name]!r}")
    return known["red"], known["nir"]


def held(nodata: float, dtype: np.dtype) -> float | int:
    """A nodata value that the images can hold."""
    if not holds(dtype, nodata):
        raise ParameterError(f"composite: nodata is a value that {dtype} can hold, got {nodata!r}")
    return nodata


def fill_for(nodata: Any, dtype: np.dtype) -> Any:
    """What stands where nothing is known: nodata, NaN, or 0."""
    if isinstance(nodata, tuple):
        return tuple(fill_for(value, dtype) for value in nodata)
    return (np.nan if dtype.kind == "f" else 0) if nodata is None else nodata
