"""The one thing in EXIF that changes pixels: which way is up."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

__all__ = ["oriented", "orientation", "swaps_axes", "upright"]

_ORIENTATION = 0x0112
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
