"""A case: one row of the table of figures, declared once beside the arrays and the peers it needs."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import benchmarks.cases

Call = Callable[[], Any]


@dataclass
class Race:
    """What a case times: ours, its peers by name, and how two answers are compared.

    ``check(ours, theirs)`` raises AssertionError where the answers differ; peers in ``other_answers`` do a different
    job, so their answers are not compared. ``close`` runs at the end, whatever happened.
    """

    ours: Call
    peers: dict[str, Call]
    check: Callable[[Any, Any], None] = lambda ours, theirs: None
    other_answers: frozenset[str] = frozenset()
    close: Call = lambda: None


@dataclass(frozen=True)
class Case:
    """One row: its name, the work in words, the bar, and a function that makes the race."""

    id: str
    work: str
    bar: float
    setup: Callable[..., Race]
    arguments: tuple[Any, ...] = ()
    unit: str = field(default="")  # "": ours ÷ peer; "µs": what ours takes above the peer; "MB": what ours answers

    def race(self) -> Race:
        """Make the arrays and the calls."""
        return self.setup(*self.arguments)


CASES: dict[str, Case] = {}


def case(id: str, work: str, bar: float, *arguments: Any, unit: str = "") -> Callable:
    """Declare a case; decorators stack, each with its own arguments for one function.

    >>> from benchmarks.case import Race, case, CASES
    >>> @case("0 example", "a sum of ten numbers", 1.0, 10)
    ... def total(n):
    ...     return Race(ours=lambda: sum(range(n)), peers={"by hand": lambda: n * (n - 1) // 2})
    >>> CASES.pop("0 example").race().ours()
    45
    """

    def declare(setup: Callable[..., Race]) -> Callable[..., Race]:
        if id in CASES:
            raise ValueError(f"two cases are called {id!r}")
        CASES[id] = Case(id, work, bar, setup, arguments, unit)
        return setup

    return declare


def load() -> dict[str, Case]:
    """Import every file of ``benchmarks/cases`` and return the cases in the order of the table."""
    for module in pkgutil.iter_modules(benchmarks.cases.__path__):
        importlib.import_module(f"benchmarks.cases.{module.name}")
    return {id: CASES[id] for id in sorted(CASES, key=order)}


def order(id: str) -> tuple[int, str]:
    """Key that sorts 2a before 10a."""
    number = re.match(r"\d+", id)
    return (int(number[0]) if number else 0, id)


def chosen(id: str, groups: Iterable[str]) -> bool:
    """Whether a case belongs to the groups: ``2`` is all of group 2, ``3a`` a row, no group means every case."""
    groups = list(groups)
    return not groups or any(re.match(rf"{re.escape(group)}(?!\d)", id) for group in groups)
