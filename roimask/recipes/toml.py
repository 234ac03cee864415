"""Recipes as TOML: read, written, and the line where something is wrong."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from roimask.errors import ParameterError, ReadError
from roimask.raster.paths import local, shown

__all__ = ["parsed", "place", "text", "text_of"]

_LARGEST = 1 << 20  # bytes; a recipe is some lines
_HEADER = re.compile(r"\s*\[\[\s*step\s*\]\]")


def text_of(path: str) -> str:
    """What a recipe file holds.

    Raises
    ------
    ReadError
        Where it cannot be read, is no text, or far too long.
    """
    try:
        if os.path.getsize(local(path)) > _LARGEST:
            raise ReadError(f"{shown(path)} is no recipe: it is larger than {_LARGEST >> 20} MiB.")
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        raise ReadError(f"{shown(path)} is no recipe: it is not text in UTF-8.") from None
    except OSError as error:
        raise (
            error if isinstance(error, ReadError) else ReadError(f"{shown(path)} cannot be read: {error.strerror}.")
        ) from None


def parsed(content: str, name: str) -> dict[str, Any]:
    """The content as tables.

    Raises
    ------
    ParameterError
        Where it is not TOML, with the line.
    """
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{shown(name)} is not TOML: {error}") from None


def place(content: str, error: Exception) -> str:
    """Where in the text the step or the key is that an error speaks of: ``, line 7``; empty where it is not found."""
    lines = content.splitlines()
    number = re.match(r"step (\d+):", str(error))
    starts = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    first, last = 0, starts[0] if starts else len(lines)
    if number is not None:
        if int(number[1]) > len(starts):
            return ""
        first, last = [*starts, len(lines)][int(number[1]) - 1 : int(number[1]) + 1]
    elif getattr(error, "key", None) is None:
        return ""
    of_key = [at for at in range(first, last) if _sets(lines[at], getattr(error, "key", None))]
    return f", line {(of_key or [first])[0] + 1}"


def _sets(line: str, key: str | None) -> bool:
    return key is not None and re.match(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[\]=]""", line) is not None


def text(head: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """A recipe's keys, and its steps."""
    tables = [_lines(head), *(["[[step]]", *_lines(step)] for step in steps)]
    return "\n\n".join("\n".join(lines) for lines in tables if lines) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items() if value not in (None, ())]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML's basic strings are JSON's
    return repr(value)
