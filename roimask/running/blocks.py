"""The blocks of a run: whole tiles of the output, in the order of the input's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.running.applied import Applied, bands_of
from roimask.sources import Source
from roimask.threads import get_threads

__all__ = ["Grid", "grid_of", "memory_of"]

_TILE = 512
_LARGEST_TILE = 1024
_STEP = 16  # what sides of tiles are multiples of
_ROOM = 128 << 20  # bytes that the blocks in hand may take
_BESIDE = 200 << 20  # bytes of the process itself, with what it imports and GDAL's cache
_AGAIN = 2  # what arrays take of the system's memory is more than their bytes: freed ones leave gaps


class Grid(NamedTuple):
    """How a frame is cut up: rows and columns of a tile of the output, and of a block."""

    frame: Frame
    tile: tuple[int, int]
    block: tuple[int, int]

    def blocks(self) -> list[Window]:
        """All blocks, row by row."""
        rows, columns = self.block
        height, width = self.frame.shape
        corners = [(top, left) for top in range(0, height, rows) for left in range(0, width, columns)]
        return [Window(top, left, top + rows, left + columns).meet(self.frame.window) for top, left in corners]


def grid_of(
    source: Source, part: tuple[int, int] | None, side: int, steps: Sequence[Applied] = (), mask: int = 0
) -> Grid:
    """Blocks of about ``side`` by ``side`` pixels, fewer where so many would not fit into memory.

    Parameters
    ----------
    part : (int, int), optional
        Rows and columns that the input decodes at a time.
    mask : int
        Bytes that a pixel of the mask takes.
    """
    if not (isinstance(side, int) and side > 0):
        raise ParameterError(f"block is the side of a block in pixels, 1 or more, got {side!r}")
    tile = _tile(part, side)
    while side > max(tile) and memory_of(source, steps, (side, side), mask) - _BESIDE > _ROOM:
        side //= 2
    rows, columns = (_up(side, step) for step in tile)
    width = source.frame.width
    if part is not None and part[1] >= width > columns and part[0] < rows:  # strips: as many pixels, in whole rows
        rows, columns = max(rows * columns // width // tile[0], 1) * tile[0], _up(width, tile[1])
    return Grid(source.frame, tile, (rows, columns))


def _tile(part: tuple[int, int] | None, side: int) -> tuple[int, int]:
    """That of the input, where a TIFF can have it, and no larger than a block."""
    tiled = part is not None and all(n % _STEP == 0 and n <= _LARGEST_TILE for n in part)
    rows, columns = part if tiled and part is not None else (_TILE, _TILE)
    return min(rows, _up(side, _STEP)), min(columns, _up(side, _STEP))


def _up(size: int, step: int) -> int:
    return -(-size // step) * step


def memory_of(source: Source, steps: Sequence[Applied], block: tuple[int, int], mask: int) -> int:
    """About how many bytes a run takes: each block in hand, as each step reads and answers it."""
    reach, taken = 0, mask * block[0] * block[1]
    for step in reversed(steps):
        taken += _held(block, reach, step)
        reach += step.halo or 0
    taken += _held(block, reach, source)
    return _BESIDE + taken * _AGAIN * get_threads()


def _held(block: tuple[int, int], reach: int, source: Source) -> int:
    """Bytes of the pixels of a block and what is around it, and where they are data."""
    pixels = (block[0] + 2 * reach) * (block[1] + 2 * reach) * max(bands_of(source), default=1)
    return pixels * (source.dtype.itemsize + 1)
