"""What will be done, before anything is: each input with its masks, its output, and what stands in the way."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

import roimask as rm

from . import outputs, tables
from .batch import jobs_for
from .inputs import Input, collect, is_image, is_mask
from .jobs import Job
from .partners import MaskFolder, Partner, common_kind
from .task import Task
from .wording import reason

__all__ = ["files_of", "inputs_of", "jobs_of", "may_write", "problem_of", "show", "without_masks"]


def inputs_of(task: Task, given: Mapping[str, Any]) -> list[Input]:
    """The inputs, without what lies in the folders of masks or results."""
    folders = [found.folder for found in task.all_partners if isinstance(found, MaskFolder)]
    wanted = is_mask if task.takes == "mask" else is_image
    images = collect(given["inputs"], given["recursive"], wanted, [*folders, given["target"] or ""])
    return without_masks(images, task.all_partners)


def without_masks(images: Sequence[Input], partners: Sequence[Partner]) -> list[Input]:
    """The inputs but for masks that lie beside their images."""
    beside = {os.path.realpath(path) for image in images for path in files_of(partners, image)}
    return [image for image in images if not image.from_folder or os.path.realpath(image.path) not in beside]


def files_of(partners: Sequence[Partner], image: Input) -> list[str]:
    """The mask files of an input, as far as there are any."""
    found = []
    for partner in partners:
        with suppress(LookupError):
            found.append(partner.file(image))
    return [path for path in found if path]


def jobs_of(task: Task, images: Sequence[Input], given: Mapping[str, Any], one_file_each: bool) -> list[Job]:
    """A job an input; mask kinds are settled, and what cannot be written is refused."""
    task.settle_kinds(images, jobs_for(given["jobs"], len(images)))
    problems = {image: problem_of(task.all_partners, image) for image in images}
    masks = [*task.files, *(path for image in images for path in files_of(task.all_partners, image))]
    beside = [path for path in (given.get("report"), given.get("contact_sheet")) if path]
    targets: list[str | None] = [None] * len(images)
    if one_file_each:
        result = "clear" if task.alpha else task.operation.result
        targets[:] = outputs.plan(images, given["target"], task.verb, result, masks)
    previews = _previews(task, images, given, masks)
    read = [*masks, *(image.path for image in images)]
    is_there = _numbered if task.operation.result == "objects" else os.path.lexists
    there = may_write([*filter(None, targets), *beside], read, given, is_there)
    there |= may_write([*filter(None, previews)], read, given)
    return [
        Job(image, target, problems[image], target in there, None if preview in there else preview)
        for image, target, preview in zip(images, targets, previews, strict=True)
    ]


def _previews(
    task: Task, images: Sequence[Input], given: Mapping[str, Any], masks: Sequence[str]
) -> Sequence[str | None]:
    """Where the pictures of before and after go: into the folder where the command runs."""
    if not given.get("preview"):
        return [None] * len(images)
    return outputs.plan(images, "{folder}/{stem}_preview.png", task.verb, "image", masks)


def problem_of(partners: Sequence[Partner], image: Input) -> str:
    """Why an input has not the masks that it needs; empty where it has."""
    for partner in partners:
        try:
            partner.file(image)
        except LookupError as error:
            return str(error.args[0])
    return ""


def _numbered(target: str) -> bool:
    """Whether a result is there, also one of several files: photo_1.png, photo_2.png."""
    stem, suffix = os.path.splitext(target)
    return os.path.lexists(target) or bool(glob.glob(f"{glob.escape(stem)}_*{glob.escape(suffix)}"))


def may_write(
    targets: Sequence[str],
    read: Sequence[str],
    given: Mapping[str, Any],
    is_there: Callable[[str], bool] = os.path.lexists,
) -> set[str]:
    """The targets that are there already and to be left as they are.

    Raises
    ------
    UsageError
        Where targets are there and neither ``--overwrite`` nor ``--skip-existing`` is given, or one is read.
    """
    if given["overwrite"] and given["skip_existing"]:
        raise click.UsageError("--overwrite and --skip-existing exclude each other")
    if given.get("report"):
        tables.require_format(given["report"])
    sheet = given.get("contact_sheet")
    if sheet and not sheet.lower().endswith((".html", ".htm")):
        raise click.UsageError(f"{rm.shown(sheet)}: a contact sheet is written as .html")
    outputs.require_no_input(targets, read)
    there = [target for target in targets if target != outputs.STDOUT and is_there(target)]
    if there and not (given["overwrite"] or given["skip_existing"]):
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise click.UsageError(f"{rm.shown(there[0])}{more} would be overwritten: give --overwrite or --skip-existing")
    return set(there) if given["skip_existing"] else set()


def show(task: Task, jobs: Sequence[Job]) -> int:
    """Print what would be done, and what has no partner."""
    for name, partner in task.partners.items():
        kind = partner.kind or common_kind(partner, [job.image for job in jobs], 1)
        if kind:
            click.echo(f"{name}: {kind}")
    for job in jobs:
        click.echo(f"{rm.shown(job.image.path)}{_with(task, job.image)}{_to(job)}")
        for line in () if job.problem else _detail(task, job):
            click.echo(f"  {line}")
    for partner in task.all_partners:
        for path in partner.without_image([job.image for job in jobs]) if isinstance(partner, MaskFolder) else ():
            click.echo(f"{rm.shown(path)}: no image")
    return int(any(job.problem for job in jobs))


def _detail(task: Task, job: Job) -> list[str]:
    """What more is to be said of an input; that it cannot be read."""
    try:
        return list(task.detail(job))
    except (rm.RoimaskError, OSError) as error:
        return [reason(error)]


def _with(task: Task, image: Input) -> str:
    return "".join(f" + {rm.shown(path)}" for path in files_of(task.all_partners, image))


def _to(job: Job) -> str:
    if job.problem:
        return f": {job.problem}"
    target = f" -> {rm.shown(job.output)}" if job.output else ""
    return target + (" (is there, skipped)" if job.skip else "")
