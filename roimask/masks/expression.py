"""Set algebra of masks in words, in the order of Python: ~, then -, then &, then ^, then |."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from roimask.errors import ParameterError

__all__ = ["MaskExpression"]

_OPERATORS: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "|": (1, operator.or_),
    "^": (2, operator.xor),
    "&": (3, operator.and_),
    "-": (4, operator.sub),
}
_SIGN = re.compile(r"[&|^~()]|\s-\s")
_TOKEN = re.compile(r"[&|^~()]|[^\s&|^~()]+")


class MaskExpression:
    """Masks put together by signs: ``(fields.png | woods.png) & ~clouds.png``.

    The signs are ``&`` (both), ``|`` (either), ``-`` (the first without the second), ``^`` (one of them, not both),
    ``~`` (all but) and parentheses. A ``-`` is minus where it stands alone.

    Parameters
    ----------
    *words : str
        The expression, in one text or in several; a word that names a file is taken as it is, whatever it holds.
    folder : str, default ""
        Where such files lie.

    Raises
    ------
    ParameterError
        Where the words are no expression.

    Examples
    --------
    >>> import roimask as rm
    >>> expression = rm.MaskExpression("fields - (clouds | shadows)")
    >>> expression.names
    ('fields', 'clouds', 'shadows')
    >>> masks = {name: rm.circle((9, 9), (4, 4), r) for name, r in zip(expression.names, (4, 2, 1))}
    >>> expression.work_out(masks.get) == masks["fields"] - masks["clouds"]
    True
    >>> rm.MaskExpression("fields -")
    Traceback (most recent call last):
        ...
    roimask.errors.ParameterError: a mask was expected in the expression, got its end
    """

    __slots__ = ("_tokens",)

    def __init__(self, *words: str, folder: str = ""):
        self._tokens = tuple(token for word in words for token in _tokens(word, folder))
        _Reading(self._tokens, lambda name: _Nothing()).whole()

    @property
    def names(self) -> tuple[str, ...]:
        """The masks that it speaks of, in order."""
        return tuple(token for token in self._tokens if token not in _OPERATORS and token not in ("~", "(", ")"))

    def renamed(self, name_of: Callable[[str], str]) -> MaskExpression:
        """The same with other names."""
        twin = object.__new__(MaskExpression)
        twin._tokens = tuple(name_of(token) if token in self.names else token for token in self._tokens)
        return twin

    @staticmethod
    def is_one(text: str) -> bool:
        """Whether a text that is no file's name puts masks together."""
        return _SIGN.search(text) is not None

    def __repr__(self) -> str:
        return " ".join(self._tokens)

    def work_out(self, mask_of: Callable[[str], Any]) -> Any:
        """What it comes to, with the mask that ``mask_of`` gives for each name."""
        return _Reading(self._tokens, mask_of).whole()


def _tokens(word: str, folder: str) -> Iterator[str]:
    if word in _OPERATORS or os.path.lexists(os.path.join(folder, word)):
        yield word
    else:
        yield from _TOKEN.findall(word)


class _Nothing:
    """Stands for any mask where an expression is only tried."""

    def __invert__(self) -> _Nothing:
        return self

    def __or__(self, other: _Nothing) -> _Nothing:
        return self

    __and__ = __sub__ = __xor__ = __or__


class _Reading:
    """Works an expression out from left to right, by the precedence of its signs."""

    def __init__(self, tokens: tuple[str, ...], mask_of: Callable[[str], Any]):
        self._rest, self._mask_of = list(tokens), mask_of

    def whole(self) -> Any:
        """All of it."""
        found = self._terms(0)
        if self._rest:
            raise ParameterError(f"the expression goes on with {self._rest[0]!r} where a sign was expected")
        return found

    def _terms(self, floor: int) -> Any:
        """What the next terms come to, as long as their signs bind tighter than ``floor``."""
        left = self._term()
        while self._rest and self._rest[0] in _OPERATORS and _OPERATORS[self._rest[0]][0] > floor:
            precedence, work = _OPERATORS[self._rest.pop(0)]
            left = work(left, self._terms(precedence))
        return left

    def _term(self) -> Any:
        if not self._rest or self._rest[0] in _OPERATORS or self._rest[0] == ")":
            found = repr(self._rest[0]) if self._rest else "its end"
            raise ParameterError(f"a mask was expected in the expression, got {found}")
        token = self._rest.pop(0)
        if token == "~":
            return ~self._term()
        if token != "(":
            return self._mask_of(token)
        inner = self._terms(0)
        if not self._rest or self._rest.pop(0) != ")":
            raise ParameterError("a parenthesis is not closed in the expression")
        return inner
