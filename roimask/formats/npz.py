"""Masks as numpy archives, exact and whole: the values of the bounding box, origin, frame, kind, names."""

from __future__ import annotations

import zipfile
from os import PathLike
from typing import Any

import numpy as np

from roimask.errors import ReadError, RoimaskError
from roimask.formats import _tag
from roimask.formats._pixels import from_values
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster import limits
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["RASTER", "SUFFIXES", "read", "write"]

SUFFIXES = (".npz",)
RASTER = True
_ENTRIES = {"values", "origin", "shape", _tag.KEY}


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read an archive written here, or one that holds a single array."""
    del frame
    name = shown(path)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        limits.check(name, "its arrays", size, limits.default_limit())
        with np.load(path, allow_pickle=False) as archive:
            return _read_ours(archive, kind) if set(archive.files) >= _ENTRIES else _read_single(archive, kind, name)
    except RoimaskError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ReadError(f"{name} cannot be read as npz: {error}.") from error


def _read_ours(archive: Any, kind: Kind | None) -> Mask:
    content = _tag.parse({_tag.KEY: str(archive[_tag.KEY])})
    height, width = map(int, archive["shape"])
    frame = _tag.frame_of(content, Frame(height, width))
    row, column = map(int, archive["origin"])
    mask = Mask.from_crop(archive["values"], (row, column), frame, content.get("kind"), _tag.names_of(content))
    return mask if kind in (None, mask.kind) else Mask(np.asarray(mask), kind, frame, mask.names)


def _read_single(archive: Any, kind: Kind | None, name: str) -> Mask:
    if len(archive.files) != 1 or archive[archive.files[0]].ndim != 2:
        raise ReadError(f"{name} holds {', '.join(archive.files) or 'nothing'}; a mask is one array of two axes.")
    values = archive[archive.files[0]]
    return from_values(values, kind, {}, Frame(*values.shape))


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a mask exactly."""
    with atomic(path) as temporary, open(temporary, "wb") as file:
        tag = _tag.make(mask)[_tag.KEY]
        np.savez_compressed(file, values=mask.values, origin=mask.origin, shape=mask.shape, roimask=tag)
