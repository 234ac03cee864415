"""A file in the making that outlives its process, and the list of the blocks that are in it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from roimask.errors import RoimaskError, WriteError
from roimask.raster.atomic import atomic
from roimask.raster.drivers.tiled.file import TiledFile
from roimask.raster.paths import shown

__all__ = ["Journal", "key_of", "made"]


class Journal:
    """Which blocks are done, and where the file ended after each; kept on the disk where the run may be resumed.

    Attributes
    ----------
    temporary : Path
        The file in the making.
    done : dict of int to int
        The length of the file after each block that is done.
    """

    def __init__(self, temporary: Path, log: Path | None = None, key: str = ""):
        self.temporary, self._log = temporary, log
        self.done: dict[int, int] = {}
        if log is not None:
            self.done = _read(log, key) if temporary.exists() else {}
            if not self.done:
                log.write_text(f"{key}\n")

    def enter(self, block: int, file: TiledFile) -> None:
        """Note that a block is done: it is on the disk before it is in the list."""
        self.done[block] = file.end
        if self._log is not None:
            file.sync()
            with open(self._log, "a") as log:
                log.write(f"{block} {file.end}\n")

    def close(self) -> None:
        """Forget the list: what is done to the file from now on can only be done again from its start."""
        if self._log is not None:
            self._log.unlink(missing_ok=True)


def _read(log: Path, key: str) -> dict[int, int]:
    """The blocks of an earlier run of the same work; none where it was another."""
    try:
        first, *lines = log.read_text().split("\n")
    except OSError:
        return {}
    if first != key:
        return {}
    return {int(block): int(end) for block, end in (line.split() for line in lines[:-1])}


@contextmanager
def made(path: str | os.PathLike[str], resume: bool, key: str) -> Iterator[Journal]:
    """Yield the journal of a file in the making; what was written takes the name ``path`` when the block ends well.

    With ``resume``, a file that was left by an earlier run of the same work is gone on with, and what this one does is
    left for a later one where it fails. Without, nothing is left.
    """
    if not resume:
        with atomic(path) as temporary:
            yield Journal(temporary)
        return
    target = Path(path)
    stem = f".roimask-{hashlib.sha256(target.name.encode()).hexdigest()[:12]}"
    temporary, log = target.parent / f"{stem}.part", target.parent / f"{stem}.journal"
    try:
        yield Journal(temporary, log, key)
        os.replace(temporary, target)
    except RoimaskError:
        raise
    except OSError as error:
        raise WriteError(f"{shown(target)} cannot be written: {error.strerror or error}.") from error
    with suppress(OSError):
        log.unlink(missing_ok=True)


def key_of(*facts: Any) -> str:
    """A short text that is another wherever a fact is another."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode()).hexdigest()
