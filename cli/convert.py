"""``roimask mask convert``: masks in another format, as another kind, on another grid."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

import roimask as rm

from . import grid, options, outputs, plan
from .batch import jobs_for, run
from .examples import epilog
from .inputs import Input, collect, is_mask
from .jobs import Done, Job
from .partners import MaskFile, MaskFolder
from .results import write_to

__all__ = ["command"]


_TO = click.Option(
    ["--to"],
    type=click.Choice([format.name for format in rm.mask_formats() if format.writes]),
    help="The format; else as -o ends.",
)


@click.command("convert", epilog=epilog("roimask mask convert masks/ --to coco -o annotations"))
def command(**given: Any) -> int:
    """Write masks in another format, as another kind, or on the grid of an image.

    Outlines that do not say how large their image is (GeoJSON, YOLO, ImageJ) need --like. Where --like is a folder of
    images, there is a result for each: of the mask of its name in a folder, or of its own in a data set.

    What a format does not hold, and what of a damaged file is left out, is said in a line.
    """
    masks = collect(given["inputs"], given["recursive"], is_mask)
    suffix = next((format.suffixes[0] for format in rm.mask_formats() if format.name == given["to"]), "")
    images, reading_of = _by_image(given) if _is_folder(given["like"]) else (masks, _as_given(given))
    jobs = _jobs(images, suffix, [*(mask.path for mask in masks), *filter(None, [given["like"]])], given)

    def convert(job: Job) -> Done:
        mask = grid.read_mask(**reading_of(job.image))
        write_to(str(job.output), suffix or ".png", lambda path: mask.save(path, given["to"]))
        if job.output != outputs.STDOUT:
            _warn_of_losses(mask, str(job.output))
        return Done()

    lines = not given["quiet"] and given["target"] != outputs.STDOUT
    outcomes = run(jobs, convert, jobs_for(given["jobs"], len(jobs)), report=given["report"], lines=lines)
    return int(any(outcome.status == "failed" for outcome in outcomes))


command.params += [
    options.files("MASK..."),
    _TO,
    grid.LIKE,
    grid.FRAME,
    grid.OF,
    options.MASK_KIND,
    options.OUTPUT,
    *(option for option in options.BATCH if option.name != "dry_run"),
]


Reading = Callable[[Input], dict[str, Any]]


def _is_folder(like: str | None) -> bool:
    return like is not None and os.path.isdir(like)


def _as_given(given: Mapping[str, Any]) -> Reading:
    """Each input is a mask, and all are for one grid."""
    reading = grid.reading_of(given)
    return lambda mask: {**reading, "path": mask.path}


def _by_image(given: Mapping[str, Any]) -> tuple[list[Input], Reading]:
    """The images of the folder --like, and how the mask of each is read: by name from a folder, or from one file."""
    if len(given["inputs"]) > 1:
        raise click.UsageError("give one file or one folder of masks where --like is a folder of images")
    (word,), like = given["inputs"], given["like"]
    found = MaskFolder(word) if os.path.isdir(word) else MaskFile(word)

    def reading(image: Input) -> dict[str, Any]:
        of = given["of"] or (image.path if isinstance(found, MaskFile) else None)  # else it need not be named so
        return {**grid.reading_of({**given, "like": image.path, "of": of}), "path": str(found.file(image))}

    return collect([like], given["recursive"], but=given["inputs"]), reading


def _jobs(images: Sequence[Input], suffix: str, read: Sequence[str], given: Mapping[str, Any]) -> list[Job]:
    """A job a result."""
    targets = outputs.plan(images, given["target"], "convert", suffix or "mask", read)
    there = plan.may_write([*targets, *filter(None, [given["report"]])], read, given)
    outputs.make_folders([*targets, given["report"]])
    return [Job(image, target, skip=target in there) for image, target in zip(images, targets, strict=True)]


# -- losses --------------------------------------------------------------------------------------------------------


def _warn_of_losses(mask: Any, path: str) -> None:
    """Say what is not there when the file is read again: what no such file holds, and what of this mask is lost."""
    try:
        back, sized = rm.read_mask(path), True
    except rm.ReadError:
        back, sized = rm.read_mask(path, mask.frame), False
    for missing in _not_held(mask, back, sized):
        warnings.warn(f"{os.path.splitext(path)[1]} does not hold {missing}.", stacklevel=2)
    for lost in _lost(mask, back):
        warnings.warn(f"{rm.shown(path)}: {lost}.", stacklevel=2)


def _not_held(mask: Any, back: Any, sized: bool) -> Iterator[str]:
    if not sized:
        yield "the size of the image: give --like to read it"
    if mask.frame.georeferenced and not back.frame.georeferenced:
        yield "the place in the world"
    if back.kind != mask.kind:
        yield f"that a mask is {mask.kind}: it is read as {back.kind}"
    if not set(mask.names.values()) <= set(back.names.values()):
        yield "the names of regions"


def _lost(mask: Any, back: Any) -> Iterator[str]:
    pixels = (back.as_binary() ^ mask.as_binary()).area
    if pixels:
        yield f"{pixels} pixels are not as they were"
    if mask.kind == "labels" and back.labels != mask.labels:
        yield "the regions are numbered anew"
    if mask.kind == back.kind == "weights" and back.values.tobytes() != mask.values.tobytes():
        yield "the weights are rounded"
