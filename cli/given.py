"""What recipes are given on the command line beside inputs, and what of it does not go together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

import roimask as rm

from . import options
from .results import GRIDS
from .worded import is_pattern

__all__ = ["OPTIONS", "require_fitting", "running_of"]

# How a large raster is gone through, block by block.
_RUNNING = (
    click.Option(["--block"], type=click.IntRange(1), metavar="PIXELS", help="Side of the blocks of large rasters."),
    click.Option(
        ["--compress"], type=click.Choice(["deflate", "lzw", "zstd", "none"]), help="Of GeoTIFF; default as the input."
    ),
    click.Option(["--cog"], is_flag=True, default=None, help="Write cloud-optimised GeoTIFF."),
    click.Option(
        ["--on-error"], type=click.Choice(["stop", "skip"]), help="What is done where a part of a raster is damaged."
    ),
    click.Option(["--resume"], is_flag=True, default=None, help="Go on where an earlier run was interrupted."),
)
SCHEDULER = click.Option(
    ["--scheduler"],
    metavar="ADDRESS",
    help="Work on a dask cluster, such as tcp://10.0.0.5:8786: one raster in blocks, several inputs one a worker.",
)
# What holds for all steps.
OPTIONS = (
    options.MASK,
    options.EXCLUDE,
    options.MASK_KIND,
    options.BY,
    options.OUTPUT,
    options.JSON,
    options.CONTACT_SHEET,
    *_RUNNING,
    SCHEDULER,
    *options.READING,
    *options.BATCH,
)


def running_of(recipe: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run by blocks that were given; refused where there can be none."""
    found = {str(option.name): given[option.name] for option in _RUNNING if given[option.name] is not None}
    if found:
        name = f"--{next(iter(found)).replace('_', '-')}"
        if recipe.takes == "mask" or recipe.conceals or not recipe.by_blocks:
            raise click.UsageError(f"{name} is about rasters that go by blocks; these steps do not all")
        if given["contact_sheet"]:
            raise click.UsageError(
                f"{name} and --contact-sheet exclude each other: a run by blocks has no whole picture"
            )
    return found


def require_fitting(recipe: Any, given: Mapping[str, Any]) -> None:
    """Refuse options about another sort of answer, and files that are not there, before anything runs."""
    _require_files(recipe)
    answers_rows = recipe.result not in GRIDS
    fitting = {"as_json": answers_rows, "by": recipe.result == "summary", "contact_sheet": not answers_rows}
    for name, fits in fitting.items():
        if given[name] and not fits:
            option = f"--{name.removeprefix('as_').replace('_', '-')}"
            raise click.UsageError(f"{option} is not about what these steps answer: {_ANSWERS[recipe.result]}")


_ANSWERS = {
    "image": "an image", "map": "a map", "picture": "a picture", "mask": "a mask", "summary": "a table",
    "table": "a table", "objects": "objects",
}  # fmt: skip


def _require_files(recipe: Any) -> None:
    """Refuse steps that name files which are not there."""
    for number, step in enumerate(recipe.steps, 1):
        for parameter, text in step.files:
            path = recipe.at(text)
            if not is_pattern(text) and not os.path.exists(path):
                raise click.UsageError(f"step {number}: {step.op}: {parameter.name}: there is no file {rm.shown(path)}")
