"""ImageJ regions: a ``.roi`` file, or a RoiSet ``.zip`` of the ROI manager, by roifile.

Region k is the k-th entry, named as it is; where two overlap, the later one wins. All area types are read (rectangle,
also rounded, oval, polygon, freehand, traced, composite, ellipse, rotated rectangle); lines, angles and points have no
area and are left out, which a warning says. Positions in a stack are not looked at. The pixels are ImageJ's own: those
whose centres lie inside, of a polygon also those on its left and upper sides.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from roimask.errors import ReadError, WriteError, import_extra
from roimask.formats._objects import Objects, parse_tag
from roimask.formats._regions import Region, regions, tag_of
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.masks.draw import Corners, fill_rings
from roimask.masks.shapes import ellipse, rounded_rectangle
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "read", "write"]

SUFFIXES = (".roi", ".zip")
_LONGEST = 1 << 26  # bytes of all entries of an archive, unpacked
_MOST = 1 << 16  # entries of an archive
_INTEGERS = 1 << 15  # integer coordinates lie below
_UNSAFE = re.compile(r"[^\w -]")


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read the regions; the frame gives the size of their image."""
    name = shown(path)
    if frame is None:
        raise ReadError(f"{name} does not say how large its image is; give frame= (an image, a shape).")
    roifile = _roifile("Reading")
    objects = Objects(name, _tag_in(path))
    for entry, data in _entries(path, name):
        what = shown(entry)
        try:
            roi = roifile.ImagejRoi.frombytes(data)
            objects.add(what, roi.name or PurePosixPath(entry).stem, pixels=_drawn(roi, frame))
        except ValueError as error:
            objects.skip(what, str(error).rstrip("."))
        except Exception:  # of a damaged region roifile raises struct.error, AssertionError, MemoryError and more
            objects.skip(what, "it is damaged")
    return objects.mask(frame, kind)


def _roifile(verb: str) -> Any:
    return import_extra("roifile", "formats", f"{verb} ImageJ regions")


def _entries(path: str, name: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the regions of a file; nothing is ever unpacked to the disk."""
    try:
        if not path.lower().endswith(".zip"):
            if Path(path).stat().st_size > _LONGEST:
                raise ReadError(f"{name} is too long for a region.")
            yield Path(path).name, Path(path).read_bytes()
            return
        with zipfile.ZipFile(path) as archive:
            _check(archive, name)
            for entry in archive.infolist():
                if not entry.is_dir():
                    with archive.open(entry) as file:
                        yield entry.filename, file.read(_LONGEST)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"{name} cannot be read: {error}.") from error


def _tag_in(path: str) -> dict[str, Any]:
    """What the comment of an archive that was written here says."""
    try:
        with zipfile.ZipFile(path) as archive:
            return parse_tag(json.loads(archive.comment or b"{}"))
    except (OSError, ValueError, zipfile.BadZipFile):
        return {}


def _check(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse what no ROI manager writes: places outside the archive, and more than it could hold."""
    entries = archive.infolist()
    for entry in entries:
        place = PurePosixPath(entry.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in entry.filename[:3]:
            raise ReadError(f"{name} has an entry outside itself, {shown(entry.filename)}; it is no RoiSet.")
    size = sum(entry.file_size for entry in entries)
    if size > _LONGEST or len(entries) > _MOST:
        raise ReadError(
            f"{name} would unpack to {len(entries)} entries of {size} bytes; a RoiSet has at most {_LONGEST}."
        )


def _drawn(roi: Any, frame: Frame) -> Mask:
    """The pixels of a region.

    Raises
    ------
    ValueError
        Where its type has no area.
    """
    kind = roi.roitype.name
    height, width = roi.bottom - roi.top, roi.right - roi.left
    if roi.composite:
        return _filled(roi.coordinates(multi=True), frame)
    if kind in ("POLYGON", "FREEHAND", "TRACED"):
        return _filled([roi.coordinates()], frame)
    if kind not in ("RECT", "OVAL"):
        raise ValueError(f"its type {kind} has no area")
    if height <= 0 or width <= 0:
        raise ValueError(f"it is {height} × {width} pixels large")
    if kind == "OVAL":
        return ellipse(frame, (roi.top + height / 2, roi.left + width / 2), (height / 2, width / 2))
    return rounded_rectangle(frame, roi.top, roi.left, height, width, roi.rounded_rect_arc_size / 2)


def _filled(rings: Sequence[np.ndarray], frame: Frame) -> Mask:
    """Rings (x, y), even-odd, filled with what lies on their left sides: mirrored, as ours are on the right."""
    mirrored = [np.stack([ring[:, 1], frame.width - ring[:, 0]], axis=1) for ring in rings]
    found = fill_rings(Corners.of(mirrored, lambda number: "its outline"), frame)
    return Mask.from_crop(found.values[:, ::-1], (found.window.top, frame.width - found.window.right), frame, "binary")


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the regions: one as ``.roi``, any number as ``.zip``; traced, or composite where one has more outlines."""
    name, roifile = shown(path), _roifile("Writing")
    found = [(region, _roi(region, roifile)) for region in regions(mask, name)]
    if Path(path).suffix.lower() == ".roi":
        if len(found) != 1:
            raise WriteError(f"{name} holds one region, the mask has {len(found)}; .zip holds any number.")
        with atomic(path) as temporary:
            temporary.write_bytes(found[0][1])
        return
    with atomic(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        comment = json.dumps(tag_of(mask)).encode()
        archive.comment = comment if len(comment) <= zipfile.ZIP_MAX_COMMENT else b""
        for region, data in found:
            archive.writestr(f"{region.label:04d}-{_UNSAFE.sub('_', region.name)[:80]}.roi", data)


def _roi(region: Region, roifile: Any) -> bytes:
    """The bytes of a region."""
    rings = [ring[:, ::-1] for polygon in region.polygons for ring in (polygon.points, *polygon.holes)]
    points = np.concatenate(rings)
    if len(rings) == 1 and points.max() < _INTEGERS:
        roi = roifile.ImagejRoi.frompoints(points.astype(np.int32), name=region.name)
        roi.roitype = roifile.ROI_TYPE.TRACED
        roi.right, roi.bottom = map(int, points.max(axis=0))
        return roi.tobytes()
    roi = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.RECT, name=region.name)
    (roi.left, roi.top), (roi.right, roi.bottom) = (
        points.min(axis=0).astype(int).tolist(),
        points.max(axis=0).astype(int).tolist(),
    )
    roi.multi_coordinates = np.concatenate([_path(ring) for ring in rings])
    roi.shape_roi_size = len(roi.multi_coordinates)
    return roi.tobytes()


def _path(ring: np.ndarray) -> np.ndarray:
    """A ring as java.awt.geom has it: 0 x y moves, 1 x y draws a line, 4 closes."""
    steps = np.insert(ring, 0, np.where(np.arange(len(ring)) > 0, 1, 0), axis=1)
    return np.append(steps.ravel(), 4).astype(np.float32)
