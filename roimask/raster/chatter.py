"""What C libraries print past Python."""

from __future__ import annotations

import os
import sys

__all__ = ["silence_decoders"]


def silence_decoders() -> None:
    """Keep what decoders (libjpeg, libpng, libtiff) print off the terminal, for the rest of the process.

    Notes
    -----
    They write to file descriptor 2; Python's ``sys.stderr`` goes on with a copy of it. For programs, at their
    start: a library has no business doing this to the process that it lives in.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
        sys.stderr = open(kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")  # noqa: SIM115
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    except OSError:  # started without a standard error
        return
