"""TIFF and BigTIFF by tifffile: read by tiles or strips, georeference read from the tags where that is simple."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from roimask import threads
from roimask.errors import ReadError, RoimaskError, import_extra
from roimask.frame import Window
from roimask.raster import limits
from roimask.raster.drivers import geotags, photo
from roimask.raster.drivers.exif import oriented, swaps_axes
from roimask.raster.drivers.source import Header, Layout, Metadata, Options, Source

__all__ = ["TiffSource", "accepts", "is_georeferenced", "opened", "write"]

_WHITE_IS_ZERO, _RGB, _PALETTE, _CMYK = 0, 2, 3, 5
_PLAIN = 1  # the compression that is none
_MASK_PAGE = 4  # bit of NewSubfileType
_ALPHA = (1, 2)  # ExtraSamples: associated, unassociated
_ORIENTATION, _COLORMAP, _ICC, _SUBFILE = 274, 320, 34675, 254
_UNPACKED = frozenset({1, 8, 32773, 32946, 34925, 50000})  # compressions that tifffile decodes alone
_TILE = 256
_CODECS = {1: None, 5: "lzw", 8: "deflate", 32946: "deflate", 50000: "zstd"}
TiffFile: TypeAlias = Any  # of tifffile, which loads late and types its attributes as unions
TiffPage: TypeAlias = Any
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def accepts(magic: bytes) -> bool:
    """Whether a file that starts so is a TIFF or BigTIFF."""
    return magic[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def opened(path: str, name: str) -> TiffFile:
    """Open a TIFF; what tifffile raises becomes a ReadError that names the file."""
    from tifffile import TiffFile

    tiff = None
    try:
        tiff = TiffFile(path)
        tiff.pages[0].aspage()
        return tiff
    except Exception as error:  # tifffile raises whatever the bytes make it stumble over
        if tiff is not None:
            tiff.close()
        raise ReadError(f"{name} cannot be read as TIFF: {str(error)[:200] or type(error).__name__}.") from error


def is_georeferenced(tiff: TiffFile) -> bool:
    """Whether the tags give the first page a place in the world."""
    return geotags.transform(tiff.pages[0].tags) is not None


class TiffSource(Source):
    """A TIFF file: its first page, or all channels of an ImageJ or OME image."""

    tiff: TiffFile = None

    def __init__(self, path: str, name: str, options: Options, tiff: TiffFile = None):
        super().__init__(name)
        self.options = options
        self.header = Header("TIFF", 0, 0, 1, np.dtype(np.uint8))
        self.tiff = tiff or opened(path, name)
        self.tiff.filehandle.set_lock(True)
        try:
            self.pages: list[TiffPage] = _channel_pages(self.tiff)
            self._read_header()
        except RoimaskError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise self.broken(error) from error

    def _read_header(self) -> None:
        page = self.pages[0]
        self._require_image(page)
        self.orientation = page.tags.valueof(_ORIENTATION, 1)
        self.colormap = page.tags.valueof(_COLORMAP) if page.photometric == _PALETTE else None
        if self.options.indexed or geotags.transform(page.tags) is not None:
            self.colormap = None
        count, alpha = _bands(page)
        if self.colormap is not None:
            count, alpha = 3, False
        if page.photometric == _CMYK and page.samplesperpixel == 4 and page.dtype == np.uint8:
            count, alpha = 3, False
        height, width = page.imagelength, page.imagewidth
        if swaps_axes(self.orientation):
            height, width = width, height
        as_bytes = page.bitspersample < 8 or self.colormap is not None
        dtype = np.dtype(np.uint8) if as_bytes else page.dtype.newbyteorder("=")
        self.header = Header(
            "TIFF", height, width, count * len(self.pages), dtype, alpha=alpha, pages=len(self.tiff.pages),
            truncated=any(_cut_off(page) for page in self.pages),
            metadata=geotags.metadata(page.tags, count * len(self.pages), page.tags.valueof(_ICC)),
        )  # fmt: skip
        self.mask_page = _mask_page(self.tiff)
        self.has_mask = self.mask_page is not None

    def _require_image(self, page: TiffPage) -> None:
        if page.dtype is None or page.dtype.kind not in "buif" or not page.imagelength or not page.imagewidth:
            raise self.broken(f"it holds no pixels of a known type ({page.sampleformat}, {page.bitspersample} bits)")
        if page.imagedepth != 1:
            raise self.broken("it is a volume")
        part = int(np.prod(page.chunks, dtype=np.int64)) * page.dtype.itemsize
        limits.check(self.name, "one of its tiles", part, self.options.memory_limit)
        if page.compression not in _UNPACKED:
            import_extra("imagecodecs", "formats", f"{self.name}: reading {page.compression.name} compression in TIFF")

    def layout(self) -> Layout:
        """Tiles or strips, and the codec, where GDAL calls it so too."""
        page = self.pages[0]
        strip = min(page.rowsperstrip, page.imagelength), page.imagewidth
        part = (page.tilelength, page.tilewidth) if page.is_tiled else strip
        known = self.orientation == 1 and min(part) > 0  # a damaged header may say 0
        return Layout(part if known else None, _CODECS.get(page.compression))

    def pixels(self, window: Window) -> np.ndarray:
        """The window, upright, in the values that the user sees."""
        self.require_whole(self.options)
        stored = _stored_window(window, self.orientation, self.header.height, self.header.width)
        try:
            planes = [_seen(_read(page, stored), page, self.colormap) for page in self.pages]
        except Exception as error:
            raise self.broken(error) from error
        image = planes[0] if len(planes) == 1 else np.dstack(planes)
        image = np.ascontiguousarray(oriented(image, self.orientation), self.header.dtype)
        return image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image

    def internal_mask(self, window: Window) -> np.ndarray | None:
        """What a mask page of the file's size says."""
        if self.mask_page is None:
            return None
        stored = _stored_window(window, self.orientation, self.header.height, self.header.width)
        return oriented(_read(self.mask_page, stored)[..., 0] != 0, self.orientation)

    def close(self) -> None:
        """Close the file."""
        self.tiff.close()

    def __del__(self) -> None:
        if self.tiff is not None:
            self.tiff.close()


