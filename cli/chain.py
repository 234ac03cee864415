"""A recipe with all that the command line gave for it, ready for any input."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import click

import roimask as rm

from .given import require_fitting, running_of
from .grid import reading_of
from .inputs import Input
from .jobs import Done, Job
from .outputs import STDOUT
from .partners import partner
from .progress import blocks_shown
from .task import Answer, Task, opening
from .verb import perform
from .worded import is_pattern

__all__ = ["work_recipe"]

_LARGE = 64 << 20  # bytes of pixels from which on a raster is gone through by blocks


@dataclass(frozen=True)
class Chain(Task):
    """The steps of a recipe as one task: its operation is the last one.

    Attributes
    ----------
    name : str
        The word for it in the names of results.
    running : mapping
        What ``rm.run`` is given for rasters that are gone through by blocks.
    scheduler_of_inputs, scheduler_of_blocks : str or None
        The cluster that inputs are worked on, or the blocks of the only one.
    whole : bool
        Whether results are wanted in memory, too, for a contact sheet.
    shown : bool
        Whether it is shown how far a run is.
    """

    name: str = ""
    running: Mapping[str, Any] = field(default_factory=dict)
    scheduler_of_inputs: str | None = None  # type: ignore[misc]
    scheduler_of_blocks: str | None = None
    whole: bool = False
    shown: bool = True

    @classmethod
    def of_recipe(cls, recipe: Any, name: str, given: Mapping[str, Any]) -> Chain:
        """The task that a recipe and the options describe."""
        require_fitting(recipe, given)
        kind = recipe.mask_kind
        return cls(
            recipe.steps[-1].operation,
            recipe.steps[-1].params,
            {} if recipe.mask is None else {"mask": partner(recipe.mask, kind)},
            [partner(text, kind) for text in recipe.exclude],
            reading_of(given) if recipe.takes == "mask" else opening(given),
            by_name=given["by"] == "name",
            recipe=recipe,
            name=name,
            running=running_of(recipe, given),
            scheduler_of_inputs=given["scheduler"],
            whole=given["contact_sheet"] is not None,
            shown=not given["quiet"],
        )

    @property
    def takes(self) -> str:
        """What the first step takes."""
        return self.recipe.takes

    @property
    def verb(self) -> str:
        """The recipe's name."""
        return self.name

    @property
    def files(self) -> list[str]:
        """The files that steps read for all inputs."""
        return [self.recipe.at(text) for step in self.recipe.steps for _, text in step.files if not is_pattern(text)]

    def for_jobs(self, jobs: Sequence[Job]) -> Chain:
        """Of one input the blocks are worked on the cluster, if they can; and it is shown how far they are."""
        if len(jobs) > 1:
            return replace(self, shown=False)
        scheduler = self.scheduler_of_inputs
        if scheduler is None or self.whole or not (self._by_blocks and _is_tiff(jobs[0].output)):
            return self
        return replace(self, scheduler_of_blocks=scheduler, scheduler_of_inputs=None)

    def written(self, job: Job, source: Any) -> Done | None:
        """Go through a large raster block by block, from file to file."""
        if job.output is None or not self._goes_by_blocks(source, job.output):
            return None
        with blocks_shown(self.shown) as progress:
            rm.run(
                source,
                self._steps_for(source),
                job.output,
                **self._masks(job.image, source),
                **self.running,
                scheduler=self.scheduler_of_blocks,
                progress=progress,
            )
        return Done()

    def _masks(self, image: Input, source: Any) -> dict[str, Any]:
        """The masks, to be read by windows where they can."""
        mask = self.partners.get("mask")
        return {
            "mask": None if mask is None else mask.by_windows(image, source.frame),
            "exclude": [found.by_windows(image, source.frame) for found in self.excluded],
            "mask_kind": self.recipe.mask_kind,
        }

    def _goes_by_blocks(self, source: Any, output: str) -> bool:
        """Whether a raster is gone through block by block, and so is its result written."""
        if self.running or self.scheduler_of_blocks is not None:
            return True
        return not self.whole and _is_tiff(output) and self._is_large(source)

    def _is_large(self, source: Any) -> bool:
        """Whether steps that go by blocks meet a raster that does, and has a place in the world or many pixels."""
        many = source.frame.georeferenced or source.header.size(source.frame.window) > _LARGE
        return many and self._by_blocks and source.layout().block is not None

    @property
    def _by_blocks(self) -> bool:
        return self.takes == "image" and self.recipe.by_blocks and not self.recipe.conceals

    def answer(self, image: Input, source: Any) -> Answer:
        """Work the steps on one input that is open."""
        mask = self.masks_for(image, source.frame).get("mask")
        result = self._result(source, mask)
        return Answer(result, source, mask, self.alpha, not self.recipe.conceals, self.recipe)

    def _result(self, source: Any, mask: Any) -> Any:
        if self.operation.result == "summary" and self._is_large(source):
            return rm.run(source, self._steps_for(source), mask=mask).answers[-1]
        return self.recipe(source.read(alpha=True) if self.recipe.conceals else source, mask)

    def detail(self, job: Job) -> Iterator[str]:
        """What each step will need."""
        if self.takes == "mask":
            return
        with rm.Raster(job.image.path, **self.reading) as source:
            bands = f"{source.count} band{'s' if source.count != 1 else ''} of {source.dtype}"
            yield f"{source.frame.describe()}, {bands}"
            plan = self._plan(job, source) if self._by_blocks else None
            if plan is not None:
                yield from _planned_steps(plan)
            if plan is not None and job.output is not None and self._goes_by_blocks(source, job.output):
                rows, columns = plan.block
                yield f"{plan.touched} of {plan.blocks} blocks of {rows} × {columns}, about {plan.memory >> 20} MB"
            else:
                yield f"in memory, {source.header.size(source.frame.window) / 2**20:.1f} MB and as much for each result"

    def _plan(self, job: Job, source: Any) -> Any:
        asked = {name: self.running[name] for name in self.running.keys() & {"block", "on_error"}}
        return rm.plan(source, self._steps_for(source), **self._masks(job.image, source), **asked)

    def _steps_for(self, source: Any) -> list[dict[str, Any]]:
        return self.recipe.steps_for(source.path)


