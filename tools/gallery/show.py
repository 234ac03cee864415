"""Run the line of code of a plate and draw what it takes beside what it answers."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import numpy as np

import roimask as rm
from tools.gallery import draw
from tools.gallery.plate import Plate
from tools.gallery.samples import Samples, view_of


def picture(plate: Plate, names: Samples) -> np.ndarray:
    """The picture of one plate."""
    try:
        return draw.beside(_panels(plate, names))
    except Exception as error:
        error.add_note(f"gallery: {plate.code}")
        raise


def _panels(plate: Plate, names: Samples) -> draw.Panels:
    view = plate.view or view_of(plate.code)
    tree = ast.parse(plate.code, mode="eval").body
    if not plate.operation:
        return _algebra(tree, names.run(tree), names, view)
    if rm.registry()[plate.operation].takes == "frame":
        return _shape(plate, names)
    result = names.run(tree)
    given = [names.run(node) for node in tree.args]  # type: ignore[attr-defined]
    return [_before(given, view), _answer(result, given[0], view)]


def lines(plate: Plate) -> list[str]:
    """What is run for a picture: the line, and that of a shape for the exact area of each pixel too."""
    operation = rm.registry().get(plate.operation)
    covers = operation is not None and "coverage" in operation.parameters
    return [plate.code, f"{plate.code[:-1]}, coverage=True)"] if covers else [plate.code]


def _shape(plate: Plate, names: Samples) -> draw.Panels:
    """A shape by the rule of centres and by exact coverage."""
    texts = ("pixels whose centre lies inside", "coverage=True")
    return [(text, draw.silhouette(names.run(line), None)) for text, line in zip(texts, lines(plate), strict=False)]


def _algebra(tree: Any, result: rm.Mask, names: Samples, view: draw.View) -> draw.Panels:
    """The operands, then what comes of them."""
    operands = [value for value in ast.iter_child_nodes(tree) if isinstance(value, ast.Name)]
    panels = [(operand.id, draw.silhouette(names.run(operand), view)) for operand in operands]
    return [*panels, ("result", draw.silhouette(result, view))]


def _before(given: list[Any], view: draw.View) -> tuple[str, np.ndarray]:
    """What an operation was given: a mask, or an image with the mask for it."""
    if isinstance(given[0], rm.Mask):
        return "the mask", draw.silhouette(given[0], view)
    masks = [value for value in given[1:] if isinstance(value, rm.Mask)]
    return "image, the mask outlined" if masks else "image", draw.photo(given[0], view, *masks[-1:])


def _answer(result: Any, given: Any, view: draw.View) -> tuple[str, np.ndarray]:
    """A result as what it is: mask, map, image, objects, or a table."""
    if isinstance(result, rm.Mask):
        if isinstance(given, rm.Mask):
            return draw.change(result, given, view)
        return "result", draw.selection(given, result, view)
    if isinstance(result, np.ndarray):
        return _array(result, np.asarray(given), view)
    if isinstance(result, rm.SpriteSheet):
        return f"{len(result)} sprites", draw.photo(result.picture, None)
    if isinstance(result, rm.Feature):
        return f"{len(result)} lines", draw.selection(given, result.mask, view)
    if isinstance(result, rm.Matches):
        return f"{len(result)} found", draw.photo(given, view, result.mask(given))
    if isinstance(result, list) and all(isinstance(one, (np.ndarray, tuple)) for one in result):
        return f"{len(result)} images", _montage([one[0] if isinstance(one, tuple) else one for one in result])
    if isinstance(result, rm.Histogram):
        return "counts", draw.bars(np.asarray(result.counts))
    if hasattr(result, "columns"):
        return "the first columns", draw.table(result)
    return "result", draw.written({draw.SIDE - 8: textwrap.wrap(str(result), 48)})


def _array(result: np.ndarray, given: np.ndarray, view: draw.View) -> tuple[str, np.ndarray]:
    """A map on its scale of colours, or an image; one of another grid is shown whole."""
    view = view if result.shape[:2] == given.shape[:2] else None
    if result.dtype.kind == "f" and given.dtype.kind != "f":
        shown = draw.cut(result, view)
        return f"result, {np.nanmin(shown):.4g} to {np.nanmax(shown):.4g}", draw.colored(result, view)
    return "result", draw.photo(result, view)


def _montage(images: list[np.ndarray]) -> np.ndarray:
    """Small images in rows, as many in one as go into the width of a panel."""
    page = np.full((draw.SIDE, draw.SIDE, 3), 255, np.uint8)
    top = left = deep = 0
    for image in images:
        height, width = image.shape[:2]
        if left + width > draw.SIDE:
            top, left, deep = top + deep + 6, 0, 0
        page[top : top + height, left : left + width] = rm.overlay(image, None)[: draw.SIDE - top, : draw.SIDE - left]
        left, deep = left + width + 6, max(deep, height)
    return page
