"""Rows as CSV, JSON or Parquet, in a file or on standard output; those with a place as GeoJSON or GeoPackage too."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import roimask as rm

__all__ = ["FORMATS", "is_map", "print_rows", "require_format", "write_rows"]

Rows = Sequence[Mapping[str, Any]]


def print_rows(rows: Rows, as_json: bool) -> None:
    """Print rows: JSON, or CSV."""
    click.echo(_json(rows) if as_json else _csv(rows), nl=False)


def is_map(path: str | None) -> bool:
    """Whether a file holds rows with their places."""
    return path is not None and Path(path).suffix.lower() in MAPS


def require_format(path: str, placed: bool = False) -> None:
    """Refuse a file whose suffix no table has, before anything runs; ``placed``: rows may have a place."""
    known = (*FORMATS, *(MAPS if placed else ()))
    if Path(path).suffix.lower() not in known:
        raise click.UsageError(f"{rm.shown(path)}: a table is written as {', '.join(known)}")


def write_rows(rows: Rows, path: str, crs: str | None = None) -> None:
    """Write rows in the format that the suffix names, whole or not at all; ``crs`` is that of their places."""
    if is_map(path):
        _write_map(rows, path, crs)
        return
    content = FORMATS[Path(path).suffix.lower()](rows)
    with rm.atomic(path) as temporary:
        temporary.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))


def _columns(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(rows: Rows) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _columns(rows), restval="", lineterminator="\n")
    if rows:
        writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """None as an empty cell, lists as JSON."""
    value = _plain(value)
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _json(rows: Rows) -> str:
    return json.dumps([{name: _no_nan(_plain(value)) for name, value in row.items()} for row in rows], indent=2) + "\n"


def _plain(value: Any) -> Any:
    """A number of numpy, an array or a tuple as what Python has for it; a geometry as text."""
    if hasattr(value, "wkt"):
        return value.wkt
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return value


def _no_nan(value: Any) -> Any:
    """JSON has no NaN: null."""
    if isinstance(value, list):
        return [_no_nan(part) for part in value]
    if isinstance(value, dict):
        return {name: _no_nan(part) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _parquet(rows: Rows) -> bytes:
    import pandas

    return pandas.DataFrame([{name: _plain(value) for name, value in row.items()} for row in rows]).to_parquet(
        index=False
    )


def _write_map(rows: Rows, path: str, crs: str | None) -> None:
    import pandas

    table = pandas.DataFrame(rows, columns=None if rows else ["geometry"])
    table.attrs["crs"] = crs
    rm.write_features(path, table)


MAPS = (".geojson", ".gpkg")
FORMATS: dict[str, Callable[[Rows], str | bytes]] = {".csv": _csv, ".json": _json, ".parquet": _parquet}
