"""Steps of a run: operations by name, checked, and put one behind the other on a source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roimask import call
from roimask.errors import ParameterError, RoimaskError
from roimask.frame import Frame, Window
from roimask.path import Request
from roimask.recipes.step import named, names_file
from roimask.record import Operation
from roimask.running.applied import Applied, Each, observed
from roimask.running.regions import Region, region_of
from roimask.sources import Source

__all__ = ["Chain", "Tap", "chained", "plain_steps"]

_NOT_BY_BLOCKS = {
    "out": "an array in memory; a run writes to its own out=",
    "channel_axis": "about arrays; files say themselves where their bands are",
    "mask": "the same for all steps: give it to the run",
}


@dataclass
class Tap:
    """A reduction that looks at what a step answers, and lets it through."""

    operation: Operation
    source: Source
    region: Region | None
    params: Mapping[str, Any]
    number: int
    seen: Any = None

    @property
    def request(self) -> Request:
        """What the path is asked for."""
        return Request(self.operation, self.source, None, self.operation.own(self.params), seen=self.seen)

    def prepare(self, blocks: Iterable[Window], each: Each) -> None:
        """Find what must be known of the whole before a block can be looked at."""
        self.seen = observed(self.request, self.region, blocks, each)


@dataclass
class Chain:
    """Steps on a source: what the last one answers, and the reductions that look on."""

    source: Source
    applied: tuple[Applied, ...] = ()
    taps: tuple[Tap, ...] = ()

    @property
    def in_order(self) -> list[Applied | Tap]:
        """All of them, as they were given."""
        return sorted([*self.applied, *self.taps], key=lambda step: step.number)

    @property
    def is_map(self) -> bool:
        """Whether one of them answers a new quantity."""
        return any(step.is_map for step in self.applied)

    @property
    def tells_labels_apart(self) -> bool:
        """Whether labels are more than one region to any of them."""
        return bool(self.taps) or any(step.params.get("per_region") for step in self.applied)


def plain_steps(steps: Any) -> list[dict[str, Any]]:
    """The steps as a list of dicts."""
    if isinstance(steps, (str, Mapping)) or not isinstance(steps, Iterable):
        raise ParameterError(f"steps are a list, each such as {{'op': 'gaussian', 'sigma': 2}}; got {steps!r:.80}")
    found = list(steps)
    for number, step in enumerate(found, 1):
        if not isinstance(step, Mapping) or "op" not in step:
            raise ParameterError(
                f"step {number} is a dict that names its operation, such as {{'op': 'invert'}}; got {step!r:.80}"
            )
    if not found:
        raise ParameterError("a run has one step or more, got none")
    return [dict(step) for step in found]


def chained(
    steps: Sequence[Mapping[str, Any]], source: Source, region: Region | None, at: Callable[[str], str] = str
) -> Chain:
    """The steps one behind the other, files named in them opened as ``at`` says; an error tells its step's number."""
    applied: list[Applied] = []
    taps: list[Tap] = []
    for number, step in enumerate(steps, 1):
        try:
            made = _made(number, step, applied[-1] if applied else source, region, at)
        except RoimaskError as error:
            raise type(error)(f"step {number}: {error}") from None
        (taps if isinstance(made, Tap) else applied).append(made)  # type: ignore[arg-type]
    return Chain(applied[-1] if applied else source, tuple(applied), tuple(taps))


def _made(
    number: int, step: Mapping[str, Any], source: Source, region: Region | None, at: Callable[[str], str]
) -> Applied | Tap:
    operation = _operation(step.get("op"))
    given = {name: _value(operation, name, value, at) for name, value in step.items() if name != "op"}
    try:
        write = _write(given.pop("write", None), source.frame)
        params = operation.ready(given, source.frame)
        _require_by_blocks(operation, params)
        if operation.result == "summary":
            return Tap(operation, source, region, params, number)
        return _tried(Applied(operation, source, region, params, write, number))
    except RoimaskError as error:
        raise call.named(error, operation.name) from None


def _operation(name: Any) -> Operation:
    operation = named(name)
    word = operation.name
    if not operation.blocks:
        raise ParameterError(
            f"{word} answers {_ANSWERS.get(operation.result, operation.result)} and cannot be a step of a run by "
            f"blocks; call rm.{word} on an image in memory, such as a window of the raster"
        )
    return operation


_ANSWERS = {
    "mask": "a mask", "table": "a table", "objects": "objects", "picture": "an image on another grid", "map": "a map",
}  # fmt: skip


def _value(operation: Operation, name: str, value: Any, at: Callable[[str], str]) -> Any:
    """What a step says of a parameter; text that names a file is opened."""
    if name in _NOT_BY_BLOCKS:
        raise ParameterError(f"{operation.name}: {name} is {_NOT_BY_BLOCKS[name]}")
    parameter = operation.parameters.get(name)
    if parameter is None or not isinstance(value, str) or not names_file(parameter, value):
        return value
    return at(value) if name == "write" else parameter.parse(at(value), operation.name)


def _write(given: Any, frame: Frame) -> Any:
    return given if given is None or (isinstance(given, str) and given == "all") else region_of(given, frame)


def _require_by_blocks(operation: Operation, params: Mapping[str, Any]) -> None:
    if params.get("crop"):
        raise ParameterError("crop=True makes another grid; a run keeps that of its input")
    if params.get("per_region") and operation.observe is not None:
        raise ParameterError("per_region=True cannot go by blocks, for each region is measured as a whole first")


def _tried(step: Applied) -> Applied:
    """The step, after what its parameters mean for this image was looked at once, before anything is read."""
    if step.operation.result == "picture":
        call.with_background(step.operation, step.source, step.params)
        return step
    several, stated = step.params["per_region"], isinstance(step.write, Region)
    if several and (step.region is None or step.write is not None):
        raise ParameterError("per_region=True needs a mask with regions, and no write=")
    params = {**step.params, "per_region": False, "write": None if stated else step.write}
    call.requests(step.operation, step.source, None, params)
    return step
