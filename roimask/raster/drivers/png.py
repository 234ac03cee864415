"""PNG: chunks walked by hand, pixels by OpenCV where the file is sound, by Pillow where it is odd."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from roimask.raster.drivers import exif as exif_block
from roimask.raster.drivers import photo
from roimask.raster.drivers.source import Header, Metadata, Options, WholeSource

__all__ = ["SIGNATURE", "PngSource", "accepts"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_BANDS = {_GRAY: 1, _RGB: 3, _PALETTE: 3, _GRAY_ALPHA: 1, _RGB_ALPHA: 3}
_DEPTHS = {_GRAY: (1, 2, 4, 8, 16), _RGB: (8, 16), _PALETTE: (1, 2, 4, 8), _GRAY_ALPHA: (8, 16), _RGB_ALPHA: (8, 16)}
_METHODS = ((0, 0, 0), (0, 0, 1))  # compression, filter, interlace
_HEADER_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"acTL")
_PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_LONGEST_CHUNK = 1 << 31
_MOST_TEXT = 1 << 26  # a compressed text or profile may not unfold to more


class Chunk(NamedTuple):
    """Kind, and where its data lie in the file."""

    kind: bytes
    start: int
    length: int


def accepts(magic: bytes) -> bool:
    """Whether a file that starts so is a PNG."""
    return magic.startswith(SIGNATURE)


class PngSource(WholeSource):
    """A PNG file."""

    def __init__(self, path: str, name: str, options: Options):
        super().__init__(name, options)
        self.path = path
        self.header = Header("PNG", 0, 0, 1, np.dtype(np.uint8))
        with open(path, "rb") as file:
            self.chunks = list(_walk(file))
            self._read_header(file)
        self.check_size()

    def _read_header(self, file: BinaryIO) -> None:
        kinds = [chunk.kind for chunk in self.chunks]
        if kinds[:1] != [b"IHDR"] or self.chunks[0].length != 13:
            raise self.broken("it does not start with a header")
        if kinds[-1] == b"IEND" and b"IDAT" not in kinds:
            raise self.broken("it has no pixels")
        data = {chunk.kind: _data(file, chunk) for chunk in self.chunks if chunk.kind in _HEADER_CHUNKS}
        width, height, self.depth, self.color, *methods = struct.unpack(">IIBBBBB", data[b"IHDR"])
        if 0 in (width, height) or self.depth not in _DEPTHS.get(self.color, ()) or tuple(methods) not in _METHODS:
            raise self.broken("its header is not one that PNG allows")
        self.transparent = data.get(b"tRNS")
        self.animated = b"acTL" in data
        self.indices = self.color == _PALETTE and self.options.indexed and not photo.is_gray(data.get(b"PLTE", b""))
        metadata, self.orientation = _metadata(file, self.chunks)
        if exif_block.swaps_axes(self.orientation):
            height, width = width, height
        self.header = Header(
            "PNG", height, width, 1 if self.indices else _BANDS[self.color],
            np.dtype(np.uint16 if self.depth == 16 else np.uint8), alpha=self._has_alpha(),
            truncated=kinds[-1] != b"IEND", metadata=metadata,
        )  # fmt: skip

    def _has_alpha(self) -> bool:
        return not self.indices and (self.color in (_GRAY_ALPHA, _RGB_ALPHA) or self.transparent is not None)

    def decode(self) -> np.ndarray:
        """All pixels; alpha from a channel, a palette or a transparent colour."""
        data = Path(self.path).read_bytes()
        bare = None if self.animated or self.color == _PALETTE else _sound(data, self.chunks)
        pixels = None if bare is None else self._decode_opencv(bare)
        return self._decode_pillow() if pixels is None else pixels

    def _decode_opencv(self, data: bytes) -> np.ndarray | None:
        import cv2

        flags = cv2.IMREAD_IGNORE_ORIENTATION
        if self.color == _RGB:
            flags |= cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH
        elif self.color == _GRAY:
            flags |= cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH
        else:
            flags = cv2.IMREAD_UNCHANGED
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if pixels is None:
            return None
        if self.color == _GRAY_ALPHA:
            return pixels[..., [0, 3]]
        if self.color == _RGB_ALPHA:
            return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA, dst=pixels)
        return pixels if self.transparent is None else self._with_key(pixels)

    def _with_key(self, pixels: np.ndarray) -> np.ndarray:
        """The pixels and, as alpha, 0 where they are the transparent colour."""
        key = np.frombuffer(self.transparent or b"", ">u2")[: self.header.count].astype(np.uint32)
        if self.depth < 8:
            key *= 255 // (2**self.depth - 1)
        planes = pixels.reshape(*pixels.shape[:2], -1)
        alpha = (planes != key).any(axis=2) * np.iinfo(pixels.dtype).max
        return np.dstack([planes, alpha.astype(pixels.dtype)])

    def _decode_pillow(self) -> np.ndarray:
        if self.depth == 16 and self.color != _GRAY:
            raise self.broken("its data are damaged")
        with photo.opened(self.path, self.name, ("PNG",)) as image:
            return photo.to_array(image, self.name, self.options)


def _walk(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a file, as far as they go."""
    end = file.seek(0, 2)
    place = len(SIGNATURE)
    while place + 12 <= end:
        file.seek(place)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length >= _LONGEST_CHUNK or place + 12 + length > end:
            return
        yield Chunk(kind, place + 8, length)
        place += 12 + length
        if kind == b"IEND":
            return


