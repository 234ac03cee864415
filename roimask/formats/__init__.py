"""Files of masks: a module a format, found by its suffixes.

A module here whose name has no leading underscore is a format; ``make stubs`` lists them in ``_index.py``, so that
reading one loads no other. It has ``SUFFIXES`` (a tuple; the first one that it writes leads, ``WRITES`` says which it
writes, if not all), ``read(path, frame, kind) -> Mask`` (a data set of many images: ``read(path, frame, kind,
image)``), ``write(path, mask)`` where masks can be written so, and ``matches(path) -> bool`` where formats share a
suffix; those that have it are asked first. ``RASTER = True`` says that it is a grid of pixels, and no outlines or runs
on one. Formats of scenes larger than memory also have ``windowed(path, kind)``, which reads by windows, or
``objects(path, frame)``, which are not drawn yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from roimask.errors import FrameMismatch, ReadError, RoimaskError, WriteError
from roimask.formats._index import FORMATS
from roimask.formats._objects import Outlines
from roimask.formats._windows import WindowedMask
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.paths import local, shown

__all__ = ["MaskFormat", "mask_formats", "open_mask", "read_mask", "write_mask"]


class MaskFormat(NamedTuple):
    """A format of mask files.

    Attributes
    ----------
    name : str
        What ``mask.save(path, format)`` calls it.
    suffixes : tuple of str
        With their dots, in lower case.
    writes : tuple of str
        The suffixes that masks can be written with; all can be read.
    pixels : bool
        Whether it is a grid of pixels. Others are outlines or runs, which are drawn on the grid of an image.
    summary : str
        What it is, in one sentence.
    """

    name: str
    suffixes: tuple[str, ...]
    writes: tuple[str, ...]
    pixels: bool
    summary: str


def mask_formats() -> tuple[MaskFormat, ...]:
    """List the formats that masks are read and written in.

    Returns
    -------
    tuple of MaskFormat
        By name.

    Examples
    --------
    >>> import roimask as rm
    >>> [format.name for format in rm.mask_formats() if ".json" in format.suffixes]
    ['coco', 'geojson', 'labelme', 'labelstudio']
    """
    return tuple(MaskFormat(*row) for row in FORMATS)


def read_mask(
    path: str | PathLike[str],
    frame: Any = None,
    kind: Kind | None = None,
    *,
    image: str | PathLike[str] | None = None,
) -> Mask:
    """Read a mask from a file.

    Parameters
    ----------
    path : path
        An image (PNG, TIFF, GeoTIFF, JPEG, BMP, ...), ``.npy`` or ``.npz``, or annotations: COCO, LabelMe and Label
        Studio (``.json``), GeoJSON, GeoPackage and Shapefile, YOLO (``.txt``), ImageJ (``.roi``, RoiSet ``.zip``),
        CVAT (``.xml``), SVG, runs (``.csv``). The format follows the suffix, and of ``.json`` and ``.png`` the content.
    frame : Frame, shape, image or Raster, optional
        The grid that the mask is for. A mask that is georeferenced as the frame is, is aligned with it
        (``mask.to_frame``); otherwise the sizes must match. Maps (GeoJSON, GeoPackage, ...), YOLO
        and ImageJ need it.
    kind : {"binary", "labels", "weights"}, optional
        Overrides what the file says. Without it, a file that roimask wrote says its kind itself; of other files
        floats are weights, integers that are only 0 and one value binary, other integers labels. Annotations are
        labels, named as the file names them.
    image : str or path, optional
        Of a data set of several images, the one whose mask is read: its file name, with or without folder and suffix,
        or its number. Other files are for one image, whatever is asked for.

    Returns
    -------
    Mask

    Raises
    ------
    ReadError
        Where the file cannot be read, or no format has its suffix.
    MaskValueError
        Where it holds no mask: colours, negative labels, weights outside 0..1, a lossy picture of a mask.
    FrameMismatch
        Where it does not fit the frame.

    Notes
    -----
    Of a picture whose colour channels are equal one is taken; alpha is ignored; a colour palette gives its indices
    (as labels), a gray one its grays. Pixels with the file's nodata value take no part. ``kind="binary"`` of a
    lossy format (JPEG) is True from half of the largest value on.

    Annotated objects are drawn in the order of the file, by the pixel-centre rule: region k is the k-th, and where two
    overlap the later one wins. An object that cannot be drawn (under three points, a point that is not finite, no
    outline, damaged or misfitting run lengths, a type without area) is left out, which a warning says.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "fields.png")
    >>> fields = rm.Mask(np.array([[0, 1, 1], [2, 2, 0]]), names={1: "wheat"})
    >>> fields.save(path)
    >>> rm.read_mask(path) == fields, rm.read_mask(path).names[1]
    (True, 'wheat')
    >>> rm.read_mask(path, kind="binary").area
    4
    >>> rm.Mask(np.zeros((2, 3), bool)).save(path)
    >>> rm.read_mask(path).area
    0
    """
    place, name = local(path), shown(path)
    module = _module_for(place, name, "read", ReadError)
    grid = None if frame is None else Frame.of(frame)
    try:
        several = "image" in signature(module.read).parameters
        mask = module.read(place, grid, kind, *([None if image is None else str(image)] if several else []))
        return mask if grid is None else _on(mask, grid)
    except RoimaskError as error:
        if name in str(error):
            raise
        raise type(error)(f"{name}: {error}") from error


def open_mask(path: str | PathLike[str], frame: Frame, kind: Kind | None = None) -> Mask | WindowedMask | Outlines:
    """Open a mask file in the form that takes the least memory: by windows, as outlines, or else as the mask itself."""
    place = local(path)
    module = _module_for(place, shown(path), "read", ReadError)
    if hasattr(module, "windowed"):
        return module.windowed(place, kind)
    return module.objects(place, frame).outlines() if hasattr(module, "objects") else read_mask(path, frame, kind)


def write_mask(mask: Mask, path: str | PathLike[str], format: str | None = None) -> None:
    """Write a mask to a file, whole or not at all; see :meth:`roimask.Mask.save`.

    Raises
    ------
    WriteError
        Where no format has the suffix, the format cannot hold the mask, or the file cannot be written.
    """
    _module_for(local(path), shown(path), "write", WriteError, format).write(path, mask)


def _on(mask: Mask, frame: Frame) -> Mask:
    """The mask on the frame that it is for."""
    if mask.frame.fits(frame) or (mask.frame.georeferenced and frame.georeferenced):
        return mask.to_frame(frame)
    raise FrameMismatch(
        f"the mask is {mask.frame.describe()}, the image {frame.describe()}, and not both are georeferenced. "
        f"Scale it with read_mask(path).to_frame(shape) if both show the same scene."
    )


def _module_for(path: str, name: str, verb: str, error: type[RoimaskError], format: str | None = None) -> ModuleType:
    """The format that reads or writes such a file."""
    reads, suffix = verb == "read", Path(path).suffix.lower()
    able = {known.name: known.suffixes if reads else known.writes for known in mask_formats()}
    sharing = [known for known, suffixes in able.items() if suffix in suffixes]
    modules = [import_module(f"{__name__}.{known}") for known in sharing if format in (None, known)]
    for module in sorted(modules, key=lambda module: reads and not hasattr(module, "matches")):
        if not (reads and hasattr(module, "matches")) or module.matches(path):
            return module
    if sharing and format is not None:
        raise error(f"{name}: no format {format!r} has the suffix {suffix}; {', '.join(sharing)} have.")
    if sharing:
        raise error(f"{name} is in none of the formats that have the suffix {suffix}.")
    raise error(
        f"{name} cannot be {_unknown(suffix, sorted(set().union(*able.values())), 'read' if reads else 'written')}"
    )


def _unknown(suffix: str, known: Sequence[str], past: str) -> str:
    close = get_close_matches(suffix, known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    only_read = any(suffix in format.suffixes for format in mask_formats())
    given = (
        f"{suffix} is only read"
        if only_read
        else f"the suffix {suffix!r} is not known"
        if suffix
        else "it has no suffix"
    )
    return f"{past} as a mask: {given}. {hint}Masks are {past} as {', '.join(known)}."
