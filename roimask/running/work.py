"""What is done with one block, wherever that is: on a thread, or in another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import add
from typing import Any, NamedTuple

import numpy as np

from roimask import call, path
from roimask.frame import Window
from roimask.mask import Mask
from roimask.raster.drivers.tiled.encode import Encoder, Packed
from roimask.raster.raster import Raster
from roimask.running.applied import Held
from roimask.running.regions import mask_in
from roimask.running.steps import Tap
from roimask.sources import Source

__all__ = ["Block", "Done", "Total", "Work"]


class Block(NamedTuple):
    """A block, by its number, and whether it is still to be written."""

    number: int
    window: Window
    writes: bool


class Found(NamedTuple):
    """What a reduction found in a block: the summary of each band, and the labels that are there."""

    summaries: list[Any]
    labels: tuple[int, ...]
    names: Mapping[int, str]


class Done(NamedTuple):
    """What came of a block."""

    block: Block
    tiles: list[Packed]
    found: list[Found | None]
    lost: Sequence[Window]


@dataclass(frozen=True)
class Work:
    """Reads a block through all steps, packs it, and lets the reductions look at it.

    Attributes
    ----------
    source : Source
        What the last step answers.
    taps : sequence of Tap
    encoder : Encoder or None
        None: nothing is written.
    alpha : Raster or None
        Where the alpha channel of the output comes from.
    lost : list of Window
        The parts of the input that could not be read, as its reader notes them.
    """

    source: Source
    taps: Sequence[Tap] = ()
    encoder: Encoder | None = None
    alpha: Raster | None = None
    lost: list[Window] = field(default_factory=list)

    def __call__(self, block: Block) -> Done:
        """Work a block."""
        held, tiles = None, list[Packed]()
        if self.encoder is not None and block.writes:
            held = Held(self.source, block.window)
            tiles = list(self.encoder.tiles(self._with_alpha(held), block.window))
        found = [self._look(tap, block.window, held) for tap in self.taps]
        return Done(block, tiles, found, tuple(self.lost))

    def _with_alpha(self, held: Held) -> np.ndarray:
        if self.alpha is None:
            return held.array
        return np.dstack([held.array, self.alpha.read(held.window, alpha=True)[..., -1]])

    def _look(self, tap: Tap, window: Window, held: Held | None) -> Found | None:
        """What a reduction sees in a window, which may be in memory already; None where no pixel takes part."""
        read = mask_in(tap.region, window, tap.source.frame)
        inside = window if read is None else read.window
        if inside.empty:
            return None
        source = held if held is not None and tap.source is self.source else Held(tap.source, inside)
        summaries = path.summaries(replace(tap.request, source=source, read=read, area=inside))
        return Found(summaries, () if read is None else read.labels, {} if read is None else read.names)


@dataclass
class Total:
    """What a reduction found in all blocks."""

    tap: Tap
    summaries: list[Any] | None = None
    labels: set[int] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)

    def add(self, found: Found | None) -> None:
        """Take in a block."""
        if found is None:
            return
        before = self.summaries
        self.summaries = found.summaries if before is None else list(map(add, before, found.summaries))
        self.labels.update(found.labels)
        self.names.update(found.names)

    def answer(self) -> Any:
        """As the reduction answers when it is called."""
        tap = self.tap
        kind = None if tap.region is None else tap.region.on(Window(0, 0, 0, 0)).kind
        nothing = None if kind is None else Mask(np.zeros((0, 0)), kind)
        summaries = self.summaries or path.summaries(replace(tap.request, read=nothing))
        return call.answer(summaries, _Labels(tuple(sorted(self.labels)), self.names), tap.source)  # type: ignore[arg-type]


class _Labels(NamedTuple):
    """What a table asks of a mask."""

    labels: tuple[int, ...]
    names: Mapping[int, str]
