"""``roimask tiles``: rasters cut into tiles for training, with masks and labels beside them and an index."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import roimask as rm

from . import options, outputs, plan, tables
from .batch import Done, Job, jobs_for, run
from .examples import epilog
from .inputs import Input, collect
from .partners import MaskFolder, partner
from .task import Task, opening

__all__ = ["command"]

_INDEX = "index.csv"
_AS_PNG = frozenset({("uint8", 1), ("uint8", 3), ("uint16", 1), ("uint16", 3)})  # 2 and 4 bands would be alpha there


class Size(click.ParamType):
    """One number of pixels, or two with a comma."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or height and width."""
        try:
            sides = [int(side) for side in str(value).split(",")]
        except ValueError:
            self.fail(f"a number of pixels, or HEIGHT,WIDTH, was expected, got {value!r}", param, ctx)
        return sides[0] if len(sides) == 1 else tuple(sides)


@click.command("tiles", epilog=epilog("roimask tiles scene.tif --size 256 --min-valid 0.8 -o chips/"))
def command(**given: Any) -> int:
    """Cut rasters into tiles of one size for training.

    Each tile is written as NAME_r3_c12 by its row and column, georeferenced where the raster is, with the mask of its
    valid pixels (_mask) and its label (_label) beside it; index.csv says of each where it lies and how much of it is
    valid. The last tiles of a row and of a column are padded; padding is not valid.
    """
    if given["target"] in (None, outputs.STDOUT):
        raise click.UsageError("give -o: the folder of the tiles, such as chips/")
    task = _task(given)
    images = _images(task, given)
    jobs = _jobs(task, images, given)
    if given["dry_run"]:
        return _show(jobs, given)
    outputs.make_folders([*(job.output for job in jobs), given["report"]])
    at_a_time = jobs_for(given["jobs"], len(jobs))
    task.settle_kinds(images, at_a_time)
    outcomes = run(
        jobs, lambda job: _cut(job, task, given), at_a_time, report=given["report"], lines=not given["quiet"]
    )
    rows = [row for outcome in outcomes for row in outcome.done.rows]
    tables.write_rows(rows, os.path.join(given["target"], _INDEX))
    return int(any(outcome.status == "failed" for outcome in outcomes))


command.params += [
    options.files("IMAGE..."),
    click.Option(["--size"], type=Size(), required=True, metavar="PIXELS", help="Side of a tile, or HEIGHT,WIDTH."),
    click.Option(["--overlap"], type=int, default=0, metavar="PIXELS", help="How much neighbours share. [default: 0]"),
    click.Option(
        ["--min-valid"],
        type=float,
        default=0.0,
        metavar="SHARE",
        help="Leave out tiles of which less is valid, 0 to 1.",
    ),
    options.MASK,
    options.EXCLUDE,
    click.Option(["--labels"], type=options.FILE, help="What is to be learnt, given as --mask is."),
    options.MASK_KIND,
    click.Option(
        ["--format", "suffix"],
        type=click.Choice(["tif", "png"]),
        help="How tiles are written. [default: tif where a raster is georeferenced or no PNG holds it, else png]",
    ),
    options.OUTPUT,
    *options.READING,
    *options.BATCH,
]


# -- what is to be done ----------------------------------------------------------------------------------------------


def _task(given: Mapping[str, Any]) -> Task:
    """The masks and labels that go with the inputs; no operation."""
    kind = given["mask_kind"]
    return Task(
        None,
        {},
        {name: partner(given[name], kind) for name in ("mask", "labels") if given[name] is not None},
        [partner(text, kind) for text in given["exclude"]],
        opening(given),
    )


def _images(task: Task, given: Mapping[str, Any]) -> list[Input]:
    folders = [found.folder for found in task.all_partners if isinstance(found, MaskFolder)]
    images = collect(given["inputs"], given["recursive"], but=[*folders, given["target"]])
    return plan.without_masks(images, task.all_partners)


