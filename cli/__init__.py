"""The command line: a verb for every operation, and a file for each command that is no operation."""

from __future__ import annotations

from typing import Any

import click

import roimask as rm

from .group import Commands

__all__ = ["main"]


def _version(context: click.Context, _: click.Parameter, asked: bool) -> Any:
    if asked and not context.resilient_parsing:
        click.echo(f"roimask {rm.__version__}")
        context.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="COMMAND ...  |  roimask FILE",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def main(context: click.Context) -> None:
    """Work on regions of images: what the mask leaves out neither counts nor changes.

    Give images, folders or patterns, then the mask, and -o for the result. roimask COMMAND --help says more;
    roimask FILE says what a file is.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
