"""``roimask pipe``: several operations on one line, with ``!`` between them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

import roimask as rm

from . import options
from .chain import work_recipe
from .examples import epilog
from .given import OPTIONS
from .names import shown_name
from .worded import is_pattern

__all__ = ["command"]

_SIGN = "!"


class Pipe(click.Command):
    """A command whose words are parted by ``!``: inputs first, then a step each; options of all may follow the last."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Inputs and options as of any command, and the steps."""
        first, *parts = _parted(args)
        rest = super().parse_args(ctx, first)
        steps: list[dict[str, Any]] = []
        for number, words in enumerate(parts, 1):
            steps.append(self._step(ctx, words, steps, last=number == len(parts)))
        ctx.params["steps"] = steps
        return rest

    def _step(
        self, ctx: click.Context, words: Sequence[str], before: Sequence[Mapping[str, Any]], last: bool
    ) -> dict[str, Any]:
        """One step; of the last, options that hold for all go into the context."""
        if not words:
            raise click.UsageError("after a ! stands an operation, such as median --size 5", ctx)
        operation = _operation(words[0], before)
        own = list(_own(operation))
        command = click.Command(shown_name(operation.name), params=[*own, *(self._shared if last else ())])
        found = self._parsed(command, list(words[1:]), ctx)
        names = {option.name for option in own}
        for name in found.params.keys() - names:
            if found.get_parameter_source(name) is not ParameterSource.DEFAULT:
                ctx.params[name] = found.params[name]
        return {"op": operation.name, **{n: v for n, v in found.params.items() if n in names and v is not None}}

    def _parsed(self, command: click.Command, words: list[str], ctx: click.Context) -> click.Context:
        try:
            return command.make_context(f"roimask {command.name}", words, resilient_parsing=ctx.resilient_parsing)
        except click.NoSuchOption as error:
            if not any(error.option_name in option.opts for option in self._shared):
                raise
            raise click.UsageError(
                f"{error.option_name} holds for all steps: give it before the first ! or after the last step", ctx
            ) from None

    @property
    def _shared(self) -> list[click.Parameter]:
        return [parameter for parameter in self.params if isinstance(parameter, click.Option)]


def _parted(words: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in words:
        if word == _SIGN:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _operation(word: str, before: Sequence[Mapping[str, Any]]) -> Any:
    """The operation of a step, whose options are to be read."""
    known = rm.registry()
    name = word.replace("-", "_")
    if name not in known or known[name].takes == "frame":
        rm.Recipe([*before, {"op": word}])  # says why not, or what was perhaps meant
    return known[name]


def _own(operation: Any) -> Iterator[click.Option]:
    """The options of a step: those of its verb."""
    parameters = {n: p for n, p in options.on_command_line(operation.parameters).items() if n != "mask"}
    for option in options.of_operation(parameters.values(), shown_name(operation.name)):
        parameter = parameters[str(option.name)]
        if parameter.form.file:
            option.type = _FileOrValue(parameter, operation.name)
        yield option


class _FileOrValue(options.Value):
    """A file, which is opened when the step runs, or what else may stand in its place."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name of the file, or the value."""
        return value if os.path.lexists(value) or is_pattern(value) else super().convert(value, param, ctx)


@click.command(
    "pipe", cls=Pipe, epilog=epilog("roimask pipe photo.png ! median --size 5 ! clahe -o out.png"), options_metavar=""
)
def command(steps: Sequence[Mapping[str, Any]], **given: Any) -> int:
    """Work several operations on images, one after the other, with a ! before each.

    Each is a command of this program with its own options; options that hold for all, such as --mask and -o, stand
    before the first ! or after the last step.
    """
    recipe = rm.Recipe(steps)
    return work_recipe(recipe, "-".join(step.op for step in recipe.steps), given)


command.params += [options.files("IMAGE... ! STEP [OPTIONS] ! STEP [OPTIONS] ..."), *OPTIONS]
