"""``roimask mask``: what makes, finds, reshapes, combines, converts masks, and says what one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import click

import roimask as rm

from . import options, tables
from .examples import epilog, example
from .grid import FRAME, LIKE, OF, read_mask, reading_of, required_grid
from .group import LazyGroup
from .index import VERBS
from .inputs import collect, is_mask
from .names import shown_name
from .onemask import OVERWRITE, write_mask
from .verb import help_of, verb
from .wording import reason

__all__ = ["command"]

_CENTER = ("50%", "50%")  # of a shape that is given none
_TITLES = {"frame": "Shapes", "image": "From images", "mask": "From masks"}


class MaskCommands(LazyGroup):
    """Every operation that answers a mask, and the commands below."""

    OWN: Mapping[str, str] = {
        "combine": "Combine masks: a.png - b.png, with & | ^ ~ and parentheses",
        "convert": "Write masks in another format, or on another grid",
        "info": "Say what masks hold",
        "presets": "List what qa-bits and classes know by name",
    }

    def index(self) -> Mapping[str, Mapping[str, str]]:
        """Shapes, selectors, what reshapes; then files."""
        sections: dict[str, dict[str, str]] = {title: {} for title in _TITLES.values()}
        for name, (_, takes, result, summary) in VERBS.items():
            if result == "mask":
                sections[_TITLES[takes]][shown_name(name)] = summary
        return {**{title: rows for title, rows in sections.items() if rows}, "Files": self.OWN}

    def load(self, name: str) -> click.Command:
        """One of the commands below, or one made from an operation."""
        if name in self.OWN:
            return info if name == "info" else import_module(f"{__package__}.{name}").command
        word = name.replace("-", "_")
        return _shape(word) if VERBS[word][1] == "frame" else verb(word)


@click.group(
    "mask", cls=MaskCommands, invoke_without_command=True, options_metavar="", subcommand_metavar="COMMAND ..."
)
@click.pass_context
def command(context: click.Context) -> None:
    """Make, combine, convert and look at masks. 1 and True mean: takes part."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


# -- shapes --------------------------------------------------------------------------------------------------------


def _shape(name: str) -> click.Command:
    operation = getattr(rm, name).operation
    own = options.on_command_line(operation.parameters).values()
    drawn = options.of_operation(own, shown_name(name))
    for option in drawn:
        if option.name == "center" and option.required:
            option.required, option.default = False, _CENTER
            option.help = f"{option.help} [default: the middle]"
    return click.Command(
        shown_name(name),
        params=[LIKE, FRAME, *drawn, options.OUTPUT, *OVERWRITE],
        callback=partial(_draw, operation),
        help=help_of(operation),
        epilog=epilog(example(operation)),
    )


def _draw(operation: Any, **given: Any) -> int:
    frame = required_grid(given)
    params = {name: given[name] for name in operation.parameters if given.get(name) is not None}
    return write_mask(operation.function(frame, **params), given, read=[given["like"] or ""])


# -- files ---------------------------------------------------------------------------------------------------------


@click.command(epilog=epilog("roimask mask info masks/ --json"))
@click.argument("inputs", nargs=-1, required=True, metavar="MASK...", type=options.FILE)
def info(inputs: Sequence[str], recursive: bool, as_json: bool, **given: Any) -> int:
    """Say of masks: kind, size, how much takes part, where, and the regions with their names."""
    rows, failed, reading = [], False, reading_of(given)
    for found in collect(inputs, recursive, is_mask):
        try:
            rows.append(_facts(found.path, read_mask(found.path, **reading)))
        except rm.RoimaskError as error:
            failed = True
            click.echo(reason(error), err=True)
    if as_json:
        tables.print_rows(rows, as_json=True)
    else:
        click.echo("\n".join(map(_sentence, rows)), nl=bool(rows))
    return int(failed)


info.params += [LIKE, FRAME, OF, options.MASK_KIND, options.JSON]
info.params += [option for option in options.BATCH if option.name == "recursive"]


def _facts(path: str, mask: Any) -> dict[str, Any]:
    height, width = mask.shape
    return {
        "file": path,
        "kind": mask.kind,
        "height": height,
        "width": width,
        "area": mask.area,
        "share": mask.area / max(height * width, 1),
        "bbox": mask.bbox,
        "labels": list(mask.labels) if mask.kind == "labels" else [],
        "names": {str(label): name for label, name in mask.names.items()},
        "crs": mask.frame.crs,
    }


def _sentence(row: Mapping[str, Any]) -> str:
    labels = row["labels"]
    regions = f", {len(labels)} regions {labels[0]} to {labels[-1]}" if labels else ""
    names = f" ({', '.join(f'{label} {name}' for label, name in row['names'].items())})" if row["names"] else ""
    area = f"{row['area']:.6g} of {row['height']} × {row['width']} pixels take part ({row['share']:.2%})"
    return f"{rm.shown(row['file'])}: {row['kind']}, {area}, bbox {row['bbox']}{regions}{names}"
