"""How a run goes: pass after pass over the blocks, into a file that takes its name at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from roimask import threads
from roimask.errors import WriteError
from roimask.frame import Window
from roimask.raster.drivers.tiled.file import Target, TiledFile, create
from roimask.raster.drivers.tiled.finish import finish
from roimask.raster.paths import shown
from roimask.raster.raster import Raster
from roimask.running.applied import Each
from roimask.running.blocks import grid_of
from roimask.running.job import Job, passes_of
from roimask.running.journal import Journal, key_of, made
from roimask.running.steps import Chain
from roimask.running.target import target_of
from roimask.running.work import Block, Total, Work
from roimask.sources import Source

__all__ = ["Progress", "Run", "go", "written"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes
    ----------
    out : str or None
        The file that was written.
    answers : list
        What the reductions among the steps found, in their order.
    lost : list of (top, left, bottom, right)
        Parts of the input that could not be read, where ``on_error="skip"`` let that pass.
    """

    out: str | None
    answers: list[Any] = field(default_factory=list)
    lost: list[Window] = field(default_factory=list)


def written(source: Source, out: Any, like: Raster | None, side: int, files: Iterable[str], **facts: Any) -> None:
    """Write a source in blocks of about ``side`` pixels, with what a raster says beside its pixels.

    ``facts`` say how it was made, ``files`` what is read for it, which no run writes over.
    """
    part = None if like is None else like.layout().block
    job = Job(like, source, None, Chain(source), grid_of(source, part, max(side, 1)), facts, tuple(files))
    go(job, out, threads.in_order)


def go(
    job: Job,
    out: Any,
    each: Each,
    progress: Progress | None = None,
    compress: str | None = None,
    cog: bool = False,
    resume: bool = False,
) -> Run:
    """Let a run go: the passes that look, then the one that works and writes; see :func:`roimask.run`."""
    if out is None:
        return _gone_through(job, _prepared(job, each, progress), None, Journal(Path()))
    _require_apart(out, job)
    target = target_of(job.chain, job.raster, job.grid, job.recipe, compress, cog)
    passes = _prepared(job, each, progress)
    with made(out, resume, key_of(job.facts(), repr(target.encoder))) as journal:
        if not journal.done:
            create(journal.temporary, target)
        with TiledFile(journal.temporary) as file:
            if journal.done:
                file.cut(max(journal.done.values()))
            answer = _gone_through(job, passes, (target, file), journal)
            file.sync()
        journal.close()
        finish(journal.temporary, target, _validity(job) if target.layout.masked else ())
    return Run(os.fspath(out), answer.answers, answer.lost)


def _prepared(job: Job, each: Each, progress: Progress | None) -> Each:
    """Let all steps look at what they must know first; what maps the last pass over the blocks, and counts it too."""
    blocks = job.grid.blocks()
    passes = _Passes(each, progress or _silent, len(blocks) * (1 + _looks(job.chain)))
    for step in job.chain.in_order:
        step.prepare(blocks, passes)
    return passes


def _gone_through(job: Job, each: Each, target: tuple[Target, TiledFile] | None, journal: Journal) -> Run:
    """All blocks, one after the other into the file, and what the reductions made of them."""
    chain, lost = job.chain, getattr(job.reading, "lost", [])
    alpha = job.raster if target is not None and target[0].alpha else None
    work = Work(chain.source, chain.taps, None if target is None else target[0].encoder, alpha, lost)
    totals = [Total(tap) for tap in chain.taps]
    left = [Block(n, window, n not in journal.done) for n, window in enumerate(job.grid.blocks())]
    gone: set[Window] = set()
    for done in each(work, [block for block in left if block.writes or totals]):
        gone.update(done.lost)
        for total, found in zip(totals, done.found, strict=True):
            total.add(found)
        if target is not None and done.block.writes:
            for tile in done.tiles:
                target[1].put(tile)
            journal.enter(done.block.number, target[1])
    return Run(None, [total.answer() for total in totals], sorted(gone))


def _silent(done: int, total: int) -> None:
    """Nobody wants to know."""


def _validity(job: Job) -> Iterator[tuple[Window, np.ndarray]]:
    """Where the input says that it holds data, block by block: what its own mask says goes on to the output."""
    for window in job.grid.blocks():
        valid = job.reading.read_valid(window)[1]
        if valid is None:
            valid = np.ones(window.shape, bool)
        yield window, np.asarray(valid.any(axis=2)) if valid.ndim == 3 else valid


@dataclass
class _Passes:
    """Maps work over blocks and says how far it is, over all passes."""

    each: Each
    progress: Progress
    total: int
    done: int = 0

    def __call__(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for answer in self.each(work, items):
            yield answer
            self.done += 1
            self.progress(self.done, self.total)


def _looks(chain: Chain) -> int:
    """Passes that are needed before the one that writes."""
    return sum(passes_of(step.operation) - 1 for step in chain.in_order)


def _require_apart(out: Any, job: Job) -> None:
    """Refuse to write over what is read, and names that say another format."""
    name = shown(out)
    if Path(out).suffix.lower() not in (".tif", ".tiff"):
        raise WriteError(f"{name}: a run writes GeoTIFF; give a name that ends in .tif.")
    if os.path.exists(out) and any(os.path.exists(path) and os.path.samefile(path, out) for path in job.reads()):
        raise WriteError(f"{name} is read by the run itself; write to another file.")
