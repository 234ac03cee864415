"""What is to be done: files, folders and patterns become a list of inputs."""

from __future__ import annotations

import atexit
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click

import roimask as rm

__all__ = ["Input", "collect", "is_drawn", "is_image", "is_mask"]

Wanted = Callable[[str], bool]  # of the name of a file in a folder

# What counts as an image where a folder is given; a file that is named itself is always tried.
IMAGES = frozenset(
    ".png .jpg .jpeg .jpe .jfif .tif .tiff .webp .avif .bmp .dib .gif .npy .jp2 .j2k .jpx .pgm .ppm .pbm .pnm .tga "
    ".vrt .img .ico .psd .pcx .sgi .rgb .dds .fli .flc .xbm .xpm .icns .im .msp .sun .ras .asc".split()
)


def is_image(name: str) -> bool:
    """Whether a file in a folder is an image, by its name."""
    return Path(name).suffix.lower() in IMAGES


def is_mask(name: str) -> bool:
    """Whether a file in a folder of masks is one, by its name."""
    return name != "classes.txt" and Path(name).suffix.lower() in _mask_suffixes()  # YOLO's list lies beside its masks


def is_drawn(path: str) -> bool:
    """Whether a mask file has no pixels of its own: it is drawn on the grid of an image."""
    suffix = Path(path).suffix.lower()
    return any(suffix in format.suffixes for format in rm.mask_formats() if not format.pixels)


@cache
def _mask_suffixes() -> frozenset[str]:
    return IMAGES.union(*(format.suffixes for format in rm.mask_formats()))


@dataclass(frozen=True)
class Input:
    """One file to work on.

    Attributes
    ----------
    path : str
        How it is opened and shown.
    relative : str
        Its place below the folder that was given: the tree that is kept under -o.
    from_folder : bool
        Whether a folder was given, and not the file itself.
    """

    path: str
    relative: str
    from_folder: bool = False

    @property
    def stem(self) -> str:
        """The name without its last suffix."""
        return Path(self.relative).stem

    @property
    def suffix(self) -> str:
        """The last suffix, in lower case."""
        return Path(self.relative).suffix.lower()


def collect(words: Sequence[str], recursive: bool, wanted: Wanted = is_image, but: Iterable[str] = ()) -> list[Input]:
    """The inputs that the words name, each once, without what lies in the folders ``but``.

    Raises
    ------
    UsageError
        Where a pattern matches nothing, or there is nothing at all to do.
    """
    left_out = {os.path.realpath(folder) for folder in but if os.path.isdir(folder)}
    found: dict[str, Input] = {}
    for word in words:
        for item in _of_word(word, recursive, wanted, left_out - {os.path.realpath(word)}):
            found.setdefault(os.path.abspath(item.path), item)
    if not found:
        raise click.UsageError(f"there is no image in {', '.join(map(rm.shown, words))}")
    return list(found.values())


def _of_word(word: str, recursive: bool, wanted: Wanted, left_out: set[str]) -> Iterator[Input]:
    if word == "-":
        yield Input(_stdin_file(), "stdin")
    elif os.path.isdir(word):
        yield from _of_folder(word, "", recursive, wanted, left_out)
    elif glob.has_magic(word) and not os.path.lexists(word) and not rm.is_remote(word):
        yield from _of_pattern(word, recursive, wanted, left_out)
    else:
        yield Input(word, os.path.basename(word))


def _of_pattern(word: str, recursive: bool, wanted: Wanted, left_out: set[str]) -> Iterator[Input]:
    matches = sorted(glob.glob(word, recursive=True))
    if not matches:
        raise click.UsageError(f"no file matches {word!r}")
    for match in matches:
        yield from _of_word(match, recursive, wanted, left_out)


def _of_folder(root: str, below: str, recursive: bool, wanted: Wanted, left_out: set[str]) -> Iterator[Input]:
    """Images in a folder by name, hidden files left out."""
    folder = os.path.join(root, below)
    if os.path.realpath(folder) in left_out:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise click.ClickException(f"{rm.shown(folder)} cannot be read: {error.strerror}") from None
    for entry in entries:
        relative = os.path.join(below, entry.name)
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if recursive and not entry.is_symlink():
                yield from _of_folder(root, relative, recursive, wanted, left_out)
        elif wanted(entry.name):
            yield Input(entry.path, relative, from_folder=True)


def _stdin_file() -> str:
    """Standard input, as a file that lasts as long as the process."""
    with tempfile.NamedTemporaryFile(prefix="roimask-stdin-", delete=False) as file:
        atexit.register(os.unlink, file.name)
        shutil.copyfileobj(sys.stdin.buffer, file)
        return file.name
