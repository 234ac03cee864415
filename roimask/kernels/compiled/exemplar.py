"""Holes filled by patches of what is known, those that go on with a line first (Criminisi, Pérez, Toyama 2004)."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["exemplar"]

_REACH = 128  # how far around a patch its like is looked for first
_FLAT = np.float32(1e-3)  # what counts as a line where there is none, so that confidence decides


def exemplar(values: np.ndarray, known: np.ndarray, radius: int) -> np.ndarray:
    """The pixel, numbered row by row, of which each pixel is a copy; a known one of itself.

    Parameters
    ----------
    values : array (H, W, C) of float32
        What is compared, between 0 and 1.
    known : array (H, W) of bool
        Some pixel is True.
    radius : int
        Patches are squares of ``2 * radius + 1`` pixels, smaller where none of what is known is as large.
    """
    whole = _whole_patches(known, radius)
    while not whole.any():
        radius -= 1
        whole = _whole_patches(known, radius)
    source = np.where(known, np.arange(known.size).reshape(known.shape), -1)
    values = np.where(known[..., None], values, np.float32(0))
    confidence = known.astype(np.float32)
    _fill(values, values.mean(axis=2), known.astype(np.uint8), whole.view(np.uint8), source, confidence, radius)
    return source


def _whole_patches(known: np.ndarray, radius: int) -> np.ndarray:
    """The pixels around which a whole patch is known."""
    import cv2

    square = np.ones((2 * radius + 1,) * 2, np.uint8)
    eroded = cv2.erode(known.astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(eroded) > 0


@jit
def _fill(values, grey, known, whole, source, confidence, radius):
    height, width = known.shape
    priority = np.full((height, width), np.float32(-1))
    highest = np.full(height, np.float32(-1))
    _rank(grey, known, confidence, radius, 0, height, 0, width, priority, highest)
    while True:
        y = np.argmax(highest)
        if highest[y] < 0:
            return
        x = np.argmax(priority[y])
        row, column = _most_alike(values, known, whole, source, y, x, radius)
        _copy_patch(values, grey, known, source, confidence, y, x, row, column, radius)
        far = 2 * radius + 1
        top, left = max(y - far, 0), max(x - far, 0)
        bottom, right = min(y + far + 1, height), min(x + far + 1, width)
        _rank(grey, known, confidence, radius, top, bottom, left, right, priority, highest)


@jit
def _rank(grey, known, confidence, radius, top, bottom, left, right, priority, highest):
    """Which unknown pixels have a known neighbour, and how soon each is to be filled."""
    for y in range(top, bottom):
        for x in range(left, right):
            down, along, touched = _towards_known(known, y, x)
            if not touched:
                priority[y, x] = -1
                continue
            fall, rise = _steepest(grey, known, y, x, radius)
            line = abs(fall * along - rise * down)
            priority[y, x] = _trust(confidence, y, x, radius) * (line + _FLAT)
        highest[y] = priority[y].max()


@jit
def _towards_known(known, y, x):
    """The direction in which an unknown pixel has known neighbours, of length 1 or 0, and whether it has any."""
    height, width = known.shape
    if known[y, x]:
        return 0.0, 0.0, False
    above, below = y > 0 and known[y - 1, x], y + 1 < height and known[y + 1, x]
    before, behind = x > 0 and known[y, x - 1], x + 1 < width and known[y, x + 1]
    down, along = float(below) - float(above), float(behind) - float(before)
    length = np.sqrt(down * down + along * along)
    if length > 0:
        down, along = down / length, along / length
    return down, along, above or below or before or behind


@jit
def _steepest(grey, known, y, x, radius):
    """The steepest gradient of what is known in a patch."""
    height, width = known.shape
    fall = rise = steepest = 0.0
    for r in range(max(y - radius, 1), min(y + radius + 1, height - 1)):
        for c in range(max(x - radius, 1), min(x + radius + 1, width - 1)):
            if known[r, c] and known[r - 1, c] and known[r + 1, c] and known[r, c - 1] and known[r, c + 1]:
                down, along = (grey[r + 1, c] - grey[r - 1, c]) / 2, (grey[r, c + 1] - grey[r, c - 1]) / 2
                steep = down * down + along * along
                if steep > steepest:
                    fall, rise, steepest = down, along, steep
    return fall, rise


@jit
def _trust(confidence, y, x, radius):
    height, width = confidence.shape
    total = np.float32(0)
    for r in range(max(y - radius, 0), min(y + radius + 1, height)):
        for c in range(max(x - radius, 0), min(x + radius + 1, width)):
            total += confidence[r, c]
    return total / np.float32((2 * radius + 1) ** 2)


@jit
def _most_alike(values, known, whole, source, y, x, radius):
    """The middle of the whole patch that is most like the known part of this one: first those that go on with the
    patches that its pixels come from, then all near by, and further off where there is none."""
    height, width = known.shape
    offsets = _known_offsets(known, y, x, radius)
    best, row, column = np.float32(np.inf), -1, -1
    for k in range(len(offsets)):
        dy, dx = offsets[k]
        r, c = source[y + dy, x + dx] // width - dy, source[y + dy, x + dx] % width - dx
        if 0 <= r < height and 0 <= c < width and whole[r, c]:
            apart = _apart(values, offsets, y, x, r, c, best)
            if apart < best:
                best, row, column = apart, r, c
    reach = _REACH
    while True:
        for r in range(max(y - reach, 0), min(y + reach + 1, height)):
            for c in range(max(x - reach, 0), min(x + reach + 1, width)):
                if whole[r, c]:
                    apart = _apart(values, offsets, y, x, r, c, best)
                    if apart < best:
                        best, row, column = apart, r, c
        if row >= 0:
            return row, column
        reach *= 2


@jit
def _known_offsets(known, y, x, radius):
    height, width = known.shape
    offsets, count = np.empty(((2 * radius + 1) ** 2, 2), np.int64), 0
    for dy in range(max(-radius, -y), min(radius + 1, height - y)):
        for dx in range(max(-radius, -x), min(radius + 1, width - x)):
            if known[y + dy, x + dx]:
                offsets[count, 0], offsets[count, 1] = dy, dx
                count += 1
    return offsets[:count]


@jit
def _apart(values, offsets, y, x, r, c, best):
    """The sum of the squared differences, or as much of it as is no less than the best."""
    total = np.float32(0)
    for k in range(len(offsets)):
        dy, dx = offsets[k, 0], offsets[k, 1]
        for band in range(values.shape[2]):
            difference = values[y + dy, x + dx, band] - values[r + dy, c + dx, band]
            total += difference * difference
        if total >= best:
            break
    return total


@jit
def _copy_patch(values, grey, known, source, confidence, y, x, row, column, radius):
    height, width = known.shape
    trust = _trust(confidence, y, x, radius)
    for dy in range(max(-radius, -y), min(radius + 1, height - y)):
        for dx in range(max(-radius, -x), min(radius + 1, width - x)):
            if not known[y + dy, x + dx]:
                values[y + dy, x + dx] = values[row + dy, column + dx]
                grey[y + dy, x + dx] = grey[row + dy, column + dx]
                source[y + dy, x + dx] = (row + dy) * width + column + dx
                confidence[y + dy, x + dx], known[y + dy, x + dx] = trust, 1
