"""Pascal VOC class pictures: a palette PNG whose index is the class, and 255 no class (the border of objects).

Read are palette PNGs whose colours are VOC's; others are labels as well, with 255 as any other (see ``png``).
"""

from __future__ import annotations

import struct
from os import PathLike
from typing import Any

import numpy as np

from roimask.errors import WriteError
from roimask.formats import _tag
from roimask.formats._pixels import from_values
from roimask.formats._regions import refuse_weights
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown
from roimask.raster.raster import Raster

__all__ = ["RASTER", "SUFFIXES", "matches", "read", "write"]

SUFFIXES = (".png",)
RASTER = True
_VOID = 255
_HEAD = 1 << 16  # the palette comes before the pixels


def matches(path: str) -> bool:
    """Whether a PNG has the palette of VOC, or its first colours."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    place = head.find(b"PLTE")
    if place < 4 or head[25:26] != b"\x03":  # the colour type: palette
        return False
    (length,) = struct.unpack(">I", head[place - 4 : place])
    return length >= 6 and _palette()[:length] == head[place + 4 : place + 4 + length]


def _palette() -> bytes:
    """VOC's colours: the bits of the class, three by three, fill red, green and blue from the top."""
    number = np.arange(256)[:, None]
    bits = number >> np.arange(0, 24, 3).reshape(1, 8)  # class bits 0..2, 3..5, 6..8
    colours = [((bits >> band & 1) << np.arange(7, -1, -1)).sum(axis=1) for band in range(3)]
    return np.stack(colours, axis=1).astype(np.uint8).tobytes()


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the classes as labels."""
    del frame  # a picture has its own grid
    with Raster(path, indexed=True) as raster:
        values, content = raster.read(), _tag.parse(raster.tags)
        classes = np.where(values == _VOID, values.dtype.type(0), values)
        return from_values(
            classes, kind or content.get("kind", "labels"), content, _tag.frame_of(content, raster.frame)
        )


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the labels as classes; a binary mask is class 1."""
    from PIL import Image, PngImagePlugin

    name = shown(path)
    refuse_weights(mask, name)
    if mask.labels and mask.labels[-1] >= _VOID:
        raise WriteError(f"{name}: VOC has classes up to {_VOID - 1}, the mask has {mask.labels[-1]}; .png holds more.")
    notes: Any = PngImagePlugin.PngInfo()
    for key, text in _tag.make(mask).items():
        notes.add_itxt(key, text)
    picture = Image.fromarray(np.asarray(mask).astype(np.uint8), "P")
    picture.putpalette(_palette())
    with atomic(path) as temporary:
        picture.save(temporary, format="PNG", pnginfo=notes)
