"""``roimask recipe``: how an image was made, and what a recipe may say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

import roimask as rm

from . import options, plan
from .examples import epilog
from .onemask import OVERWRITE
from .outputs import STDOUT, make_folders

__all__ = ["command"]


@click.group("recipe", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Read the recipe that an image was made by, and what recipes may say."""


@command.command("from-history", epilog=epilog("roimask recipe from-history out.tif -o recipe.toml"))
@click.argument("image", type=options.FILE, metavar="IMAGE")
def from_history(image: str, **given: Any) -> int:
    """Write the recipe that an image was made by, as roimask notes it in the tags of TIFF and PNG."""
    return _write(rm.Recipe.from_history(image).to_toml(), [image], given)


@command.command("schema", epilog=epilog("roimask recipe schema -o recipe.schema.json"))
def schema(**given: Any) -> int:
    """Write the JSON schema of recipes, by which editors complete and check them."""
    return _write(json.dumps(rm.Recipe.schema(), indent=1) + "\n", [], given)


for _command in (from_history, schema):
    _command.params += [options.OUTPUT, *OVERWRITE]


def _write(text: str, read: list[str], given: Mapping[str, Any]) -> int:
    output = given["target"]
    if output in (None, STDOUT):
        click.echo(text, nl=False)
        return 0
    if output in plan.may_write([output], read, given):
        click.echo(f"{rm.shown(output)} is there: skipped", err=True)
        return 0
    make_folders([output])
    with rm.atomic(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return 0
