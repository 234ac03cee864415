"""Law 3: blocks equal the whole, on any number of threads; and the cost law."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import roimask as rm
from roimask import call, path
from roimask.frame import Window
from roimask.operation import Operation
from roimask.sources import ArraySource
from tests.laws import draw as drawn
from tests.laws.compare import close, same
from tests.laws.draw import Case
from tests.laws.law import law


def by_tiles(
    case: Case, tile: tuple[int, int], source: ArraySource | None = None, mask: Any = None, **more: Any
) -> Any:
    """The answer over tiles of another size."""
    operation, mask = case.operation, case.mask if mask is None else mask
    source = source or ArraySource(case.image)
    params = operation.ready({**case.params, **more}, source.frame)
    with np.errstate(all="ignore"):
        if operation.result == "summary":
            return call.answer(call.reduced(operation, source, mask, params, tile=tile), mask, source)
        return call.run(operation, source, mask, params, tile=tile)


@law()
def tiles_equal_the_whole(operation: Operation, draw: Any) -> None:
    """The answer over tiles of any size is that of the whole: integers to the bit, floats to rounding."""
    case = draw(drawn.cases(operation))
    tile = draw(st.tuples(st.integers(3, 16), st.integers(3, 16)))
    close(by_tiles(case, tile), case(), f"tiles of {tile}", case.scale)


@law()
def threads_change_nothing(operation: Operation, draw: Any) -> None:
    """The same bits on any number of threads."""
    case = draw(drawn.cases(operation))
    tile = draw(st.tuples(st.integers(5, 16), st.integers(5, 16)))
    answers = []
    try:
        for count in (1, 2):
            rm.set_threads(count)
            answers.append(by_tiles(case, tile))
    finally:
        rm.set_threads(None)
    same(answers[1], answers[0], "on two threads")


@law(only=lambda operation: operation.halo != "all" and operation.writes == "inside", by_the_path=True)
def cost_follows_the_region(operation: Operation, draw: Any) -> None:
    """No tile is read that the region does not touch, and none beyond the halo."""
    case = draw(drawn.cases(operation, least=1))
    source = Recorder(case.image)
    tile = draw(st.tuples(st.integers(3, 16), st.integers(3, 16)))
    by_tiles(case, tile, source)
    touched = path.tiles(case.mask, source.frame, tile)
    passes = 1 + _observing(operation)
    assert len(source.asked) <= passes * len(touched), f"{len(source.asked)} reads for {len(touched)} tiles"
    reach = operation.halo_of(operation.ready(case.params, source.frame)) or 0
    allowed = case.mask.window.grow(max(reach, max(tile)))
    assert all(window.meet(allowed) == window for window in source.asked), "a read beyond region, tile and halo"


def _observing(operation: Operation) -> int:
    return 0 if operation.observe is None else 1 + _observing(operation.observe)


class Recorder(ArraySource):
    """An image that keeps a list of the windows that it was asked for."""

    __slots__ = ("asked",)

    def __init__(self, array: np.ndarray):
        super().__init__(array)
        self.asked: list[Window] = []

    def read(self, window: Window) -> np.ndarray:
        """The pixels of a window; noted unless nothing was asked for."""
        if not window.empty:
            self.asked.append(window)
        return super().read(window)
