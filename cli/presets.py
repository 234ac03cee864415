"""``roimask mask presets``: what quality bands and classifications are known by name, and what each holds."""

from __future__ import annotations

from typing import Any

import click

import roimask as rm

from .examples import epilog

__all__ = ["command"]


@click.command("presets", epilog=epilog("roimask mask presets landsat8-c2"))
@click.argument("name", required=False, metavar="[NAME]")
def command(name: str | None) -> int:
    """List the presets of qa-bits and classes; with a NAME, or a .toml file of your own, what it holds.

    Own presets lie in the folders that the environment variable ROIMASK_PRESETS names. A star marks what is selected
    where nothing is named.
    """
    lines = _listed() if name is None else _shown(rm.find_preset(name))
    click.echo("\n".join(lines))
    return 0


def _listed() -> list[str]:
    found = rm.known_presets()
    width = max(len(preset.name) for preset in found)
    return [f"{preset.name:{width}}  {preset.title}" for preset in found]


def _shown(preset: Any) -> list[str]:
    also = f" (also {', '.join(preset.also)})" if preset.also else ""
    width = max(map(len, preset.names))
    rows = [f"{'*' if name in preset.usual else ' '} {name:{width}}  {preset.meaning(name)}" for name in preset.names]
    return [f"{preset.name}{also}: {preset.title}", f"source: {preset.source}", *rows]
