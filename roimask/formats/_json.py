"""JSON files of annotations: read once for all the images that they speak of, written whole."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from os import PathLike
from typing import Any

from roimask.errors import ReadError
from roimask.raster import limits
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["dump", "load", "stamp"]

# Objects of Python take some ten times the room of their text.
_UNFOLDED = 10


def load(path: str) -> Any:
    """The content of a JSON file, which is kept until another is read: nobody may change it.

    Raises
    ------
    ReadError
        Where it cannot be read, is no JSON, or is beyond the memory limit.
    """
    return _load(path, stamp(path))


def stamp(path: str) -> tuple[int, int]:
    """What changes when the file does."""
    try:
        found = os.stat(path)
    except OSError as error:
        raise ReadError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1)
def _load(path: str, stamp: tuple[int, int]) -> Any:
    limits.check(shown(path), "its objects", stamp[1] * _UNFOLDED, limits.default_limit())
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except OSError as error:
        raise ReadError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{shown(path)} is no JSON: {error}.") from None


def dump(path: str | PathLike[str], content: Any) -> None:
    """Write JSON, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
