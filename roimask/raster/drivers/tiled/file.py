"""A tiled GeoTIFF that is filled tile by tile, in any order, and is whole after each.

GDAL writes the header, with all that it knows of maps, and no tile at all. Tiles are then put behind it, and their
places into the two tables of the header: so threads can pack tiles at the same time, what is left out takes no room,
and a run that was killed can go on.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import import_extra
from roimask.frame import Frame
from roimask.raster.drivers.source import Layout, Metadata
from roimask.raster.drivers.tiled.encode import Encoder, Packed

__all__ = ["Target", "TiledFile", "create"]

_OFFSETS, _COUNTS = 324, 325
_CLASSIC = 3_900_000_000  # bytes that a TIFF without 64-bit offsets is sure to have room for


@dataclass(frozen=True)
class Target:
    """The file that is to be made.

    Attributes
    ----------
    frame : Frame
    encoder : Encoder
    metadata : Metadata
        Band names and tags.
    layout : Layout
        Colours, roles of the bands, scales, of the file that it is made from.
    nodata : number or None
    alpha : bool
        Whether the last channel is alpha.
    overviews : tuple of int
        Factors; empty: none.
    cog : bool
    """

    frame: Frame
    encoder: Encoder
    metadata: Metadata
    layout: Layout
    nodata: Any = None
    alpha: bool = False
    overviews: tuple[int, ...] = ()
    cog: bool = False
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the pixels, overviews too, without compression."""
        height, width = self.frame.shape
        pixels = height * width * self.encoder.channels * self.encoder.dtype.itemsize
        return pixels * 4 // 3 if self.overviews else pixels


def create(path: Path, target: Target) -> None:
    """Write the header alone."""
    rasterio = import_extra("rasterio", "geo", "rm.run")
    encoder = target.encoder
    profile = {
        "driver": "GTiff", "height": target.frame.height, "width": target.frame.width, "count": encoder.channels,
        "dtype": encoder.dtype.name, "nodata": target.nodata, "tiled": True, "blockysize": encoder.tile[0],
        "blockxsize": encoder.tile[1], "compress": encoder.compress,
        "interleave": "band" if encoder.planar else "pixel",
        "sparse_ok": True, "bigtiff": "YES" if target.size > _CLASSIC else "NO",
        "photometric": "RGB" if target.layout.roles[:3] == ("red", "green", "blue") else "MINISBLACK",
        **_place(target.frame),
    }  # fmt: skip
    if encoder.predictor > 1:
        profile["predictor"] = encoder.predictor
    if target.alpha:
        profile["alpha"] = "NON-PREMULTIPLIED"
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as dataset:
            _describe(dataset, target)


def _place(frame: Frame) -> dict[str, Any]:
    if frame.transform is None:
        return {"crs": frame.crs} if frame.crs else {}
    from affine import Affine

    return {"transform": Affine(*frame.transform), "crs": frame.crs}


def _describe(dataset: Any, target: Target) -> None:
    """Band names, tags, colours, scales: as the file says them that this one is made from."""
    layout = target.layout
    dataset.update_tags(**target.metadata.tags, **target.tags)
    for band, name in enumerate(target.metadata.names, 1):
        dataset.set_band_description(band, name)
    if layout.colors:
        dataset.write_colormap(1, layout.colors)
    if len(layout.roles) == dataset.count and dataset.count > 3:
        from rasterio.enums import ColorInterp

        dataset.colorinterp = [ColorInterp[role] for role in layout.roles]
    if any(scale != 1 for scale in layout.scales) or any(layout.offsets):
        dataset.scales, dataset.offsets = layout.scales, layout.offsets
    if any(layout.units):
        dataset.units = layout.units


class TiledFile:
    """The tables of a file that :func:`create` made, and its end, behind which tiles are put."""

    def __init__(self, path: Path):
        from tifffile import TiffFile

        with TiffFile(path) as tiff:
            order = tiff.byteorder
            self._tables = {
                code: (tag.valueoffset, np.dtype({3: f"{order}u2", 4: f"{order}u4", 16: f"{order}u8"}[int(tag.dtype)]))
                for code in (_OFFSETS, _COUNTS)
                for tag in [tiff.pages.first.tags[code]]
            }
        self._file = open(path, "r+b", buffering=0)  # noqa: SIM115  # closed by close
        self.end = os.fstat(self._file.fileno()).st_size

    def put(self, tile: Packed) -> None:
        """Write a tile behind all others."""
        place, data = tile
        if data is None:
            return
        start = self.end + self.end % 2
        _write(self._file, data, start)
        self._enter(_COUNTS, place, len(data))
        self._enter(_OFFSETS, place, start)
        self.end = start + len(data)

    def _enter(self, table: int, place: int, number: int) -> None:
        offset, dtype = self._tables[table]
        _write(self._file, np.array(number, dtype).tobytes(), offset + place * dtype.itemsize)

    def cut(self, end: int) -> None:
        """Forget what lies behind ``end``."""
        self._file.truncate(end)
        self.end = end

    def sync(self) -> None:
        """See that all of it is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> TiledFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _write(file: FileIO, data: bytes, offset: int) -> None:
    file.seek(offset)
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
