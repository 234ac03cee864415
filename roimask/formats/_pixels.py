"""Masks in image files: what their pixels mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from roimask.errors import MaskValueError
from roimask.formats import _tag
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.nodata import valid_values
from roimask.raster.paths import shown
from roimask.raster.raster import Raster

__all__ = ["from_values", "one_channel", "read", "smallest_integers"]

_LOSSY = frozenset({"AVIF", "JPEG", "MPO"})


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read an image file as a mask."""
    del frame  # an image has its own grid
    with Raster(path, indexed=True) as raster:
        values = one_channel(raster.read(), shown(path))
        if raster.nodata is not None:
            valid = valid_values(values, raster.header.metadata.nodata[:1])
            values = values if valid is None else np.where(valid, values, values.dtype.type(0))
        content = _tag.parse(raster.tags)
        lossy = raster.format in _LOSSY
        values = _without_fringes(values, kind, shown(path)) if lossy else values
        return from_values(values, kind, content, _tag.frame_of(content, raster.frame))


def one_channel(pixels: np.ndarray, name: str) -> np.ndarray:
    """The one channel of a mask, or one of several that are equal."""
    if pixels.ndim == 2:
        return pixels
    if (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    raise MaskValueError(
        f"{name} is a picture with {pixels.shape[2]} different channels, a mask has one. "
        f"Choose what takes part, for instance with color_range or threshold."
    )


def _without_fringes(values: np.ndarray, kind: Kind | None, name: str) -> np.ndarray:
    """A lossy picture as a mask: True from half on, if that is what was asked for."""
    if kind == "binary":
        return values >= max(int(values.max()), 1) / 2
    levels = np.count_nonzero(np.bincount(values.ravel()))
    if kind is None and levels > 2:
        raise MaskValueError(
            f'{name} has {levels} values, as a 0/255 mask has after lossy compression. Read it with kind="binary" '
            f"(True from half on), and save masks as PNG."
        )
    return values


def from_values(values: np.ndarray, kind: Kind | None, content: dict[str, Any], frame: Frame) -> Mask:
    """The mask of a file's values: of the kind asked for, else what the tag says, else guessed."""
    wanted = kind or content.get("kind") or _guess(values)
    ours = content.get("kind") == "weights"
    if wanted == "weights" and values.dtype.kind in "iu" and (ours or values.max(initial=0) > 1):
        values = values / np.float32(np.iinfo(values.dtype).max)
    if wanted == "binary":
        values = values != 0
    return Mask(values, wanted, frame, _tag.names_of(content))


def _guess(values: np.ndarray) -> Kind:
    """Floats are weights, 0 and one other value binary, other integers labels."""
    if values.dtype.kind == "f":
        return "weights"
    if values.dtype.kind == "b":
        return "binary"
    return "binary" if ((values == 0) | (values == values.max(initial=0))).all() else "labels"


def smallest_integers(values: np.ndarray) -> np.ndarray:
    """Labels in the narrowest unsigned dtype that holds them, or int32."""
    top = int(values.max(initial=0))
    return values.astype(np.uint8 if top < 256 else np.uint16 if top < 65536 else np.int32)
