"""Tiles of a TIFF as they lie in the file: predicted and packed, or nothing where there is nothing to say."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from roimask.errors import import_extra
from roimask.frame import Window

__all__ = ["CODECS", "Encoder", "Packed"]

Packed = tuple[int, bytes | None]  # a tile's place in the file, and its bytes; None where all of it is background
_LEVEL = 4  # of libdeflate: as small as zlib's 6, in a fifth of its time


def _deflate(data: bytes) -> bytes:
    if find_spec("imagecodecs") is None:
        return zlib.compress(data, _LEVEL)
    import imagecodecs

    return bytes(imagecodecs.deflate_encode(data, _LEVEL))


def _by_imagecodecs(name: str) -> Callable[[bytes], bytes]:
    def pack(data: bytes) -> bytes:
        return getattr(import_extra("imagecodecs", "formats", f"{name} compression"), f"{name}_encode")(data)

    return pack


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes, "deflate": _deflate, "lzw": _by_imagecodecs("lzw"), "zstd": _by_imagecodecs("zstd"),
}  # fmt: skip


@dataclass(frozen=True)
class Encoder:
    """How the pixels of a block become tiles of a file.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns of the image.
    tile : (int, int)
        Rows and columns of a tile.
    dtype : numpy.dtype
    channels : int
    planar : bool
        Whether each channel has tiles of its own.
    compress : str
        One of ``CODECS``.
    empty : number
        What GDAL reads where a tile is missing: the nodata value, else 0.
    """

    shape: tuple[int, int]
    tile: tuple[int, int]
    dtype: np.dtype
    channels: int
    planar: bool
    compress: str
    empty: Any

    @property
    def predictor(self) -> int:
        """TIFF's number: 2 differences along the row, 3 those of the bytes of floats, 1 none."""
        if self.compress == "none":
            return 1
        return 3 if self.dtype.kind == "f" else 2

    @property
    def across(self) -> int:
        """Tiles in a row of tiles."""
        return -(-self.shape[1] // self.tile[1])

    @property
    def count(self) -> int:
        """Tiles of one plane."""
        return self.across * -(-self.shape[0] // self.tile[0])

    def tiles(self, block: np.ndarray, window: Window) -> Iterator[Packed]:
        """The tiles of a block, which starts where a tile does."""
        pixels = block if block.ndim == 3 else block[..., None]
        planes = [pixels[..., band : band + 1] for band in range(self.channels)] if self.planar else [pixels]
        for top in range(window.top, window.bottom, self.tile[0]):
            for left in range(window.left, window.right, self.tile[1]):
                place = top // self.tile[0] * self.across + left // self.tile[1]
                inside = Window(top, left, top + self.tile[0], left + self.tile[1]).meet(window).within(window)
                for number, plane in enumerate(planes):
                    yield place + number * self.count, self._packed(plane[inside])

    def _packed(self, tile: np.ndarray) -> bytes | None:
        if self._is_empty(tile):
            return None
        if tile.shape[:2] != self.tile:  # beyond the image's edge
            rest = [(0, full - size) for full, size in zip(self.tile, tile.shape[:2], strict=True)]
            tile = np.pad(tile, [*rest, (0, 0)], mode="edge")
        return CODECS[self.compress](_PREDICTORS[self.predictor](tile))

    def _is_empty(self, tile: np.ndarray) -> bool:
        if self.empty != self.empty:
            return bool(np.isnan(tile).all())
        return not tile.any() if self.empty == 0 else bool((tile == self.empty).all())


def _plain(tile: np.ndarray) -> bytes:
    return tile.astype(tile.dtype.newbyteorder("<"), copy=False).tobytes()


def _differences(tile: np.ndarray) -> bytes:
    """Each pixel less the one left of it, modulo the type's range."""
    unsigned = np.ascontiguousarray(tile).view(f"u{tile.dtype.itemsize}")
    out = unsigned.copy()
    np.subtract(unsigned[:, 1:], unsigned[:, :-1], out=out[:, 1:])
    return _plain(out)


def _float_differences(tile: np.ndarray) -> bytes:
    """Adobe's predictor of floats: the bytes of a row, high ones first, each less the one a pixel before it."""
    height, width, channels = tile.shape
    size = tile.dtype.itemsize
    big = tile.astype(tile.dtype.newbyteorder(">")).view(np.uint8).reshape(height, width * channels, size)
    planes = np.ascontiguousarray(big.transpose(0, 2, 1)).reshape(height, -1)
    out = planes.copy()
    np.subtract(planes[:, channels:], planes[:, :-channels], out=out[:, channels:])
    return out.tobytes()


_PREDICTORS: dict[int, Callable[[np.ndarray], bytes]] = {1: _plain, 2: _differences, 3: _float_differences}
