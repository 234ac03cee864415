"""Label Studio's JSON export: brush strokes (its own run lengths), polygons, rectangles and ellipses.

Region k is the k-th result of the image's first annotation, named by its first label; where two overlap, the later one
wins. Written are brush strokes, which lose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import ReadError, RoimaskError
from roimask.formats import _json
from roimask.formats._objects import Objects, choose, frame_from, parse_tag
from roimask.formats._regions import name_of, refuse_weights, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.masks.shapes import ellipse, polygon
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "matches", "read", "write"]

SUFFIXES = (".json",)
_WORD = 8  # bits of a value
_LENGTHS = (3, 4, 8, 16)  # bits of a run's length, by two bits that say which

Value = Mapping[str, Any]


def matches(path: str) -> bool:
    """Whether a JSON file is an export of Label Studio: a list of tasks, or one."""
    content = _json.load(path)
    first = content[0] if isinstance(content, list) and content else content
    return isinstance(first, dict) and "data" in first and "annotations" in first


def read(path: str, frame: Frame | None, kind: Kind | None, image: str | None = None) -> Mask:
    """Read the first annotation of one image, whose size its results say."""
    name, content = shown(path), _json.load(path)
    tasks = dict(enumerate(content if isinstance(content, list) else [content]))
    try:
        task = tasks[choose({k: _file_of(task) for k, task in tasks.items()}, image, name)]
        results = [result for result in task["annotations"][0]["result"] if "value" in result]
    except (KeyError, TypeError, IndexError, AttributeError):
        raise ReadError(
            f"{name} is no sound export of Label Studio: a task lacks data, annotations or a result."
        ) from None
    first = results[0] if results else {}
    tag = parse_tag(task.get("roimask"))
    grid = frame_from(frame, first.get("original_height"), first.get("original_width"), name, tag)
    objects = Objects(name, tag)
    for number, result in enumerate(results, 1):
        kind_of = str(result.get("type"))
        what, value = f"result {number} ({kind_of})", result["value"]
        try:
            objects.add(what, _label(value, kind_of), pixels=_drawn(kind_of, value, grid))
        except (RoimaskError, KeyError, TypeError, ValueError) as error:
            objects.skip(what, str(error).rstrip(".") or "it is damaged")
    return objects.mask(grid, kind)


def _file_of(task: Mapping[str, Any]) -> str:
    return str(next(iter(task["data"].values()), ""))


def _label(value: Value, kind: str) -> str | None:
    labels = value.get(kind) or value.get("labels")
    return str(labels[0]) if labels else None


def _drawn(kind: str, value: Value, frame: Frame) -> Mask:
    draw = _DRAWN.get(kind.removesuffix("labels"))
    if draw is None:
        raise ValueError("its type has no area, or is not known")
    return draw(value, frame)


def _polygon(value: Value, frame: Frame) -> Mask:
    return polygon(frame, np.asarray(value["points"], np.float64)[:, ::-1] * frame.shape / 100)


def _rectangle(value: Value, frame: Frame) -> Mask:
    """Turned clockwise about its first corner, in pixels."""
    left, top = value["x"] * frame.width / 100, value["y"] * frame.height / 100
    width, height = value["width"] * frame.width / 100, value["height"] * frame.height / 100
    angle = math.radians(value.get("rotation", 0))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return polygon(frame, np.array([(0, 0), (0, width), (height, width), (height, 0)]) @ turn + (top, left))


def _ellipse(value: Value, frame: Frame) -> Mask:
    center = value["y"] * frame.height / 100, value["x"] * frame.width / 100
    radii = value["radiusY"] * frame.height / 100, value["radiusX"] * frame.width / 100
    return ellipse(frame, center, radii, -value.get("rotation", 0))


def _brush(value: Value, frame: Frame) -> Mask:
    """The alpha of a picture of four channels."""
    expected = 4 * frame.height * frame.width
    return Mask(_unpacked(value["rle"], expected)[3::4].reshape(frame.shape) > 0, "binary", frame)


def _unpacked(rle: Any, expected: int) -> np.ndarray:
    """The values of run lengths.

    A header of 53 bits: how many values (32), bits of a value less 1 (5), four times bits of a length less 1 (4). Then
    runs: whether all its values are one (1 bit), which size of length (2), its length less 1, the value or the values.
    """
    bits = "".join(f"{byte:08b}" for byte in bytes(rle))
    if len(bits) < 53 or int(bits[:32], 2) != expected:
        raise ValueError("its run lengths are not of the image's size")
    word = int(bits[32:37], 2) + 1
    sizes = [int(bits[k : k + 4], 2) + 1 for k in range(37, 53, 4)]
    values, at, place = np.zeros(expected, np.uint32), 0, 53
    while at < expected:
        alike, size = bits[place : place + 1] == "1", sizes[int(bits[place + 1 : place + 3], 2)]
        count = int(bits[place + 3 : place + 3 + size], 2) + 1
        place += 3 + size
        words = 1 if alike else count
        run = [int(bits[place + k * word : place + (k + 1) * word], 2) for k in range(words)]
        values[at : at + count] = run if len(run) == 1 else run[: expected - at]
        at, place = at + count, place + words * word
    return values


_DRAWN: dict[str, Callable[[Value, Frame], Mask]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "brush": _brush,
}


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write one task, whose image is named as the file."""
    refuse_weights(mask, shown(path))
    results = [_result(mask, label) for label in mask.labels]
    data = {"image": f"{Path(path).stem}.png"}
    _json.dump(path, [{"id": 1, "data": data, "annotations": [{"id": 1, "result": results}], "roimask": tag_of(mask)}])


def _result(mask: Mask, label: int) -> dict[str, Any]:
    part = mask[label] if mask.kind == "labels" else mask
    pixels = np.repeat(np.asarray(part).ravel(), 4).astype(np.uint8) * 255
    value = {"format": "rle", "rle": _packed(pixels), "brushlabels": [name_of(mask, label)]}
    return {
        "id": f"region{label}",
        "type": "brushlabels",
        "from_name": "tag",
        "to_name": "image",
        "original_height": mask.frame.height,
        "original_width": mask.frame.width,
        "image_rotation": 0,
        "value": value,
    }


def _packed(values: np.ndarray) -> list[int]:
    bits = f"{len(values):032b}{_WORD - 1:05b}" + "".join(f"{size - 1:04b}" for size in _LENGTHS)
    bits += "".join(_run(length, value) for length, value in _runs(values))
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def _runs(values: np.ndarray) -> Iterator[tuple[int, int]]:
    """Lengths and values; none is longer than the longest that can be written."""
    edges = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]])
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        for at in range(start, stop, 1 << _LENGTHS[-1]):
            yield min(stop - at, 1 << _LENGTHS[-1]), int(values[start])


def _run(length: int, value: int) -> str:
    which = next(k for k, size in enumerate(_LENGTHS) if length <= 1 << size)
    return f"1{which:02b}{length - 1:0{_LENGTHS[which]}b}{value:0{_WORD}b}"
