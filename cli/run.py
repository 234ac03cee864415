"""``roimask run``: the steps of a recipe file on images and folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import roimask as rm

from . import options
from .chain import work_recipe
from .examples import epilog
from .given import OPTIONS

__all__ = ["command"]


@click.command("run", epilog=epilog("roimask run recipe.toml scenes/ -o out --jobs 2"))
@click.argument("recipe", type=options.FILE, metavar="RECIPE.toml")
def command(recipe: str, **given: Any) -> int:
    """Work the steps of a recipe on images, one after the other.

    A recipe is a TOML file: mask = "fields.geojson", then for each step [[step]], op = "median", size = 5. Each op
    is a command of this program, with the same parameters. It is checked before anything runs; --dry-run says what
    would be done and what it takes.
    """
    return work_recipe(rm.Recipe.read(recipe), Path(recipe).stem, given)


command.params += [options.files("IMAGE..."), *OPTIONS]
