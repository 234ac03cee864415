"""What is meant by some bits of a number: a bit that is set, or a field of several bits compared with a value."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from roimask.errors import ParameterError

__all__ = ["GRAMMAR", "Rule"]

GRAMMAR = "a bit such as 3, or some bits compared, such as '8-9>=2' or '0-1=1|2'"
_TEXT = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?(?:(!=|>=|<=|=|>|<)\s*(\d+(?:\s*\|\s*\d+)*)\s*)?")
_COMPARISONS: dict[str, Callable[[Any, int], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Rule:
    """Bits ``first`` to ``last``, both included and bit 0 the lowest, as a number that is compared with values."""

    first: int
    last: int
    comparison: str
    values: tuple[int, ...]

    @classmethod
    def of(cls, given: Any) -> Rule:
        """The rule that a bit number or a text stands for.

        Raises
        ------
        ValueError
            Where it is neither, with what was expected.
        """
        if isinstance(given, Rule):
            return given
        match = _TEXT.fullmatch(given if isinstance(given, str) else _digits(given))
        if match is None:
            raise ValueError(GRAMMAR)
        first, last, comparison, values = match.groups()
        if last and not comparison:
            raise ValueError(f"some bits compared with a value, such as '{first}-{last}>=2'")
        numbers = tuple(int(value) for value in (values or "1").split("|"))
        return cls(int(first), int(last or first), comparison or "=", numbers)._checked()

    def __str__(self) -> str:
        """As it is written."""
        bits = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        flag = bits if self.first == self.last and self.comparison == "=" and self.values == (1,) else ""
        return flag or f"{bits}{self.comparison}{'|'.join(map(str, self.values))}"

    def _checked(self) -> Rule:
        if not self.first <= self.last < 64:
            raise ValueError("bits from 0 to 63, the lower one first")
        if len(self.values) > 1 and self.comparison in _COMPARISONS:
            raise ValueError(f"one value after {self.comparison}; several go with = and !=")
        if max(self.values) > self._most:
            raise ValueError(f"a value up to {self._most}, which is all that its bits hold")
        return self

    @property
    def _most(self) -> int:
        return (1 << (self.last - self.first + 1)) - 1

    def among(self, numbers: np.ndarray) -> np.ndarray:
        """Where unsigned numbers are as the rule says.

        Raises
        ------
        ParameterError
            Where the numbers have not so many bits.
        """
        bits = 8 * numbers.dtype.itemsize
        if self.last >= bits:
            raise ParameterError(f"there is no bit {self.last} in an image of {bits} bits")
        field = (numbers >> numbers.dtype.type(self.first)) & numbers.dtype.type(self._most)
        if self.comparison in _COMPARISONS:
            return _COMPARISONS[self.comparison](field, self.values[0])
        return np.isin(field, self.values, invert=self.comparison == "!=")


def _digits(given: Any) -> str:
    """A bit number as text; what is none as text that no rule has."""
    return str(int(given)) if hasattr(given, "__index__") and not isinstance(given, bool) else ""
