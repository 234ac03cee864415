"""Paths of image files: how they are shown in messages, and which are refused."""

from __future__ import annotations

import os
import re
from os import PathLike
from pathlib import Path

from roimask.errors import ParameterError, ReadError

__all__ = ["is_remote", "local", "named_after", "shown"]

_WORD = re.compile(r"\{(\w*)\}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|[/\\]vsi[a-z0-9_]*[/\\]")


def shown(path: str | PathLike[str]) -> str:
    """Write a path as text for messages, with control characters and stray bytes escaped.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.shown("scans/a\\x1b[2J.png") == "scans/a\\\\x1b[2J.png"
    True
    """
    text = os.fsdecode(path)
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def is_remote(path: str | PathLike[str]) -> bool:
    """Tell whether a path names something remote, or one of GDAL's virtual file systems.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.is_remote("https://example.org/scene.tif"), rm.is_remote("/vsizip/a.zip/b.tif"), rm.is_remote("a.tif")
    (True, True, False)
    """
    return _SCHEME.match(os.fsdecode(path)) is not None


def local(path: str | PathLike[str]) -> str:
    """The path as text, refused where it names something remote or one of GDAL's virtual file systems.

    Raises
    ------
    ReadError
        For ``http://...``, ``s3://...``, ``/vsicurl/...`` and the like.
    """
    text = os.fsdecode(path)
    if is_remote(text):
        raise ReadError(f"{shown(text)} is a remote or virtual path; give a file on this machine (download it first).")
    return text


def named_after(pattern: str, path: str | PathLike[str] | None) -> str:
    """The file that a pattern means for an image: its name in place of ``{stem}``, ``{name}`` and ``{folder}``.

    Parameters
    ----------
    pattern : str
        Such as ``masks/{stem}.png``; without such a word it is answered as it is.
    path : path or None
        The image; None for one that is no file.

    Raises
    ------
    ParameterError
        Where the pattern holds another word, or the image is no file.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.named_after("masks/{stem}_clear.png", "scenes/oslo.tif")
    'masks/oslo_clear.png'
    """
    if not _WORD.search(pattern):
        return pattern
    if path is None:
        raise ParameterError(f"{pattern} needs the name of an image file: give rm.Raster(path), or a mask")
    name = os.fsdecode(path)
    words = {"stem": Path(name).stem, "name": os.path.basename(name), "folder": os.path.dirname(name) or os.curdir}

    def word(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise ParameterError(f"{pattern} knows no {found[0]}: known are {{stem}}, {{name}}, {{folder}}")
        return words[found[1]]

    return _WORD.sub(word, pattern)