def _channel_pages(tiff: TiffFile) -> list[TiffPage]:
    """The pages that are the bands of one image."""
    first = tiff.pages[0]
    if not (tiff.is_imagej or tiff.is_ome):
        return [first]
    series = tiff.series[0]
    if series.axes != "CYX" or len(series.pages) != series.shape[0]:
        return [first]
    return [page.aspage() for page in series.pages]


def _bands(page: TiffPage) -> tuple[int, bool]:
    """Bands without alpha, and whether there is alpha (as the last sample)."""
    extra = page.extrasamples
    alpha = page.samplesperpixel > 1 and len(extra) > 0 and extra[-1] in _ALPHA
    return page.samplesperpixel - alpha, alpha


def _mask_page(tiff: TiffFile) -> TiffPage | None:
    shape = tiff.pages[0].imagelength, tiff.pages[0].imagewidth
    for index in range(1, min(len(tiff.pages), 16)):
        page = tiff.pages[index].aspage()
        if page.tags.valueof(_SUBFILE, 0) & _MASK_PAGE and (page.imagelength, page.imagewidth) == shape:
            return page
    return None


def _cut_off(page: TiffPage) -> bool:
    size = page.parent.filehandle.size
    return any(place + count > size for place, count in zip(page.dataoffsets, page.databytecounts, strict=False))


def _stored_window(window: Window, orientation: int, height: int, width: int) -> Window:
    """The window of the stored pixels that becomes ``window`` when they are turned upright."""
    top, left, bottom, right = window
    if orientation in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    if orientation in (2, 3, 6, 7):
        left, right = width - right, width - left
    return Window(left, top, right, bottom) if swaps_axes(orientation) else Window(top, left, bottom, right)


