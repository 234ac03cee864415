"""CVAT for images, XML: polygons, boxes, ellipses and masks; polylines and points have no area and are left out.

Region k is the k-th object in drawing order (``z_order``, then the file's), named by its label; where two overlap, the
later one wins. Written are masks, which lose nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from roimask.errors import ReadError, RoimaskError
from roimask.formats import _xml
from roimask.formats._objects import Objects, choose, frame_from, parse_tag
from roimask.formats._regions import name_of, refuse_weights, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.masks.shapes import ellipse, polygon
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "read", "write"]

SUFFIXES = (".xml",)
Element = ElementTree.Element


def read(path: str, frame: Frame | None, kind: Kind | None, image: str | None = None) -> Mask:
    """Read the objects of one image, whose size the file says."""
    name = shown(path)
    root = _root(path, name)
    images = dict(enumerate(root.iter("image")))
    entry = images[choose({k: one.get("name", str(k)) for k, one in images.items()}, image, name)]
    tag = _tag(root)
    grid = frame_from(frame, entry.get("height"), entry.get("width"), name, tag)
    objects = Objects(name, tag)
    for number, element in sorted(enumerate(entry, 1), key=lambda pair: _depth(pair[1])):
        if element.tag == "tag":
            continue
        what, label = f"object {number} ({element.tag})", element.get("label")
        try:
            objects.add(what, label, pixels=_drawn(element, grid))
        except (RoimaskError, TypeError, ValueError) as error:
            objects.skip(what, str(error).rstrip(".") or "it is damaged")
    return objects.mask(grid, kind)


def _root(path: str, name: str) -> Element:
    root = _xml.load(path)
    if root.tag != "annotations" or root.find("image") is None:
        raise ReadError(f"{name} is no annotations of CVAT for images: it lacks annotations with an image.")
    return root


def _tag(root: Element) -> dict:
    try:
        return parse_tag(json.loads(root.findtext("meta/roimask") or "{}"))
    except ValueError:
        return {}


def _depth(element: Element) -> float:
    try:
        return float(element.get("z_order", 0))
    except ValueError:
        return 0.0


def _drawn(element: Element, frame: Frame) -> Mask:
    draw = _DRAWN.get(element.tag)
    if draw is None:
        raise ValueError("it has no area" if element.tag in ("points", "polyline") else "its type is not known")
    return draw(element, frame)


def _numbers(element: Element, *names: str) -> list[float]:
    numbers = [float(element.get(name, "nan")) for name in names]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"one of {', '.join(names)} is missing, or not finite")
    return numbers


def _turn(element: Element) -> float:
    """Degrees, clockwise as seen."""
    return float(element.get("rotation", 0))


def _polygon(element: Element, frame: Frame) -> Mask:
    points = [[float(n) for n in pair.split(",")] for pair in element.get("points", "").split(";")]
    return polygon(frame, np.array(points)[:, ::-1])


def _box(element: Element, frame: Frame) -> Mask:
    left, top, right, bottom = _numbers(element, "xtl", "ytl", "xbr", "ybr")
    corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left)])
    angle, center = math.radians(_turn(element)), corners.mean(axis=0)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return polygon(frame, (corners - center) @ turn + center if angle else corners)


def _ellipse(element: Element, frame: Frame) -> Mask:
    x, y, across, down = _numbers(element, "cx", "cy", "rx", "ry")
    return ellipse(frame, (y, x), (down, across), -_turn(element))


def _mask(element: Element, frame: Frame) -> Mask:
    """Run lengths along the rows of a box, zeros first."""
    left, top, width, height = map(int, _numbers(element, "left", "top", "width", "height"))
    counts = np.array([int(n) for n in element.get("rle", "").split(",")])
    if min(width, height) < 0 or (counts < 0).any() or counts.sum() != width * height:
        raise ValueError(f"its run lengths do not add up to its box, {height} × {width}")
    values = np.repeat(np.arange(len(counts)) % 2 > 0, counts).reshape(height, width)
    return Mask.from_crop(values, (top, left), frame, "binary")


_DRAWN: dict[str, Callable[[Element, Frame], Mask]] = {
    "polygon": _polygon,
    "box": _box,
    "ellipse": _ellipse,
    "mask": _mask,
}


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the regions of one image, which is named as the file."""
    refuse_weights(mask, shown(path))
    root = Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "roimask").text = json.dumps(tag_of(mask))
    facts = {
        "id": "0",
        "name": f"{Path(path).stem}.png",
        "width": str(mask.frame.width),
        "height": str(mask.frame.height),
    }
    image = ElementTree.SubElement(root, "image", facts)
    for label in mask.labels:
        ElementTree.SubElement(image, "mask", _facts(mask, label))
    with atomic(path) as temporary:
        ElementTree.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)


def _facts(mask: Mask, label: int) -> dict[str, str]:
    part = mask[label] if mask.kind == "labels" else mask
    flat = np.concatenate([[False], part.values.ravel()])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    counts = np.diff(np.concatenate([[0], changes, [part.values.size]]))
    top, left, bottom, right = part.bbox
    place = {"left": left, "top": top, "width": right - left, "height": bottom - top, "z_order": 0, "occluded": 0}
    return {
        "label": name_of(mask, label),
        "source": "manual",
        **{key: str(value) for key, value in place.items()},
        "rle": ", ".join(map(str, counts.tolist())),
    }