def _data(file: BinaryIO, chunk: Chunk) -> bytes:
    file.seek(chunk.start)
    return file.read(chunk.length)


def _sound(data: bytes, chunks: list[Chunk]) -> bytes | None:
    """The file with its pixel chunks alone, or None where a check sum is wrong or the end is missing.

    OpenCV's decoder prints what it finds odd; it sees only files in which it finds nothing.
    """
    if chunks[-1].kind != b"IEND":
        return None
    view = memoryview(data)
    for chunk in chunks:
        stop = chunk.start + chunk.length
        if zlib.crc32(view[chunk.start - 4 : stop]) != struct.unpack_from(">I", data, stop)[0]:
            return None
    if all(chunk.kind in _PIXEL_CHUNKS and chunk.kind != b"tRNS" for chunk in chunks):
        return data
    kept = [view[c.start - 8 : c.start + c.length + 4] for c in chunks if c.kind in _PIXEL_CHUNKS and c.kind != b"tRNS"]
    return b"".join([SIGNATURE, *kept])


def _metadata(file: BinaryIO, chunks: list[Chunk]) -> tuple[Metadata, int]:
    """What the chunks say beside the pixels, and the orientation."""
    tags: dict[str, str] = {}
    icc = exif = None
    for chunk in chunks:
        if chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
            key, text = _text(chunk.kind, _data(file, chunk))
            tags[key] = text
        elif chunk.kind == b"iCCP":
            icc = _unfold(_data(file, chunk).partition(b"\0")[2][1:])
        elif chunk.kind == b"eXIf":
            exif = exif_block.without_mark(_data(file, chunk))
    exif = exif or _exif_in_text(tags.pop("Raw profile type exif", ""))
    return Metadata(tags=tags, icc=icc, exif=exif_block.upright(exif)), exif_block.orientation(exif)


def _text(kind: bytes, data: bytes) -> tuple[str, str]:
    key, _, rest = data.partition(b"\0")
    if kind == b"tEXt":
        return key.decode("latin-1"), rest.decode("latin-1")
    if kind == b"zTXt":
        return key.decode("latin-1"), (_unfold(rest[1:]) or b"").decode("latin-1")
    text = rest[2:].split(b"\0", 2)[-1]
    if rest[:1] == b"\1":
        text = _unfold(text) or b""
    return key.decode("latin-1"), text.decode("utf-8", "replace")


def _unfold(data: bytes) -> bytes | None:
    unfold = zlib.decompressobj()
    try:
        plain = unfold.decompress(data, _MOST_TEXT)
    except zlib.error:
        return None
    return plain if unfold.eof else None


def _exif_in_text(text: str) -> bytes | None:
    """EXIF as ImageMagick puts it into text: name, length, lines of hexadecimal digits."""
    digits = "".join(text.split()[2:])
    try:
        return exif_block.without_mark(bytes.fromhex(digits)) or None
    except ValueError:
        return None
