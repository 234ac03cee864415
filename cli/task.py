"""An operation with all that the command line gave for it, ready for any input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import roimask as rm

from .grid import read_mask, reading_of
from .inputs import Input
from .jobs import Done, Job
from .options import on_command_line
from .partners import MaskFolder, Partner, common_kind, partner
from .tables import is_map
from .worded import Combined

__all__ = ["Answer", "Task", "opened", "opening", "takes_mask"]


class Answer(NamedTuple):
    """What an operation says of one input, and what it was asked with."""

    result: Any
    source: Any
    mask: Any
    alpha: bool | None = None  # whether the last channel is alpha; None: as the source has it
    metadata: bool = True  # whether what the source says beside its pixels is still so
    recipe: Any = None  # how it was made, in words
    frame: Any = None  # where the result lies, if a parameter says so

    @property
    def share(self) -> float | None:
        """The share of the source's pixels that the mask lets take part."""
        if self.mask is not None and not isinstance(self.mask, rm.Mask):  # files that were read by blocks
            return None
        height, width = self.source.frame.shape
        return 1.0 if self.mask is None else float(self.mask.area) / max(height * width, 1)


@dataclass(frozen=True)
class Task:
    """One operation, its parameters, and the masks that go with the inputs.

    Attributes
    ----------
    operation : Operation
    params : mapping
        Values that are the same for all inputs.
    partners : mapping of str to Partner
        What stands for each parameter that is a mask, ``mask`` among them.
    excluded : sequence of Partner
        Masks of what takes no part.
    reading : mapping
        How inputs are opened.
    by_name : bool
        Whether regions of the same name are one.
    recipe : Recipe or None
        The task in words, as far as it has any.
    """

    operation: Any
    params: Mapping[str, Any]
    partners: Mapping[str, Partner]
    excluded: Sequence[Partner]
    reading: Mapping[str, Any]
    by_name: bool = False
    recipe: Any = None

    @classmethod
    def of(cls, operation: Any, given: Mapping[str, Any]) -> Task:
        """The task that the options of a verb describe."""
        kind = given.get("mask_kind")
        known = on_command_line(operation.parameters)
        values = {name: given[name] for name in ("mask", *known) if given.get(name) is not None}
        if "geometry" in known and is_map(given["target"]):
            values["geometry"] = True
        masks = {name for name in values if name == "mask" or _is_mask_file(known[name], values[name])}
        return cls(
            operation,
            {n: _value(known[n], value, operation.name) for n, value in values.items() if n not in masks},
            {name: partner(values[name], kind, name in known and known[name].form.soft) for name in masks},
            [partner(text, kind) for text in given.get("exclude") or ()],
            reading_of(given) if operation.takes == "mask" else opening(given),
            by_name=operation.result == "summary" and given.get("by") == "name",
            recipe=_in_words(operation, values, given),
        )

    @property
    def takes(self) -> str:
        """What it is given: "image" or "mask"."""
        return self.operation.takes

    @property
    def verb(self) -> str:
        """The word for it in the names of results."""
        return self.operation.name

    @property
    def all_partners(self) -> list[Partner]:
        """Every source of masks."""
        return [
            part
            for found in (*self.partners.values(), *self.excluded)
            for part in (found.parts if isinstance(found, Combined) else [found])
        ]

    @property
    def files(self) -> list[str]:
        """What is read beside inputs and masks, and so never written."""
        known = self.operation.parameters
        return [value for name, value in self.params.items() if known[name].form.file == "zones"]

    def detail(self, job: Job) -> Iterable[str]:
        """More to say of an input where nothing is done yet."""
        return ()

    def settle_kinds(self, images: Sequence[Input], at_a_time: int) -> None:
        """Decide once whether the masks of a folder hold labels: one that has a single region does not look like it."""
        for found in self.all_partners:
            if isinstance(found, MaskFolder) and found.kind is None:
                found.all_labels = common_kind(found, images, at_a_time) == "labels"

    def masks_for(self, image: Input, frame: Any) -> dict[str, Any]:
        """The masks for an input, on its frame, by the parameters that they are for."""
        if self._takes_large_masks and (large := self._by_windows(image, frame)):
            return {"mask": large}
        masks = {name: found.mask(image, frame) for name, found in self.partners.items()}
        if self.excluded:
            masks["mask"] = _less(masks.get("mask"), (found.mask(image, frame) for found in self.excluded))
        if self.by_name:
            masks["mask"] = _merged(masks.get("mask"))
        return masks

    @property
    def _takes_large_masks(self) -> bool:
        mask = self.operation.parameters.get("mask") if self.operation is not None else None
        return mask is not None and mask.form.large

    def _by_windows(self, image: Input, frame: Any) -> Any:
        """The masks as an expression of files, to be read by blocks; None where one is no file, or its kind is told."""
        read = [self.partners["mask"]] if "mask" in self.partners else []
        files = [found.by_windows(image, frame) for found in (*read, *self.excluded) if found.kind is None]
        if not files or len(files) < len(read) + len(self.excluded) or not all(isinstance(file, str) for file in files):
            return None
        start = files[:1] if read else ["~", files[0]]
        return rm.MaskExpression(*start, *(word for file in files[1:] for word in ("-", file)))

    scheduler_of_inputs: ClassVar[str | None] = None  # the cluster that the inputs are worked on; None: here

    def for_jobs(self, jobs: Sequence[Job]) -> Task:
        """The task, where it is done otherwise for one input than for several."""
        return self

    def written(self, job: Job, source: Any) -> Done | None:
        """Write the result of an input that is open, where that goes block by block; None where it does not."""
        return None

    def answer(self, image: Input, source: Any) -> Answer:
        """Work on one input that is open."""
        masks = self.masks_for(image, source.frame)
        conceals = self.operation.conceals  # alpha and what lies under it, too
        image_read = source.read(alpha=True) if conceals else source
        result = self.operation.function(image_read, **masks, **self.params)
        frame = getattr(self.params.get("transform"), "frame", None)
        return Answer(result, source, masks.get("mask"), self.alpha, not conceals, self.recipe, frame)

    @property
    def alpha(self) -> bool | None:
        """Whether results have alpha because nothing stands behind them; None: as their inputs have it."""
        has_background = self.operation.result in ("picture", "objects") and "background" in self.operation.parameters
        return self.params.get("background") is None if has_background else None


