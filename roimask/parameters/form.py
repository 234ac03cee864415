"""What a parameter is: its name, its type's text form, its default, and how a value is checked."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from roimask.errors import ParameterError, RoimaskError
from roimask.frame import Frame

__all__ = ["Expected", "Parameter", "TextForm", "unknown_name"]


class Expected(ValueError):
    """What a check expected, in words that follow "size is"; any other ValueError is numpy's and says nothing."""


@dataclass(frozen=True)
class TextForm:
    """One type of parameter: its name in help, how text becomes a value, and what values are allowed.

    ``check`` takes a value (from Python, TOML or ``parse``) and gives the value that the function sees, or raises
    ValueError with what was expected. ``resolve`` then turns what depends on the frame (a percentage, metres)
    into pixels. ``file`` says which kind of file the text may name; ``along``, that it is an image of which a kernel
    is given the part that its block covers; ``soft``, that shapes drawn for it cover their edge pixels in part;
    ``large``, that a mask file may be named, which is then read by blocks;
    ``gathers``, that what the caller names otherwise goes in here, by its name. A type without a text form (``parse``
    is None) keeps its operation off the command line.
    """

    name: str
    check: Callable[[Any], Any]
    parse: Callable[[str], Any] | None = None
    resolve: Callable[[Any, Frame], Any] | None = None
    choices: tuple[str, ...] = ()
    file: Literal["", "mask", "image", "zones", "transform"] = ""
    along: bool = False
    soft: bool = False
    large: bool = False
    gathers: bool = False


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation: name, type, default and help."""

    name: str
    form: TextForm
    default: Any
    help: str = ""
    required: bool = field(default=False)
    positional: bool = field(default=False)
    shared: bool = field(default=False)  # given by the path to all operations of a kind

    def check(self, value: Any, owner: str) -> Any:
        """The value as the function takes it, or one sentence that says what was expected."""
        if value is None and self.default is None and not self.required:
            return None
        try:
            return self.form.check(value)
        except RoimaskError as error:
            raise type(error)(f"{owner}: {self.name}: {error}") from None
        except Expected as error:
            expected = str(error)
        except (ValueError, TypeError):
            expected = self.form.name
        raise ParameterError(f"{owner}: {self.name} is {expected}, got {_in_words(value)}")

    def parse(self, text: str, owner: str) -> Any:
        """The value that a text stands for, on the command line."""
        assert self.form.parse is not None, f"{self.name} has no text form"
        try:
            value = self.form.parse(text)
        except RoimaskError as error:  # what is wrong with a file
            raise type(error)(f"{owner}: {self.name}: {error}") from None
        except (ValueError, TypeError):
            raise ParameterError(f"{owner}: {self.name} is {self.form.name}, got {text!r}") from None
        return self.check(value, owner)


_FEW = 9  # numbers of an array that an error shows


def _in_words(value: Any) -> str:
    """A value on one line, an array by its shape."""
    if isinstance(value, np.ndarray) and value.size > _FEW:
        return f"an array of shape {value.shape} and {value.dtype}"
    return textwrap.shorten(repr(value), 120, placeholder=" ...")


def unknown_name(given: str, known: Sequence[str], what: str) -> ParameterError:
    """The error for a name that is not known, with the name that was perhaps meant."""
    close = get_close_matches(given, known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known) or 'none'}."
    return ParameterError(f"{what} {given!r} is not known: {meant}")
