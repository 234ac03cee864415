"""LabelMe JSON: every shape type, filled by the pixel-centre rule.

Region k is the k-th shape (shapes of one group and label are one region), named by its label; where two overlap, the
later one wins. Lines are 10 pixels wide with round ends, points are disks of radius 5: as wide as LabelMe draws them.
Regions with holes are written as masks, others as polygons; nothing is lost.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import RoimaskError
from roimask.formats import _json
from roimask.formats._objects import Objects, frame_from, parse_tag
from roimask.formats._regions import Region, regions, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.masks.figures import line
from roimask.masks.shapes import circle, polygon
from roimask.raster import io
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "matches", "read", "write"]

SUFFIXES = (".json",)
_LINE_WIDTH, _POINT_RADIUS = 10, 5

Shape = Mapping[str, Any]


def matches(path: str) -> bool:
    """Whether a JSON file is LabelMe's."""
    content = _json.load(path)
    return isinstance(content, dict) and isinstance(content.get("shapes"), list)


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the shapes of an image, whose size the file says."""
    content, name = _json.load(path), shown(path)
    tag = parse_tag(content.get("roimask"))
    grid = frame_from(frame, content.get("imageHeight"), content.get("imageWidth"), name, tag)
    objects = Objects(name, tag)
    for what, shapes in _grouped(content["shapes"]):
        label = shapes[0].get("label")
        if all(shape.get("shape_type", "polygon") == "polygon" for shape in shapes):
            objects.add(what, label, [[_swapped(shape.get("points"))] for shape in shapes])
            continue
        try:
            parts = [_DRAWN[shape.get("shape_type", "polygon")](shape, grid) for shape in shapes]
        except KeyError as error:
            objects.skip(what, f"its shape type {error} is not known")
        except (RoimaskError, TypeError, ValueError, AttributeError) as error:
            objects.skip(what, str(error).rstrip("."))
        else:
            objects.add(what, label, pixels=reduce(or_, parts))
    return objects.mask(grid, kind)


def _grouped(shapes: Sequence[Shape]) -> list[tuple[str, list[Shape]]]:
    """The shapes of each region, and what it is called in messages."""
    groups: dict[Any, list[Shape]] = {}
    called: dict[Any, str] = {}
    for number, given in enumerate(shapes, 1):
        shape = given if isinstance(given, Mapping) else {}
        group, label = shape.get("group_id"), shape.get("label")
        key = number if group is None else (str(group), str(label))
        called.setdefault(key, f"shape {number} ({label!r})")
        groups.setdefault(key, []).append(shape)
    return [(called[key], group) for key, group in groups.items()]


def _swapped(points: Any) -> Any:
    """Points (x, y) as rows of (y, x); what is not that stays as it is, and is refused later."""
    try:
        return np.asarray(points, np.float64).reshape(-1, 2)[:, ::-1]
    except (TypeError, ValueError):
        return [None]


def _points(shape: Shape, count: int) -> np.ndarray:
    """At least so many points (row, column)."""
    points = np.asarray(shape.get("points"), np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < count:
        raise ValueError(f"a {shape.get('shape_type')} has {count} points (x, y) or more")
    if not np.isfinite(points).all():
        raise ValueError("a point is not finite")
    return points[:, ::-1]


def _rectangle(shape: Shape, frame: Frame) -> Mask:
    (top, left), (bottom, right) = _points(shape, 2)[:2]
    return polygon(frame, [(top, left), (top, right), (bottom, right), (bottom, left)])


def _circle(shape: Shape, frame: Frame) -> Mask:
    center, rim = _points(shape, 2)[:2]
    return circle(frame, tuple(center), float(np.hypot(*(rim - center))))


def _point(shape: Shape, frame: Frame) -> Mask:
    return reduce(or_, (circle(frame, tuple(point), _POINT_RADIUS) for point in _points(shape, 1)))


def _line(shape: Shape, frame: Frame) -> Mask:
    return line(frame, _points(shape, 2), _LINE_WIDTH)


def _polygon(shape: Shape, frame: Frame) -> Mask:
    return polygon(frame, _points(shape, 3))


def _mask(shape: Shape, frame: Frame) -> Mask:
    """A picture of 0 and 1 in text, whose first and last pixel the points are."""
    first, last = np.rint(_points(shape, 2)[:2]).astype(int)
    values = _unpacked(shape.get("mask"))
    if values.ndim != 2 or values.shape != tuple(last - first + 1):
        raise ValueError(
            f"its mask is {' × '.join(map(str, values.shape))}, its points say {' × '.join(map(str, last - first + 1))}"
        )
    return Mask.from_crop(values != 0, tuple(first.tolist()), frame, "binary")


def _unpacked(text: Any) -> np.ndarray:
    try:
        data = base64.b64decode(text, validate=True)
    except (TypeError, binascii.Error):
        raise ValueError("its mask is no base64 text") from None
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "mask.png")
        picture.write_bytes(data)
        try:
            return io.read(picture)
        except RoimaskError:
            raise ValueError("its mask is no picture that can be read") from None


_DRAWN: dict[str, Callable[[Shape, Frame], Mask]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "circle": _circle,
    "line": _line,
    "linestrip": _line,
    "point": _point,
    "points": _point,
    "mask": _mask,
}


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the regions; those of several shapes as a group."""
    shapes = [shape for region in regions(mask, shown(path)) for shape in _shapes(region, mask)]
    content = {
        "version": "5.7.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": f"{Path(path).stem}.png",
        "imageData": None,
        "imageHeight": mask.frame.height,
        "imageWidth": mask.frame.width,
        "roimask": tag_of(mask),
    }
    _json.dump(path, content)


def _shapes(region: Region, mask: Mask) -> list[dict[str, Any]]:
    if any(polygon.holes for polygon in region.polygons):
        part = mask[region.label]
        top, left, bottom, right = part.bbox
        corners = [[left, top], [right - 1, bottom - 1]]
        return [_shape(region, "mask", corners, None, _packed(part.values))]
    group = region.label if len(region.polygons) > 1 else None
    return [_shape(region, "polygon", polygon.points[:, ::-1].tolist(), group) for polygon in region.polygons]


def _shape(
    region: Region,
    kind: str,
    points: list[list[float]] | list[list[int]],
    group: int | None,
    picture: str | None = None,
) -> dict[str, Any]:
    return {
        "label": region.name,
        "points": points,
        "group_id": group,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": picture,
    }


def _packed(values: np.ndarray) -> str:
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "mask.png")
        io.write(picture, values.astype(np.uint8))
        return base64.b64encode(picture.read_bytes()).decode()
