"""The grid that masks are on: of an image, or of a size; and of a data set the image that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import click

import roimask as rm

from . import options

__all__ = ["FRAME", "LIKE", "OF", "grid_of", "read_mask", "read_paired", "reader", "reading_of", "required_grid"]

LIKE = click.Option(
    ["--like"], type=options.FILE, metavar="IMAGE", help="The image (or mask) whose grid the mask is on."
)
FRAME = click.Option(["--frame"], metavar="HEIGHT,WIDTH", help="The size of the mask, where there is no image.")
OF = click.Option(
    ["--of"], metavar="NAME", help="Of a data set, the image whose mask it is; by default the one that --like names."
)


def grid_of(given: Mapping[str, Any]) -> Any:
    """The grid that --like or --frame describes; None where neither is given."""
    if given.get("like") is None and given.get("frame") is None:
        return None
    return required_grid(given)


def required_grid(given: Mapping[str, Any]) -> Any:
    """The grid that --like or --frame describes.

    Raises
    ------
    UsageError
        Where not exactly one of them is given.
    """
    like, size = given.get("like"), given.get("frame")
    if (like is None) == (size is None):
        raise click.UsageError("give either --like IMAGE or --frame HEIGHT,WIDTH")
    if like is not None:
        with rm.Raster(like) as raster:
            return raster.frame
    try:
        height, width = (int(part) for part in str(size).split(","))
    except ValueError:
        raise click.UsageError(f"--frame is HEIGHT,WIDTH in pixels, such as 480,640, got {size!r}") from None
    return rm.Frame(height, width)


def reading_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """How masks are read, from the options."""
    return {"frame": grid_of(given), "kind": given["mask_kind"], "of": given.get("of"), "like": given.get("like")}


def read_mask(path: str, frame: Any, kind: Any, of: str | None, like: str | None) -> Any:
    """A mask on the grid that was given for it: drawn there, aligned, or scaled where only the scene is the same."""
    read = reader(of, like)
    try:
        return read(path, frame, kind)
    except rm.FrameMismatch:
        return read(path, None, kind).to_frame(frame)


def reader(of: str | None, like: str | None) -> Callable[..., Any]:
    """``rm.read_mask`` for the image that is named; --like names it only where a file has several."""
    return partial(rm.read_mask, image=of) if of or not like else partial(read_paired, image=like)


def read_paired(path: str, frame: Any, kind: Any, *, image: str) -> Any:
    """The mask of a file that belongs to an image: the only one, or of several the image's by its name."""
    try:
        return rm.read_mask(path, frame, kind)
    except rm.ReadError:
        return rm.read_mask(path, frame, kind, image=image)