def _read(page: TiffPage, window: Window) -> np.ndarray:
    """Decode the tiles or strips that meet the window; (h, w, samples) as stored."""
    image = np.zeros((*window.shape, page.samplesperpixel), page.dtype.newbyteorder("="))

    def fill(index: int) -> None:
        data = _stored_bytes(page, index)
        if data is not None:  # else left out on purpose, or cut off
            segment, (sample, _, top, left, _), shape = page.decode(data, index, jpegtables=page.jpegtables)
            _paste(image, segment[0, : shape[1], : shape[2]], (top, left), window, sample)

    threads.each(fill, _segments(page, window))
    return image


def _stored_bytes(page: TiffPage, index: int) -> bytes | None:
    """The bytes of a tile or strip; None where there are none, or only the beginning of something packed."""
    place, count = page.dataoffsets[index], page.databytecounts[index]
    file = page.parent.filehandle
    there = min(count, file.size - place)
    if there <= 0 or (there < count and page.compression != _PLAIN):
        return None
    return next(file.read_segments([place], [there]))[0].ljust(count, b"\0")


def _segments(page: TiffPage, window: Window) -> Iterator[int]:
    """Numbers of the tiles or strips that meet the window, in every plane."""
    height, width = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    height = min(height, page.imagelength) if not page.is_tiled else height
    down, across = -(-page.imagelength // height), -(-page.imagewidth // width)
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    for plane in range(planes):
        for row in range(window.top // height, -(-window.bottom // height)):
            for column in range(window.left // width, -(-window.right // width)):
                index = (plane * down + row) * across + column
                if index < len(page.dataoffsets):
                    yield index


def _paste(image: np.ndarray, part: np.ndarray, origin: tuple[int, int], window: Window, sample: int) -> None:
    covered = Window(origin[0], origin[1], origin[0] + part.shape[0], origin[1] + part.shape[1])
    meet = covered.meet(window)
    if not meet.empty:
        samples = slice(sample, sample + part.shape[2])
        image[(*meet.within(window), samples)] = part[meet.within(covered)]


def _seen(stored: np.ndarray, page: TiffPage, colormap: Any) -> np.ndarray:
    """Stored values as the user sees them: a palette's colours, 0 for black, RGB for CMYK, few bits over 0..255."""
    if colormap is not None:
        return (np.asarray(colormap) >> 8).astype(np.uint8).T[stored[..., 0]]
    if page.photometric == _PALETTE:
        return stored
    if page.bitspersample < 8:
        stored = stored.astype(np.uint8) * np.uint8(255 // (2**page.bitspersample - 1))
    if page.photometric == _WHITE_IS_ZERO and stored.dtype.kind == "u":
        return np.iinfo(stored.dtype).max - stored
    if page.photometric == _CMYK and stored.shape[2] == 4 and stored.dtype == np.uint8:
        return _cmyk_to_rgb(stored)
    return stored


def _cmyk_to_rgb(ink: np.ndarray) -> np.ndarray:
    from PIL import Image

    return np.array(Image.fromarray(ink, "CMYK").convert("RGB"))


def write(path: Path, image: np.ndarray, metadata: Metadata, *, alpha: bool, compress: str | None = None) -> None:
    """Write a TIFF without georeference; tiled where it is large."""
    import tifffile

    bands = 1 if image.ndim == 2 else image.shape[2] - alpha
    rgb = bands == 3 and image.dtype in (np.uint8, np.uint16)
    extra = bands + alpha - (3 if rgb else 1)
    method = compress or "deflate"
    large = min(image.shape[:2]) > 2 * _TILE
    tifffile.imwrite(
        path,
        image,
        photometric="rgb" if rgb else "minisblack",
        planarconfig="contig" if image.ndim == 3 else None,
        extrasamples=["unspecified"] * (extra - alpha) + ["unassalpha"] * alpha if extra else None,
        compression=None if method == "none" else {"deflate": "adobe_deflate"}.get(method, method),
        predictor=2 if method != "none" and image.dtype.kind in "iu" and image.dtype.itemsize < 8 else None,
        tile=(_TILE, _TILE) if large else None,
        metadata=None,
        software="roimask",
        iccprofile=metadata.icc if photo.profile_fits(metadata.icc, image) else None,
        extratags=geotags.extra_tags(metadata),
    )
