"""A verb for an operation: its options follow from its parameters, its help from its docstring."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click

import roimask as rm

from . import options, plan, tables
from .batch import jobs_for, run
from .examples import epilog, example
from .grid import FRAME, LIKE, OF
from .inputs import Input
from .jobs import Done, Job, Outcome
from .names import shown_name
from .outputs import STDOUT, make_folders
from .results import GRIDS, rows_of, save
from .task import Answer, Task, opened, takes_mask

__all__ = ["help_of", "perform", "verb"]

Work = Callable[[Job, Answer], Done]


def verb(name: str) -> click.Command:
    """The command for an operation that takes images or masks."""
    operation = getattr(rm, name).operation
    return click.Command(
        shown_name(name),
        params=_params(operation),
        callback=partial(_call, operation),
        help=help_of(operation),
        epilog=epilog(example(operation)),
    )


def help_of(operation: Any) -> str:
    """The docstring's lead, without its markup."""
    return options.plain(operation.documentation.lead)


def _params(operation: Any) -> list[click.Parameter]:
    takes_image = operation.takes == "image"
    own = [p for name, p in options.on_command_line(operation.parameters).items() if name != "mask"]
    masks = [options.MASK, options.EXCLUDE] if takes_mask(operation) else []
    kinds = [options.MASK_KIND] if masks or not takes_image or any(p.form.file == "mask" for p in own) else []
    grid = [] if takes_image else [LIKE, FRAME, OF]
    rows = [options.BY] if operation.result == "summary" else []
    written = [options.CONTACT_SHEET] if operation.result in GRIDS else [options.JSON]
    shown = [options.PREVIEW] if operation.result == "image" and not operation.conceals else []
    shown += [options.DRAW] if operation.draws else []
    return [
        options.files("IMAGE..." if takes_image else "MASK..."),
        *masks,
        *grid,
        *kinds,
        *rows,
        *options.of_operation(own, shown_name(operation.name)),
        options.OUTPUT,
        *written,
        *shown,
        *(options.READING if takes_image else ()),
        *options.BATCH,
    ]


def _call(operation: Any, **given: Any) -> int:
    """Run the verb; the exit code."""
    return perform(Task.of(operation, given), given)


def perform(task: Task, given: Mapping[str, Any]) -> int:
    """Do a task on all inputs, and write what it answers; the exit code."""
    operation = task.operation
    images = plan.inputs_of(task, given)
    files = operation.result in GRIDS or (
        operation.result == "objects" and not operation.draws and not _is_table(given["target"])
    )
    work = _writing if files else _measuring
    return work(task, images, given)


def _is_table(output: str | None) -> bool:
    known = os.path.splitext(str(output))[1].lower() in tables.FORMATS or tables.is_map(output)
    return output in (None, STDOUT) or known


def _run(
    task: Task, jobs: Sequence[Job], given: Mapping[str, Any], work: Callable[[Job, Answer], Done]
) -> list[Outcome]:
    """Open each input, answer it, and let ``work`` do something with the answer."""

    task = task.for_jobs(jobs)

    def one(job: Job) -> Done:
        with opened(job.image, task.takes, task.reading) as source:
            return task.written(job, source) or work(job, task.answer(job.image, source))

    make_folders(
        [*(job.output for job in jobs), *(job.preview for job in jobs), given["report"], given.get("contact_sheet")]
    )
    lines = not given["quiet"] and given["target"] not in (None, STDOUT)
    at_a_time = jobs_for(given["jobs"], len(jobs))
    return run(jobs, one, at_a_time, report=given["report"], lines=lines, scheduler=task.scheduler_of_inputs)


def _failed(outcomes: Sequence[Outcome]) -> int:
    return int(any(outcome.status == "failed" for outcome in outcomes))


# -- results that are files ----------------------------------------------------------------------------------------


def _writing(task: Task, images: Sequence[Input], given: Mapping[str, Any]) -> int:
    jobs = plan.jobs_of(task, images, given, one_file_each=True)
    if given["dry_run"]:
        return plan.show(task, jobs)
    sheet = given.get("contact_sheet")

    def write(job: Job, answer: Answer) -> Done:
        save(answer, job, task.operation.result)
        preview = _preview(job, answer) if job.preview else None
        if not sheet:
            return Done(answer.share)
        before = _before(answer.source) if answer.metadata else None  # what is concealed is shown nowhere
        return Done(answer.share, sheet={**_pictures(job, answer), "image": before, "preview": preview})

    outcomes = _run(task, jobs, given, write)
    if sheet:
        rows = [outcome.done.sheet for outcome in outcomes if outcome.done.sheet]
        rm.contact_sheet(rows, sheet, title=f"roimask {shown_name(task.verb)}")
    return _failed(outcomes)


def _preview(job: Job, answer: Answer) -> Any:
    """The picture of before and after, which is written where the command runs."""
    picture = rm.preview(answer.source.read(), answer.result, answer.mask)
    rm.write(str(job.preview), picture)
    return picture


def _before(source: Any) -> bytes:
    """What an operation was given, as a thumbnail."""
    return rm.thumbnail(source if isinstance(source, rm.Mask) else source.read())


def _pictures(job: Job, answer: Answer) -> dict[str, Any]:
    """A row of the contact sheet, small enough to keep for each of many inputs."""
    mask = None if answer.mask is None else rm.thumbnail(answer.mask)
    share = None if answer.mask is None else answer.share
    return dict(name=job.image.relative, mask=mask, result=rm.thumbnail(answer.result), share=share)


# -- results that are rows -----------------------------------------------------------------------------------------


def _measuring(task: Task, images: Sequence[Input], given: Mapping[str, Any]) -> int:
    output = given["target"]
    jobs = plan.jobs_of(task, images, given, one_file_each=False)
    read = [*task.files, *(image.path for image in images)]
    if output not in (None, STDOUT):
        tables.require_format(output, placed=task.operation.places)
        if output in plan.may_write([output], read, given):
            click.echo(f"{rm.shown(output)} is there: skipped", err=True)
            return 0
    if given["dry_run"]:
        return plan.show(task, jobs)
    make_folders([output])
    names = _names(images)
    as_json = given["as_json"] or str(output).lower().endswith(".json")

    def measure(job: Job, answer: Answer) -> Done:
        if job.preview:
            rm.write(str(job.preview), rm.overlay(answer.source.read(), answer.result.mask(answer.source.frame)))
        rows = [{"image": names[job.image], **row} for row in rows_of(answer.result, as_json)]
        return Done(answer.share, rows, crs=getattr(answer.result, "attrs", {}).get("crs"))

    outcomes = _run(task, jobs, given, measure)
    rows = [row for outcome in outcomes for row in outcome.done.rows]
    if output in (None, STDOUT):
        tables.print_rows(rows, given["as_json"])
    else:
        tables.write_rows(rows, output, next((outcome.done.crs for outcome in outcomes if outcome.done.crs), None))
    return _failed(outcomes)


def _names(images: Sequence[Input]) -> dict[Input, str]:
    """How images are named in a table: below the folder that was given, where that is clear."""
    clear = len({image.relative for image in images}) == len(images)
    return {image: image.relative if clear else image.path for image in images}
