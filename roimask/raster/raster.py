"""A raster file, opened lazily: header first, pixels by windows, and which of them are valid."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from os import PathLike, fspath
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.raster import limits
from roimask.raster.drivers import Header, Layout, Options, Source, open_source
from roimask.raster.nodata import valid_values
from roimask.raster.paths import is_remote, shown
from roimask.sources import ArraySource, adapter

__all__ = ["Raster"]

Box = tuple[int, int, int, int]
_ROWS, _PIXELS = 256, 1 << 20  # of what is read at a time, where the file's tiles are smaller


class Raster:
    """An image file, opened lazily: the header is read now, the pixels when they are asked for.

    Parameters
    ----------
    path : path
        PNG, JPEG, TIFF, GeoTIFF, WebP, AVIF, BMP, npy, and what else Pillow or (with the ``geo`` extra) GDAL reads.
        Of several frames or pages the first is read.
    memory_limit : int, optional
        Bytes that the pixels of one read may take; default: half of the machine's memory.
    allow_truncated : bool, default False
        Take what is there of a file that ends too early, instead of raising ReadError.
    ignore_nodata : bool, default False
        Say of every pixel that it is valid, whatever the file says.
    indexed : bool, default False
        Read the indices of a palette (if it has colours) instead of the colours: how files of masks are read.
    allow_remote : bool, default False
        Read paths such as ``https://...`` or ``/vsizip/...`` too, which GDAL opens (``geo`` extra).

    Attributes
    ----------
    path : str
    frame : Frame
        Height, width and, where the file is georeferenced, transform and CRS.
    count : int
        Bands; alpha is none.
    dtype : numpy.dtype
    nodata : None, number, or tuple
        A tuple, one a band, where bands differ.
    names : tuple of str
        Band descriptions; empty where the file has none.
    tags : mapping of str to str
    format : str
        "PNG", "JPEG", "TIFF", "GeoTIFF", ...
    alpha : bool
        Whether there is an alpha channel.
    shape : tuple
        Shape of what ``read()`` answers.

    Raises
    ------
    ReadError
        Where the file is missing, remote, damaged or in no known format; LimitError where it is too large.

    Notes
    -----
    EXIF orientation is applied. Georeferenced files and tiled or stripped TIFF are read by windows; formats that
    can only be decoded whole are decoded once. A Raster can be pickled, read by several threads, and used as a
    context manager.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "field.tif")
    >>> rm.write(path, np.array([[0, 5], [7, 9]], np.uint16), nodata=0)
    >>> with rm.Raster(path) as raster:
    ...     raster.frame, raster.dtype.name, raster.nodata, raster.read((0, 1, 2, 2)).tolist()
    (Frame(2 × 2), 'uint16', 0, [[5], [9]])
    >>> rm.Raster(path).valid().area
    3
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        memory_limit: int | None = None,
        allow_truncated: bool = False,
        ignore_nodata: bool = False,
        indexed: bool = False,
        allow_remote: bool = False,
    ):
        self.path = fspath(path)
        self.ignore_nodata = ignore_nodata
        limit = limits.default_limit() if memory_limit is None else memory_limit
        self._options = Options(limit, allow_truncated, indexed, allow_remote)
        self._source: Source = open_source(self.path, self._options)

    @property
    def header(self) -> Header:
        """All that the file says of itself, as the driver read it."""
        return self._source.header

    @property
    def frame(self) -> Frame:
        """Height, width, transform and CRS."""
        return self.header.frame

    @property
    def count(self) -> int:
        """Bands without alpha."""
        return self.header.count

    @property
    def dtype(self) -> np.dtype:
        """The pixels' type."""
        return self.header.dtype

    @property
    def format(self) -> str:
        """Name of the file format."""
        return self.header.format

    @property
    def alpha(self) -> bool:
        """Whether there is an alpha channel beside the bands."""
        return self.header.alpha

    @property
    def names(self) -> tuple[str, ...]:
        """Band descriptions; empty where there are none."""
        return self.header.metadata.names

    @property
    def tags(self) -> Mapping[str, str]:
        """What the file says in words."""
        return self.header.metadata.tags

    @property
    def nodata(self) -> Any:
        """The value that means "no data"; a tuple where bands differ; None where there is none."""
        values = self.header.metadata.nodata
        if not values or self.ignore_nodata:
            return None
        return values[0] if all(map(_same, values, values[1:])) else values

    @cached_property
    def tile(self) -> tuple[int, int] | None:
        """Rows and columns that reductions read at a time: whole tiles or strips of the file; None: as of an array."""
        part = self.layout().block
        if part is None:
            return None
        rows, columns = part
        return max(_ROWS // rows, 1) * rows, max(_PIXELS // (max(_ROWS, rows) * columns), 1) * columns

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W) of one band, else (H, W, C)."""
        return self.frame.shape if self.count == 1 else (*self.frame.shape, self.count)

    def read(self, window: Box | None = None, alpha: bool = False) -> np.ndarray:
        """Decode the pixels of a window.

        Parameters
        ----------
        window : (top, left, bottom, right), optional
            Half open, inside the frame; default: all of it.
        alpha : bool, default False
            Add the alpha channel, where there is one, as the last.

        Returns
        -------
        ndarray (h, w) or (h, w, C)
            In the file's dtype and native byte order, C-contiguous; your own to change.

        Raises
        ------
        ReadError
            Where the data are damaged or cut off; LimitError where the window is beyond the memory limit.
        """
        pixels = self._pixels(window)
        return pixels if alpha else self._bands(pixels)

    def validity(self, window: Box | None = None) -> np.ndarray | None:
        """Where a window holds data: not nodata, not NaN, alpha above 0, inside the file's own mask.

        Returns
        -------
        None, or bool ndarray
            None where every pixel is valid; (h, w, C) where bands may differ, else (h, w).
        """
        if self.ignore_nodata or not self._may_have_holes():
            return None
        box = self._window(window)
        pixels = self._pixels(box) if self.alpha or self._has_invalid_values() else None
        return _both(self._source.internal_mask(box), None if pixels is None else self._valid_in(pixels))

    def read_valid(self, window: Box | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """:meth:`read` and :meth:`validity` of a window, decoded once."""
        pixels, valid = self._read_valid(self._window(window))
        return self._bands(pixels), valid

    def valid(self, window: Box | None = None) -> Mask:
        """The mask of the pixels that hold data in any band; of the whole frame, or of a window of it.

        Returns
        -------
        Mask
            Binary, on the raster's frame (pixels outside ``window`` take no part).
        """
        box = self._window(window)
        valid = self.validity(box)
        if valid is None:
            valid = np.ones(box.shape, bool)
        anywhere = np.asarray(valid.any(axis=2)) if valid.ndim == 3 else valid
        return Mask.from_crop(anywhere, box[:2], self.frame, "binary")

    def whole(self) -> ArraySource:
        """The raster in memory: pixels, validity, alpha and nodata, as operations take it."""
        self._require_room(self.frame.window, "Work on it block by block with rm.run")
        pixels, valid = self._read_valid(self.frame.window)
        alpha = pixels[..., -1] if self.alpha else np.broadcast_to(True, self.frame.shape)
        return ArraySource(self._bands(pixels), self.frame, valid, self.nodata, alpha=alpha)

    def _read_valid(self, box: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """Bands and alpha of a window, and where it holds data."""
        pixels = self._pixels(box)
        if self.ignore_nodata:
            return pixels, None
        return pixels, _both(self._source.internal_mask(box), self._valid_in(pixels))

    def _pixels(self, window: Box | None) -> np.ndarray:
        box = self._window(window)
        if box.empty:  # asked for the shape and type alone
            channels = self.count + self.alpha
            return np.empty((0, 0) if channels == 1 else (0, 0, channels), self.dtype)
        self._require_room(box, "Read a window")
        return self._source.pixels(box)

    def _require_room(self, box: Window, advice: str) -> None:
        what = f"{box.shape[0]} × {box.shape[1]} pixels"
        limits.check(shown(self.path), what, self.header.size(box), self.memory_limit, advice)

    @property
    def memory_limit(self) -> int:
        """Bytes that the pixels of one read may take."""
        return self._options.memory_limit

    def _window(self, window: Box | None) -> Window:
        if window is None:
            return self.frame.window
        box = Window(*map(int, window))
        if box.meet(self.frame.window) != box:
            raise ParameterError(
                f"a window is (top, left, bottom, right), not empty, inside {self.frame.describe()}; "
                f"got {tuple(window)}"
            )
        return box

    def _may_have_holes(self) -> bool:
        return self.alpha or self._has_invalid_values() or self._source.has_mask

    def _has_invalid_values(self) -> bool:
        return self.dtype.kind == "f" or any(value is not None for value in self.header.metadata.nodata)

    def _bands(self, pixels: np.ndarray) -> np.ndarray:
        if not self.alpha:
            return pixels
        return np.ascontiguousarray(pixels[..., 0] if self.count == 1 else pixels[..., : self.count])

    def _valid_in(self, pixels: np.ndarray) -> np.ndarray | None:
        by_value = valid_values(self._bands(pixels), self.header.metadata.nodata or (None,))
        if not self.alpha:
            return by_value
        opaque = pixels[..., -1] > 0
        return by_value if opaque.all() else _both(opaque, by_value)

    def layout(self) -> Layout:
        """How the file lays its pixels out: what a file made from it block by block keeps."""
        return self._source.layout()

    def close(self) -> None:
        """Give back what the file holds open; reading again afterwards is an error for some formats."""
        self._source.close()

    def __enter__(self) -> Raster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self):
        # Whoever opens it may work in another folder.
        path = self.path if is_remote(self.path) else os.path.abspath(self.path)
        return _reopen, (path, self._options, self.ignore_nodata)

    def __repr__(self) -> str:
        bands = f"{self.count} band{'s' if self.count != 1 else ''}{' and alpha' if self.alpha else ''} of {self.dtype}"
        nodata = "" if self.nodata is None else f", nodata {self.nodata}"
        pages = f", the first of {self.header.pages} pages" if self.header.pages > 1 else ""
        return f"Raster({shown(self.path)!r}: {self.format}, {self.frame.describe()}, {bands}{nodata}{pages})"


def _reopen(path: str, options: Options, ignore_nodata: bool) -> Raster:
    return Raster(
        path, memory_limit=options.memory_limit, allow_truncated=options.allow_truncated,
        ignore_nodata=ignore_nodata, indexed=options.indexed, allow_remote=options.allow_remote,
    )  # fmt: skip


def _same(a: Any, b: Any) -> bool:
    return a == b or (a != a and b != b)


def _both(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
    """Valid where both are; a mask of all bands meets one of each band."""
    if a is None or b is None:
        valid = b if a is None else a
    else:
        valid = a[..., np.newaxis] & b if b.ndim > a.ndim else a & b
    return None if valid is None or valid.all() else valid


adapter(lambda image: isinstance(image, Raster))(lambda raster, _: raster)
