"""Docstrings taken apart and put together again."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

__all__ = ["Documentation"]

_HEADING = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
_PARAMETER = re.compile(r"^([\w*][\w, *]*?)\s*(?::.*)?$")


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
