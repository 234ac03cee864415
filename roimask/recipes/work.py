"""The steps of a recipe on an image in memory, each going on from what the one before it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask.errors import RoimaskError
from roimask.mask import Mask
from roimask.raster.nodata import valid_values
from roimask.recipes.masks import of_recipe, reader
from roimask.record import Operation
from roimask.sources import ArraySource, Deferred, as_source

if TYPE_CHECKING:
    from roimask.recipes.recipe import Recipe

__all__ = ["Call", "run", "worked"]

Call = tuple[Operation, dict[str, Any]]  # an operation and its parameters, files opened


def run(recipe: Recipe, image: Any, mask: Any) -> Any:
    """What the recipe answers; its own masks are read unless one is given."""
    frame = Mask(image).frame if recipe.takes == "mask" else as_source(image).frame
    read = reader(recipe, frame, getattr(image, "path", None))
    if mask is None and recipe.takes == "image":
        mask = of_recipe(recipe, read)
    return worked(calls(recipe, read), image, mask)


def calls(recipe: Recipe, read: Callable[[str], Any]) -> list[Call]:
    """The steps with the files that they name opened: a mask by ``read``, an image as its type says."""
    found = []
    for step in recipe.steps:
        files = {
            parameter.name: read(text) if parameter.form.file == "mask" else parameter.parse(recipe.at(text), step.op)
            for parameter, text in step.files
        }
        found.append((step.operation, {**step.params, **files}))
    return found


def worked(steps: Sequence[Call], image: Any, mask: Any = None) -> Any:
    """What the last of the steps answers.

    Raises
    ------
    RoimaskError
        Where a step cannot be worked, with its number where there are several.
    """
    if len(steps) == 1:
        return _answer(*steps[0], image, mask)
    if steps[0][0].takes == "image":
        image = _held(image)
    for number, (operation, params) in enumerate(steps, 1):
        try:
            answer = _answer(operation, params, image, mask)
        except RoimaskError as error:
            raise type(error)(f"step {number}: {error}") from None
        image = _handed_on(operation, image, answer)
    return answer


def _held(image: Any) -> Any:
    """A container in memory, so that it is read once; what is lazy stays so."""
    source = as_source(image)
    return image if isinstance(source, Deferred) else source.whole()


def _answer(operation: Operation, params: dict[str, Any], image: Any, mask: Any) -> Any:
    if operation.takes == "image" and (operation.blocks or "mask" in operation.parameters):
        params = {**params, "mask": mask}
    return operation.function(image, **params)


def _handed_on(operation: Operation, before: Any, answer: Any) -> Any:
    """What the next step works on: an image with what is still so of the one before it."""
    if not isinstance(answer, np.ndarray):
        return answer  # a mask, or an array of another library, which has kept what is so
    if operation.takes == "mask":
        return ArraySource(answer, Mask(before).frame)
    if answer.shape[:2] != before.frame.shape:
        return ArraySource(answer)
    if operation.result == "map":  # NaN says where there is no answer
        return ArraySource(answer, before.frame, alpha=before.alpha)
    return ArraySource(answer, before.frame, _valid(before, answer), before.nodata, alpha=before.alpha)


def _valid(source: ArraySource, answer: np.ndarray) -> np.ndarray | None:
    """Where there is data now: a step may have filled what held none."""
    if source.nodata is None:
        return source.valid
    values = source.nodata if isinstance(source.nodata, tuple) else (source.nodata,)
    return valid_values(answer, values)
