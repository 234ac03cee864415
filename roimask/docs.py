"""Docstrings taken apart and put together: what holds for all operations is worded once and inserted here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roimask.operation import Operation
    from roimask.parameters import Parameter

__all__ = ["Documentation", "public_docstring"]

_HEADING = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
_PARAMETER = re.compile(r"^(\w[\w, *]*?)\s*(?::.*)?$")


@dataclass(frozen=True)
class Documentation:
    """A numpydoc docstring by sections.

    Attributes
    ----------
    lead : str
        Summary and description.
    sections : dict of str to str
        The other sections by heading, in order.
    """

    lead: str
    sections: dict[str, str]

    @classmethod
    def of(cls, docstring: str) -> Documentation:
        """Take a docstring apart."""
        parts = _HEADING.split(inspect.cleandoc(docstring))
        bodies = (body.strip("\n") for body in parts[2::2])
        return cls(parts[0].strip(), dict(zip(parts[1::2], bodies, strict=True)))

    @property
    def summary(self) -> str:
        """The first paragraph on one line."""
        return " ".join(self.lead.partition("\n\n")[0].split())

    @property
    def parameters(self) -> dict[str, str]:
        """What is said of each parameter, on one line."""
        found: dict[str, list[str]] = {}
        names: list[str] = []
        for line in self.sections.get("Parameters", "").splitlines():
            heading = None if line.startswith(" ") else _PARAMETER.match(line)
            if heading:
                names = [name.strip(" *") for name in heading.group(1).split(",")]
                found.update({name: [] for name in names})
            else:
                for name in names:
                    found[name].append(line.strip())
        return {name: " ".join(lines).strip() for name, lines in found.items()}

    def __str__(self) -> str:
        bodies = [f"{heading}\n{'-' * len(heading)}\n{body}" for heading, body in self.sections.items()]
        return "\n\n".join([self.lead, *bodies]) + "\n"


def public_docstring(written: str, operation: Operation, shared: Mapping[str, Parameter], mask_help: str) -> str:
    """The docstring of the public function: the kernel's own, with image, mask and the shared parameters added."""
    documentation = Documentation.of(written)
    own = documentation.sections.get("Parameters", "")
    entries = [
        "image : array (H, W) or (H, W, C), PIL image or Raster\n"
        f"    bool, uint8, uint16, int16, int32, float32 or float64{_image_note(operation)}.",
        f"mask : Mask or array (H, W), optional\n{_wrapped(mask_help)}",
        *([own] if own else []),
        *_entries(operation.parameters[name] for name in operation.parameters if name in shared),
    ]
    sections = {"Parameters": "\n".join(entries), **{k: v for k, v in documentation.sections.items() if k != "Parameters"}}
    return str(Documentation(documentation.lead, sections))


def _image_note(operation: Operation) -> str:
    left_out = "NaN and inf take no part" if operation.finite else "NaN takes no part"
    return "" if operation.any_value else f"; {left_out} and stay{'s' * (not operation.finite)} as {'they are' if operation.finite else 'it is'}"


def _entries(parameters: Iterable[Parameter]) -> list[str]:
    return [f"{p.name} : {p.form.name}, optional\n{_wrapped(p.help)}" for p in parameters]


def _wrapped(text: str) -> str:
    import textwrap

    return textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="    ")
