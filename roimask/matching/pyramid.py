"""An image halved again and again, each pixel the mean of the four below it that take part."""

from __future__ import annotations

import math

import numpy as np

from roimask.frame import Window
from roimask.matching.pixels import Block, Pixels

__all__ = ["depth_of", "halved", "levels_of", "smoothed", "turned"]

_STRIP = 512  # rows that are read at a time
_CONTRAST = 0.72  # the share of its contrast that a template must keep when it is halved
_DEEPEST = 6


def halved(block: Block) -> Block:
    """Half as many rows and columns; those beyond an odd border take no part."""
    from roimask.kernels.compiled import poses

    shape = -(-block.shape[0] // 2), -(-block.shape[1] // 2)
    values, weight = np.empty((*shape, block.bands), block.values.dtype), np.empty(shape, np.float32)
    poses.halve(np.ascontiguousarray(block.values), np.ascontiguousarray(block.weight, np.float32), values, weight)
    return Block(values, weight)


def smoothed(block: Block) -> Block:
    """A little smoother, where all neighbours of a pixel take part: then it matters less how it is interpolated."""
    from roimask.kernels.compiled import poses

    values, weight = np.empty_like(block.values, order="C"), np.empty(block.shape, np.float32)
    poses.smooth(np.ascontiguousarray(block.values), np.ascontiguousarray(block.weight, np.float32), values, weight)
    return Block(values, weight)


def levels_of(pixels: Pixels, depth: int) -> list[Pixels | Block]:
    """The image, read by windows, and as many of its halves, which are kept in memory."""
    levels: list[Pixels | Block] = [pixels]
    while len(levels) <= depth:
        above = levels[-1]
        levels.append(_halved_by_strips(above) if isinstance(above, Pixels) else halved(above))
    return levels


def _halved_by_strips(pixels: Pixels) -> Block:
    height, width = pixels.shape
    strips = [halved(pixels.part(Window(top, 0, min(top + _STRIP, height), width))) for top in range(0, height, _STRIP)]
    return Block(np.concatenate([s.values for s in strips]), np.concatenate([s.weight for s in strips]))


def depth_of(template: Block, least: float) -> int:
    """How often a template may be halved: as long as its side, by area, is no less, and its details are no finer.

    What loses contrast when it is halved has details of a pixel or two, which fit nowhere once it is turned a little.
    """
    depth, spread = 0, _spread(template)
    while depth < _DEEPEST:
        template = halved(template)
        before, spread = spread, _spread(template)
        if math.sqrt(template.total) < least or spread < _CONTRAST * before:
            break
        depth += 1
    return depth


def _spread(block: Block) -> float:
    weight = block.weight[..., np.newaxis]
    mean = (block.values * weight).sum(axis=(0, 1)) / max(block.total, 1e-9)
    return math.sqrt((np.square(block.values - mean) * weight).sum() / max(block.total, 1e-9))


def turned(
    template: Block, middle: tuple[float, float], angle: float, scale: float
) -> tuple[Block, tuple[float, float]]:
    """A template turned about its middle and scaled, in whole pixels around it, and where its middle is in those.

    Bilinear, mixing only what takes part; pixels of which less than half is known take no part. Upright, it is the
    template itself.
    """
    import cv2

    sin, cos = scale * math.sin(math.radians(angle)), scale * math.cos(math.radians(angle))
    (height, width), (down, along) = template.shape, middle
    corners = np.array([[r - down, c - along] for r in (0, height) for c in (0, width)])
    reach = np.ceil(np.abs(corners @ np.array([[cos, sin], [-sin, cos]])).max(axis=0) - 1e-9)
    row, column = reach[0] + down % 1, reach[1] + along % 1
    move = np.array([[cos, sin, column - cos * along - sin * down], [-sin, cos, row + sin * along - cos * down]])
    move[:, 2] += move[:, :2] @ [0.5, 0.5] - 0.5  # from corners of pixels to their middles
    known = template.values * template.weight[..., np.newaxis]
    both = np.dstack([known, template.weight]).astype(np.float32)
    size = 2 * int(reach[1]) + 1, 2 * int(reach[0]) + 1
    laid = cv2.warpAffine(both, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    weight = np.where(laid[..., -1] >= 0.5, laid[..., -1], 0)
    values = np.where(weight[..., np.newaxis] > 0, laid[..., :-1] / np.maximum(laid[..., -1:], 0.5), 0)
    return Block(values, weight), (float(row), float(column))
