"""Read an image as a plain array, ask where it holds data, write one back whole."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import ParameterError, WriteError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.raster.atomic import atomic
from roimask.raster.drivers.exif import without_preview
from roimask.raster.drivers.source import Metadata
from roimask.raster.drivers.writers import Writer, can_hold, writer_for
from roimask.raster.nodata import holds
from roimask.raster.paths import local, shown
from roimask.raster.raster import Raster

__all__ = ["read", "valid", "write"]

AnyPath = str | PathLike[str]
RECIPE_TAG = "ROIMASK_RECIPE"  # how a file was made
_OF_THE_FILE = ("roimask", RECIPE_TAG)  # what a file says of itself, as a mask too, is not so of what is made from it


def read(path: AnyPath) -> np.ndarray:
    """Read an image file as a plain array.

    Parameters
    ----------
    path : path
        See :class:`roimask.Raster` for the formats.

    Returns
    -------
    ndarray (H, W) or (H, W, C)
        dtype and bands as in the file, alpha as the last channel, turned upright; nodata stays a value
        (:func:`valid` gives the mask that goes with it).

    Raises
    ------
    ReadError
        Where the file is missing, damaged, cut off, or in no known format.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "gray.png")
    >>> rm.write(path, np.arange(6, dtype=np.uint16).reshape(2, 3))
    >>> rm.read(path)
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint16)
    """
    with Raster(path) as raster:
        return raster.read(alpha=True)


def valid(path: AnyPath) -> Mask:
    """Read where an image file says that there is data: nodata, NaN, alpha, internal mask.

    Parameters
    ----------
    path : path

    Returns
    -------
    Mask
        Binary, on the file's frame: True where any band holds data.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "field.tif")
    >>> rm.write(path, np.array([[0, 5, 7]], np.uint16), nodata=0)
    >>> rm.valid(path).area
    2
    """
    with Raster(path) as raster:
        return raster.valid()


def write(
    path: AnyPath,
    image: Any,
    like: AnyPath | Raster | None = None,
    *,
    frame: Frame | None = None,
    quality: int | None = None,
    compress: int | str | None = None,
    nodata: float | None = None,
    alpha: bool | None = None,
    metadata: bool = True,
    tags: dict[str, str] | None = None,
) -> None:
    """Write an image file, whole or not at all.

    Parameters
    ----------
    path : path
        ``.png`` (8 and 16 bit, 1 to 4 channels), ``.jpg`` (8 bit, gray or RGB), ``.tif`` (any number, any bands),
        ``.webp``, ``.avif``, ``.bmp`` or ``.npy``. A link is replaced, not followed.
    image : array_like (H, W) or (H, W, C)
        bool is written as 0 and 255 in 8 bits. Nothing else is converted.
    like : path or Raster, optional
        Where georeference, nodata, band names, tags, EXIF and colour profile come from, as far as the format can
        hold them. Georeference and alpha come along where the image has the size of ``like``; alpha where the
        image has its bands alone.
    frame : Frame, optional
        Georeference, instead of that of ``like`` (for a crop: ``raster.frame.crop(window)``).
    quality : int, default 95
        1..100, of JPEG, WebP and AVIF; 100 makes a lossless WebP, and an AVIF that is exact to 2 levels.
    compress : int or str, optional
        PNG: 0 to 9 (default: fast). TIFF: "deflate" (default), "lzw", "zstd", "none".
    nodata : number, optional
        Of TIFF: the value that means "no data".
    alpha : bool, optional
        Whether the last channel is alpha; default: as ``like`` has it, and for 2 or 4 channels in PNG, WebP and AVIF.
    metadata : bool, default True
        Whether EXIF, tags and band names of ``like`` come along; without, only what the pixels need to be understood:
        georeference, nodata, colour profile.
    tags : dict of str to str, optional
        More to say in words.

    Raises
    ------
    WriteError
        Where the format is not known, cannot hold the image, or the file cannot be written.

    Notes
    -----
    The file is written beside ``path`` under a hidden name, flushed to the disk, and renamed: whoever looks sees
    the old file or the new one. EXIF goes into JPEG, PNG, WebP and AVIF (its orientation reset: pixels are upright;
    without its thumbnail, which shows what they were), tags into PNG and TIFF, georeference into TIFF.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "out.png")
    >>> rm.write(path, np.ones((2, 2), bool))
    >>> rm.read(path).tolist()
    [[255, 255], [255, 255]]
    >>> rm.write(path, np.ones((2, 2), np.float32))
    Traceback (most recent call last):
        ...
    roimask.errors.WriteError: ...out.png: PNG cannot hold 1 channel of float32; .tif, .npy can.
    """
    name = shown(path)
    writer = writer_for(Path(local(path)).suffix, name)
    pixels = _as_pixels(image, name)
    options = _options(writer, name, quality=quality, compress=compress)
    if nodata is not None and not writer.georeferenced:
        raise WriteError(f"{name}: {writer.name} cannot say which value means no data; .tif can.")
    source = like if like is None or isinstance(like, Raster) else Raster(like)
    pixels, has_alpha = _with_alpha(pixels, source, writer, alpha)
    told = _metadata(pixels, source, frame, writer)
    if not metadata:
        told = told.but(exif=None, tags={}, names=())
    if nodata is not None:
        told = told.but(nodata=(_as_nodata(nodata, pixels.dtype, name),))
    _require_held(pixels, writer, name)
    with atomic(path) as temporary:
        writer.save(temporary, pixels, told.but(tags={**told.tags, **(tags or {})}), alpha=has_alpha, **options)


def _as_pixels(image: Any, name: str) -> np.ndarray:
    """Contiguous, native, (H, W) for one channel, bool as 0 and 255."""
    pixels = np.asarray(image)
    if pixels.ndim not in (2, 3) or 0 in pixels.shape or pixels.dtype.kind not in "buif":
        raise WriteError(
            f"{name}: an image is numbers of shape (H, W) or (H, W, C), at least one pixel; "
            f"got {pixels.dtype} of shape {pixels.shape}."
        )
    if pixels.dtype.kind == "b":
        pixels = pixels.view(np.uint8) * np.uint8(255)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    return np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("="))


def _options(writer: Writer, name: str, **given: Any) -> dict[str, Any]:
    """The options that were given, refused where the format cannot heed them."""
    options = {key: value for key, value in given.items() if value is not None}
    for key in options.keys() - writer.options.keys():
        raise WriteError(f"{name}: {writer.name} has no {key}; leave it out.")
    for key, value in options.items():
        if value not in writer.options[key]:
            raise ParameterError(f"{key} of {writer.name} is {_choices(writer.options[key])}, got {value!r}")
    return options


def _choices(allowed: Sequence[Any]) -> str:
    return f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else ", ".join(map(repr, allowed))


def _with_alpha(pixels: np.ndarray, like: Raster | None, writer: Writer, asked: bool | None) -> tuple[np.ndarray, bool]:
    """The pixels, with the alpha of ``like`` where they lack it, and whether their last channel is alpha."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if asked is not None:
        return pixels, asked and channels > 1
    if like is None or not like.alpha or like.shape[:2] != pixels.shape[:2]:
        return pixels, False
    if channels == like.count + 1:
        return pixels, True
    if channels != like.count or not writer.holds(pixels.dtype, channels + 1) or like.dtype != pixels.dtype:
        return pixels, False
    return np.dstack([pixels, like.read(alpha=True)[..., -1]]), True