def _jobs(task: Task, images: Sequence[Input], given: Mapping[str, Any]) -> list[Job]:
    """A job an input, whose output is the pattern of the names of its tiles."""
    folder = os.path.join(given["target"], "")
    masks = [path for image in images for path in plan.files_of(task.all_partners, image)]
    stems = [os.path.splitext(path)[0] for path in outputs.plan(images, folder, "tiles", "picture", masks)]
    read = [*masks, *(image.path for image in images)]
    plan.may_write([os.path.join(folder, _INDEX), *filter(None, [given["report"]])], read, given)
    return [
        Job(image, f"{stem}_*", plan.problem_of(task.all_partners, image))
        for image, stem in zip(images, stems, strict=True)
    ]


def _show(jobs: Sequence[Job], given: Mapping[str, Any]) -> int:
    """Say how many tiles there are, before those are left out that are not valid enough."""
    for job in jobs:
        with rm.Raster(job.image.path, **opening(given)) as raster:
            count = len(rm.tiles(raster, given["size"], given["overlap"]))
        click.echo(f"{rm.shown(job.image.path)} -> {rm.shown(str(job.output))}: {job.problem or f'{count} tiles'}")
    return int(any(job.problem for job in jobs))


# -- one input -------------------------------------------------------------------------------------------------------


def _cut(job: Job, task: Task, given: Mapping[str, Any]) -> Done:
    with rm.Raster(job.image.path, **task.reading) as raster:
        masks = task.masks_for(job.image, raster.frame)
        suffix = f".{given['suffix'] or _suffix_for(raster)}"
        found = rm.tiles(raster, given["size"], given["overlap"], given["min_valid"], **masks)
        rows = [_written(tile, raster, masks.get("labels"), job, suffix, given) for tile in found]
    return Done(None, rows)


def _suffix_for(raster: Any) -> str:
    plain = (raster.dtype.name, raster.count) in _AS_PNG and not raster.frame.georeferenced
    return "png" if plain else "tif"


def _written(tile: Any, raster: Any, labels: Any, job: Job, suffix: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Write a tile and what goes with it; its row of the index."""
    stem = f"{str(job.output)[:-1]}{tile.name}"
    paths = {"file": f"{stem}{suffix}", "mask": f"{stem}_mask{suffix}"}
    if _may_write(paths["file"], given):
        rm.write(paths["file"], tile.image, like=raster, frame=tile.frame, alpha=False)
    if _may_write(paths["mask"], given):
        tile.valid.save(paths["mask"])
    if labels is not None:
        paths["label"] = f"{stem}_label{suffix}"
        if _may_write(paths["label"], given):
            rm.Mask(tile.label, labels.kind, tile.frame, labels.names).save(paths["label"])
    shown = {name: Path(os.path.relpath(path, given["target"])).as_posix() for name, path in paths.items()}
    return {"image": job.image.path, **shown, **dict(_place(tile))}


def _may_write(path: str, given: Mapping[str, Any]) -> bool:
    """Whether a file is to be written; raises LookupError where one is there that may not be replaced."""
    if given["overwrite"] or not os.path.lexists(path):
        return True
    if not given["skip_existing"]:
        raise LookupError(f"{rm.shown(path)} would be overwritten: give --overwrite or --skip-existing")
    return False


def _place(tile: Any) -> Iterator[tuple[str, Any]]:
    """Where a tile lies, in pixels and in the world, and how much of it is valid."""
    yield from (("row", tile.row), ("column", tile.column))
    yield from tile.window._asdict().items()
    yield "valid", round(tile.share, 6)
    if tile.frame.georeferenced:
        height, width = tile.frame.shape
        corners = [tile.frame.xy(row, column) for row in (0, height) for column in (0, width)]
        (west, south), (east, north) = (tuple(map(pick, zip(*corners, strict=True))) for pick in (min, max))
        yield from (("west", west), ("south", south), ("east", east), ("north", north), ("crs", tile.frame.crs))
