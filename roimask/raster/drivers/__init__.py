"""The one place where image files are opened: :func:`open_source` finds the driver by a file's first bytes."""

from __future__ import annotations

import os
from importlib.util import find_spec

from roimask.errors import ReadError
from roimask.raster.drivers import jpeg, npy, photo, png, tiff
from roimask.raster.drivers.source import Header, Layout, Metadata, Options, Source
from roimask.raster.paths import is_remote, local, shown

__all__ = ["Header", "Layout", "Metadata", "Options", "Source", "open_source"]

_MAGIC = 64


def open_source(path: str | os.PathLike[str], options: Options) -> Source:
    """Open an image file, header only.

    Raises
    ------
    ReadError
        Where the file is missing, remote, of no known format, or its header is damaged.
    LimitError
        Where its pixels, which can only be decoded whole, would take more than the memory limit.
    """
    if is_remote(path):
        return _open_remote(os.fsdecode(path), options)
    place, name = local(path), shown(path)
    magic = _first_bytes(place, name)
    if png.accepts(magic):
        return png.PngSource(place, name, options)
    if jpeg.accepts(magic):
        return jpeg.JpegSource(place, name, options)
    if tiff.accepts(magic):
        return _open_tiff(place, name, options)
    if npy.accepts(magic):
        return npy.NpySource(place, name, options)
    return _open_other(place, name, options, magic)


def _first_bytes(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            magic = file.read(_MAGIC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(f"{name} cannot be opened: {reason}.") from error
    if not magic:
        raise ReadError(f"{name} is empty.")
    return magic


def _open_remote(path: str, options: Options) -> Source:
    """What GDAL reads from elsewhere, by the driver that the suffix names."""
    from roimask.raster.drivers import geo

    name = shown(path)
    if not options.allow_remote:
        raise ReadError(
            f"{name} is a remote or virtual path: allow it with allow_remote=True, or give a file on this machine."
        )
    suffix = os.path.splitext(path.partition("?")[0])[1].lower()
    driver = "GTiff" if suffix in (".tif", ".tiff") else geo.DRIVERS.get(suffix)
    if driver is None:
        raise ReadError(f"{name} cannot be read from elsewhere; {', '.join(['.tif', *geo.DRIVERS])} can.")
    return geo.GeoSource(path, name, options, driver)


def _open_tiff(path: str, name: str, options: Options) -> Source:
    """GDAL reads what is georeferenced, where rasterio is there; what is cut off, tifffile can read in part."""
    file = tiff.opened(path, name)
    if tiff.is_georeferenced(file) and not options.allow_truncated and find_spec("rasterio"):
        from roimask.raster.drivers import geo

        file.close()
        return geo.open_tiff(path, name, options)
    return tiff.TiffSource(path, name, options, file)


def _open_other(path: str, name: str, options: Options, magic: bytes) -> Source:
    from roimask.raster.drivers import geo

    if geo.is_virtual(magic):
        return geo.open_virtual(path, name, options)
    driver = geo.DRIVERS.get(os.path.splitext(path)[1].lower())
    if geo.is_placed_jp2(path, magic) and find_spec("rasterio"):
        driver = "JP2OpenJPEG"
    if driver is not None:
        return geo.GeoSource(path, name, options, driver)
    return photo.PhotoSource(path, name, options)
