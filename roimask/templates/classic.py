"""Templates of fixed numbers, as their authors gave them; compass templates are turned in steps."""

from __future__ import annotations

import numpy as np

from roimask.errors import ParameterError
from roimask.templates.drawn import balanced

__all__ = ["COMPASS", "LAWS", "compass", "laws"]

# Each answers at angle 0 to an edge along the row whose upper side is bright, and is scaled to units of the image.
_THREE = {
    "prewitt": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    "sobel": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "scharr": [[3, 10, 3], [0, 0, 0], [-3, -10, -3]],
    "kirsch": [[5, 5, 5], [-3, 0, -3], [-3, -3, -3]],
    "robinson": [[1, 1, 1], [1, -2, 1], [-1, -1, -1]],
}
_NEVATIA_BABU = {
    0: [[100] * 5, [100] * 5, [0] * 5, [-100] * 5, [-100] * 5],
    30: [
        [100, 100, 100, 100, 100],
        [100, 100, 100, 78, -32],
        [100, 92, 0, -92, -100],
        [32, -78, -100, -100, -100],
        [-100, -100, -100, -100, -100],
    ],
    60: [
        [100, 100, 100, 32, -100],
        [100, 100, 92, -78, -100],
        [100, 100, 0, -100, -100],
        [100, 78, -92, -100, -100],
        [100, -32, -100, -100, -100],
    ],
}
# A line of five pixels and its neighbours two pixels off: where those answer, a road of about three pixels lies.
_DUDA = [[-1, -1, -1, -1, -1], [0, 0, 0, 0, 0], [2, 2, 2, 2, 2], [0, 0, 0, 0, 0], [-1, -1, -1, -1, -1]]
_DUDA_DIAGONAL = [[-1, -1, 0, 0, 2], [-1, 0, 0, 2, 0], [0, 0, 2, 0, 0], [0, 2, 0, 0, -1], [2, 0, 0, -1, -1]]

COMPASS = {**dict.fromkeys(_THREE, 45), "nevatia_babu": 30, "duda": 45}  # and the step in degrees that they turn by

LAWS = {
    "L": np.array([1.0, 4, 6, 4, 1]),
    "E": np.array([-1.0, -2, 0, 2, 1]),
    "S": np.array([-1.0, 0, 2, 0, -1]),
    "W": np.array([-1.0, 2, 0, -2, 1]),
    "R": np.array([1.0, -4, 6, -4, 1]),
}


def compass(name: str, angle: float) -> np.ndarray:
    """A compass template turned by a multiple of its step."""
    step = COMPASS[name]
    if angle % step:
        raise ParameterError(f"{name} turns in steps of {step} degrees, got {angle:g}; take 'edge' or 'line' instead")
    numbers = _turned(name, int(angle % 360) // step)
    return balanced(np.maximum(numbers, 0), np.maximum(-numbers, 0))


def _turned(name: str, steps: int) -> np.ndarray:
    if name == "nevatia_babu":
        return _of_nevatia_babu(steps)
    if name == "duda":
        quarters, rest = divmod(steps, 2)
        return np.rot90(np.array(_DUDA_DIAGONAL if rest else _DUDA, np.float64), quarters)
    return _around(np.array(_THREE[name], np.float64), steps)


def _of_nevatia_babu(steps: int) -> np.ndarray:
    quarters, rest = divmod(steps, 3)
    return np.rot90(np.array(_NEVATIA_BABU[30 * rest], np.float64), quarters)


def _around(template: np.ndarray, steps: int) -> np.ndarray:
    """The eight outer numbers moved on counter-clockwise."""
    ring = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    out = template.copy()
    for place, (row, column) in enumerate(ring):
        out[ring[(place + steps) % 8]] = template[row, column]
    return out


def laws(kind: str) -> np.ndarray:
    """One of Laws' 25 textures: two letters, down and along, such as E5L5."""
    letters = kind.upper().replace("5", "")
    if len(letters) != 2 or not set(letters) <= set(LAWS):
        raise ParameterError(f"kind is two of {', '.join(f'{letter}5' for letter in LAWS)}, such as E5L5, got {kind!r}")
    both = np.outer(LAWS[letters[0]], LAWS[letters[1]])
    return both / np.abs(both).sum()
