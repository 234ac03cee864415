"""COCO annotations: polygons, run lengths compressed or not, whole data sets and lists of results.

Region k is the k-th annotation of the image, named by its category; where two overlap, the later one wins. Crowds are
read as regions. Polygons are filled by the pixel-centre rule. Written are compressed run lengths, which lose nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from roimask.errors import ReadError, RoimaskError
from roimask.formats import _json
from roimask.formats._objects import Objects, choose, frame_from, parse_tag
from roimask.formats._regions import name_of, refuse_weights, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.masks.runs import Runs
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "matches", "read", "write"]

SUFFIXES = (".json",)


class _DataSet(NamedTuple):
    """Images by id, their annotations, and names of categories."""

    images: dict[Any, Mapping[str, Any]]
    annotations: dict[Any, list[Mapping[str, Any]]]
    categories: dict[str, str]
    tag: dict[str, Any]


def matches(path: str) -> bool:
    """Whether a JSON file is a COCO data set, or a list of COCO results."""
    content = _json.load(path)
    if isinstance(content, list):
        return bool(content) and isinstance(content[0], dict) and {"image_id", "segmentation"} <= content[0].keys()
    return isinstance(content, dict) and {"images", "annotations"} <= content.keys()


def read(path: str, frame: Frame | None, kind: Kind | None, image: str | None = None) -> Mask:
    """Read the annotations of one image.

    Parameters
    ----------
    image : str, optional
        File name (with or without folder and suffix) or id; may be left out where the file has one image.
    """
    name, data = shown(path), _data_set(path, _json.stamp(path))
    files = {number: str(entry.get("file_name", number)) for number, entry in data.images.items()}
    number = choose(files, image, name)
    entry, annotations = data.images[number], data.annotations.get(number, [])
    height, width = _size_of(entry, annotations)
    grid = frame_from(frame, height, width, name, data.tag)
    objects = Objects(name, data.tag)
    for annotation in annotations:
        _add(objects, annotation, grid, data.categories)
    return objects.mask(grid, kind)


@lru_cache(maxsize=1)
def _data_set(path: str, stamp: tuple[int, int]) -> _DataSet:
    content, name = _json.load(path), shown(path)
    if isinstance(content, list):
        content = {
            "annotations": content,
            "images": [{"id": number} for number in {row["image_id"]: 0 for row in content}],
        }
    try:
        images = {image["id"]: image for image in content["images"]}
        annotations: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            annotations[annotation["image_id"]].append(annotation)
        categories = {str(category["id"]): str(category["name"]) for category in content.get("categories", [])}
    except (KeyError, TypeError, AttributeError) as error:
        raise ReadError(f"{name} is no sound COCO file: an image, annotation or category lacks {error}.") from None
    return _DataSet(images, dict(annotations), categories, parse_tag(content.get("roimask")))


def _size_of(entry: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
    """Height and width that the image's entry gives, else the run lengths of its first annotation."""
    if "height" in entry:
        return entry["height"], entry.get("width")
    for annotation in annotations:
        segmentation = annotation.get("segmentation")
        if isinstance(segmentation, Mapping) and len(segmentation.get("size", ())) == 2:
            return segmentation["size"][0], segmentation["size"][1]
    return None, None


def _add(objects: Objects, annotation: Mapping[str, Any], frame: Frame, categories: Mapping[str, str]) -> None:
    what = f"annotation {annotation.get('id', 'without id')}"
    category = annotation.get("category_id")
    name = None if category is None else categories.get(str(category), str(category))
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, Mapping):
        _add_runs(objects, what, name, segmentation, frame)
    elif isinstance(segmentation, list) and segmentation:
        parts = [segmentation] if isinstance(segmentation[0], Real) else segmentation
        objects.add(what, name, [[_pairs(part)] for part in parts])
    else:
        objects.skip(what, "it has no segmentation")


def _add_runs(objects: Objects, what: str, name: str | None, rle: Mapping[str, Any], frame: Frame) -> None:
    try:
        runs = Runs.of_rles([rle])
    except RoimaskError as error:
        objects.skip(what, str(error).replace("RLE 0", "its run-length code").rstrip("."))
        return
    if runs.shape != frame.shape:
        size = f"{runs.shape[0]} × {runs.shape[1]}"
        objects.skip(what, f"its run lengths are of {size} pixels, the image is {frame.height} × {frame.width}")
    else:
        objects.add(what, name, pixels=runs.masks(frame)[0])


def _pairs(flat: Any) -> Any:
    """x, y, x, y, ... as rows of (y, x); what is not that stays as it is, and is refused later."""
    try:
        return np.asarray(flat, np.float64).reshape(-1, 2)[:, ::-1]
    except (TypeError, ValueError):
        return [None]


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write a data set of one image, which is named as the file: an annotation a region, its id the label."""
    refuse_weights(mask, shown(path))
    regions = mask if mask.kind == "labels" else Mask(mask, "labels")
    runs = Runs.of_regions(regions)
    names = {label: name_of(mask, label) for label in mask.labels}
    numbers = {name: k for k, name in enumerate(dict.fromkeys(names.values()), 1)}
    annotations = [
        {
            "id": label,
            "image_id": 1,
            "category_id": numbers[names[label]],
            "segmentation": {**rle, "counts": rle["counts"].decode()},
            "area": area,
            "bbox": [left, top, right - left, bottom - top],
            "iscrowd": 0,
        }
        for label, rle, area, (top, left, bottom, right) in zip(
            mask.labels, runs.rles(), runs.areas.tolist(), runs.boxes().tolist(), strict=True
        )
    ]
    image = {"id": 1, "file_name": f"{Path(path).stem}.png", "height": mask.frame.height, "width": mask.frame.width}
    categories = [{"id": k, "name": name} for name, k in numbers.items()]
    content = {"images": [image], "annotations": annotations, "categories": categories, "roimask": tag_of(mask)}
    _json.dump(path, content)
