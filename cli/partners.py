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
from .index import VERBS
from .inputs import Input, is_drawn, is_mask
from .notes import kept

__all__ = ["MaskFolder", "Partner", "common_kind", "partner"]

# Where a shape stands that is given by its name alone: as large as the image allows.
_INSCRIBED: dict[str, Any] = {
    "center": ("50%", "50%"), "radius": "50%", "radii": ("50%", "50%"),
    "top": 0, "left": 0, "height": "100%", "width": "100%",
}  # fmt: skip
_ROUNDED = {"rounded_rectangle": {"radius": "10%"}}


_ONE_REGION = (255,)  # what a binary mask of 0 and 255 holds where it is read as labels


class Partner(Protocol):
    """What ``--mask`` names."""

    kind: Any

    def file(self, image: Input) -> str | None:
        """The mask's file for an image, None where there is none; raises LookupError where it is missing."""

    def mask(self, image: Input, frame: Any) -> Any:
        """The mask for an image, on its frame."""


def partner(text: str, kind: Any = None, soft: bool = False) -> Partner:
    """What the text names: a folder, a shape (with ``soft`` edges) where no file has its name, else a file.

    Raises
    ------
    UsageError
        Where there is neither.
    """
    if os.path.isdir(text):
        return MaskFolder(text, kind)
    if not os.path.lexists(text) and VERBS.get(text.replace("-", "_"), ("", ""))[1] == "frame":
        return Shape(text.replace("-", "_"), soft)
    if not os.path.lexists(text):
        raise click.UsageError(
            f"there is no mask {rm.shown(text)}: give a file, a folder of masks, or a shape such as circle"
        )
    return MaskFile(text, kind)


class Shape:
    """A shape that touches the sides of each image."""

    def __init__(self, name: str, soft: bool = False):
        self._draw = getattr(rm, name)
        self.kind: Any = "weights" if soft else "binary"
        needed = {n for n, p in self._draw.operation.parameters.items() if p.required}
        if not needed <= _INSCRIBED.keys():
            raise click.UsageError(
                f"--mask {name} needs {', '.join(sorted(needed))}: make it first, with roimask mask {name}"
            )
        self._where = {n: _INSCRIBED[n] for n in needed} | _ROUNDED.get(name, {}) | ({"coverage": True} if soft else {})

    def file(self, image: Input) -> str | None:
        """No file."""
        return None

    def mask(self, image: Input, frame: Any) -> Any:
        """The shape, as large as the frame allows."""
        return self._draw(frame, **self._where)


class MaskFile:
    """One mask file, for all images or ``paired`` with one; read once where it has a grid of its own."""

    def __init__(self, path: str, kind: Any = None, paired: bool = False):
        self.path, self.kind, self._read = path, kind, read_paired if paired else rm.read_mask
        self._lock, self._said = Lock(), False
        self._held: Any = None

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
