"""The masks of a recipe: files, patterns of one file an image, and expressions of these."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from roimask.frame import Frame
from roimask.mask import Mask
from roimask.masks.expression import MaskExpression
from roimask.raster.paths import named_after

if TYPE_CHECKING:
    from roimask.recipes.recipe import Recipe

__all__ = ["anchored", "of_recipe", "reader"]


def anchored(text: str, folder: str) -> str:
    """A mask in words with its files as they are opened; a name that is no file there may mean something else."""

    def at(name: str) -> str:
        path = os.path.join(folder, name)
        return path if os.path.lexists(path) or "{" in name else name

    if os.path.lexists(os.path.join(folder, text)) or not MaskExpression.is_one(text):
        return at(text)
    return repr(MaskExpression(text, folder=folder).renamed(at))


def reader(recipe: Recipe, frame: Frame, path: str | None) -> Callable[[str], Mask]:
    """What reads the masks of a recipe, by their names in it, for an image of this frame and path."""
    from roimask.formats import read_mask

    return lambda name: read_mask(recipe.at(named_after(name, path)), frame, recipe.mask_kind)  # type: ignore[arg-type]


def of_recipe(recipe: Recipe, read: Callable[[str], Any]) -> Any:
    """What takes part by ``mask`` and ``exclude``; None where neither is given."""
    mask = None if recipe.mask is None else MaskExpression(recipe.mask, folder=recipe.folder).work_out(read)
    for text in recipe.exclude:
        excluded = MaskExpression(text, folder=recipe.folder).work_out(read)
        mask = ~excluded if mask is None else mask - excluded
    return mask
