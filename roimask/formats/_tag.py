"""What a mask file written here says of itself: kind, names of labels and, where nothing else holds it, the grid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roimask.frame import Frame
from roimask.mask import Mask

__all__ = ["KEY", "frame_of", "make", "names_of", "parse"]

KEY = "roimask"
_KINDS = ("binary", "labels", "weights")


def make(mask: Mask) -> dict[str, str]:
    """The tag, as a text by name."""
    content: dict[str, Any] = {"kind": mask.kind}
    if mask.names:
        content["names"] = {str(label): name for label, name in mask.names.items()}
    if mask.frame.transform is not None:
        content["transform"] = mask.frame.transform
    if mask.frame.crs is not None:
        content["crs"] = mask.frame.crs
    return {KEY: json.dumps(content, ensure_ascii=False)}


def parse(tags: Mapping[str, str]) -> dict[str, Any]:
    """What the tag says; empty where there is none that can be understood."""
    try:
        content = json.loads(tags.get(KEY, "{}"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) and content.get("kind") in _KINDS else {}


def names_of(content: Mapping[str, Any]) -> dict[int, str] | None:
    """Names by label."""
    return {int(label): name for label, name in content.get("names", {}).items()} or None


def frame_of(content: Mapping[str, Any], frame: Frame) -> Frame:
    """The frame with the grid that the tag gives, if the file has none."""
    if frame.georeferenced or not ("transform" in content or "crs" in content):
        return frame
    return Frame(*frame.shape, content.get("transform"), content.get("crs"))
