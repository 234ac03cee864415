"""JPEG: segments walked by hand, pixels by OpenCV, those of CMYK and of cut off files by Pillow."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from roimask.raster.drivers import exif as exif_block
from roimask.raster.drivers import photo
from roimask.raster.drivers.source import Header, Metadata, Options, WholeSource

__all__ = ["JpegSource", "accepts", "encode"]

_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"
_APP1, _APP2, _START_OF_SCAN, _END = 0xE1, 0xE2, 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without data
_LONGEST = 65533  # bytes that one segment holds


class Segment(NamedTuple):
    """Marker, and its data; of the scan's segment the place where the scan begins."""

    marker: int
    data: bytes
    end: int


def accepts(magic: bytes) -> bool:
    """Whether a file that starts so is a JPEG."""
    return magic.startswith(b"\xff\xd8\xff")


class JpegSource(WholeSource):
    """A JPEG file; CMYK becomes RGB by R = (255 - C)(255 - K) / 255 and so on, without the profile."""

    def __init__(self, path: str, name: str, options: Options):
        super().__init__(name, options)
        self.path = path
        self.header = Header("JPEG", 0, 0, 1, np.dtype(np.uint8))
        with open(path, "rb") as file:
            self._read_header(list(_walk(file)))
        self.check_size()

    def _read_header(self, segments: list[Segment]) -> None:
        frame = next((segment for segment in segments if segment.marker in _FRAMES and len(segment.data) >= 6), None)
        if frame is None or segments[-1].marker != _START_OF_SCAN:
            raise self.broken("it has no complete header")
        precision, height, width, self.components = struct.unpack_from(">BHHB", frame.data)
        if precision != 8 or 0 in (height, width) or self.components not in (1, 3, 4):
            raise self.broken(f"{height} × {width} of {self.components} × {precision} bits is not supported")
        self.scan = segments[-1].end
        exif = next((s.data[len(_EXIF) :] for s in segments if s.marker == _APP1 and s.data.startswith(_EXIF)), None)
        self.orientation = exif_block.orientation(exif)
        if exif_block.swaps_axes(self.orientation):
            height, width = width, height
        icc = None if self.components == 4 else _profile(segments)
        metadata = Metadata(exif=exif_block.upright(exif), icc=icc)
        self.header = Header("JPEG", height, width, min(self.components, 3), np.dtype(np.uint8), metadata=metadata)

    def decode(self) -> np.ndarray:
        """All pixels, gray or RGB."""
        data = Path(self.path).read_bytes()
        if data.rfind(b"\xff\xd9") < self.scan:
            self.header = replace(self.header, truncated=True)
            self.require_whole(self.options)
        elif self.components != 4:
            return self._decode_opencv(data)
        with photo.opened(self.path, self.name, ("JPEG", "MPO")) as image:
            return photo.to_array(image, self.name, self.options)

    def _decode_opencv(self, data: bytes) -> np.ndarray:
        import cv2

        color = cv2.IMREAD_GRAYSCALE if self.components == 1 else cv2.IMREAD_COLOR_RGB
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), color | cv2.IMREAD_IGNORE_ORIENTATION)
        if pixels is None:
            raise self.broken("its data are damaged")
        return pixels


def _walk(file: BinaryIO) -> Iterator[Segment]:
    """The segments up to the first scan, as far as they go."""
    file.seek(2)
    while True:
        marker = _next_marker(file)
        if marker is None or marker == _END:
            return
        if marker in _ALONE:
            continue
        head = file.read(2)
        if len(head) < 2 or (length := int.from_bytes(head, "big") - 2) < 0:
            return
        data = file.read(length)
        if len(data) < length:
            return
        yield Segment(marker, data, file.tell())
        if marker == _START_OF_SCAN:
            return


def _next_marker(file: BinaryIO) -> int | None:
    """The next marker; decoders skip what lies between segments, and so does this."""
    byte = file.read(1)
    while byte and byte != b"\xff":
        byte = file.read(1)
    while byte == b"\xff":
        byte = file.read(1)
    return byte[0] if byte else None


def _profile(segments: list[Segment]) -> bytes | None:
    parts = sorted(s.data[len(_ICC) :] for s in segments if s.marker == _APP2 and s.data.startswith(_ICC))
    return b"".join(part[2:] for part in parts) or None


def encode(image: np.ndarray, metadata: Metadata, *, quality: int = 95, **_: Any) -> list[bytes]:
    """The parts of a JPEG file that holds ``image``: uint8, gray or RGB."""
    import cv2

    done, data = cv2.imencode(".jpg", photo.to_bgr(image), [cv2.IMWRITE_JPEG_QUALITY, quality])
    encoded = data.tobytes()
    after_header = 4 + int.from_bytes(encoded[4:6], "big")
    return [encoded[:after_header], *_metadata_segments(image, metadata), encoded[after_header:]]


def _metadata_segments(image: np.ndarray, metadata: Metadata) -> Iterator[bytes]:
    """EXIF and profile; EXIF longer than a segment holds has no place in a JPEG."""
    if metadata.exif and len(metadata.exif) + len(_EXIF) <= _LONGEST:
        yield _segment(_APP1, _EXIF + metadata.exif)
    if photo.profile_fits(metadata.icc, image):
        icc = metadata.icc or b""
        room = _LONGEST - len(_ICC) - 2
        parts = [icc[start : start + room] for start in range(0, len(icc), room)]
        for number, part in enumerate(parts, 1):
            yield _segment(_APP2, _ICC + bytes([number, len(parts)]) + part)


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
