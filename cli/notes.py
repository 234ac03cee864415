"""Warnings of the library as plain lines: kept with the input that is worked on, else on stderr at once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import click

from .wording import for_shell

__all__ = ["kept", "plain_warnings"]

_KEPT: ContextVar[list[str] | None] = ContextVar("kept", default=None)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show warnings without the place in the code that they come from."""
    with warnings.catch_warnings():
        as_python = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, UserWarning):
                _note(for_shell(" ".join(str(message).split())))
            else:
                as_python(message, category, *place, **more)

        warnings.showwarning = show
        warnings.simplefilter("always", UserWarning)
        yield


def _note(text: str) -> None:
    notes = _KEPT.get()
    if notes is None:
        click.echo(text, err=True)
    elif text not in notes:
        notes.append(text)


@contextmanager
def kept() -> Iterator[list[str]]:
    """What is warned of in this thread meanwhile; nothing of it is shown."""
    notes: list[str] = []
    token = _KEPT.set(notes)
    try:
        yield notes
    finally:
        _KEPT.reset(token)
