"""What is done to a file when all its tiles are in it: a mask, overviews, the order of a COG."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from roimask import threads
from roimask.errors import WriteError, import_extra
from roimask.frame import Window
from roimask.raster.drivers.tiled.file import Target

__all__ = ["finish"]

_MASK = {"GDAL_TIFF_INTERNAL_MASK": "YES"}


def finish(path: Path, target: Target, valid: Iterable[tuple[Window, np.ndarray]] = ()) -> None:
    """Make the file what was asked for; it is replaced only by one that is whole.

    Parameters
    ----------
    path : Path
    target : Target
    valid : iterable of (Window, bool ndarray)
        Where the file holds data, block by block: the mask that is put into it; none: it has none.
    """
    if not (target.overviews or target.cog or target.layout.masked):
        return
    rasterio = import_extra("rasterio", "geo", "rm.run")
    try:
        settings = {"GDAL_PAM_ENABLED": "NO", "GDAL_NUM_THREADS": str(threads.get_threads()), **_MASK}
        with rasterio.Env(**settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path, "r+") as dataset:
                for window, data in valid:
                    dataset.write_mask(data, window=((window.top, window.bottom), (window.left, window.right)))
                if target.overviews:
                    dataset.build_overviews(list(target.overviews), _resampling(target))
            if target.cog:
                _to_cog(path, target)
    except rasterio.errors.RasterioError as error:
        raise WriteError(f"the overviews cannot be written: {error}.") from error


def _resampling(target: Target) -> Any:
    """Means of measurements; of colour tables, whose numbers are names, one of the pixels."""
    from rasterio.enums import Resampling

    return Resampling.nearest if target.layout.colors else Resampling.average


def _to_cog(path: Path, target: Target) -> None:
    from rasterio.shutil import copy

    other = path.with_name(f"{path.name}.cog")
    encoder = target.encoder
    try:
        copy(
            path, other, driver="COG", compress=encoder.compress.upper(), blocksize=max(encoder.tile),
            predictor="YES" if encoder.predictor > 1 else "NO", sparse_ok="TRUE", bigtiff="IF_SAFER",
            overview_resampling=_resampling(target).name,
        )  # fmt: skip
        os.replace(other, path)
    finally:
        other.unlink(missing_ok=True)
