"""Templates drawn from their geometry: any size, any angle."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from roimask.errors import ParameterError

__all__ = ["DRAWN", "balanced"]

Draw = Callable[..., np.ndarray]
DRAWN: dict[str, Draw] = {}

_FINE = 5  # points along a side of a pixel, of which the share inside a form is its coverage


def drawn(function: Draw) -> Draw:
    """Register a template by its name; it is called with size, angle and its own parameters."""
    DRAWN[function.__name__] = function
    return function


def balanced(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """What is inside less what is beside, each a mean: the answer is a contrast in units of the image."""
    if not positive.any() or not negative.any():
        raise ParameterError("the template leaves no room for what lies beside its form; give a larger size")
    return positive / positive.sum() - negative / negative.sum()


def turned(size: int, angle: float, fine: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """For each (fine) pixel how far it lies along the template's direction, and to the left of it.

    Rounded, so that what lies on a line by geometry is found there at every angle.
    """
    ticks = (np.arange(size * fine) + 0.5) / fine - size / 2
    x, y = ticks[None, :], -ticks[:, None]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return np.round(x * cos + y * sin, 9), np.round(y * cos - x * sin, 9)


def covered(size: int, angle: float, inside: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """The share of each pixel that lies inside a form, and in the disk that all angles have in common."""
    along, across = turned(size, angle, _FINE)
    form = inside(along, across) & (np.hypot(along, across) <= size / 2)
    return form.reshape(size, _FINE, size, _FINE).mean(axis=(1, 3))


def _wave(size: int, values: np.ndarray, envelope: np.ndarray) -> np.ndarray:
    """A smooth profile, cut to sum 0 and scaled so that a bright form answers with its contrast."""
    values = values - envelope * values.sum() / envelope.sum()
    return values / np.abs(values).sum() * 2


@drawn
def line(size: int, angle: float, width: float = 1.0) -> np.ndarray:
    """A strip across the window, and a strip of the same width on either side of it."""
    strip = covered(size, angle, lambda _, across: np.abs(across) <= width / 2)
    sides = covered(size, angle, lambda _, across: (np.abs(across) > width / 2) & (np.abs(across) <= 1.5 * width))
    return balanced(strip, sides)


@drawn
def edge(size: int, angle: float) -> np.ndarray:
    """A step: bright to the left of the direction, dark to the right."""
    return balanced(*(covered(size, angle, lambda _, across, s=side: s * across > 0) for side in (1, -1)))  # type: ignore[misc]


@drawn
def second_derivative(size: int, angle: float, width: float = 3.0) -> np.ndarray:
    """The second derivative of a Gaussian across a line, which answers most to a line of this width."""
    along, across = turned(size, angle)
    sigma = width / 2
    envelope = np.exp(-((across / sigma) ** 2) / 2 - (along / (size / 4)) ** 2 / 2)
    return _wave(size, (1 - (across / sigma) ** 2) * envelope, envelope)


@drawn
def gabor(size: int, angle: float, width: float = 3.0) -> np.ndarray:
    """A wave across a line under a Gaussian; half a wave is as wide as the line."""
    along, across = turned(size, angle)
    envelope = np.exp(-((across / width) ** 2) / 2 - (along / (size / 4)) ** 2 / 2)
    return _wave(size, np.cos(np.pi * across / width) * envelope, envelope)


@drawn
def spot(size: int, angle: float, width: float = 3.0) -> np.ndarray:
    """The Laplacian of a Gaussian, turned over, which answers most to a disk of this diameter."""
    squared = (np.hypot(*turned(size, 0)) / (width / math.sqrt(8))) ** 2
    envelope = np.exp(-squared / 2)
    return _wave(size, (1 - squared / 2) * envelope, envelope)


@drawn
def corner(size: int, angle: float) -> np.ndarray:
    """A quarter of the window that opens in this direction, and the rest."""
    inside = covered(size, angle, lambda along, across: along > np.abs(across))
    return balanced(inside, covered(size, angle, lambda along, across: along <= np.abs(across)))


@drawn
def ring(size: int, angle: float, width: float = 1.0) -> np.ndarray:
    """A ring of this thickness around the middle, and what lies inside and outside of it."""
    radius = size / 3
    inside = covered(size, 0, lambda along, across: np.abs(np.hypot(along, across) - radius) <= width / 2)
    return balanced(
        inside, covered(size, 0, lambda along, across: np.abs(np.hypot(along, across) - radius) > width / 2)
    )


@drawn
def rectangle(size: int, angle: float, width: float = 3.0, length: float | None = None) -> np.ndarray:
    """A roof: a rectangle ``length`` long in this direction and ``width`` wide, and the ground around it."""
    half_length, half_width = (width if length is None else length) / 2, width / 2

    def roof(along: np.ndarray, across: np.ndarray) -> np.ndarray:
        return (np.abs(along) <= half_length) & (np.abs(across) <= half_width)

    inside = covered(size, angle, roof)
    return balanced(inside, covered(size, angle, lambda along, across: ~roof(along, across)))
