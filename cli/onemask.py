"""What commands that write one mask share: where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

import roimask as rm

from . import options, plan
from .jobs import Job
from .outputs import make_folders
from .results import save
from .task import Answer

__all__ = ["OVERWRITE", "write_mask"]

OVERWRITE = tuple(option for option in options.BATCH if option.name in ("overwrite", "skip_existing"))


def write_mask(mask: Any, given: Mapping[str, Any], read: Sequence[str]) -> int:
    """Write one mask to -o."""
    output = given["target"]
    if output is None:
        raise click.UsageError("give -o: the file of the mask, such as m.png, or - for stdout")
    if output in plan.may_write([output], [path for path in read if path], given):
        click.echo(f"{rm.shown(output)} is there: skipped", err=True)
        return 0
    make_folders([output])
    save(Answer(mask, mask, None), Job(None, output), "mask")  # type: ignore[arg-type]
    return 0
