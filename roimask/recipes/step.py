"""One step of a recipe: an operation and its parameters, as values that can be written down."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from roimask.errors import ParameterError
from roimask.operation import registry
from roimask.parameters import Parameter
from roimask.record import Operation

__all__ = [
    "NOT_WRITTEN",
    "Plain",
    "Step",
    "StepError",
    "named",
    "names_file",
    "plain",
    "possible_steps",
    "require_chain",
]

Plain = bool | int | float | str | tuple[Any, ...]

NOT_WRITTEN = {
    "out": "an array in memory; a recipe says with its own out= where results go",
    "channel_axis": "about arrays; files say themselves where their bands are",
    "mask": "the same for all steps: write it above the first step",
}


class StepError(ParameterError):
    """What is wrong with a step: which, and at which of its keys."""

    def __init__(self, text: str, key: str | None = None):
        super().__init__(text)
        self.key = key


@dataclass(frozen=True)
class Step:
    """An operation by name, with its parameters as they are written in a recipe.

    Attributes
    ----------
    op : str
        Its name.
    given : tuple of (str, value)
        Parameters that are not left at their default, in the order of the operation's signature; lists are tuples.
    """

    op: str
    given: tuple[tuple[str, Plain], ...] = ()

    @classmethod
    def of(cls, given: Any) -> Step:
        """The step that a mapping describes: ``{"op": "gaussian", "sigma": 2}``; checked.

        Raises
        ------
        StepError
            Where it names no operation that can be a step, or a parameter is unknown, wrong or missing.
        """
        if isinstance(given, Step):
            return given
        if not isinstance(given, Mapping) or "op" not in given:
            raise StepError(f"a step names its operation: op = 'gaussian'; got {given!r}")
        operation = _operation(given["op"])
        params = {name: plain(value, f"{operation.name}: {name}") for name, value in given.items() if name != "op"}
        for name, value in params.items():
            _require_right(operation, name, value)
        operation.require_all({**params, "mask": None})
        ordered = tuple((name, params[name]) for name in operation.parameters if name in params)
        return cls(operation.name, ordered)

    @property
    def operation(self) -> Operation:
        """Its record."""
        return registry()[self.op]

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters by name, as the operation takes them; files by name."""
        known = self.operation.parameters
        return {name: _in_numbers(known[name], value, self.op) for name, value in self.given}

    @property
    def files(self) -> Iterator[tuple[Parameter, str]]:
        """Parameters that name a file, with the name."""
        parameters = self.operation.parameters
        for name, value in self.given:
            if names_file(parameters[name], value):
                yield parameters[name], str(value)

    @property
    def by_blocks(self) -> bool:
        """Whether a block of its answer needs no more than a block and its halo, and what was seen of the whole."""
        operation, params = self.operation, self.params
        if not operation.blocks or operation.halo == "all" or params.get("crop"):
            return False
        return not (params.get("per_region") and operation.observe is not None)

    def to_dict(self) -> dict[str, Plain]:
        """The mapping that it was made of."""
        return {"op": self.op, **dict(self.given)}


def plain(value: Any, what: str) -> Plain:
    """A value as recipes hold it: text, numbers, flags, and tuples of these."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist") and getattr(value, "size", 0) <= 1024:  # numbers of numpy; an image would be larger
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return tuple(plain(part, what) for part in value)
    if isinstance(value, (bool, int, float, str)):
        return value
    raise StepError(
        f"{what} is text, a number, true or false, or a list of these, got {type(value).__name__}. "
        "Name a file, or call the function in Python.",
        what.rpartition(" ")[2],
    )


def names_file(parameter: Parameter, value: Any) -> bool:
    """Whether a value is the name of a file, and not what else may stand in its place (``"all"``, a colour)."""
    form = parameter.form
    if not form.file or not isinstance(value, str):
        return False
    if form.along:
        return True
    try:
        form.check(value)
    except (ValueError, TypeError):
        return True
    return False


def _in_numbers(parameter: Parameter | None, value: Any, owner: str) -> Any:
    """What a text stands for that takes the place of a table: ``"cloud=3,shadow=4"``."""
    wanted = parameter is not None and parameter.form.gathers and isinstance(value, str)
    return parameter.parse(value, owner) if wanted else value  # type: ignore[union-attr]


def named(name: Any) -> Operation:
    """The operation of a name; where there is none, an error that says what was perhaps meant."""
    if not isinstance(name, str):
        raise StepError(f"op is the name of an operation, got {name!r}", "op")
    known, word = registry(), name.replace("-", "_")
    if word in known:
        return known[word]
    close = get_close_matches(word, known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else "roimask --help lists them."
    raise StepError(f"there is no operation {name!r}: {meant}", "op")


def _operation(name: Any) -> Operation:
    operation = named(name)
    if reason := _no_step(operation):
        raise StepError(reason, "op")
    return operation


def possible_steps() -> dict[str, Operation]:
    """The operations that can be a step."""
    return {name: operation for name, operation in registry().items() if not _no_step(operation)}


def _no_step(operation: Operation) -> str:
    """Why an operation can be no step; empty where it can."""
    if operation.takes == "frame":
        return f"{operation.name} draws a mask, it does not work on one or on an image: give it as the recipe's mask"
    without = [n for n, p in operation.parameters.items() if p.required and p.form.parse is None]
    if without:
        return f"{operation.name} needs {' and '.join(without)}, which has no text form: call rm.{operation.name}"
    return ""


def _require_right(operation: Operation, name: str, value: Plain) -> None:
    """Refuse a parameter that is unknown or wrong; a file is opened when its step runs."""
    parameter = operation.parameters.get(name)
    try:
        if name in NOT_WRITTEN and (parameter is not None or operation.takes == "image"):
            raise ParameterError(f"{operation.name}: {name} is {NOT_WRITTEN[name]}")
        if parameter is None or not names_file(parameter, value):
            operation.check_one(name, _in_numbers(parameter, value, operation.name))
    except ParameterError as error:
        raise StepError(str(error), name) from None


# -- steps one after another ---------------------------------------------------------------------------------------

# What a step hands on to the next, by its result.
HANDS_ON = {"image": "image", "map": "image", "picture": "image", "mask": "mask"}


def require_chain(steps: Sequence[Step]) -> None:
    """Refuse a step that cannot go on from what the one before it answers."""
    for number, (before, after) in enumerate(pairwise(steps), 2):
        result, takes = before.operation.result, after.operation.takes
        handed = HANDS_ON.get(result)
        if handed is None:
            raise StepError(f"step {number - 1}: {before.op} answers no image, so that it can only be the last step")
        if handed != takes:
            raise StepError(
                f"step {number}: {after.op} takes a{'n image' if takes == 'image' else ' mask'}, "
                f"{before.op} before it answers a{'n image' if handed == 'image' else ' mask'}"
            )