def _metadata(pixels: np.ndarray, like: Raster | None, frame: Frame | None, writer: Writer) -> Metadata:
    """What ``like`` says, less what is not so of these pixels."""
    found = Metadata() if like is None else like.header.metadata
    same_grid = like is not None and like.shape[:2] == pixels.shape[:2]
    if frame is not None:
        Frame(*pixels.shape[:2]).require(Frame(*frame.shape), "the image", "its frame")
        found = found.but(transform=frame.transform, crs=frame.crs)
    elif not same_grid:
        found = found.but(transform=None, crs=None)
    if not writer.georeferenced:
        found = found.but(transform=None, crs=None)
    tags = {key: text for key, text in found.tags.items() if key not in _OF_THE_FILE}
    fitting = tuple(value for value in found.nodata if value is not None and holds(pixels.dtype, value))
    return found.but(nodata=fitting[:1], tags=tags, exif=without_preview(found.exif))


def _as_nodata(nodata: float, dtype: np.dtype, name: str) -> float | int:
    if not holds(dtype, nodata):
        raise WriteError(f"{name}: no pixel of {dtype} can be {nodata}; choose another nodata value.")
    return int(nodata) if dtype.kind in "iu" else float(nodata)


def _require_held(pixels: np.ndarray, writer: Writer, name: str) -> None:
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if not writer.holds(pixels.dtype, channels):
        plural = "" if channels == 1 else "s"
        raise WriteError(
            f"{name}: {writer.name} cannot hold {channels} channel{plural} of {pixels.dtype}; "
            f"{can_hold(pixels.dtype, channels)} can."
        )
