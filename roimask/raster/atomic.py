"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from roimask.errors import RoimaskError, WriteError
from roimask.raster.paths import shown

__all__ = ["atomic"]


@contextmanager
def atomic(path: str | PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; what was written there takes its name when the block ends well.

    Parameters
    ----------
    path : path
        The file to make or replace. A link is replaced, not followed.

    Yields
    ------
    Path
        An empty file with a short hidden name in the same folder.

    Raises
    ------
    WriteError
        Where the file cannot be made, written or renamed.

    Notes
    -----
    The file is flushed to the disk before it is renamed. After an error in the block, or a kill at any moment,
    ``path`` is what it was before (a kill may leave the hidden file).

    Examples
    --------
    >>> import tempfile, os
    >>> folder = tempfile.mkdtemp()
    >>> with atomic(os.path.join(folder, "table.csv")) as temporary:
    ...     _ = temporary.write_text("area")
    >>> os.listdir(folder)
    ['table.csv']
    """
    target = Path(path)
    temporary = target.parent / f".roimask-{secrets.token_hex(6)}.tmp"
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        _sync(temporary, os.O_RDWR)
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except RoimaskError:
        raise
    except OSError as error:
        raise WriteError(f"{shown(target)} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make the new name last as well, where the system lets a folder be opened."""
    with suppress(OSError):
        _sync(folder, os.O_RDONLY)
