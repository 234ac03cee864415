"""What every driver answers: a header, known before anything is decoded, and the pixels of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from roimask.errors import ReadError
from roimask.frame import Frame, Window
from roimask.raster import limits
from roimask.raster.drivers.exif import oriented

__all__ = ["Header", "Layout", "Metadata", "Options", "Source", "WholeSource"]


@dataclass(frozen=True)
class Options:
    """How a file is to be opened."""

    memory_limit: int
    allow_truncated: bool = False
    indexed: bool = False  # the indices of a palette, not its colours: how masks are read
    allow_remote: bool = False


@dataclass(frozen=True)
class Metadata:
    """What a file says beside its pixels, and what a writer can bring back."""

    transform: tuple[float, ...] | None = None
    crs: str | None = None
    nodata: tuple[Any, ...] = ()  # a value or None for each band
    names: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    exif: bytes | None = None  # a TIFF structure, without the "Exif" mark
    icc: bytes | None = None

    def but(self, **changes: Any) -> Metadata:
        """The same with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Layout:
    """How a file lays its pixels out and what it says of its bands: what a file made from it block by block keeps."""

    block: tuple[int, int] | None = None  # rows and columns that are decoded at a time; None: all
    compress: str | None = None
    planar: bool = False  # band after band, not pixel after pixel
    overviews: tuple[int, ...] = ()
    masked: bool = False  # whether the file has a mask of its own
    colors: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # the colour table of the first band
    roles: tuple[str, ...] = ()  # red, green, ... of each channel, as GDAL names them
    scales: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """A file as its header describes it, turned upright."""

    format: str
    height: int
    width: int
    count: int  # bands without alpha
    dtype: np.dtype
    alpha: bool = False
    pages: int = 1
    truncated: bool = False
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def frame(self) -> Frame:
        """The grid of the file."""
        return Frame(self.height, self.width, self.metadata.transform, self.metadata.crs)

    @property
    def channels(self) -> int:
        """Bands and alpha."""
        return self.count + self.alpha

    def size(self, window: Window) -> int:
        """Bytes that the decoded pixels of a window take."""
        height, width = window.shape
        return height * width * self.channels * self.dtype.itemsize


class Source:
    """An open file of one format.

    Parameters
    ----------
    name : str
        The path, ready to be printed.
    """

    header: Header
    has_mask = False  # whether internal_mask may answer anything

    def __init__(self, name: str):
        self.name = name

    def pixels(self, window: Window) -> np.ndarray:
        """The decoded window, (h, w, channels) with alpha last, or (h, w) of one channel; native byte order."""
        raise NotImplementedError

    def internal_mask(self, window: Window) -> np.ndarray | None:
        """Where the file's own mask says that there is data: bool (h, w), or None where it has none."""
        return None

    def layout(self) -> Layout:
        """How the file lays its pixels out; of formats that are decoded whole there is nothing to say."""
        return Layout()

    def close(self) -> None:
        """Give back what the file holds open."""

    def broken(self, reason: object) -> ReadError:
        """The error that names the file and what is wrong with it."""
        return ReadError(f"{self.name} cannot be read as {self.header.format}: {_sentence(reason)}")

    def require_whole(self, options: Options) -> None:
        """Raise ReadError where the file ends too early, unless that is allowed."""
        if self.header.truncated and not options.allow_truncated:
            raise ReadError(
                f"{self.name} is truncated: the file ends before its pixels do. "
                f"Get it again, or read what is there with allow_truncated."
            )


class WholeSource(Source):
    """A format that can only be decoded whole: that happens once, and what came out is kept for other windows."""

    orientation = 1

    def __init__(self, name: str, options: Options):
        super().__init__(name)
        self.options = options
        self._kept: np.ndarray | None = None

    def check_size(self) -> None:
        """Raise LimitError where the header promises more pixels than memory."""
        limits.check(self.name, "its pixels", self.header.size(self.header.frame.window), self.options.memory_limit)

    def decode(self) -> np.ndarray:
        """All pixels as they are stored."""
        raise NotImplementedError

    def pixels(self, window: Window) -> np.ndarray:
        """The window; opaque pictures that are read whole are handed over, not kept."""
        if self._kept is None:
            self.require_whole(self.options)
            decoded = np.ascontiguousarray(oriented(self.decode(), self.orientation))
            if window == self.header.frame.window and not self.header.alpha:
                return decoded
            self._kept = decoded
        return self._kept[window.slices].copy()

    def close(self) -> None:
        """Forget the decoded pixels."""
        self._kept = None


def _sentence(reason: object) -> str:
    text = " ".join(str(reason).split()) or type(reason).__name__
    return text[:200].rstrip(".") + "."
