"""One picture of the galleries: a line of code, which is run as it stands."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Plate:
    """One picture: an expression, and what there is to see.

    Attributes
    ----------
    code : str
        Names in it are those of the sample pictures, their masks, and ``samples.MADE``.
    caption : str
        One sentence; by default the summary of the operation.
    view : (top, left, bottom, right), optional
        The part that is shown, by default that of the sample picture.
    """

    code: str
    caption: str = ""
    view: tuple[int, int, int, int] | None = None

    @property
    def operation(self) -> str:
        """The operation that the line calls, "" for set algebra."""
        tree = ast.parse(self.code, mode="eval").body
        return tree.func.attr if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) else ""
