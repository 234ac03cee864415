"""How one image lies on another: all shifts (and turns and scales) coarsely, then least squares from coarse to fine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.matching.correlation import correlate
from roimask.matching.pixels import Block
from roimask.matching.pyramid import halved, smoothed, turned
from roimask.threads import each

__all__ = ["Model", "aligned"]

Model = Literal["translation", "rigid", "similarity", "affine"]

_SIDE = {"translation": 128, "rigid": 64, "similarity": 40, "affine": 64}  # the largest side that is tried exhaustively
_SCALES = (0.5, 2.0)
_KEPT = 5  # coarse finds that are followed
_ROUNDS = 30


def aligned(image: Block, reference: Block, model: Model, min_overlap: float) -> tuple[np.ndarray, float]:
    """The matrix (2, 3) that takes places of the reference to those of the image, and the score of both there.

    Raises
    ------
    ParameterError
        Where too little of both takes part, or one of them is flat.
    """
    images, references = _levels(image, reference, _SIDE[model])
    found = _coarse(images[-1], references[-1], model, min_overlap)
    fine = [_fitted(images[-1], references[-1], matrix, model, min_overlap) for matrix in found]
    matrix, score = max(fine, key=lambda fit: fit[1], default=(np.eye(2, 3), -1.0))
    for level in range(len(images) - 2, -1, -1):
        matrix = matrix * [1, 1, 2]
        matrix, score = _fitted(images[level], references[level], matrix, model, min_overlap)
    if score < 0:
        raise ParameterError("too little of both images takes part where they are alike, or one is flat")
    return matrix, score


def _levels(image: Block, reference: Block, side: int) -> tuple[list[Block], list[Block]]:
    """Both, halved until neither is larger than a side; the finest a little smoothed, so that interpolation is fair.

    Not so where masks would leave little of them.
    """
    images, references = [image], [reference]
    while max(*images[-1].shape, *references[-1].shape) > side and min(references[-1].shape) > 12:
        images.append(halved(images[-1]))
        references.append(halved(references[-1]))
    smooth = smoothed(image), smoothed(reference)
    if all(part.total > 0.5 * given.total for part, given in zip(smooth, (image, reference), strict=True)):
        images[0], references[0] = smooth
    return images, references


# -- coarse --------------------------------------------------------------------------------------------------------


def _coarse(image: Block, reference: Block, model: Model, min_overlap: float) -> list[np.ndarray]:
    """The best few matrices of a grid of turns and scales, each with its best shift."""
    step = 2.4 / math.hypot(*reference.shape)
    turns = np.arange(0, 360, math.degrees(step)) if model != "translation" else np.zeros(1)
    count = math.ceil(math.log(_SCALES[1] / _SCALES[0]) / step) if model == "similarity" else 0
    scales = np.geomspace(*_SCALES, count + 1) if count else np.ones(1)
    grid = [(float(angle), float(scale)) for scale in scales for angle in turns]
    found = each(lambda turn: _best_shift(image, reference, turn, min_overlap), grid)
    best = sorted(found, key=lambda fit: -fit[1])[:_KEPT]
    return [matrix for matrix, score in best if score > 0]


def _best_shift(
    image: Block, reference: Block, turn: tuple[float, float], min_overlap: float
) -> tuple[np.ndarray, float]:
    """The reference, turned and scaled, where it is most like the image; it may lie partly beyond it."""
    middle = reference.shape[0] / 2, reference.shape[1] / 2
    laid, inner = (reference, middle) if turn == (0.0, 1.0) else turned(reference, middle, *turn)
    (height, width), (rows, columns) = laid.shape, image.shape
    down, along = height // 2, width // 2
    padded = image.part(Window(-down, -along, rows + down, columns + along))
    shape = padded.shape[0] - height + 1, padded.shape[1] - width + 1
    if min(shape) < 1:
        return np.eye(2, 3), -1.0
    scores = np.empty(shape, np.float32)
    correlate(padded, laid, "ncc", min_overlap, scores, rough=True)
    row, column = np.unravel_index(scores.argmax(), shape)
    angle, scale = math.radians(turn[0]), turn[1]
    center = row - down + inner[0], column - along + inner[1]
    return _matrix(angle, scale, center, middle), float(scores[row, column])


def _matrix(angle: float, scale: float, center: Sequence[float], middle: Sequence[float]) -> np.ndarray:
    """That which lays the reference, turned and scaled about its middle, with the middle on a place of the image."""
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, np.asarray(center) - turn @ middle])


# -- fine ----------------------------------------------------------------------------------------------------------


def _shifts(matrix: np.ndarray) -> np.ndarray:
    """Which changes of (a, b, c, d, e, f), places counted from the middle, a model allows: here, of c and f."""
    return np.eye(6)[[2, 5]]


def _turns(matrix: np.ndarray) -> np.ndarray:
    a, b, d, e = matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]
    return np.vstack([_shifts(matrix), [-d, -e, 0, a, b, 0]])


def _similar(matrix: np.ndarray) -> np.ndarray:
    a, b, d, e = matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]
    return np.vstack([_turns(matrix), [a, b, 0, d, e, 0]])


def _any(matrix: np.ndarray) -> np.ndarray:
    return np.eye(6)


_ALLOWED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "translation": _shifts,
    "rigid": _turns,
    "similarity": _similar,
    "affine": _any,
}


def _fitted(
    image: Block, reference: Block, matrix: np.ndarray, model: Model, min_overlap: float
) -> tuple[np.ndarray, float]:
    """The matrix changed until both agree best, gain and offset free: Gauss-Newton, each step accepted if it helps."""
    least, middle = 0.9 * min_overlap * reference.total, np.array(reference.shape) / 2
    best, products = _score(image, reference, matrix, least)
    reach = float(np.hypot(*middle))
    for _ in range(_ROUNDS):
        if best < 0:
            break
        move = _move(products, _ALLOWED[model](matrix))
        size = max(np.abs(move[[2, 5]]).max(), np.abs(move[[0, 1, 3, 4]]).max() * reach)
        trial, found, seen = matrix, -1.0, products
        for share in (1 / max(size, 1.0), 0.3 / max(size, 1.0)):
            trial = _changed(matrix, share * move, middle, model)
            found, seen = _score(image, reference, trial, least)
            if found > best:
                break
        if found <= best:
            break
        gain, matrix, best, products = found - best, trial, found, seen
        if size < 1e-3 or gain < 1e-9:
            break
    return matrix, best


def _score(image: Block, reference: Block, matrix: np.ndarray, least: float) -> tuple[float, np.ndarray]:
    from roimask.kernels.compiled import warps

    products = np.empty((8, 8))
    total = warps.moments(*image, *reference, matrix, products)
    if total < least or total <= 0:
        return -1.0, products
    return float(products[0, 1] / math.sqrt(products[0, 0] * products[1, 1])), products


def _move(products: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The change of the six numbers that, with a gain, brings the image closest to the reference."""
    basis = np.zeros((len(allowed) + 1, 7))
    basis[0, 0], basis[1:, 1:] = 1, allowed
    system = basis @ products[1:, 1:] @ basis.T
    size = np.sqrt(np.maximum(np.diag(system), 1e-300))
    right = -(basis @ products[1:, 0]) / size
    solved = np.linalg.lstsq(system / np.outer(size, size), right, rcond=1e-9)[0] / size
    return solved[1:] @ allowed


def _changed(matrix: np.ndarray, move: np.ndarray, middle: np.ndarray, model: Model) -> np.ndarray:
    """The matrix with the move added; turns stay turns."""
    change = move.reshape(2, 3)
    turn = matrix[:, :2] + change[:, :2]
    if model in ("rigid", "similarity"):
        angle = math.atan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1])
        scale = 1.0 if model == "rigid" else math.sqrt(abs(float(np.linalg.det(turn))))
        turn = _matrix(angle, scale, (0, 0), (0, 0))[:, :2]
    center = matrix[:, :2] @ middle + matrix[:, 2] + change[:, 2]
    return np.column_stack([turn, center - turn @ middle])
