"""``roimask check``: what looks wrong with images and their masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

import roimask as rm

from . import options, outputs, plan, tables
from .batch import jobs_for, run
from .examples import epilog
from .inputs import Input, collect, is_drawn
from .jobs import Done, Job
from .partners import MaskFolder, Partner, partner
from .task import opening
from .wording import for_shell

__all__ = ["command"]

_WRONG = frozenset({"error", "warning"})


@click.command("check", epilog=epilog("roimask check scans/ --mask masks/"))
def command(**given: Any) -> int:
    """Find what is wrong with images and their masks.

    Sizes and places, the share that takes part, a polarity that looks inverted, gray fringes, masks with three
    channels, labels found, images without a mask and masks without an image. With -o, pictures of the masks over
    their images. Exit code 1 where something is wrong.
    """
    found = partner(given["mask"], given["mask_kind"])
    but = [found.folder] if isinstance(found, MaskFolder) else []
    images = plan.without_masks(collect(given["inputs"], given["recursive"], but=but), [found])
    jobs = _jobs(found, images, given)
    at_a_time = jobs_for(given["jobs"], len(jobs))
    outcomes = run(jobs, lambda job: _check(job, found, given), at_a_time, report=given["report"], lines=False)
    rows = [row for outcome in outcomes for row in outcome.done.rows] + list(_without_image(found, images))
    _print(rows, given["as_json"])
    failed = any(outcome.status == "failed" for outcome in outcomes)
    return int(failed or any(row["severity"] in _WRONG for row in rows))


command.params += [
    options.files("IMAGE..."),
    options.required(options.MASK),
    options.MASK_KIND,
    options.OUTPUT,
    options.JSON,
    *options.READING,
    *(option for option in options.BATCH if option.name not in ("dry_run", "quiet")),
]


def _jobs(found: Partner, images: Sequence[Input], given: Mapping[str, Any]) -> list[Job]:
    """A job an image; with -o each has a picture to write."""
    masks = [path for image in images for path in plan.files_of([found], image)]
    targets: list[str | None] = [None] * len(images)
    if given["target"] is not None:
        targets[:] = outputs.plan(images, given["target"], "check", "overlay", masks)
    there = plan.may_write([*filter(None, targets), *filter(None, [given["report"]])], masks, given)
    outputs.make_folders([*targets, given["report"]])
    return [
        Job(image, None if target in there else target, plan.problem_of([found], image))
        for image, target in zip(images, targets, strict=True)
    ]


def _check(job: Job, found: Partner, given: Mapping[str, Any]) -> Done:
    with rm.Raster(job.image.path, **opening(given)) as raster:
        mask = _as_it_is(job.image, raster, found, given["mask_kind"])
        seen = rm.check(raster, mask)
        if job.output is not None:
            with suppress(rm.FrameMismatch, rm.MaskValueError):  # there is a finding about it
                rm.write(job.output, rm.overlay(raster, found.mask(job.image, raster.frame)))
    return Done(None, [_row(job.image, finding) for finding in seen])


def _as_it_is(image: Input, raster: Any, found: Partner, kind: str | None) -> Any:
    """The mask, as far as it can be had without making it right."""
    path = found.file(image)
    if path is None or is_drawn(path) or path.lower().endswith(".npz"):
        return found.mask(image, raster.frame)
    return rm.Raster(path, indexed=True) if kind is None else rm.read_mask(path, kind=kind)  # type: ignore[arg-type]


def _row(image: Input, finding: Any) -> dict[str, Any]:
    sentence = for_shell(finding.sentence)
    return {"image": image.path, "code": finding.code, "severity": finding.severity, "finding": sentence}


def _without_image(found: Partner, images: Sequence[Input]) -> Iterator[dict[str, Any]]:
    for path in found.without_image(images) if isinstance(found, MaskFolder) else ():
        yield {"image": path, "code": "alone", "severity": "warning", "finding": "the mask has no image."}


def _print(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        tables.print_rows(rows, as_json=True)
    for row in () if as_json else rows:
        click.echo(f"{rm.shown(row['image'])}: {row['severity']}: {row['finding']}")
