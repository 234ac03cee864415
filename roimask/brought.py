"""What callers bring of libraries that roimask does not import."""

from __future__ import annotations

from typing import Any

__all__ = ["library_of"]

_LIBRARIES = frozenset({"PIL", "dask", "xarray"})


def library_of(thing: Any) -> str:
    """The library that brought a thing: "PIL", "dask", "xarray", or none of these."""
    for kind in type(thing).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in _LIBRARIES:
            return library
    return ""
