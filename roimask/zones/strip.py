"""What zones hold in one band of a strip of rows."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask.frame import Frame, Window
from roimask.zones.spans import Spans
from roimask.zones.sums import empty_table
from roimask.zones.tallies import Tally, tallied
from roimask.zones.values import Chunk

__all__ = ["Keep", "Strip"]

Keep = Literal["", "values", "weights"]


class Strip:
    """One band of a strip, which grows block by block.

    Parameters
    ----------
    chosen : int64 ndarray (K,)
        The zones that the strip holds a row of.
    spans : Spans
        Their pixels in it.
    keep : {"", "values", "weights"}
        Whether the values are kept, for quantiles, and if so, whether with their weights.
    classes : bool
        Whether values are counted instead of added up.
    """

    def __init__(self, chosen: np.ndarray, spans: Spans, frame: Frame, keep: Keep, classes: bool):
        self.chosen, self.spans, self.frame, self.keep, self.classes = chosen, spans, frame, keep, classes
        self.table = empty_table(len(chosen))
        self.chunks: list[Chunk] = []
        self.tallies: list[Tally] = []

    def add(self, window: Window, pixels: np.ndarray, weight: np.ndarray) -> None:
        """Add a block; its pixels of weight 0 hold anything."""
        if self.classes:
            self.tallies += tallied(self.chosen, self.spans, window, self.frame, pixels, weight)
            return
        from roimask.kernels.compiled import rows
        from roimask.kernels.compiled.zones import gather, measure

        block = rows(pixels), rows(weight), *pixels.shape, *window[:2], *self.spans
        measure(*block, weight.dtype == np.uint8 and bool(weight.all()), self.table)
        if self.keep:
            counts = np.zeros(len(self.chosen), np.int64)
            values, weights = gather(*block, self.keep == "weights", counts)
            some = counts > 0
            if values.size:
                self.chunks.append(Chunk(self.chosen[some], counts[some], values, weights if weights.size else None))
