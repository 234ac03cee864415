"""What EXIF says of the pixels themselves: which way is up, and a small picture of what they were."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

__all__ = ["orientation", "oriented", "swaps_axes", "upright", "without_mark", "without_preview"]

_ORIENTATION = 0x0112
_PREVIEWS = ((0x0111, 0x0117), (0x0201, 0x0202))  # where a picture lies and how long it is: strips, or a JPEG
_OF_PREVIEWS = frozenset().union(*_PREVIEWS)
_SIZES = {1: "B", 3: "H", 4: "I"}
_MARK = b"Exif\x00\x00"


def orientation(exif: bytes | None) -> int:
    """The orientation 1..8 that a block of EXIF gives; 1 where it gives none or cannot be read."""
    for _, value in _entries(exif):
        return value if 1 <= value <= 8 else 1
    return 1


def upright(exif: bytes | None) -> bytes | None:
    """The same EXIF for pixels that have been turned upright."""
    if exif is None:
        return None
    changed = bytearray(exif)
    for place, _ in _entries(exif):
        struct.pack_into(_byte_order(exif) + "H", changed, place, 1)
    return bytes(changed)


def without_preview(exif: bytes | None) -> bytes | None:
    """The same EXIF without its thumbnail, which shows what the pixels were before: blanked, and linked no more."""
    if exif is None or exif[:2] not in (b"II", b"MM"):
        return exif
    order, changed = _byte_order(exif), bytearray(exif)
    try:
        link = _end(exif, order, struct.unpack_from(order + "I", exif, 4)[0])
        (start,) = struct.unpack_from(order + "I", exif, link)
        struct.pack_into(order + "I", changed, link, 0)
        if start:
            for first, length in _preview_parts(exif, order, start):
                changed[first : first + length] = bytes(len(changed[first : first + length]))
            changed[start : _end(exif, order, start)] = bytes(_end(exif, order, start) - start)
    except struct.error:
        return None  # what cannot be followed may hide anything
    return bytes(changed)


def _end(exif: bytes, order: str, directory: int) -> int:
    """Where a directory ends, and the place of the next one is written."""
    return directory + 2 + 12 * struct.unpack_from(order + "H", exif, directory)[0]


def _preview_parts(exif: bytes, order: str, directory: int) -> Iterator[tuple[int, int]]:
    """Start and length of each part of a thumbnail."""
    values = {}
    for entry in range(directory + 2, _end(exif, order, directory), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", exif, entry)
        if kind in _SIZES and tag in _OF_PREVIEWS:
            form = f"{order}{number}{_SIZES[kind]}"
            short = struct.calcsize(form) <= 4
            place = entry + 8 if short else struct.unpack_from(order + "I", exif, entry + 8)[0]
            values[tag] = struct.unpack_from(form, exif, place)
    for starts, lengths in _PREVIEWS:
        yield from zip(values.get(starts, ()), values.get(lengths, ()), strict=False)


def without_mark(block: bytes) -> bytes:
    """EXIF as a plain TIFF structure."""
    return block.removeprefix(_MARK)


def swaps_axes(orientation: int) -> bool:
    """Whether height and width change places."""
    return orientation >= 5


def oriented(image: np.ndarray, orientation: int) -> np.ndarray:
    """A view of the stored pixels, turned upright."""
    if swaps_axes(orientation):
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return image


def _byte_order(exif: bytes) -> str:
    return "<" if exif[:2] == b"II" else ">"


def _entries(exif: bytes | None) -> Iterator[tuple[int, int]]:
    """Place and value of each orientation entry in the first directory."""
    if exif is None or exif[:2] not in (b"II", b"MM"):
        return
    order = _byte_order(exif)
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from(order + "HHI", exif, entry)
            if (tag, kind, number) == (_ORIENTATION, 3, 1):
                yield entry + 8, struct.unpack_from(order + "H", exif, entry + 8)[0]
    except struct.error:
        return
