"""``roimask template``: a template or a bank, printed or drawn."""

from __future__ import annotations

from typing import Any

import click

import roimask as rm

from . import options, plan
from .examples import epilog
from .onemask import OVERWRITE
from .outputs import STDOUT, make_folders
from .results import write_to

__all__ = ["command"]

_POLARITIES = click.Choice(["bright", "dark", "both"])


@click.command("template", epilog=epilog("roimask template line --size 7 --angle 30"))
@click.argument("name", metavar="NAME")
@click.option("--size", type=int, help="Height and width in pixels, odd.")
@click.option(
    "--angle", type=float, help="Degrees counter-clockwise as seen, 0 along the row. [default: all of a bank]"
)
@click.option(
    "--width", "widths", type=float, multiple=True, help="Of a line, ring, roof or spot in pixels; repeatable."
)
@click.option("--length", type=float, help="Of a rectangle in pixels.")
@click.option("--orientations", type=int, help="How many angles a bank has.")
@click.option("--kind", help="Which of Laws' textures, such as E5L5.")
@click.option("--polarity", type=_POLARITIES, default="bright", show_default=True, help="What is looked for.")
def command(name: str, **given: Any) -> int:
    """Print a template, or draw it with -o: what stands out under it is what it has the form of.

    NAME: line, edge, second_derivative, gabor, spot, corner, ring, rectangle; prewitt, sobel, scharr, kirsch, robinson,
    nevatia_babu, duda, laws; or a file of numbers (.txt, .csv, .json). Without --angle or --kind, a whole bank.
    """
    output, made = given["target"], _made(name, given)
    if output is None:
        click.echo(str(made))
        return 0
    read = [name] if "." in name else []
    if output in plan.may_write([output], read, given):
        click.echo(f"{rm.shown(output)} is there: skipped", err=True)
        return 0
    make_folders([output])
    write_to(output, ".png" if output == STDOUT else "", lambda path: rm.write(path, made.picture()))
    return 0


def _made(name: str, given: dict[str, Any]) -> Any:
    """The one template that is meant, as a bank of one; or a whole bank."""
    shared = {key: given[key] for key in ("size", "length") if given[key] is not None}
    if given["angle"] is None and given["kind"] is None:
        return rm.bank(
            name,
            orientations=given["orientations"],
            widths=given["widths"] or None,
            polarity=given["polarity"],
            **shared,
        )
    if given["orientations"] or len(given["widths"]) > 1 or given["polarity"] == "both":
        raise click.UsageError("one template has one angle, one width and one polarity; leave --angle out for a bank")
    one = {"angle": given["angle"] or 0.0, **({"kind": given["kind"]} if given["kind"] else {})}
    width = next(iter(given["widths"]), None)
    return rm.Bank.of(rm.template(name, width=width, dark=given["polarity"] == "dark", **one, **shared))


command.params += [options.OUTPUT, *OVERWRITE]
