"""YOLO segmentation: a line an object, its class and the outline in shares of the image's width and height.

Region k is the k-th line, named by its class: by ``classes.txt`` beside the file or one folder above it, else by its
number. Outlines have neither holes nor parts: a region in several pieces is written as several lines, and holes are
lost, which a warning says.
"""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path

import numpy as np

from roimask.errors import ReadError
from roimask.formats._objects import Objects
from roimask.formats._regions import regions
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "read", "write"]

SUFFIXES = (".txt",)
_CLASSES = "classes.txt"


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the objects of an image; the frame gives its size."""
    name = shown(path)
    if frame is None:
        raise ReadError(f"{name} does not say how large its image is; give frame= (an image, a shape).")
    classes, objects = _classes(Path(path)), Objects(name)
    for number, line in enumerate(_text(Path(path)).splitlines(), 1):
        if not line.split():
            continue
        try:
            first, *shares = line.split()
            which = int(first)
            outline = np.array(shares, np.float64).reshape(-1, 2)[:, ::-1] * frame.shape
        except ValueError:
            objects.skip(f"line {number}", "it is not a class and pairs of numbers")
            continue
        if len(outline) == 2:
            objects.skip(f"line {number}", "it is a box, not an outline")
        else:
            objects.add(f"line {number}", classes.get(which, str(which)), [[outline]])
    return objects.mask(frame, kind)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ReadError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ReadError(f"{shown(path)} is no text.") from None


def _classes(path: Path) -> dict[int, str]:
    """Names by number, where a list lies beside the file or one folder above."""
    for folder in (path.parent, path.parent.parent):
        if (folder / _CLASSES).is_file():
            return dict(enumerate(_text(folder / _CLASSES).splitlines()))
    return {}


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the outlines, and names that are new to ``classes.txt`` beside the file."""
    found, file = regions(mask, shown(path)), Path(path)
    holes = sum(len(polygon.holes) for region in found for polygon in region.polygons)
    if holes:
        lost = "1 of them is" if holes == 1 else f"{holes} of them are"
        warnings.warn(
            f"{shown(path)}: YOLO outlines have no holes, {lost} lost; .json (COCO) keeps them.", stacklevel=4
        )
    numbers = _numbers(file, [region.name for region in found]) if mask.names else {}
    lines = [
        " ".join([str(numbers.get(region.name, 0)), *(f"{share:.9g}" for share in shares)])
        for region in found
        for polygon in region.polygons
        for shares in [(polygon.points / mask.shape)[:, ::-1].ravel()]
    ]
    with atomic(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _numbers(path: Path, names: list[str]) -> dict[str, int]:
    """Number of each name: as the list beside the file has it, with new names added at its end."""
    known = _classes(path)
    new = [name for name in dict.fromkeys(names) if name not in known.values()]
    if new:
        listed = [*(known[k] for k in sorted(known)), *new]
        with atomic(path.parent / _CLASSES) as temporary:
            temporary.write_text("".join(f"{name}\n" for name in listed), encoding="utf-8")
        known = dict(enumerate(listed))
    return {name: number for number, name in known.items()}
