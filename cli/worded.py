"""Masks in words in place of a mask file: a pattern of one file an image, and set algebra of masks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import roimask as rm

from .grid import read_paired
from .inputs import Input

if TYPE_CHECKING:
    from .partners import Partner

__all__ = ["Combined", "Pattern", "is_pattern"]


def is_pattern(text: str) -> bool:
    """Whether a text names another file for each image."""
    return "{" in text


class Pattern:
    """One mask file an image: ``masks/{stem}.png``."""

    def __init__(self, pattern: str, kind: Any = None):
        self._pattern, self.kind = pattern, kind
        rm.named_after(pattern, "image.png")  # says which words are known

    def file(self, image: Input) -> str | None:
        """The file for that image."""
        path = rm.named_after(self._pattern, image.path)
        if not os.path.lexists(path):
            raise LookupError(f"no mask {rm.shown(path)}")
        return path

    def mask(self, image: Input, frame: Any) -> Any:
        """The mask of that image, aligned with its frame."""
        return read_paired(str(self.file(image)), frame, self.kind, image=image.path)

    def by_windows(self, image: Input, frame: Any) -> Any:
        """That file."""
        return self.file(image)


class Combined:
    """Masks put together by signs, each of them named in any of the ways in which a mask is."""

    def __init__(self, expression: Any, parts: Mapping[str, Partner], kind: Any = None):
        self._expression, self._parts, self.kind = expression, parts, kind

    @property
    def parts(self) -> list[Partner]:
        """The masks that it speaks of."""
        return list(self._parts.values())

    def file(self, image: Input) -> str | None:
        """No file of its own; raises LookupError where one of its parts is missing."""
        for part in self.parts:
            part.file(image)
        return None

    def mask(self, image: Input, frame: Any) -> Any:
        """What the expression comes to on that frame."""
        return self._expression.work_out(lambda name: self._parts[name].mask(image, frame))

    def by_windows(self, image: Input, frame: Any) -> Any:
        """The expression of files; the mask, where a part is no file."""
        files = {name: part.by_windows(image, frame) for name, part in self._parts.items()}
        if all(isinstance(file, str) for file in files.values()):
            return self._expression.renamed(files.__getitem__)
        return self.mask(image, frame)
