"""What all summaries have in common: bands, and a sum band by band."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from roimask.errors import ParameterError

__all__ = ["Summary"]


class Summary:
    """A summary of one band, or of several put together; immutable.

    ``a + b`` is the summary of both regions, and the summary of nothing changes nothing. Each kind of summary has its
    own class of bands, which can be added.
    """

    __slots__ = ("_bands", "_stacked")

    _bands: tuple[Any, ...]
    _stacked: bool

    def __init__(self, *bands: Any, stacked: bool = False):
        object.__setattr__(self, "_bands", bands)
        object.__setattr__(self, "_stacked", stacked)

    @classmethod
    def stack(cls, summaries: Iterable[Self]) -> Self:
        """Put the summaries of bands together: each attribute becomes an array with an entry a band."""
        return cls(*(band for summary in summaries for band in summary._bands), stacked=True)

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, type(self)):
            return NotImplemented
        if not self._bands or not other._bands:
            return self if self._bands else other
        if len(self._bands) != len(other._bands):
            raise ParameterError(
                f"summaries of {len(self._bands)} and of {len(other._bands)} bands cannot be added; "
                "give both the same bands"
            )
        bands = (mine + theirs for mine, theirs in zip(self._bands, other._bands, strict=True))
        return type(self)(*bands, stacked=self._stacked)

    def __radd__(self, other: Any) -> Self:
        """Let ``sum(summaries)`` start at its 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed; add another one with +")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __reduce__(self):
        return _rebuilt, (type(self), self._bands, self._stacked)


def _rebuilt(cls: type[Summary], bands: tuple[Any, ...], stacked: bool) -> Summary:
    return cls(*bands, stacked=stacked)