def _in_words(operation: Any, values: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The recipe of one step that does the same; None where a value has no words."""
    params = {name: getattr(value, "path", value) for name, value in values.items() if name != "mask"}
    masks: dict[str, Any] = {name: given.get(name) for name in ("mask", "mask_kind")}
    masks["exclude"] = given.get("exclude") or ()
    with suppress(rm.ParameterError):
        return rm.Recipe([{"op": operation.name, **params}], **masks)
    return None


def _is_mask_file(parameter: Any, text: Any) -> bool:
    """Whether a mask is named that each image may have another of."""
    return parameter.form.file == "mask" and isinstance(text, str) and os.path.lexists(text)


def _value(parameter: Any, given: Any, owner: str) -> Any:
    """What else may stand where a mask may: all, or numbers."""
    return parameter.parse(given, owner) if parameter.form.file == "mask" else given


def takes_mask(operation: Any) -> bool:
    """Whether it can be told which pixels take part."""
    return operation.blocks or "mask" in operation.parameters


def _less(mask: Any, excluded: Iterable[Any]) -> Any:
    for other in excluded:
        mask = ~other if mask is None else mask - other
    return mask


def _merged(mask: Any) -> Any:
    """The mask with one region a name; raises LookupError where its regions have none."""
    if mask is None or (mask.labels and not mask.names):
        raise LookupError("the regions of the mask have no names: leave --by name out")
    return rm.merge_names(mask)


def opening(given: Mapping[str, Any]) -> dict[str, Any]:
    """How rasters are opened, from the options."""
    reading = {name: True for name in ("ignore_nodata", "allow_truncated", "allow_remote") if given.get(name)}
    limit = given.get("memory_limit")
    return reading if limit is None else {**reading, "memory_limit": limit << 20}


@contextmanager
def opened(image: Input, takes: str, reading: Mapping[str, Any]) -> Iterator[Any]:
    """The input as what an operation takes: a Raster, or a Mask."""
    if takes == "mask":
        yield read_mask(image.path, **reading)
        return
    with rm.Raster(image.path, **reading) as raster:
        yield raster
