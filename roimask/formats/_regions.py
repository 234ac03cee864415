"""What formats of annotations share in writing: the regions of a mask, their names, and what a file says of itself."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any, NamedTuple

from roimask.errors import WriteError
from roimask.formats import _tag
from roimask.mask import Mask
from roimask.masks.vectorise import Polygon

__all__ = ["Region", "name_of", "refuse_weights", "regions", "tag_of"]


class Region(NamedTuple):
    """A region that is to be written: its label, name and polygons."""

    label: int
    name: str
    polygons: list[Polygon]


def regions(mask: Mask, file: str) -> list[Region]:
    """The regions of a mask by label; a binary mask is one region.

    Raises
    ------
    WriteError
        For a mask of weights.
    """
    refuse_weights(mask, file)
    grouped = groupby(mask.polygons(), lambda polygon: polygon.label)
    return [Region(label, name_of(mask, label), list(polygons)) for label, polygons in grouped]


def refuse_weights(mask: Mask, file: str) -> None:
    """Formats of outlines and of run lengths know in and out only."""
    if mask.kind == "weights":
        raise WriteError(f"{file} cannot hold weights; .tif, .npy and .npz can (or write mask.as_binary()).")


def name_of(mask: Mask, label: int) -> str:
    """The name of a region, or its number as text."""
    return mask.names.get(label, str(label))


def tag_of(mask: Mask) -> dict[str, Any]:
    """What a JSON file written here says of the mask: its kind, names, and the labels of its objects."""
    return {**json.loads(_tag.make(mask)[_tag.KEY]), "labels": list(mask.labels)}
