"""The one runner: each input is worked on, some at a time, and what happened to it is one row."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from itertools import islice

import roimask as rm

from . import tables
from .jobs import Done, Job, Outcome
from .notes import kept, plain_warnings
from .progress import Progress
from .wording import reason

__all__ = ["jobs_for", "run"]


Work = Callable[[Job], Done]


def jobs_for(asked: int | None, count: int) -> int:
    """How many inputs are worked on at a time: as asked, else one a core, never more than there are."""
    return max(1, min(asked or rm.get_threads(), count))


def run(
    jobs: Sequence[Job],
    work: Work,
    at_a_time: int,
    *,
    report: str | None = None,
    lines: bool = True,
    scheduler: str | None = None,
) -> list[Outcome]:
    """Work on all; a failure is a line on stderr and a row in the report, and never stops the others.

    Without ``lines``, what went well is not said. With a ``scheduler``, the workers of a dask cluster do the work.
    """
    outcomes: list[Outcome] = []
    if sys.stderr is sys.__stderr__:
        rm.silence_decoders()
    if at_a_time > 1:
        rm.set_threads(1)
    order = {job: number for number, job in enumerate(jobs)}
    try:
        outcomes_as_they_come = _on_cluster(scheduler, jobs, work) if scheduler else _outcomes(jobs, work, at_a_time)
        with Progress(len(jobs), quiet=not lines) as progress, closing(outcomes_as_they_come) as finished:
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
    with ThreadPoolExecutor(at_a_time) as pool:
        yield from _as_finished(pool, partial(_attempt, work), jobs, at_a_time + 1)


def _as_finished(
    pool: Executor, attempt: Callable[[Job], Outcome], jobs: Sequence[Job], ahead: int
) -> Generator[Outcome]:
    rest = iter(jobs)
    running = {pool.submit(attempt, job): job for job in islice(rest, ahead)}
    try:
        while running:
            finished = wait(running, return_when=FIRST_COMPLETED).done
            running |= {pool.submit(attempt, job): job for job in islice(rest, len(finished))}
            yield from (_outcome(future, running.pop(future)) for future in finished)
    finally:
        for future in running:
            future.cancel()


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    """What happened; where it was too much even to say so, that."""
    error = future.exception()
    return future.result() if error is None else Outcome(job, "failed", reason(error))  # type: ignore[arg-type]


def _on_cluster(scheduler: str, jobs: Sequence[Job], work: Work) -> Generator[Outcome]:
    """The same on a cluster; what a worker that died had in hand, another does."""
    with rm.dask_client(scheduler) as client, client.get_executor(pure=False) as pool:
        yield from _as_finished(pool, partial(_attempt_there, work), jobs, 2 * sum(client.nthreads().values()))


def _attempt_there(work: Work, job: Job) -> Outcome:
    """One input, in a process that does nothing else at a time and shows nothing."""
    rm.set_threads(1)
    with plain_warnings():
        return _attempt(work, job)


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
