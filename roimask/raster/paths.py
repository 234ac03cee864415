"""Paths of image files: how they are shown in messages, and which are refused."""

from __future__ import annotations

import os
import re
from os import PathLike

from roimask.errors import ReadError

__all__ = ["local", "shown"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|[/\\]vsi[a-z0-9_]*[/\\]")


def shown(path: str | PathLike[str]) -> str:
    """The path as text for messages, with control characters and stray bytes escaped."""
    text = os.fsdecode(path)
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def local(path: str | PathLike[str]) -> str:
    """The path as text, refused where it names something remote or one of GDAL's virtual file systems.

    Raises
    ------
    ReadError
        For ``http://...``, ``s3://...``, ``/vsicurl/...`` and the like.
    """
    text = os.fsdecode(path)
    if _SCHEME.match(text):
        raise ReadError(f"{shown(text)} is a remote or virtual path; give a file on this machine (download it first).")
    return text
