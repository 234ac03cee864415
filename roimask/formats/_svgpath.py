"""The path language of SVG: from text to rings of points."""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Iterator

import numpy as np

__all__ = ["arc", "rings_of"]

# How far a curve may be from the points that stand for it, in the path's own unit.
_TOLERANCE = 0.01
_MOST = 1000  # points of one curve
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_SPACE = re.compile(r"[\s,]*")
_COMMAND = re.compile(r"[MmLlHhVvCcSsQqTtAaZz]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_FLAG = re.compile(r"[01]")


def rings_of(text: str) -> list[np.ndarray]:
    """The rings (x, y) of a path, curves as points; open ones are closed, as they are when filled.

    Raises
    ------
    ValueError
        Where the text is no path.
    """
    pen = _Pen()
    for command, numbers in _steps(text):
        pen.draw(command, numbers)
    rings = [np.array(ring) for ring in pen.rings if len(ring) > 2]
    return [np.stack([ring.real, ring.imag], axis=1) for ring in rings]


def _steps(text: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; a command is not written again where it repeats."""
    at, command = _SPACE.match(text).end(), ""  # type: ignore[union-attr]
    while at < len(text):
        found = _COMMAND.match(text, at)
        if found:
            command, at = found[0], found.end()
        elif command.upper() in ("", "Z"):
            raise ValueError(f"its path is damaged at character {at + 1}")
        else:
            command = {"M": "L", "m": "l"}.get(command, command)
        numbers = []
        for k in range(_ARGUMENTS[command.upper()]):
            pattern = _FLAG if command in "Aa" and k in (3, 4) else _NUMBER
            number = pattern.match(text, _SPACE.match(text, at).end())  # type: ignore[union-attr]
            if not number:
                raise ValueError(f"its path is damaged at character {at + 1}")
            if not math.isfinite(float(number[0])):
                raise ValueError("a point is not finite")
            numbers.append(float(number[0]))
            at = number.end()
        yield command, numbers
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]


class _Pen:
    """Where the pen is, as a complex number, and the rings that it has drawn."""

    def __init__(self) -> None:
        self.rings: list[list[complex]] = []
        self._at = self._start = 0j
        self._handle: complex | None = None  # the last control point, where the curve before was of the same order
        self._order = ""

    def draw(self, command: str, numbers: list[float]) -> None:
        """Do one step."""
        base = self._at if command.islower() else 0j
        letter = command.upper()
        if letter == "M":
            self._start = self._at = base + complex(*numbers)
            self.rings.append([self._at])
        elif letter == "Z":
            self._at = self._start
            self.rings.append([self._at])
        elif not self.rings:
            raise ValueError("its path does not start with a move")
        elif letter == "A":
            *shape, x, y = numbers
            self._add(arc(self._at, base + complex(x, y), *shape))
        elif letter in "HV":
            own = numbers[0] + (base.real if letter == "H" else base.imag)
            self._add([complex(own, self._at.imag) if letter == "H" else complex(self._at.real, own)])
        else:
            points = [base + complex(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
            self._curve(letter, points)
            return
        self._order = ""

    def _curve(self, letter: str, points: list[complex]) -> None:
        """A line or a Bézier curve; S and T go on from the curve before."""
        order = {"S": "C", "T": "Q"}.get(letter, letter)
        if letter in "ST":
            alike = self._order == order and self._handle is not None
            points = [2 * self._at - self._handle if alike else self._at, *points]  # type: ignore[operator]
        control = [self._at, *points]
        self._order, self._handle = order, control[-2]
        self._add(points if order == "L" else _bezier(np.array(control)))

    def _add(self, points: list[complex]) -> None:
        self.rings[-1] += points
        self._at = points[-1]


def _bezier(control: np.ndarray) -> list[complex]:
    """Points on a curve of second or third order, without the first."""
    degree = len(control) - 1
    bend = np.abs(np.diff(control, 2)).max() * degree * (degree - 1)
    t = np.linspace(0, 1, _count(math.sqrt(bend / (8 * _TOLERANCE))) + 1)[1:, None]
    k = np.arange(degree + 1)
    weights = np.array([math.comb(degree, i) for i in k]) * t**k * (1 - t) ** (degree - k)
    return (weights @ control).tolist()


def _count(steps: float) -> int:
    if not math.isfinite(steps):
        raise ValueError("a point is not finite")
    return min(max(math.ceil(steps), 1), _MOST)


def arc(start: complex, end: complex, rx: float, ry: float, turn: float, large: float, sweep: float) -> list[complex]:
    """Points on a part of an ellipse, without the first: SVG's own rules for what cannot be (appendix B.2)."""
    rx, ry = abs(rx), abs(ry)
    if not rx or not ry or start == end:
        return [end]
    axis = cmath.exp(1j * math.radians(turn))
    half = (start - end) / 2 / axis
    u, v = half.real / rx, half.imag / ry  # on the unit circle
    short = abs(complex(u, v))
    if short > 1:
        rx, ry, u, v, short = rx * short, ry * short, u / short, v / short, 1.0
    center = (-1 if large == sweep else 1) * math.sqrt(max(1 / short**2 - 1, 0)) * complex(v, -u)
    first, last = cmath.phase(complex(u, v) - center), cmath.phase(complex(-u, -v) - center)
    extent = (last - first) % (2 * math.pi) - (0 if sweep else 2 * math.pi)
    steps = _count(abs(extent) * math.sqrt(max(rx, ry) / (8 * _TOLERANCE)))
    angles = first + extent * np.arange(1, steps + 1) / steps
    on = (center.real + np.cos(angles)) * rx + 1j * (center.imag + np.sin(angles)) * ry
    return [*((start + end) / 2 + on[:-1] * axis).tolist(), end]