def _planned_steps(plan: Any) -> Iterator[str]:
    for number, step in enumerate(plan.steps, 1):
        halo = "looks at the whole" if step.halo is None else f"halo {step.halo}"
        yield f"{number} {step.op}: {halo}{f', {step.passes} passes' if step.passes > 1 else ''} -> {step.dtype}"


def _is_tiff(output: str | None) -> bool:
    return output is not None and os.path.splitext(output)[1].lower() in (".tif", ".tiff")


def work_recipe(recipe: Any, name: str, given: Mapping[str, Any]) -> int:
    """Work a recipe on all inputs, as the options say; the exit code."""
    recipe = recipe.anchored()
    masks = {
        "mask": given["mask"] or recipe.mask,
        "exclude": (*recipe.exclude, *given["exclude"]),
        "mask_kind": given["mask_kind"] or recipe.mask_kind,
    }
    recipe, given = replace(recipe, **masks), {**given, "target": given["target"] or recipe.out}
    if given["scheduler"] is not None:
        recipe, given = _wherever(recipe, given)
    return perform(Chain.of_recipe(recipe, name, given), given)


def _wherever(recipe: Any, given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Recipe and options for workers that may run in another folder."""
    if given["target"] == STDOUT:
        raise click.UsageError("workers of a cluster have no standard output of yours: give -o a file or a folder")
    there = {name: os.path.abspath(given[name]) for name in ("target", "report") if given[name] not in (None, STDOUT)}
    inputs = [word if word == STDOUT or rm.is_remote(word) else os.path.abspath(word) for word in given["inputs"]]
    return replace(recipe, folder=os.getcwd()).anchored(), {**given, **there, "inputs": inputs}
