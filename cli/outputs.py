"""Where results go: decided for all inputs, and refused where need be, before anything runs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

import roimask as rm

from .inputs import Input

__all__ = ["STDOUT", "make_folders", "plan", "require_no_input"]

STDOUT = "-"
_WORD = re.compile(r"\{(\w*)\}")
# Formats that images can be written in; results for other inputs become one of these.
_WRITABLE = frozenset(".png .jpg .jpeg .tif .tiff .webp .avif .bmp .npy".split())
_OPAQUE = frozenset(".jpg .jpeg .bmp".split())  # formats without alpha
_ALWAYS = {"map": ".tif", "overlay": ".png"}


def plan(images: Sequence[Input], output: str | None, verb: str, result: str, protected: Iterable[str]) -> list[str]:
    """The output of each input.

    Parameters
    ----------
    images : sequence of Input
    output : str or None
        What ``-o`` gave: a file, a folder, a pattern, or - for standard output.
    verb, result : str
        The operation's name and what it answers; "clear" is a picture with alpha, ".json" a file that ends so.
    protected : iterable of str
        Files that are read beside the inputs, and so are never written.

    Raises
    ------
    UsageError
        Where there is no output, two inputs would write the same file, an input would be overwritten, or a result
        would leave the folder that was given.
    """
    if output is None:
        raise click.UsageError("give -o: a file, a folder or a pattern such as 'out/{stem}_{verb}.png'")
    if output == STDOUT or _is_file(images, output):
        return [_single(images, output, result, protected)]
    root, name_of = _naming(output, verb, result)
    found = [os.path.join(root, name_of(image)) for image in images]
    _require_inside(root, found, images)
    _require_apart(found, images)
    require_no_input(found, [*(image.path for image in images), *protected])
    return found


def _single(images: Sequence[Input], output: str, result: str, protected: Iterable[str]) -> str:
    """One output, for one input alone."""
    if result == "clear" and Path(output).suffix.lower() in _OPAQUE:
        raise click.UsageError(f"{rm.shown(output)} cannot be clear in places: give --background, or a .png")
    if len(images) > 1:
        raise click.UsageError(f"{len(images)} inputs cannot go to {output}: give a folder or a pattern with {{stem}}")
    require_no_input([output], [*(image.path for image in images), *protected])
    return output


def _is_file(images: Sequence[Input], output: str) -> bool:
    """Whether ``-o`` is the one result itself: it has a suffix, and is neither a folder nor a pattern."""
    if os.path.isdir(output) or output.endswith(("/", os.sep)) or _WORD.search(output):
        return False
    suffix = Path(output).suffix.lower()
    return suffix in _WRITABLE or (bool(suffix) and not any(image.from_folder for image in images))


def _naming(output: str, verb: str, result: str) -> tuple[str, Callable[[Input], str]]:
    """The folder that all results lie in, and the name of a result below it."""
    if not _WORD.search(output):
        return output, lambda image: os.path.splitext(image.relative)[0] + _suffix(image, result)
    parts = Path(output).parts
    fixed = next(n for n, part in enumerate(parts) if _WORD.search(part))
    pattern = os.path.join(*parts[fixed:])
    return os.path.join(*parts[:fixed]) if fixed else os.curdir, lambda image: _fill(pattern, image, verb, result)


def _fill(pattern: str, image: Input, verb: str, result: str) -> str:
    words = {
        "stem": image.stem,
        "name": os.path.basename(image.relative),
        "verb": verb.replace("_", "-"),
        "ext": _suffix(image, result)[1:],
        "folder": os.path.dirname(image.relative) or os.curdir,
    }

    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise click.UsageError(f"-o knows no {match[0]}: known are {', '.join(f'{{{name}}}' for name in words)}")
        return words[match[1]]

    return os.path.normpath(_WORD.sub(word, pattern))


def _suffix(image: Input, result: str) -> str:
    """The suffix of a result that only a folder was named for: the input's own where its format can be written."""
    if result.startswith("."):
        return result
    if result in _ALWAYS:
        return _ALWAYS[result]
    if result == "mask":
        return image.suffix if image.suffix in (".tif", ".tiff", ".npy") else ".png"
    return image.suffix if image.suffix in _WRITABLE - (_OPAQUE if result == "clear" else set()) else ".png"


def _require_apart(outputs: Sequence[str], images: Sequence[Input]) -> None:
    seen: dict[str, str] = {}
    for output, image in zip(outputs, images, strict=True):
        other = seen.setdefault(os.path.normcase(os.path.abspath(output)), image.path)
        if other != image.path:
            raise click.UsageError(
                f"{rm.shown(other)} and {rm.shown(image.path)} would both write {rm.shown(output)}: "
                "give a pattern with {name} or {folder}, such as 'out/{folder}/{name}.png'"
            )


def require_no_input(outputs: Iterable[str], inputs: Iterable[str]) -> None:
    """Refuse outputs that are read, under any name."""
    read = {os.path.realpath(path): path for path in inputs}
    for output in outputs:
        if output != STDOUT and os.path.realpath(output) in read:
            raise click.UsageError(f"{rm.shown(output)} is read and would be overwritten: give another -o")


def _require_inside(root: str, outputs: Iterable[str], images: Iterable[Input]) -> None:
    """No result leaves the folder, neither by dots nor through a link on the way."""
    real = os.path.realpath(root)
    for output, image in zip(outputs, images, strict=True):
        folder = os.path.realpath(os.path.dirname(output))
        if os.path.commonpath([real, folder]) != real:
            raise click.UsageError(
                f"the result of {rm.shown(image.path)} would leave {rm.shown(root)}: {rm.shown(output)}"
            )


def make_folders(targets: Sequence[str | None]) -> None:
    """Make the folders of the results, so that one that cannot be made is said once."""
    for folder in {os.path.dirname(target) or os.curdir for target in targets if target not in (None, STDOUT)}:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise click.ClickException(f"{rm.shown(folder)} cannot be made: {error.strerror}") from None
        if not os.access(folder, os.W_OK):
            raise click.ClickException(f"{rm.shown(folder)} cannot be written to: permission denied")
