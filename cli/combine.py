"""``roimask mask combine``: set algebra on files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

import roimask as rm

from . import options
from .examples import epilog
from .grid import FRAME, LIKE, OF, reader, reading_of
from .inputs import is_drawn
from .onemask import OVERWRITE, write_mask

__all__ = ["command"]


@click.command("combine", epilog=epilog('roimask mask combine "(fields.png | woods.png) & ~clouds.png" -o clear.png'))
@click.argument("words", nargs=-1, required=True, metavar="EXPRESSION...", type=options.FILE)
def command(words: Sequence[str], **given: Any) -> int:
    """Combine masks: roimask mask combine a.png - b.png -o c.png

    The signs are & (both), | (either), - (the first without the second), ^ (one of them, not both), ~ (all but)
    and parentheses. The shell has its own meaning for most of them: put the expression in quotes, as in
    roimask mask combine "(a.png | b.png) & ~c.png" -o d.png. A - is minus where it stands alone.
    Labels stay labels: the left one wins.
    """
    expression = rm.MaskExpression(*words)
    mask = expression.work_out(_Files(**reading_of(given)))
    return write_mask(mask, given, read=[*expression.names, given["like"] or ""])


command.params += [LIKE, FRAME, OF, options.MASK_KIND, options.OUTPUT, *OVERWRITE]


class _Files:
    """Reads the masks of an expression, on the grid of the first where both are georeferenced."""

    def __init__(self, frame: Any, kind: Any, of: str | None, like: str | None):
        self._frame, self._kind, self._read = frame, kind, reader(of, like)

    def __call__(self, path: str) -> Any:
        if "-" in path and not os.path.lexists(path):
            raise click.UsageError(f"there is no mask {rm.shown(path)}; a minus has blanks around it: a.png - b.png")
        mask = self._read(path, self._frame if is_drawn(path) else None, self._kind)
        if self._frame is None:
            self._frame = mask.frame
        elif not mask.frame.fits(self._frame) and mask.frame.georeferenced and self._frame.georeferenced:
            click.echo(f"{rm.shown(path)}: aligned with the frame of the first", err=True)
            mask = mask.to_frame(self._frame)
        return mask
