"""A shape in place of a mask file: ``circle``, or with parameters, ``star points=7 radius=30%``."""

from __future__ import annotations

from typing import Any

import click

import roimask as rm

from .index import VERBS
from .inputs import Input
from .names import shown_name
from .options import on_command_line

__all__ = ["Shape", "names_shape"]

# Where a shape stands of which no more is said: as large as the image allows.
_INSCRIBED: dict[str, Any] = {
    "center": ("50%", "50%"), "radius": "50%", "radii": ("50%", "50%"), "inner_radius": "25%",
    "top": 0, "left": 0, "height": "100%", "width": "100%",
}  # fmt: skip
_ROUNDED = {"rounded_rectangle": {"radius": "10%"}}


def names_shape(text: str) -> bool:
    """Whether the first word is a shape's name."""
    return VERBS.get(_name(text), ("", ""))[1] == "frame"


def _name(text: str) -> str:
    return text.split(maxsplit=1)[0].replace("-", "_") if text.strip() else ""


class Shape:
    """A shape on each image, with ``soft`` edges; where no more is said, it touches the image's sides.

    Raises
    ------
    UsageError
        Where a parameter is not known, not as expected, or missing.
    """

    def __init__(self, text: str, soft: bool = False):
        self._draw = getattr(rm, _name(text))
        self._known = on_command_line(self._draw.operation.parameters)
        needed = {n: _INSCRIBED[n] for n, p in self._known.items() if p.required and n in _INSCRIBED}
        edge = {"coverage": True} if soft and "coverage" in self._known else {}
        self._where = {**needed, **_ROUNDED.get(_name(text), {}), **edge, **self._given(text)}
        self.kind: Any = "weights" if self._where.get("coverage") else "binary"
        self._require_all(text)

    def _given(self, text: str) -> dict[str, Any]:
        """The parameters in a text such as ``polygon points=10,10 80,10 80,90 coverage=yes``."""
        values: dict[str, str] = {}
        name = ""
        for word in text.split()[1:]:
            before, sign, after = word.partition("=")
            if sign:
                name = before.replace("-", "_")
                values[name] = after
            elif name:  # the value goes on
                values[name] += f" {word}"
            else:
                raise click.UsageError(f"{text!r}: {word!r} stands for nothing: give {self._example()}")
        return {name: self._parsed(name, value) for name, value in values.items()}

    def _parsed(self, name: str, value: str) -> Any:
        operation = self._draw.operation
        try:
            if name not in self._known:
                operation.check({name: value})  # says which are known
            return self._known[name].parse(value.replace("\\n", "\n"), operation.name)
        except rm.ParameterError as error:
            raise click.UsageError(str(error)) from None

    def _require_all(self, text: str) -> None:
        missing = [name for name, p in self._known.items() if p.required and name not in self._where]
        if missing:
            raise click.UsageError(f"{text!r} needs {', '.join(missing)}: give {self._example()}")

    def _example(self) -> str:
        """How it is written with what it needs."""
        needed = [n for n, p in self._known.items() if p.required and n not in _INSCRIBED] or list(self._known)[:1]
        return f"'{shown_name(self._draw.operation.name)} {' '.join(f'{name}=<...>' for name in needed)}'"

    def file(self, image: Input) -> str | None:
        """No file."""
        return None

    def mask(self, image: Input, frame: Any) -> Any:
        """The shape on a frame."""
        return self._draw(frame, **self._where)

    def by_windows(self, image: Input, frame: Any) -> Any:
        """The mask: a shape has no file."""
        return self.mask(image, frame)
