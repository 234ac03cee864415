"""What a law is: a function of an operation and of what hypothesis draws. ``check`` tries one on one operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from roimask.errors import ParameterError
from roimask.operation import Operation

IMAGES = frozenset({"image"})
GRIDS = frozenset({"image", "map"})
BLOCKS = frozenset({"image", "map", "picture", "summary"})


@dataclass(frozen=True)
class Law:
    """A law by name: what it asks, and of which operations; by the path means that no kernel alone can break it."""

    name: str
    ask: Callable[[Operation, Any], None]
    applies: Callable[[Operation], bool]
    by_the_path: bool = False


LAWS: dict[str, Law] = {}


def law(
    results: frozenset[str] = BLOCKS,
    only: Callable[[Operation], bool] = lambda operation: True,
    by_the_path: bool = False,
) -> Callable:
    """Declare a law for block operations of these results."""

    def declare(ask: Callable[[Operation, Any], None]) -> Callable:
        def applies(operation: Operation) -> bool:
            return operation.blocks and operation.result in results and only(operation)

        LAWS[ask.__name__] = Law(ask.__name__, ask, applies, by_the_path)
        return ask

    return declare


def of_whole_images(ask: Callable[[Operation, Any], None]) -> Callable:
    """Declare a law for functions of a whole image and a mask on it."""
    LAWS[ask.__name__] = Law(ask.__name__, ask, takes_mask)
    return ask


def check(name: str, operation: Operation, examples: int | None = None, shrink: bool = True) -> None:
    """Try a law on an operation; raises AssertionError where it is broken.

    What the path alone sees to is tried on each operation a little, and thoroughly on one of each sort (tests/meta).
    """
    usual = settings.default.max_examples
    examples = examples or (max(usual // 4, 5) if LAWS[name].by_the_path else usual)
    phases = tuple(Phase) if shrink else (Phase.generate,)

    @settings(max_examples=examples, phases=phases)
    @given(st.data())
    def run(data):
        try:
            LAWS[name].ask(operation, data.draw)
        except ParameterError:
            assume(False)  # what was drawn does not go together, and the operation says so

    run()


def takes_mask(operation: Operation) -> bool:
    """Whether it is a function of a whole image and a mask on it, or of a mask and an image under it."""
    other = {"image": "mask", "mask": "image"}.get(operation.takes)
    return not operation.blocks and other in operation.parameters
