"""A run that is ready to go, and what can be said of it before it goes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from roimask import __version__
from roimask.errors import ParameterError
from roimask.kinds import Kind
from roimask.raster.paths import named_after
from roimask.raster.raster import Raster
from roimask.recipes import Recipe
from roimask.recipes.masks import of_recipe
from roimask.record import Operation
from roimask.running.applied import NOWHERE, Applied, bands_of
from roimask.running.blocks import Grid, grid_of, memory_of
from roimask.running.reading import Reading
from roimask.running.regions import Region, region_of, region_of_file
from roimask.running.steps import Chain, Tap, chained, plain_steps
from roimask.sources import Source, as_source, supported

__all__ = ["Job", "Plan", "PlannedStep", "passes_of"]


class PlannedStep(NamedTuple):
    """What a step of a run will do.

    Attributes
    ----------
    op : str
    halo : int or None
        Pixels that it looks beyond a block; None: it looks at the whole image, which is held in memory.
    dtype : str
        Of what it answers.
    passes : int
        How often the image is gone through for it.
    """

    op: str
    halo: int | None
    dtype: str
    passes: int


class Plan(NamedTuple):
    """What a run will do, known before any pixel is read.

    Attributes
    ----------
    steps : list of PlannedStep
    height, width, bands : int
    blocks : int
    touched : int
        Blocks in which the mask has a pixel.
    block : (int, int)
        Rows and columns of a block.
    memory : int
        About how many bytes the run takes.
    """

    steps: list[PlannedStep]
    height: int
    width: int
    bands: int
    blocks: int
    touched: int
    block: tuple[int, int]
    memory: int


@dataclass(frozen=True)
class Job:
    """A run that is ready to go.

    Attributes
    ----------
    raster : Raster or None
        Where the output has its metadata from.
    reading : Source
        What is read.
    region : Region or None
        What takes part.
    chain : Chain
    grid : Grid
    recipe : mapping
        The run in words, for the output's tag.
    files : tuple of str
        What it reads beside the raster and masks.
    """

    raster: Raster | None
    reading: Source
    region: Region | None
    chain: Chain
    grid: Grid
    recipe: Mapping[str, Any]
    files: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        image: Any,
        steps: Any,
        *,
        mask: Any = None,
        exclude: Any = None,
        mask_kind: Kind | None = None,
        block: int = 2048,
        on_error: str = "stop",
        ignore_nodata: bool = False,
        allow_remote: bool = False,
    ) -> Job:
        """Check everything that a run is given; nothing is read but headers and outlines."""
        if on_error not in ("stop", "skip"):
            raise ParameterError(f"on_error is 'stop' or 'skip', got {on_error!r}")
        raster = _opened(image, ignore_nodata, allow_remote)
        part = None if raster is None else raster.layout().block
        reading: Source = as_source(image) if raster is None else Reading(raster, part, on_error == "skip")
        supported(reading.read(NOWHERE))
        recipe = steps if isinstance(steps, Recipe) else None
        plain = plain_steps(steps if recipe is None else [step.to_dict() for step in recipe.steps])
        region = _region(recipe, mask, exclude, mask_kind, reading, raster)
        chain = chained(plain, reading, region, str if recipe is None else recipe.at)
        if region is not None:
            region.settle(as_one=not chain.tells_labels_apart)
        said = {"steps": plain, **_masks_said(recipe, mask, exclude)}
        grid = grid_of(reading, part, block, chain.applied, _mask_bytes(region, chain))
        return cls(raster, reading, region, chain, grid, said)

    def plan(self) -> Plan:
        """What it will do."""
        blocks, region = self.grid.blocks(), self.region
        touched = sum(region is None or not region.on(window).window.empty for window in blocks)
        bands = bands_of(self.reading)
        return Plan(
            [_planned(step) for step in self.chain.in_order],
            self.reading.frame.height,
            self.reading.frame.width,
            bands[0] if bands else 1,
            len(blocks),
            touched,
            self.grid.block,
            memory_of(self.reading, self.chain.applied, self.grid.block, _mask_bytes(self.region, self.chain)),
        )

    def reads(self) -> Iterator[str]:
        """The files that it reads."""
        if self.raster is not None:
            yield self.raster.path
        yield from self.files
        for region in (self.region, *(step.write for step in self.chain.applied)):
            if isinstance(region, Region):
                yield from (leaf.path for leaf in region.leaves() if leaf.path is not None)
        for step in self.chain.applied:
            yield from (path for value in step.params.values() if isinstance(path := getattr(value, "path", None), str))

    def facts(self) -> list[Any]:
        """What its answer depends on, so that another run can tell whether it is the same."""
        files = [_stamp(path) for path in self.reads()]
        held = [] if self.region is None else [leaf.digest() for leaf in self.region.leaves() if leaf.path is None]
        return [dict(self.recipe), files, held, self.grid.block, self.grid.tile, __version__]


def _stamp(path: str) -> tuple[Any, ...]:
    """What is another when a file has changed."""
    if not os.path.exists(path):  # on another machine
        return (path,)
    found = os.stat(path)
    return os.path.abspath(path), found.st_size, found.st_mtime_ns


def _mask_bytes(region: Region | None, chain: Chain) -> int:
    """Bytes that the mask takes for each pixel: labels, or one region, and the weights made of either."""
    return 0 if region is None else 5 if chain.tells_labels_apart else 2


def _opened(image: Any, ignore_nodata: bool, allow_remote: bool) -> Raster | None:
    if isinstance(image, (str, os.PathLike)):
        return Raster(image, ignore_nodata=ignore_nodata, allow_remote=allow_remote)
    return image if isinstance(image, Raster) else None


def _region(
    recipe: Recipe | None, mask: Any, exclude: Any, kind: Kind | None, source: Source, raster: Raster | None
) -> Region | None:
    """What takes part: the mask, less what is excluded; of a recipe its own, where no other is given."""
    frame = source.frame
    if recipe is not None and mask is None and exclude is None:
        path, kind = None if raster is None else raster.path, kind or recipe.mask_kind  # type: ignore[assignment]
        return of_recipe(recipe, lambda name: region_of_file(recipe.at(named_after(name, path)), frame, kind))
    region = region_of(mask, frame, kind)
    for more in _several(exclude):
        without = region_of(more, frame, kind)
        region = ~without if region is None else region - without  # type: ignore[operator]
    return region


def _several(exclude: Any) -> list[Any]:
    return [] if exclude is None else list(exclude) if isinstance(exclude, (list, tuple)) else [exclude]


def _masks_said(recipe: Recipe | None, mask: Any, exclude: Any) -> dict[str, Any]:
    """The masks in words, as far as they have a name."""
    said = {"mask": mask, "exclude": _several(exclude)}
    if recipe is not None and mask is None and exclude is None:
        said = {"mask": recipe.mask, "exclude": list(recipe.exclude)}
    return {name: _in_words(value) for name, value in said.items() if value is not None}


def _in_words(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_words(part) for part in value]
    return os.fspath(value) if isinstance(value, (str, os.PathLike)) else repr(value)


def _planned(step: Applied | Tap) -> PlannedStep:
    if isinstance(step, Applied):
        return PlannedStep(step.operation.name, step.halo, step.dtype.name, passes_of(step.operation))
    return PlannedStep(step.operation.name, 0, step.source.dtype.name, passes_of(step.operation))


def passes_of(operation: Operation) -> int:
    """How often an operation goes through what it works on."""
    return 1 if operation.observe is None else 1 + passes_of(operation.observe)
