"""What becomes of results: images and masks are written, tables gathered, objects either."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import roimask as rm

from .jobs import Job
from .outputs import STDOUT
from .task import Answer

__all__ = ["GRIDS", "rows_of", "save", "write_to"]

GRIDS = frozenset({"image", "map", "picture", "mask"})  # results that are written as one file an input


def save(answer: Answer, job: Job, result: str) -> None:
    """Write a result that is an image or a mask to the job's output, or to standard output."""
    target = str(job.output)
    suffix = _suffix_for_stdout(answer, result) if target == STDOUT else ""
    write_to(target, suffix, lambda path: _write(answer, path, result))


def write_to(target: str, suffix: str, write: Callable[[str], None]) -> None:
    """Write a file, or what a file with this suffix would hold to standard output."""
    if target != STDOUT:
        write(target)
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="roimask-") as folder:
        path = os.path.join(folder, f"out{suffix}")
        write(path)
        sys.stdout.buffer.write(Path(path).read_bytes())


def _suffix_for_stdout(answer: Answer, result: str) -> str:
    if result == "map":
        return ".tif"
    if answer.alpha:
        return ".tif" if answer.result.dtype.kind == "f" else ".png"
    known = {"JPEG": ".jpg", "TIFF": ".tif", "GeoTIFF": ".tif", "WEBP": ".webp", "AVIF": ".avif", "BMP": ".bmp"}
    return ".png" if result == "mask" else known.get(answer.source.format, ".png")


def _write(answer: Answer, path: str, result: str) -> None:
    if result == "mask":
        answer.result.save(path)
    elif hasattr(answer.result, "probability"):  # a feature, of which a picture is the mask
        answer.result.mask.save(path)
    elif result == "objects":
        _writer_of(answer.result)(answer, path)
    elif 0 in answer.result.shape:
        raise LookupError("nothing takes part: there is nothing to write")
    else:
        like = answer.source if isinstance(answer.source, rm.Raster) else None
        told = answer.recipe.tags() if answer.recipe is not None and answer.metadata else None
        more = {"alpha": answer.alpha, "metadata": answer.metadata, "tags": told, **_no_data(result, path)}
        rm.write(path, answer.result, like=like, frame=_frame(answer), **more)


def _frame(answer: Answer) -> Any:
    """Where the result lies; None where nothing is known of it."""
    if answer.frame is not None:
        return answer.frame
    frame = answer.source.frame
    if answer.result.shape[:2] == frame.shape:
        return frame
    if answer.mask is None:
        return None
    crop = frame.crop(answer.mask.bbox)
    return crop if crop.shape == answer.result.shape[:2] else None


def _no_data(result: str, path: str) -> dict[str, Any]:
    """A map says with NaN where it has no answer."""
    return {"nodata": math.nan} if result == "map" and path.lower().endswith((".tif", ".tiff")) else {}


def _writer_of(result: Any) -> Callable[[Answer, str], None]:
    """How objects are written: a sheet of many, an image laid on another, or one by one."""
    if isinstance(result, rm.Transform):
        return _write_laid
    return _write_sheet if hasattr(result, "picture") else _write_each


def _write_laid(answer: Answer, path: str) -> None:
    """The image on the grid that the transform lays it on, with that grid's georeference."""
    laid = rm.warp(answer.source, answer.result, answer.mask)
    rm.write(path, laid, like=answer.source, frame=answer.result.frame)


def _write_sheet(answer: Answer, path: str) -> None:
    """A picture of many, and beside it, as NAME.json, where each lies in it."""
    rm.write(path, answer.result.picture, alpha=answer.alpha)
    with rm.atomic(f"{os.path.splitext(path)[0]}.json") as temporary:
        temporary.write_text(json.dumps(answer.result.frames(os.path.basename(path)), indent=1), encoding="utf-8")


def _write_each(answer: Answer, path: str) -> None:
    """Several images to numbered files: photo_1.png, photo_2.png, by label and its name where there is one a region.

    One that comes with a mask has it beside it, as photo_1_mask.png.
    """
    stem, suffix = os.path.splitext(path)
    for name, found in zip(_names(answer), answer.result, strict=True):
        image, mask = found if isinstance(found, tuple) else (found, None)
        rm.write(f"{stem}_{name}{suffix}", image)
        if mask is not None:
            mask.save(f"{stem}_{name}_mask.png")


def _names(answer: Answer) -> list[str]:
    mask, count = answer.mask, len(answer.result)
    if mask is None or len(mask.labels) != count or any(isinstance(found, tuple) for found in answer.result):
        return [str(number) for number in range(1, count + 1)]
    words = {label: re.sub(r"[^\w.-]+", "_", name) for label, name in mask.names.items()}
    return [f"{words[label]}_{label}" if words.get(label) else str(label) for label in mask.labels]


# -- tables --------------------------------------------------------------------------------------------------------


def rows_of(result: Any, nested: bool = False) -> list[dict[str, Any]]:
    """A summary, a table or a list of objects as rows; of several bands a row a band, but for what has a place.

    With ``nested``, for JSON, a summary is what its ``to_dict`` says.
    """
    if hasattr(result, "to_records"):  # a DataFrame
        if "geometry" in result:
            return result.to_dict("records")
        return [row for record in result.to_dict("records") for row in _by_suffix(record)]
    if hasattr(result, "to_dict"):
        summary = result.to_dict()
        return [summary] if nested else _bins(summary) if "edges" in summary else _bands(summary)
    items = result if isinstance(result, Sequence) and not hasattr(result, "_asdict") else [result]
    return [_row(item) for item in items]


def _by_suffix(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row of a table with columns such as mean_1, mean_2 as a row a band."""
    bands = sum(f"count_{k}" in record for k in range(1, len(record) + 1))
    if not bands:
        yield record
    names = {name.removesuffix("_1") for name in record if name.endswith("_1")}
    split = [name for name in names if all(f"{name}_{k}" in record for k in range(1, bands + 1))]
    own = {f"{name}_{k}": name for name in split for k in range(1, bands + 1)}
    shared = {name: value for name, value in record.items() if name not in own}
    for k in range(1, bands + 1):
        found = {own[name]: value for name, value in record.items() if name in own and name == f"{own[name]}_{k}"}
        yield {**shared, "band": k, **found}


def _bands(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Statistics, with a column q0.5 for a quantile."""
    quantiles = {f"q{name}": value for name, value in summary.pop("quantiles", {}).items()}
    columns = {**summary, **quantiles}
    if not isinstance(columns["count"], list):
        return [{"band": 1, **columns}]
    return [{"band": k + 1, **{n: v[k] for n, v in columns.items()}} for k in range(len(columns["count"]))]


def _bins(histogram: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a bin."""
    counts, edges = histogram["counts"], histogram["edges"]
    if not isinstance(edges[0], list):
        counts, edges = [counts], [edges]
    return [
        {"band": band, "from": low, "to": high, "count": count}
        for band, (heights, sides) in enumerate(zip(counts, edges, strict=True), 1)
        for low, high, count in zip(sides[:-1], sides[1:], heights, strict=True)
    ]


def _row(item: Any) -> dict[str, Any]:
    if hasattr(item, "_asdict"):
        return item._asdict()
    if is_dataclass(item) and not isinstance(item, type):
        return asdict(item)
    if isinstance(item, dict):
        return item
    raise LookupError("this answers images: give -o a folder")
