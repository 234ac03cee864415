"""Sentences of the library, which speak of Python, for those who type in a shell; errors as one of them."""

from __future__ import annotations

import os
import re

import click

import roimask as rm

__all__ = ["for_shell", "reason"]

_PHRASES = {
    r"\b(?:frame|image)= \([^)]*\)": "--like IMAGE",
    r"\b(?:with )?(?:mask|read_mask\(path\))\.to_frame\(\w+\)": "with roimask mask convert MASK --like IMAGE",
    r"\bwrite mask\.as_binary\(\)": "give --mask-kind binary",
    r"\bmask\.as_binary\(\)": "--mask-kind binary",
    r"\bwith color_range\b": "with roimask mask color-range",
    r"(?<!-)\ballow_truncated\b": "--allow-truncated",
    r"(?<!-)\bmemory_limit\b": "--memory-limit",
}
_KEYWORD = re.compile(
    r"(?<![^\s(])(?P<name>[a-z_]+)="  # not within a path or an option
    r"(?:(?P<quote>['\"])(?P<text>[^'\"]*)(?P=quote)|(?P<bare>-?[\w%]+(?:\.\d+)?)(?![./]\w)|\.\.\.|(?![^\s.,;:)]))"
)
_OPTIONS = {"kind": "mask-kind", "image": "of"}  # parameters that have another name here


def for_shell(text: str) -> str:
    """The sentence with options in the place of keywords: ``kind="binary"`` is ``--mask-kind binary``."""
    for phrase, typed in _PHRASES.items():
        text = re.sub(phrase, typed, text)
    return _KEYWORD.sub(_typed, text)


def _typed(match: re.Match[str]) -> str:
    name, value = match["name"], match["text"] or match["bare"] or ""
    option = f"--{_OPTIONS.get(name, name).replace('_', '-')}"
    return option if value in ("", "True") else f"{option} {value}"


def reason(error: Exception) -> str:
    """An error in one line; one that roimask did not raise on purpose with its type."""
    if (isinstance(error, rm.RoimaskError) or type(error) is LookupError) and error.args:  # a KeyError is a fault
        return for_shell(" ".join(str(error.args[-1]).split()))
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError) and error.strerror:
        return f"{rm.shown(error.filename)}: {error.strerror}" if error.filename else error.strerror
    if os.environ.get("ROIMASK_DEBUG"):
        raise error
    return " ".join(f"unexpected {type(error).__name__}: {error}".split())
