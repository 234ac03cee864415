"""``roimask FILE``: what a file is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import click

import roimask as rm

from . import options, tables
from .examples import epilog
from .inputs import is_image, is_mask
from .wording import reason

__all__ = ["command"]


@click.command("describe", epilog=epilog("roimask scene.tif"))
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...", type=options.FILE)
def command(inputs: Sequence[str], as_json: bool) -> int:
    """Say what files are: format, size, bands, place, what holds no data."""
    rows, failed = [], False
    for path in inputs:
        try:
            rows.append(_facts(path))
        except (rm.RoimaskError, OSError) as error:
            failed = True
            click.echo(f"{reason(error)}{_hint(path)}", err=True)
    if as_json:
        tables.print_rows(rows, as_json=True)
    else:
        click.echo("\n\n".join("\n".join(_lines(row)) for row in rows), nl=bool(rows))
    return int(failed)


command.params.append(options.JSON)


def _hint(path: str) -> str:
    """Where a file of masks is no image."""
    drawn = os.path.exists(path) and is_mask(path) and not is_image(path)
    return f" If it is a mask: roimask mask info {rm.shown(path)}" if drawn else ""


def _facts(path: str) -> dict[str, Any]:
    with rm.Raster(path) as raster:
        frame = raster.frame
        return {
            "file": path,
            "format": raster.format,
            "height": frame.height,
            "width": frame.width,
            "bands": raster.count,
            "alpha": raster.alpha,
            "dtype": str(raster.dtype),
            "nodata": raster.nodata,
            "crs": frame.crs,
            "transform": frame.transform,
            "names": raster.names,
            "tags": dict(raster.tags),
        }


def _lines(row: dict[str, Any]) -> Iterator[str]:
    bands = f"{row['bands']} band{'s' if row['bands'] != 1 else ''}{' and alpha' if row['alpha'] else ''}"
    yield f"{rm.shown(row['file'])}: {row['format']}, {row['height']} × {row['width']}, {bands} of {row['dtype']}"
    for name in ("nodata", "crs", "transform"):
        if row[name] is not None:
            yield f"  {name}: {row[name]}"
    if row["names"]:
        yield f"  names: {', '.join(map(str, row['names']))}"
    for key, text in row["tags"].items():
        yield f"  {rm.shown(key)}: {rm.shown(text)[:200]}"
