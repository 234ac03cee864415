"""The one runner: each input is worked on, some at a time, and what happened to it is one row."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import click

import roimask as rm

from . import tables
from .inputs import Input
from .notes import kept
from .progress import Progress
from .wording import for_shell

__all__ = ["Done", "Job", "Outcome", "jobs_for", "reason", "run"]


@dataclass(frozen=True)
class Job:
    """One input and where its result and its preview go; ``problem`` says why it cannot be done."""

    image: Input
    output: str | None
    problem: str = ""
    skip: bool = False
    preview: str | None = None


@dataclass(frozen=True)
class Done:
    """What the work on one input answers: the share of its pixels that took part, and rows of a table."""

    share: float | None = None
    rows: Sequence[dict[str, Any]] = ()
    sheet: Any = None


@dataclass(frozen=True)
class Outcome:
    """What happened to one input."""

    job: Job
    status: str
    reason: str = ""
    seconds: float = 0.0
    done: Done = field(default_factory=Done)
    warnings: Sequence[str] = ()

    def row(self) -> dict[str, Any]:
        """Its row in the report."""
        return {
            "input": self.job.image.path,
            "output": self.job.output,
            "status": self.status,
            "reason": self.reason or " ".join(self.warnings),
            "seconds": round(self.seconds, 4),
            "share": self.done.share,
        }


Work = Callable[[Job], Done]


def jobs_for(asked: int | None, count: int) -> int:
    """How many inputs are worked on at a time: as asked, else one a core, never more than there are."""
    return max(1, min(asked or rm.get_threads(), count))


def run(
    jobs: Sequence[Job], work: Work, at_a_time: int, *, report: str | None = None, lines: bool = True
) -> list[Outcome]:
    """Work on all; a failure is a line on stderr and a row in the report, and never stops the others.

    Without ``lines``, what went well is not said.
    """
    outcomes: list[Outcome] = []
    if sys.stderr is sys.__stderr__:
        rm.silence_decoders()
    if at_a_time > 1:
        rm.set_threads(1)
    order = {job: number for number, job in enumerate(jobs)}
    try:
        with Progress(len(jobs), quiet=not lines) as progress, closing(_outcomes(jobs, work, at_a_time)) as finished:
            for outcome in finished:
                outcomes.append(outcome)
                progress.show(outcome)
    finally:
        rm.set_threads(None)
        outcomes.sort(key=lambda outcome: order[outcome.job])
        if report:
            tables.write_rows([outcome.row() for outcome in outcomes], report)
    return outcomes


def _outcomes(jobs: Sequence[Job], work: Work, at_a_time: int) -> Generator[Outcome]:
    """As they are finished; one more than are worked on is waiting at most, so memory does not grow with the folder."""
    if at_a_time == 1:
        yield from (_attempt(work, job) for job in jobs)
        return
    rest = iter(jobs)
    with ThreadPoolExecutor(at_a_time) as pool:
        running = {pool.submit(_attempt, work, job) for job in islice(rest, at_a_time + 1)}
        try:
            while running:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {pool.submit(_attempt, work, job) for job in islice(rest, len(finished))}
                yield from (future.result() for future in finished)
        finally:
            for future in running:
                future.cancel()


def _attempt(work: Work, job: Job) -> Outcome:
    """One input, with whatever goes wrong caught."""
    start = time.perf_counter()
    if job.problem:
        return Outcome(job, "failed", job.problem)
    if job.skip:
        return Outcome(job, "skipped", "the result is there")
    with kept() as warnings:
        try:
            done = work(job)
        except Exception as error:
            return Outcome(job, "failed", reason(error), time.perf_counter() - start, warnings=warnings)
    return Outcome(job, "done", "", time.perf_counter() - start, done, warnings)


def reason(error: Exception) -> str:
    """An error in one line; one that roimask did not raise on purpose with its type."""
    if isinstance(error, (rm.RoimaskError, LookupError)) and error.args:
        return for_shell(" ".join(str(error.args[-1]).split()))
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError) and error.strerror:
        return f"{rm.shown(error.filename)}: {error.strerror}" if error.filename else error.strerror
    if os.environ.get("ROIMASK_DEBUG"):
        raise error
    return " ".join(f"unexpected {type(error).__name__}: {error}".split())
