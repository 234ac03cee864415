"""Writing PNG: rows as differences to the row above, packed by libdeflate (imagecodecs) if it is there, or by OpenCV.

Measured on photographs of 1024² RGB beside OpenCV's own choice: libdeflate takes half the time and 8 % less space;
OpenCV with run lengths of the same differences takes as long as its own choice and 1 to 12 % less space.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from roimask.raster.drivers import photo
from roimask.raster.drivers.png import SIGNATURE
from roimask.raster.drivers.source import Metadata

__all__ = ["encode"]

_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's colour type by the number of channels
_UP = 2
_HEADER_END = len(SIGNATURE) + 25
_FAST = 1
_LONGEST_NAME = 79


def encode(image: np.ndarray, metadata: Metadata, *, compress: int | None = None, **_: Any) -> list[bytes]:
    """The parts of a PNG file that holds ``image``: uint8 or uint16, with 1 to 4 channels."""
    level = _FAST if compress is None else compress
    codecs = _imagecodecs()
    if codecs is not None:
        return _assemble(image, metadata, codecs.deflate_encode(_differences(image), level=level))
    if image.ndim == 3 and image.shape[2] == 2:  # which OpenCV cannot write
        return _assemble(image, metadata, zlib.compress(_differences(image).data, level))
    data = _by_opencv(image, level)
    return [data[:_HEADER_END], *_metadata_chunks(image, metadata), data[_HEADER_END:]]


@lru_cache(maxsize=1)
def _imagecodecs() -> Any:
    try:
        import imagecodecs
    except ImportError:
        return None
    return imagecodecs if imagecodecs.DEFLATE.available else None


def _differences(image: np.ndarray) -> np.ndarray:
    """Each row's bytes less those of the row above, after the number of this filter."""
    rows = np.ascontiguousarray(image, image.dtype.newbyteorder(">")).view(np.uint8).reshape(image.shape[0], -1)
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered


def _assemble(image: np.ndarray, metadata: Metadata, packed: bytes) -> list[bytes]:
    height, width, *channels = image.shape
    color = _COLORS[channels[0] if channels else 1]
    header = struct.pack(">IIBBBBB", width, height, 8 * image.dtype.itemsize, color, 0, 0, 0)
    before = [SIGNATURE, *_chunk(b"IHDR", header), *_metadata_chunks(image, metadata)]
    return [*before, *_chunk(b"IDAT", packed), *_chunk(b"IEND", b"")]


def _by_opencv(image: np.ndarray, level: int) -> bytes:
    import cv2

    settings = [cv2.IMWRITE_PNG_COMPRESSION, level]
    if level == _FAST:
        settings += [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
        settings += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    done, data = cv2.imencode(".png", photo.to_bgr(image), settings)
    return data.tobytes()


def _chunk(kind: bytes, data: bytes) -> tuple[bytes, bytes, bytes]:
    return struct.pack(">I4s", len(data), kind), data, struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _metadata_chunks(image: np.ndarray, metadata: Metadata) -> Iterator[bytes]:
    if photo.profile_fits(metadata.icc, image):
        yield from _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc or b""))
    if metadata.exif:
        yield from _chunk(b"eXIf", metadata.exif)
    for key, text in metadata.tags.items():
        if name := key.encode("latin-1", "replace")[:_LONGEST_NAME].strip():
            yield from _text_chunk(name, str(text))


def _text_chunk(name: bytes, text: str) -> tuple[bytes, bytes, bytes]:
    if text.isascii():
        return _chunk(b"tEXt", name + b"\0" + text.encode())
    return _chunk(b"iTXt", name + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))
