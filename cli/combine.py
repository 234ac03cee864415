"""``roimask mask combine``: set algebra on files, in the order of Python: ~, then -, then &, then ^, then |."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

import roimask as rm

from . import options
from .examples import epilog
from .grid import FRAME, LIKE, OF, reader, reading_of
from .inputs import is_drawn
from .onemask import OVERWRITE, write_mask

__all__ = ["command"]

_OPERATORS: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "|": (1, operator.or_),
    "^": (2, operator.xor),
    "&": (3, operator.and_),
    "-": (4, operator.sub),
}
_TOKEN = re.compile(r"[&|^~()]|[^\s&|^~()]+")


@click.command("combine", epilog=epilog('roimask mask combine "(fields.png | woods.png) & ~clouds.png" -o clear.png'))
@click.argument("words", nargs=-1, required=True, metavar="EXPRESSION...", type=options.FILE)
def command(words: Sequence[str], **given: Any) -> int:
    """Combine masks: roimask mask combine a.png - b.png -o c.png

    The signs are & (both), | (either), - (the first without the second), ^ (one of them, not both), ~ (all but)
    and parentheses. The shell has its own meaning for most of them: put the expression in quotes, as in
    roimask mask combine "(a.png | b.png) & ~c.png" -o d.png. A - is minus where it stands alone.
    Labels stay labels: the left one wins.
    """
    tokens = [token for word in words for token in _tokens(word)]
    reader = _Reader(tokens, **reading_of(given))
    mask = reader.expression(0)
    if reader.rest:
        raise click.UsageError(f"the expression goes on with {reader.rest[0]!r} where a sign was expected")
    return write_mask(mask, given, read=[*reader.files, given["like"] or ""])


command.params += [LIKE, FRAME, OF, options.MASK_KIND, options.OUTPUT, *OVERWRITE]


def _tokens(word: str) -> Iterator[str]:
    """A word that names a file is one; others are taken apart."""
    if word in _OPERATORS or os.path.lexists(word):
        yield word
    else:
        yield from _TOKEN.findall(word)


class _Reader:
    """Reads an expression and works it out, by the precedence of its signs."""

    def __init__(self, tokens: Sequence[str], frame: Any, kind: Any, of: str | None, like: str | None):
        self.rest, self.files = list(tokens), list[str]()
        self._frame, self._kind, self._read = frame, kind, reader(of, like)

    def expression(self, floor: int) -> Any:
        """What the next terms come to, as long as their signs bind tighter than ``floor``."""
        left = self._term()
        while self.rest and self.rest[0] in _OPERATORS and _OPERATORS[self.rest[0]][0] > floor:
            precedence, work = _OPERATORS[self.rest.pop(0)]
            left = work(left, self.expression(precedence))
        return left

    def _term(self) -> Any:
        if not self.rest or self.rest[0] in _OPERATORS or self.rest[0] == ")":
            found = repr(self.rest[0]) if self.rest else "its end"
            raise click.UsageError(f"a mask file was expected in the expression, got {found}")
        token = self.rest.pop(0)
        if token == "~":
            return ~self._term()
        if token != "(":
            return self._file(token)
        inner = self.expression(0)
        if not self.rest or self.rest.pop(0) != ")":
            raise click.UsageError("a parenthesis is not closed in the expression")
        return inner

    def _file(self, path: str) -> Any:
        """The mask of a file, on the grid of the first where both are georeferenced."""
        if "-" in path and not os.path.lexists(path):
            raise click.UsageError(f"there is no mask {rm.shown(path)}; a minus has blanks around it: a.png - b.png")
        self.files.append(path)
        mask = self._read(path, self._frame if is_drawn(path) else None, self._kind)
        if self._frame is None:
            self._frame = mask.frame
        elif not mask.frame.fits(self._frame) and mask.frame.georeferenced and self._frame.georeferenced:
            click.echo(f"{rm.shown(path)}: aligned with the frame of the first", err=True)
            mask = mask.to_frame(self._frame)
        return mask
