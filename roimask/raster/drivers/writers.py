"""Which format a suffix names, what it can hold, and who writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import WriteError
from roimask.raster.drivers import jpeg, npy, photo, png_encode
from roimask.raster.drivers.source import Metadata

__all__ = ["Writer", "can_hold", "writer_for"]

_8, _16 = frozenset({"uint8"}), frozenset({"uint8", "uint16"})
_TIFF = frozenset("uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64".split())
_PERCENT = range(1, 101)
_PACKERS = ("deflate", "lzw", "zstd", "none")
Save = Callable[..., None]


@dataclass(frozen=True)
class Writer:
    """A format: its name and suffixes, the dtypes and numbers of channels that it holds, and how it is written."""

    name: str
    suffixes: tuple[str, ...]
    dtypes: frozenset[str] | None  # None: any number
    channels: frozenset[int] | None  # None: any number of them
    options: Mapping[str, Sequence[Any]]  # what it can heed, and the values allowed
    save: Save  # (path, image, metadata, alpha=, **options)
    georeferenced: bool = False  # whether it holds a place in the world, and nodata

    def holds(self, dtype: np.dtype, channels: int) -> bool:
        """Whether an image of this dtype and number of channels can be written."""
        fits = self.channels is None or channels in self.channels
        return fits and (self.dtypes is None or dtype.name in self.dtypes)


def _parts(encode: Callable[..., list[bytes]]) -> Save:
    """Write what an encoder gives."""

    def save(path: Path, image: np.ndarray, metadata: Metadata, *, alpha: bool, **options: Any) -> None:
        del alpha  # told by the number of channels
        with open(path, "wb") as file:
            file.writelines(encode(image, metadata, **options))

    return save


def _save_npy(path: Path, image: np.ndarray, metadata: Metadata, *, alpha: bool) -> None:
    del metadata, alpha  # an array and nothing else
    with open(path, "wb") as file:
        npy.write(file, image)


def _save_tiff(path: Path, image: np.ndarray, metadata: Metadata, *, alpha: bool, compress: str | None = None) -> None:
    if metadata.transform is not None:
        from roimask.raster.drivers import geo

        geo.write(path, image, metadata, alpha=alpha, compress=compress)
    else:
        from roimask.raster.drivers import tiff

        tiff.write(path, image, metadata, alpha=alpha, compress=compress)


WRITERS = (
    Writer("PNG", (".png",), _16, frozenset({1, 2, 3, 4}), {"compress": range(10)}, _parts(png_encode.encode)),
    Writer("JPEG", (".jpg", ".jpeg"), _8, frozenset({1, 3}), {"quality": _PERCENT}, _parts(jpeg.encode)),
    Writer("TIFF", (".tif", ".tiff"), _TIFF, None, {"compress": _PACKERS}, _save_tiff, georeferenced=True),
    Writer("WebP", (".webp",), _8, frozenset({3, 4}), {"quality": _PERCENT}, _parts(photo.encode_webp)),
    Writer("AVIF", (".avif",), _8, frozenset({1, 3, 4}), {"quality": _PERCENT}, _parts(photo.encode_avif)),
    Writer("BMP", (".bmp",), _8, frozenset({1, 3}), {}, _parts(photo.encode_bmp)),
    Writer("NPY", (".npy",), None, None, {}, _save_npy),
)


def writer_for(suffix: str, name: str) -> Writer:
    """The writer of a suffix.

    Raises
    ------
    WriteError
        Where no format has it, with the ones that are known.
    """
    known = {suffix: writer for writer in WRITERS for suffix in writer.suffixes}
    writer = known.get(suffix.lower())
    if writer is not None:
        return writer
    close = get_close_matches(suffix.lower(), known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    given = f"the suffix {suffix!r} is not known" if suffix else "it has no suffix"
    raise WriteError(f"{name} cannot be written: {given}. {hint}Images are written as {', '.join(known)}.")


def can_hold(dtype: np.dtype, channels: int) -> str:
    """The suffixes of the formats that can hold such an image, for messages."""
    return ", ".join(writer.suffixes[0] for writer in WRITERS if writer.holds(dtype, channels)) or "none"
