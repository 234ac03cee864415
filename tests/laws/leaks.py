"""Laws 1 and 2: nothing leaks in, nothing leaks out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import roimask as rm
from roimask.errors import ParameterError
from roimask.operation import Operation
from tests.laws import draw as drawn
from tests.laws.compare import same
from tests.laws.draw import Case, over
from tests.laws.law import GRIDS, IMAGES, law, of_whole_images


def spoiled(case: Case, draw: Any) -> np.ndarray:
    """The case's image with junk wherever no pixel takes part."""
    rng = drawn.generator(draw)
    junk = drawn.junk_like(case.image, rng.choice(["noise", "noise", "nan", "inf", "maximum"]), rng)
    image = np.where(over(case.inside, case.image), case.image, junk)
    image.setflags(write=False)
    return image


def not_refused(call: Callable[[], Any]) -> Any:
    """The answer to what differs outside the mask alone: no reason to refuse it."""
    try:
        return call()
    except ParameterError as error:
        raise AssertionError(f"junk outside is refused: {error}") from error


@law()
def nothing_leaks_in(operation: Operation, draw: Any) -> None:
    """A result inside the mask does not depend on any pixel outside it."""
    case = draw(drawn.cases(operation))
    more = {}
    if operation.result == "image" and draw(st.booleans()):
        more["write"] = draw(st.sampled_from(["all"]) | drawn.masks(case.image.shape[:2]))
    before = case(**more)
    after = not_refused(lambda: case(spoiled(case, draw), **more))
    if operation.result in GRIDS:
        where = over(case.inside, before)
        if operation.writes == "outside" and not more:
            where = where | (before != case.image)  # what was replaced, too
        before, after = np.where(where, before, 0), np.where(where, after, 0)
    same(after, before, "with junk outside")


@law(GRIDS, by_the_path=True)
def nothing_leaks_out(operation: Operation, draw: Any) -> None:
    """Pixels that are not written stay to the bit; in a map they are NaN."""
    case = draw(drawn.cases(operation))
    per_region = draw(st.booleans())
    result = case(per_region=per_region)
    outside = ~case.inside if operation.writes == "inside" or per_region else case.inside
    stays = np.full_like(result, np.nan) if operation.result == "map" else case.image
    same(result[outside], stays[outside], "outside")
    same(result[np.isnan(case.image)], stays[np.isnan(case.image)], "without data")


@law(IMAGES, by_the_path=True)
def write_alone_is_written(operation: Operation, draw: Any) -> None:
    """With write=, nothing but that mask changes, whatever is read."""
    case = draw(drawn.cases(operation))
    write = draw(drawn.masks(case.image.shape[:2]))
    outside = np.asarray(write) == 0
    same(case(write=write)[outside], case.image[outside], "outside write=")


@law(IMAGES, by_the_path=True)
def write_all_is_write_everywhere(operation: Operation, draw: Any) -> None:
    """write="all" is every pixel with data."""
    case = draw(drawn.cases(operation, holes=False))
    same(case(write="all"), case(write=np.ones(case.image.shape[:2], bool)), "write='all'")


@of_whole_images
def answers_the_same_whatever_lies_outside(operation: Operation, draw: Any) -> None:
    """Law 1 for selectors, tables and objects: the whole answer."""
    case = draw(drawn.cases(operation, least=1))
    found = case.whole(case.image)
    same(not_refused(lambda: case.whole(spoiled(case, draw))), found, "with junk outside")
    if isinstance(found, rm.Mask):
        assert not (np.asarray(found) > 0)[~case.inside].any(), "a pixel outside was found"
