"""XML files of annotations, without what could reach for other files or unfold without end."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from roimask.errors import ReadError
from roimask.raster import limits
from roimask.raster.paths import shown

__all__ = ["load"]

_UNFOLDED = 10  # objects of Python take some ten times the room of their text


def load(path: str) -> ElementTree.Element:
    """The root of an XML file.

    Raises
    ------
    ReadError
        Where it cannot be read, is no XML, declares entities, or is beyond the memory limit.
    """
    name = shown(path)
    try:
        limits.check(name, "its objects", Path(path).stat().st_size * _UNFOLDED, limits.default_limit())
        data = Path(path).read_bytes()
    except ReadError:
        raise
    except OSError as error:
        raise ReadError(f"{name} cannot be read: {error.strerror}.") from None
    if b"<!ENTITY" in data.upper() or b"\0" in data:
        raise ReadError(f"{name} declares entities, or is not UTF-8; no file of annotations does, so it is not read.")
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise ReadError(f"{name} is no XML: {error}.") from None
