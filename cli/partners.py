"""Which mask goes with which image: one file for all, a folder paired by name, or a shape by its name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import click

import roimask as rm

from .grid import read_paired
from .inputs import Input, is_drawn, is_mask
from .notes import kept
from .shapes import Shape, names_shape
from .worded import Combined, Pattern, is_pattern

__all__ = ["MaskFolder", "Partner", "common_kind", "partner"]

_OF_ONE_IMAGE = frozenset(".tif .tiff .png .npy .geojson .gpkg .shp".split())
_ONE_REGION = (255,)  # what a binary mask of 0 and 255 holds where it is read as labels


class Partner(Protocol):
    """What ``--mask`` names."""

    kind: Any

    def file(self, image: Input) -> str | None:
        """The mask's file for an image, None where there is none; raises LookupError where it is missing."""

    def mask(self, image: Input, frame: Any) -> Any:
        """The mask for an image, on its frame."""

    def by_windows(self, image: Input, frame: Any) -> Any:
        """The file or the expression that can be read window by window; where there is none, the mask."""


def partner(text: str, kind: Any = None, soft: bool = False) -> Partner:
    """What the text names: a file or a folder; else masks put together by signs, a shape (with ``soft`` edges), or a
    pattern of one file an image.

    Raises
    ------
    UsageError
        Where there is none of these, or a shape lacks what it needs.
    """
    if os.path.isdir(text):
        return MaskFolder(text, kind)
    if os.path.lexists(text):
        return MaskFile(text, kind)
    if rm.MaskExpression.is_one(text) and not (names_shape(text) and "=" in text):
        expression = rm.MaskExpression(text)
        return Combined(expression, {name: partner(name, kind, soft) for name in expression.names}, kind)
    if names_shape(text):
        return Shape(text, soft)
    if is_pattern(text):
        return Pattern(text, kind)
    raise click.UsageError(
        f"there is no mask {rm.shown(text)}: give a file, a folder of masks, or a shape such as circle"
    )


class MaskFile:
    """One mask file, for all images or ``paired`` with one; read once where it has a grid of its own."""

    def __init__(self, path: str, kind: Any = None, paired: bool = False):
        self.path, self.kind, self._read = path, kind, read_paired if paired else rm.read_mask
        self._lock, self._said = Lock(), False
        self._held: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return MaskFile, (self.path, self.kind, self._read is read_paired)

    def file(self, image: Input) -> str | None:
        """The same for every image."""
        return self.path

    def mask(self, image: Input, frame: Any) -> Any:
        """The mask, aligned with the image's frame where both are georeferenced."""
        if is_drawn(self.path):
            return self._read(self.path, frame, self.kind, image=image.path)
        with self._lock:
            if self._held is None:
                self._held = rm.read_mask(self.path, kind=self.kind)
        return self._aligned(self._held, image, frame)

    def by_windows(self, image: Input, frame: Any) -> Any:
        """The file, unless it holds the masks of several images."""
        return self.path if Path(self.path).suffix.lower() in _OF_ONE_IMAGE else self.mask(image, frame)

    def _aligned(self, mask: Any, image: Input, frame: Any) -> Any:
        if mask.frame.fits(frame):
            return mask
        if not (mask.frame.georeferenced and frame.georeferenced):
            raise rm.FrameMismatch(
                f"the mask {rm.shown(self.path)} is {mask.frame.describe()}, the image {frame.describe()}. "
                "Give a mask of the image's size."
            )
        if not self._said:
            self._said = True
            click.echo(f"{rm.shown(self.path)}: aligned with the frame of {rm.shown(image.path)}", err=True)
        return mask.to_frame(frame)


class MaskFolder:
    """A folder of masks, paired with images by name: IMAGE, IMAGE_mask, or IMAGE with another suffix."""

    def __init__(self, folder: str, kind: Any = None):
        self.folder, self.kind, self.all_labels = folder, kind, False
        self._names: dict[str, dict[str, list[str]]] = {}

    def _by_stem(self, below: str) -> dict[str, list[str]]:
        """The masks in one of its folders, by stem."""
        if below not in self._names:
            stems: dict[str, list[str]] = {}
            place = os.path.join(self.folder, below)
            for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
                if is_mask(name) and not name.startswith("."):
                    stems.setdefault(Path(name).stem, []).append(os.path.join(place, name))
            self._names[below] = stems
        return self._names[below]

    def file(self, image: Input) -> str | None:
        """The one mask of that name, in the same subfolder or on top."""
        for below in dict.fromkeys((os.path.dirname(image.relative), "")):
            for stem in (image.stem, f"{image.stem}_mask"):
                found = [path for path in self._by_stem(below).get(stem, []) if not _same_file(path, image.path)]
                if found:
                    return _the_one(found, image)
        raise LookupError(f"no mask in {rm.shown(self.folder)}: neither {image.stem} nor {image.stem}_mask")

    def mask(self, image: Input, frame: Any) -> Any:
        """The mask of that image."""
        kind = "labels" if self.all_labels else self.kind
        mask = MaskFile(str(self.file(image)), kind, paired=True).mask(image, frame)
        return rm.Mask(mask.as_binary(), "labels") if self.all_labels and mask.labels == _ONE_REGION else mask

    def by_windows(self, image: Input, frame: Any) -> Any:
        """That image's file."""
        if self.all_labels:
            return self.mask(image, frame)
        return MaskFile(str(self.file(image)), self.kind).by_windows(image, frame)

    def without_image(self, images: Iterable[Input]) -> list[str]:
        """The masks, in the folders that were looked into, that no image takes."""
        taken = {
            os.path.realpath(path) for image in images for path in (image.path, _file_or_none(self, image)) if path
        }
        here = [path for stems in self._names.values() for paths in stems.values() for path in paths]
        return [path for path in here if os.path.realpath(path) not in taken]


def _file_or_none(partner: Partner, image: Input) -> str | None:
    try:
        return partner.file(image)
    except LookupError:
        return None


def _same_file(a: str, b: str) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)


def _the_one(found: Sequence[str], image: Input) -> str:
    """The only candidate, or the one with the image's own suffix."""
    same = [path for path in found if Path(path).suffix.lower() == image.suffix]
    if len(found) > 1 and len(same) != 1:
        raise LookupError(f"several masks: {', '.join(map(rm.shown, found))}")
    return (same or list(found))[0]


def common_kind(partner: Partner, images: Sequence[Input], jobs: int) -> str | None:
    """The one kind of all mask files that images take: labels where one of them holds labels, weights where one does.

    Raises
    ------
    UsageError
        Where some hold labels and others weights.
    """
    files = list(dict.fromkeys(path for image in images if (path := _file_or_none(partner, image))))
    with ThreadPoolExecutor(jobs) as pool:
        kinds = {kind for kind in pool.map(_kind_of, files) if kind}
    if kinds >= {"labels", "weights"}:
        raise click.UsageError("some masks hold labels, others weights: give --mask-kind")
    return next((kind for kind in ("labels", "weights", "binary") if kind in kinds), None)


def _kind_of(path: str) -> str | None:
    """What a mask file says or looks like; None where it cannot be read yet (its own line says so later)."""
    try:
        with kept():  # it is warned of again where the mask is used
            return rm.read_mask(path).kind
    except (rm.RoimaskError, OSError):
        return None
