"""Groups whose commands load when they are used, and errors as one line and an exit code."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

import roimask as rm

from .index import VERBS
from .names import shown_name, words_of
from .notes import plain_warnings
from .wording import for_shell, reason

__all__ = ["Commands", "LazyGroup"]


_LINE, _SHORT = 60, 17  # letters of a summary in a list of commands


class LazyGroup(click.Group):
    """A group that knows its commands' names and summaries without loading them.

    ``index`` gives for each section of the help the summaries by name; ``load`` makes one command.
    """

    def index(self) -> Mapping[str, Mapping[str, str]]:
        """Summaries by name, by section."""
        raise NotImplementedError

    def load(self, name: str) -> click.Command:
        """The command of one of the names in the index."""
        raise NotImplementedError

    def _summaries(self) -> dict[str, str]:
        return {name: text for section in self.index().values() for name, text in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, by section."""
        return list(self._summaries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; it loads now."""
        name = cmd_name.replace("_", "-")
        return self.load(name) if name in self._summaries() else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names."""
        command = self.get_command(ctx, args[0])
        if command is None:
            raise click.UsageError(self._unknown(args[0]), ctx)
        return command.name, command, args[1:]

    def _unknown(self, name: str) -> str:
        """What was perhaps meant: a verb that stands elsewhere, or a name that is like it."""
        elsewhere = VERBS.get(name.replace("-", "_"))
        close = [words_of(name)] if elsewhere else get_close_matches(name, self._summaries(), n=1)
        meant = f"did you mean {close[0]}?" if close else "--help lists the commands."
        file = " and no file" if os.path.splitext(name)[1] and not close else ""
        return f"there is no command{file} {rm.shown(name)}: {meant}"

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section."""
        for section, rows in self.index().items():
            with formatter.section(section):
                formatter.write_dl(_shortened(rows.items()), col_spacing=2)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, and the group's own options."""
        found = [CompletionItem(n, help=text) for n, text in self._summaries().items() if n.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)


def _shortened(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """First clauses only, a line a command; of a short one ("Burn") a little of what explains it."""
    return [(name, _start(text)) for name, text in rows]


def _start(text: str) -> str:
    clause, *more = re.split(r"(?<=[:;])(?= )", text)
    parts = re.split(r"(?<=,)(?= )", clause if len(clause) > _SHORT else text)
    found = parts[0]
    for part in parts[1:]:
        if len(found + part) > _LINE:
            break
        found += part
    return found.rstrip(".:;,")


# What one wants to do, and the families of operations that do it; a family without a task is listed by its own name.
_TASKS = {
    "Cut out, put together, redact": ("extract", "cutout", "paste", "redact"),
    "Measure": ("statistics", "regions", "zonal", "distance"),
    "Smooth, sharpen, differentiate": ("linear", "smoothing", "denoising", "speckle", "rank", "sharpen"),
    "Find edges and texture": ("edges", "local"),
    "Raise and lower by a structuring element": ("grey", "reconstruction"),
    "Contrast": ("contrast", "equalise", "curves", "exposure"),
    "Colour": ("colour",),
    "Fill and resize": ("fill", "resample"),
}


class Commands(LazyGroup):
    """All of roimask: the verbs of the index and the commands that are no operations."""

    OWN: Mapping[str, str] = {
        "mask": "Make, combine, convert and look at masks",
        "run": "Work the steps of a recipe on images and folders",
        "pipe": "Work several operations on one line: IN ! median --size 5 ! clahe",
        "composite": "Put images of several dates together: median, max_ndvi, least_cloud",
        "tiles": "Cut rasters into tiles for training, with masks, labels and an index",
        "template": "Print or draw a template, or a bank of them: lines, edges, spots, roofs, textures",
        "recipe": "Tell the recipe that an image was made by",
        "check": "Find what is wrong with images and their masks",
        "completion": "Print the completion script of a shell",
    }

    def index(self) -> Mapping[str, Mapping[str, str]]:
        """Verbs by task, then the rest."""
        families: dict[str, dict[str, str]] = {}
        for name, (family, _, result, summary) in VERBS.items():
            if result != "mask":
                families.setdefault(family, {})[shown_name(name)] = summary
        sections = {
            task: {name: summary for family in members for name, summary in families.pop(family, {}).items()}
            for task, members in _TASKS.items()
        }
        others = {family.replace("_", " ").capitalize(): rows for family, rows in families.items()}
        return {**sections, **others, "Masks and files": self.OWN}

    def load(self, name: str) -> click.Command:
        """A command of its own file, or a verb made from its operation."""
        if name in self.OWN:
            return import_module(f"{__package__}.{name}").command
        from .verb import verb

        return verb(name.replace("-", "_"))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A verb wins; else the name of a file asks what that is."""
        if self.get_command(ctx, args[0]) is None and os.path.lexists(args[0]):
            from .describe import command

            return command.name, command, args
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run, and leave with the exit code: 0 all done, 1 some failed, 2 usage, 130 interrupted."""
        work: Callable[[], Any] = partial(super().main, *args, standalone_mode=False, **extra)  # type: ignore[arg-type]
        return sys.exit(_exit_code(work)) if standalone_mode else work()


def _exit_code(work: Callable[[], Any]) -> int:
    """What the work answers, or for an error one line on stderr and its code."""
    try:
        with plain_warnings():
            return work() or 0
    except click.Abort:
        return _said("interrupted", 130)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "roimask"
        return _said(f"{error.format_message()} ({path} --help)", 2)
    except Exception as error:
        return _said(reason(error), 2 if isinstance(error, rm.ParameterError) else getattr(error, "exit_code", 1))


def _said(text: str, code: int) -> int:
    click.echo(f"roimask: {for_shell(' '.join(text.split()))}", err=True)
    return code
