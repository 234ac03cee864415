"""``roimask composite``: images of one place on several dates as one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

import roimask as rm

from . import options, outputs, plan
from .examples import epilog
from .inputs import Input, collect, is_drawn
from .partners import MaskFolder, Partner, partner
from .task import opening

__all__ = ["command"]

METHODS = ("median", "mean", "max_ndvi", "least_cloud", "first", "last", "count")


class Bands(click.ParamType):
    """Numbers of bands by name: red=2,nir=3."""

    name = "bands"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The numbers by name."""
        try:
            pairs = [part.partition("=") for part in str(value).split(",")]
            return {name.strip(): int(number) for name, _, number in pairs}
        except ValueError:
            self.fail(f"numbers of bands by name, such as 'red=2,nir=3', were expected, got {value!r}", param, ctx)


@click.command(
    "composite", epilog=epilog("roimask composite may.tif june.tif july.tif --exclude clouds/ -o summer.tif")
)
def command(**given: Any) -> int:
    """Put images of one place on several dates together, in the order in which they are given.

    Of each pixel only those dates count on which it holds data, lies in its mask (--mask) and in none of what is
    excluded (--exclude): a folder holds a mask for each image, by its name. A GeoTIFF is written block by block.
    """
    output = given["target"]
    if output in (None, outputs.STDOUT):
        raise click.UsageError("give -o: the file of the composite, such as out.tif")
    mask = None if given["mask"] is None else partner(given["mask"], given["mask_kind"])
    excluded = [partner(text, given["mask_kind"]) for text in given["exclude"]]
    partners = [*([] if mask is None else [mask]), *excluded]
    images = _images(partners, given)
    read = [*(path for image in images for path in plan.files_of(partners, image)), *(image.path for image in images)]
    if output in plan.may_write([output], read, given):
        click.echo(f"{rm.shown(output)} is there: skipped", err=True)
        return 0
    if given["dry_run"]:
        click.echo(f"{', '.join(rm.shown(image.path) for image in images)} -> {rm.shown(output)}")
        return 0
    outputs.make_folders([output])
    with ExitStack() as opened:
        rasters = [opened.enter_context(rm.Raster(image.path, **opening(given))) for image in images]
        _write(rasters, _masks(mask, images, rasters), _excluded(excluded, images, rasters), given)
    return 0


command.params += [
    options.files("IMAGE..."),
    options.MASK,
    options.EXCLUDE,
    options.MASK_KIND,
    click.Option(
        ["--method"],
        type=click.Choice(METHODS),
        default="median",
        help="What of the dates is taken: a value of each band, or all bands of one date. [default: median]",
    ),
    click.Option(
        ["--bands"],
        type=Bands(),
        metavar="red=N,nir=N",
        help="Of max_ndvi: the bands, from 0, where they have no names.",
    ),
    click.Option(
        ["--nodata"],
        type=float,
        help="What stands where no date takes part. [default: nodata of the first, else NaN or 0]",
    ),
    options.OUTPUT,
    *options.READING,
    *(option for option in options.BATCH if option.name in ("recursive", "overwrite", "skip_existing", "dry_run")),
]


def _images(partners: Sequence[Partner], given: Mapping[str, Any]) -> list[Input]:
    """The dates; a date without its mask is an error, because it would count as cloudless."""
    folders = [found.folder for found in partners if isinstance(found, MaskFolder)]
    images = plan.without_masks(collect(given["inputs"], given["recursive"], but=folders), partners)
    for image in images:
        problem = plan.problem_of(partners, image)
        if problem:
            raise click.UsageError(f"{rm.shown(image.path)}: {problem}")
    return images


def _masks(mask: Partner | None, images: Sequence[Input], rasters: Sequence[Any]) -> list[Any] | None:
    if mask is None:
        return None
    return [_mask(mask, image, raster) for image, raster in zip(images, rasters, strict=True)]


def _excluded(excluded: Sequence[Partner], images: Sequence[Input], rasters: Sequence[Any]) -> list[Any] | None:
    """For each date the masks of what takes no part in it."""
    pairs = zip(images, rasters, strict=True)
    return [[_mask(found, *pair) for found in excluded] for pair in pairs] if excluded else None


def _mask(found: Partner, image: Input, raster: Any) -> Any:
    """The mask of a date; where it is a raster that says itself what it holds, its name, to be read by blocks."""
    path = found.file(image)
    large = path is not None and found.kind is None and not is_drawn(path)
    return path if large else found.mask(image, raster.frame)


def _write(rasters: Sequence[Any], masks: Any, excluded: Any, given: Mapping[str, Any]) -> None:
    how = {"exclude": excluded, "bands": given["bands"], "nodata": given["nodata"]}
    first, output = rasters[0], given["target"]
    if first.frame.georeferenced and Path(output).suffix.lower() in (".tif", ".tiff"):
        rm.composite(rasters, masks, given["method"], **how, out=output)
    else:
        found = rm.composite(rasters, masks, given["method"], **how)
        rm.write(output, found, like=first, nodata=given["nodata"])
