"""SVG: filled paths, polygons, rectangles, circles and ellipses, with their transforms.

Region k is the k-th shape, named by its title, its ``inkscape:label`` or its id; where two overlap, the later one wins.
The view box is the image; where the frame has another size, it is stretched to it. What is not filled has no area,
text, pictures and references are not drawn: both are left out, which a warning says. Written are paths along pixels.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from functools import reduce
from os import PathLike
from typing import Any
from xml.etree import ElementTree

import numpy as np

from roimask.errors import ReadError
from roimask.formats import _xml
from roimask.formats._objects import Objects, frame_from, parse_tag
from roimask.formats._regions import Region, regions, tag_of
from roimask.formats._svgpath import rings_of
from roimask.frame import Frame, Window
from roimask.mask import Kind, Mask
from roimask.masks.draw import Corners, fill_rings
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "read", "write"]

SUFFIXES = (".svg",)
_SPACE = "http://www.w3.org/2000/svg"
_UNSEEN = {"defs", "clipPath", "mask", "pattern", "marker", "symbol", "title", "desc", "metadata", "style", "script"}
_UNSEEN |= {"linearGradient", "radialGradient", "filter", "namedview"}
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
_STEP = re.compile(r"(\w+)\s*\(([^)]*)\)")

Element = ElementTree.Element


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the filled shapes."""
    name, root = shown(path), _xml.load(path)
    if _local(root) != "svg":
        raise ReadError(f"{name} is no SVG: its root is {_local(root)}.")
    tag = _tag_in(root)
    left, top, width, height = _view(root)
    grid = frame if frame is not None else frame_from(None, height, width, name, tag)
    scale = (1.0, 1.0) if height is None or width is None else (grid.width / width, grid.height / height)
    objects = Objects(name, tag)
    for number, (element, matrix, filled) in enumerate(_shapes(root, np.eye(3), True), 1):
        what = f"shape {number} ({_local(element)}{' ' + element.get('id', '') if element.get('id') else ''})"
        try:
            rings = [(_moved(ring, matrix) - (left, top)) * scale for ring in _rings(element, filled)]
            objects.add(what, _name_of(element), pixels=_filled(rings, grid, _style(element, "fill-rule") == "evenodd"))
        except ValueError as error:
            objects.skip(what, str(error).rstrip("."))
    return objects.mask(grid, kind)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _tag_in(root: Element) -> dict[str, Any]:
    try:
        return parse_tag(json.loads(root.get("data-roimask", "{}")))
    except ValueError:
        return {}


def _view(root: Element) -> tuple[float, float, float | None, float | None]:
    """Left, top, width and height of what is shown; no size where the file says none in pixels."""
    try:
        left, top, width, height = (float(n) for n in re.split(r"[\s,]+", root.get("viewBox", "").strip()))
        return (left, top, width, height) if width > 0 and height > 0 else (0.0, 0.0, None, None)
    except ValueError:
        return 0.0, 0.0, _pixels(root.get("width", "")), _pixels(root.get("height", ""))


def _pixels(text: str) -> float | None:
    found = re.fullmatch(r"\s*(\d+\.?\d*)\s*(?:px)?\s*", text)
    return float(found[1]) or None if found else None


def _shapes(element: Element, matrix: np.ndarray, filled: bool) -> Iterator[tuple[Element, np.ndarray, bool]]:
    """Everything that is drawn, with its transform, and whether it is filled."""
    for child in element:
        if _local(child) in _UNSEEN or _style(child, "display") == "none":
            continue
        own = matrix @ _transform(child.get("transform", ""))
        fill = _style(child, "fill")
        inside = filled if fill in (None, "inherit") else fill != "none"
        if _local(child) in ("g", "svg", "a", "switch"):
            yield from _shapes(child, own, inside)
        else:
            yield child, own, inside


def _style(element: Element, key: str) -> str | None:
    """A property, from the style where it is there."""
    found = re.search(rf"(?:^|;)\s*{key}\s*:\s*([^;]+)", element.get("style", ""))
    value = found[1] if found else element.get(key)
    return None if value is None else value.strip()


def _transform(text: str) -> np.ndarray:
    matrix = np.eye(3)
    for name, numbers in _STEP.findall(text):
        try:
            matrix = matrix @ _MATRICES[name](*(float(n) for n in re.split(r"[\s,]+", numbers.strip())))
        except (KeyError, TypeError, ValueError):
            return np.full((3, 3), np.nan)  # what is drawn with it is refused, and named
    return matrix


def _affine(a: float, b: float, c: float, d: float, e: float, f: float) -> np.ndarray:
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]])


def _rotation(angle: float, x: float = 0, y: float = 0) -> np.ndarray:
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return _affine(1, 0, 0, 1, x, y) @ _affine(cosine, sine, -sine, cosine, 0, 0) @ _affine(1, 0, 0, 1, -x, -y)


