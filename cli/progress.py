"""What is said while a batch runs: a bar on a terminal, a line a file elsewhere; what failed, always."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

import roimask as rm

from .jobs import Outcome

__all__ = ["Progress"]


class Progress:
    """Shows outcomes as they come; a context manager."""

    def __init__(self, total: int, quiet: bool):
        self._total, self._quiet, self._start = total, quiet, time.perf_counter()
        self._counts: Counter[str] = Counter()
        self._warned: set[str] = set()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if not self._quiet and self._total > 1 and sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task("", total=self._total)
            self._bar.start()
        return self

    def show(self, outcome: Outcome) -> None:
        """One input is finished."""
        self._counts[outcome.status] += 1
        name = rm.shown(outcome.job.image.path)
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=name)
        if outcome.status == "failed":
            self._say(_line(name, outcome.reason))
        elif self._bar is None and not self._quiet:
            to = f" -> {rm.shown(outcome.job.output)}" if outcome.job.output not in (None, "-") else ""
            self._say(f"{name}{to}{': skipped, ' + outcome.reason if outcome.status == 'skipped' else ''}")
        for warning in outcome.warnings:
            if warning not in self._warned:  # what holds for all, such as a mask, is said once
                self._warned.add(warning)
                self._say(warning)

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(text, err=True)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        if not self._quiet and self._total > 1:
            counts = ", ".join(
                f"{self._counts[status]} {status}" for status in ("done", "skipped", "failed") if self._counts[status]
            )
            click.echo(f"{counts or 'nothing done'} in {time.perf_counter() - self._start:.1f} s", err=True)


def _line(name: str, reason: str) -> str:
    """What failed and why; errors that name their file begin with it already, or with the verb."""
    said = reason.split(": ", 1)[-1] if not reason.startswith(name) else reason
    return said if said.startswith(name) else f"{name}: {reason}"


def _bar() -> Any:
    """A bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False)
    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def blocks_shown(wanted: bool) -> Iterator[Callable[[int, int], None] | None]:
    """What a run tells how far it is; None where nobody looks."""
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    with _bar() as bar:
        task = bar.add_task("blocks")
        yield lambda done, total: bar.update(task, completed=done, total=total)
