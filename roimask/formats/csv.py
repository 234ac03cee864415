"""Runs of pixels as a table: label, name, row, first column, column after the last.

The first line, a comment, gives the size of the frame and the kind of the mask; without it, the frame must be given.
Where runs overlap, the later one wins.
"""

from __future__ import annotations

import csv
import io
import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import ReadError
from roimask.formats import _tag
from roimask.formats._objects import frame_from
from roimask.formats._regions import refuse_weights
from roimask.frame import Frame
from roimask.mask import Kind, Mask
from roimask.raster.atomic import atomic
from roimask.raster.paths import shown

__all__ = ["SUFFIXES", "read", "write"]

SUFFIXES = (".csv",)
_COLUMNS = ("label", "name", "row", "start", "stop")


def read(path: str, frame: Frame | None, kind: Kind | None) -> Mask:
    """Read a table with the columns row, start, stop and, where there are several regions, label and name."""
    name = shown(path)
    first, rows = _rows(path, name)
    grid = frame_from(frame, first.get("height"), first.get("width"), name, first)
    values, names = np.zeros(grid.shape, np.int32), {}
    for number, row in enumerate(rows, 1):
        label, line, start, stop = _checked(row, grid, f"{name}: run {number}")
        values[line, start:stop] = label
        if row.get("name"):
            names[label] = row["name"]
    labels = Mask(values, "labels", grid, names if first.get("kind", "labels") == "labels" else None)
    kind = kind or first.get("kind", "labels")
    return labels if kind == "labels" else Mask(labels.as_binary(), kind)


def _rows(path: str, name: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What the comment says, and the rows."""
    try:
        text = Path(path).read_text("utf-8-sig")
        comment, _, table = text.partition("\n") if text.startswith("#") else ("", "", text)
        rows = list(csv.DictReader(io.StringIO(table)))
    except OSError as error:
        raise ReadError(f"{name} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"{name} is no table of runs: {error}.") from None
    if not {"row", "start", "stop"} <= set(next(csv.reader(io.StringIO(table)), ())):
        raise ReadError(f"{name} is no table of runs: it lacks one of the columns row, start, stop.")
    try:
        content = json.loads(comment[1:] or "{}")
    except ValueError:
        content = {}
    return (content if isinstance(content, dict) else {}), rows


def _checked(row: dict[str, str], frame: Frame, what: str) -> tuple[int, int, int, int]:
    try:
        label, line, start, stop = int(row.get("label") or 1), int(row["row"]), int(row["start"]), int(row["stop"])
    except (TypeError, ValueError):
        raise ReadError(f"{what} has something else than whole numbers.") from None
    if not (0 <= line < frame.height and 0 <= start <= stop <= frame.width and 0 < label < 1 << 31):
        raise ReadError(f"{what}, row {line}, columns {start} to {stop}, label {label}, is not in {frame.describe()}.")
    return label, line, start, stop


def write(path: str | PathLike[str], mask: Mask) -> None:
    """Write the runs, by row."""
    refuse_weights(mask, shown(path))
    first = {"height": mask.frame.height, "width": mask.frame.width}
    first |= json.loads(_tag.make(mask)[_tag.KEY])
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write(f"# {json.dumps(first)}\n")
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        table.writerows([label, mask.names.get(label, ""), *run] for label, *run in _runs(mask))


def _runs(mask: Mask) -> list[list[int]]:
    """Label, row, first column and column after the last of each run."""
    values = np.pad(mask.values.astype(np.int32), ((0, 0), (1, 1)))
    row, before = np.nonzero(values[:, 1:] != values[:, :-1])
    label = values[row, before + 1]
    (top, left), start = mask.origin, before
    runs = np.stack([label, row + top, start + left, np.roll(start, -1) + left], axis=1)
    return runs[label > 0].tolist()
