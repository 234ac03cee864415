"""What formats of annotations share in reading: objects with outlines or pixels on the way to a mask."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import groupby
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from roimask.errors import ReadError
from roimask.formats import _tag
from roimask.frame import Frame, Window
from roimask.mask import Kind, Mask
from roimask.masks.draw import Corners, fill_rings
from roimask.raster import limits

__all__ = ["Objects", "Outlines", "choose", "frame_from", "parse_tag"]

_MOST_NAMED = 5


class _Object(NamedTuple):
    label: int
    polygons: list[list[np.ndarray]]  # each an outer ring and its holes, rows of (row, column)
    pixels: Mask | None


class Outlines(NamedTuple):
    """The polygons of a file, not drawn yet: polygon k has the rings ``starts[k]`` to ``starts[k + 1] - 1``."""

    rings: Corners
    starts: np.ndarray
    labels: np.ndarray
    names: Mapping[int, str]
    kind: Kind


class Objects:
    """The objects of a file: the k-th is region k, and where two overlap the later one wins.

    An object that cannot be drawn is left out, and keeps its number; a warning names it. Where none is left, that is
    an error.

    Parameters
    ----------
    file : str
        What the file is called in messages.
    tag : mapping, optional
        What a file that roimask wrote says of itself: the kind, the names, and the labels of its objects.
    """

    def __init__(self, file: str, tag: Mapping[str, Any] | None = None):
        self.file = file
        self._tag = tag or {}
        self._names: dict[int, str] = {}
        self._left_out: list[str] = []
        self._objects: list[_Object] = []

    def add(
        self,
        what: str,
        name: str | None,
        polygons: Iterable[Sequence[Any]] = (),
        pixels: Mask | None = None,
    ) -> None:
        """Add an object.

        Parameters
        ----------
        what : str
            What it is called in messages, such as ``"annotation 12"``.
        name : str, optional
            Name of its region.
        polygons : iterable of lists of rings, optional
            Each an outer ring and its holes, of (row, column); together they are the object.
        pixels : Mask, optional
            The object itself.
        """
        try:
            drawn = [[_ring(ring) for ring in rings] for rings in polygons]
        except ValueError as error:
            self.skip(what, str(error))
            return
        if pixels is None and not drawn:
            self.skip(what, "it has no outline")
            return
        label = len(self._objects) + len(self._left_out) + 1
        self._objects.append(_Object(label, drawn, pixels))
        if name is not None:
            self._names[label] = name

    def skip(self, what: str, reason: str) -> None:
        """Leave an object out, and say so."""
        self._left_out.append(f"{what}: {reason}")

    def mask(self, frame: Frame, kind: Kind | None = None) -> Mask:
        """All objects as one mask: of labels, or of the kind asked for or told by the file itself."""
        self._report()
        labels = _painted(*self._numbered(), frame)
        kind = kind or self._tag.get("kind", "labels")
        return labels if kind == "labels" else Mask(labels.as_binary(), kind)

    def outlines(self) -> Outlines:
        """The polygons of all objects, for whoever draws a part of the frame at a time."""
        self._report()
        objects, names = self._numbered()
        return Outlines(*_corners(objects), names, self._tag.get("kind", "labels"))

    def _numbered(self) -> tuple[list[_Object], Mapping[int, str]]:
        """The objects and the names of their labels, which may be those that the file itself gives."""
        if not self._tag or len(self._tag["labels"]) != len(self._objects):
            return self._objects, self._names
        labels = zip(self._objects, self._tag["labels"], strict=True)
        return [one._replace(label=label) for one, label in labels], _tag.names_of(self._tag) or {}

    def _report(self) -> None:
        if not self._left_out:
            return
        more = len(self._left_out) - _MOST_NAMED
        listing = "; ".join(self._left_out[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
        if not self._objects:
            raise ReadError(f"{self.file} holds no object that can be read: {listing}.")
        count = len(self._left_out)
        warnings.warn(f"{self.file}: {count} object{'s' * (count > 1)} left out: {listing}.", stacklevel=5)


def _ring(points: Any) -> np.ndarray:
    """The points (row, column), without the one that closes the ring.

    Raises
    ------
    ValueError
        Where they make no ring.
    """
    try:
        ring = np.asarray(points, np.float64)
    except (TypeError, ValueError):
        ring = np.empty(1)
    if ring.size and (ring.ndim != 2 or ring.shape[1] < 2):
        raise ValueError("its points are not pairs of numbers")
    if not np.isfinite(ring).all():
        raise ValueError("a point is not finite")
    if len(ring) > 1 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    if len(ring) < 3:
        raise ValueError(f"a ring of {len(ring)} points; three or more make a polygon")
    return ring[:, :2]


def _painted(objects: Sequence[_Object], names: Mapping[int, str], frame: Frame) -> Mask:
    """The objects one over the other; of the frame only what they cover is ever held."""
    layers: list[Mask] = []
    for outlined, group in groupby(objects, lambda one: one.pixels is None):
        alike = list(group)
        layers += [_filled(alike, frame)] if outlined else map(_pixels, alike)
    window = reduce(lambda found, layer: found.join(layer.window), layers, Window(0, 0, 0, 0))
    out = np.zeros(window.shape, np.int32)
    for layer in layers:
        part, values = out[layer.window.within(window)], layer.values
        np.copyto(part, values, where=values > 0)
    return Mask.from_crop(out, window[:2], frame, "labels", names)


def _pixels(one: _Object) -> Mask:
    assert one.pixels is not None
    return Mask.from_crop((one.pixels.values > 0) * np.int32(one.label), one.pixels.origin, one.pixels.frame, "labels")


def _filled(objects: Sequence[_Object], frame: Frame) -> Mask:
    """All polygons at once."""
    rings, starts, labels = _corners(objects)
    return fill_rings(rings, frame, starts, labels)


def _corners(objects: Sequence[_Object]) -> tuple[Corners, np.ndarray, np.ndarray]:
    """All rings, where each polygon starts among them, and its label, which those of one object share."""
    polygons = [(one.label, rings) for one in objects for rings in one.polygons]
    rings = Corners.of([ring for _, rings in polygons for ring in rings], lambda number: f"ring {number}")
    starts = np.cumsum([0, *(len(rings) for _, rings in polygons)], dtype=np.int64)
    return rings, starts, np.array([label for label, _ in polygons], np.int32)


def choose(files: Mapping[Any, str], image: str | None, name: str) -> Any:
    """The number of the image that is asked for, among the files of a data set by number.

    Raises
    ------
    ReadError
        Where none is asked for and there is not exactly one, or where none or several are called so.
    """
    listing = ", ".join(list(files.values())[:3]) + (", ..." if len(files) > 3 else "") or "none"
    if image is None:
        if len(files) == 1:
            return next(iter(files))
        raise ReadError(f"{name} has {len(files)} images ({listing}); choose one with image=.")
    wanted = PurePath(image)
    for alike in (lambda path: path, lambda path: path.name, lambda path: path.stem):
        found = [number for number, file in files.items() if alike(PurePath(file)) == alike(wanted)]
        if len(found) == 1:
            return found[0]
    for number in files:
        if str(number) == image:
            return number
    raise ReadError(f"{name} has no image {image!r}, or several; it has {listing}.")


def frame_from(
    frame: Frame | None, height: Any, width: Any, file: str, tag: Mapping[str, Any] = MappingProxyType({})
) -> Frame:
    """The grid that a file says its image has; the caller's where they fit, or where the file says nothing.

    Raises
    ------
    ReadError
        Where neither says a size.
    """
    try:
        own = _tag.frame_of(tag, Frame(int(height), int(width)))
        limits.check(file, "the mask of its image", own.height * own.width, limits.default_limit())
    except (TypeError, ValueError):
        if frame is None:
            raise ReadError(f"{file} does not say how large its image is; give frame= (an image, a shape).") from None
        return frame
    return frame if frame is not None and own.fits(frame) else own


def parse_tag(content: Any) -> dict[str, Any]:
    """The tag of a file, if it is sound; else empty."""
    tag = _tag.parse({_tag.KEY: json.dumps(content)})
    labels = tag.get("labels")
    try:
        _tag.names_of(tag), _tag.frame_of(tag, Frame(0, 0))
    except (AttributeError, TypeError, ValueError):
        return {}
    sound = isinstance(labels, list) and all(isinstance(label, int) and 0 < label < 1 << 31 for label in labels)
    return tag if sound else {}
