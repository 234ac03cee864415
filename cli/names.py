"""What operations are called on the command line."""

from __future__ import annotations

from .index import VERBS

__all__ = ["shown_name", "words_of"]


def shown_name(name: str) -> str:
    """The word for an operation on the command line."""
    return name.replace("_", "-")


def words_of(name: str) -> str:
    """The words that start an operation on the command line."""
    result = VERBS[name.replace("-", "_")][2]
    return f"roimask {'mask ' if result == 'mask' else ''}{shown_name(name)}"