_MATRICES: dict[str, Callable[..., np.ndarray]] = {
    "matrix": _affine,
    "translate": lambda x, y=0: _affine(1, 0, 0, 1, x, y),
    "scale": lambda x, y=None: _affine(x, 0, 0, x if y is None else y, 0, 0),
    "rotate": _rotation,
    "skewX": lambda angle: _affine(1, 0, math.tan(math.radians(angle)), 1, 0, 0),
    "skewY": lambda angle: _affine(1, math.tan(math.radians(angle)), 0, 1, 0, 0),
}


def _moved(ring: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return ring @ matrix[:2, :2].T + matrix[:2, 2]


def _rings(element: Element, filled: bool) -> list[np.ndarray]:
    """The outlines (x, y) of a shape, all by way of a path.

    Raises
    ------
    ValueError
        Where it has none.
    """
    kind = _local(element)
    if kind not in _PATHS:
        raise ValueError("it has no area" if kind == "line" else "it is not drawn")
    if not filled:
        raise ValueError("it is not filled")
    rings = rings_of(_PATHS[kind](element))
    if not rings:
        raise ValueError("it has no outline")
    return rings


def _length(element: Element, name: str, default: float = 0.0) -> float:
    text = element.get(name, "").strip().removesuffix("px")
    number = float(text) if text else default
    if not math.isfinite(number):
        raise ValueError(f"its {name} is not finite")
    return number


def _rectangle(element: Element) -> str:
    """Corners are rounded where one of rx and ry is given, by half of a side at most."""
    x, y, width, height = (_length(element, name) for name in ("x", "y", "width", "height"))
    if not (width > 0 and height > 0):
        raise ValueError(f"it is {height:g} × {width:g} large")
    rx = min(_length(element, "rx", _length(element, "ry")), width / 2)
    ry = min(_length(element, "ry", _length(element, "rx")), height / 2)
    if not (rx > 0 and ry > 0):
        return f"M{x} {y}h{width}v{height}h{-width}z"
    across, down, corner = width - 2 * rx, height - 2 * ry, f"a{rx} {ry} 0 0 1"
    return (
        f"M{x + rx} {y}h{across}{corner} {rx} {ry}v{down}{corner} {-rx} {ry}h{-across}{corner} {-rx} {-ry}v{-down}"
        f"{corner} {rx} {-ry}z"
    )


def _oval(x: float, y: float, rx: float, ry: float) -> str:
    if not (rx > 0 and ry > 0):
        raise ValueError("its radius is not above 0")
    return f"M{x - rx} {y}A{rx} {ry} 0 1 1 {x + rx} {y}A{rx} {ry} 0 1 1 {x - rx} {y}z"


def _circle(element: Element) -> str:
    return _oval(_length(element, "cx"), _length(element, "cy"), _length(element, "r"), _length(element, "r"))


def _ellipse(element: Element) -> str:
    return _oval(*(_length(element, name) for name in ("cx", "cy", "rx", "ry")))


_PATHS: dict[str, Callable[[Element], str]] = {
    "path": lambda element: element.get("d", ""),
    "polygon": lambda element: f"M{element.get('points', '')}z",
    "polyline": lambda element: f"M{element.get('points', '')}z",
    "rect": _rectangle,
    "circle": _circle,
    "ellipse": _ellipse,
}


def _filled(rings: list[np.ndarray], frame: Frame, even_odd: bool) -> Mask:
    """What a shape covers: wound around an odd number of times, or (rings that go the other way subtract) at all."""
    turned = [ring[:, ::-1] for ring in rings]
    if even_odd or len(rings) == 1:
        return fill_rings(Corners.of(turned, lambda number: "its outline"), frame)
    layers = [fill_rings(Corners.of([ring], lambda number: "its outline"), frame) for ring in turned]
    window = reduce(lambda found, layer: found.join(layer.window), layers, Window(0, 0, 0, 0))
    wound = np.zeros(window.shape, np.int32)
    for ring, layer in zip(rings, layers, strict=True):
        x, y = (ring - ring[0]).T
        way = 1 if np.dot(x, np.roll(y, -1)) > np.dot(y, np.roll(x, -1)) else -1
        wound[layer.window.within(window)] += way * layer.values
    return Mask.from_crop(wound != 0, window[:2], frame, "binary")


def _name_of(element: Element) -> str | None:
    title = element.findtext(f"{{{_SPACE}}}title") or element.findtext("title")
    return title or element.get(_LABEL) or element.get("id")


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a path a region, named by its title."""
    found, (height, width) = regions(mask, shown(path)), mask.shape
    facts = {"xmlns": _SPACE, "width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}"}
    root = Element("svg", {**facts, "data-roimask": json.dumps(tag_of(mask))})
    for region in found:
        facts = {"id": f"region{region.label}", "fill-rule": "evenodd", "d": _path(region)}
        ElementTree.SubElement(ElementTree.SubElement(root, "path", facts), "title").text = region.name
    with atomic(path) as temporary:
        ElementTree.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)


def _path(region: Region) -> str:
    rings = [ring for polygon in region.polygons for ring in (polygon.points, *polygon.holes)]
    return "".join("M" + "L".join(f"{int(x)} {int(y)}" for y, x in ring) + "z" for ring in rings)
