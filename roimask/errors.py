"""What roimask raises: one base class, a few children, each text saying what was given, expected, and what to do."""

from __future__ import annotations

__all__ = [
    "FrameMismatch",
    "LimitError",
    "MaskValueError",
    "MissingExtra",
    "ParameterError",
    "ReadError",
    "RoimaskError",
    "WriteError",
    "import_extra",
]


class RoimaskError(Exception):
    """Base of every error that roimask raises on purpose; its text is one sentence for the user."""


class MaskValueError(RoimaskError, ValueError):
    """A mask holds values that no kind of mask allows (negative labels, weights outside 0..1, NaN, a third axis)."""


class FrameMismatch(RoimaskError, ValueError):
    """Two things that must share one grid do not."""


class ParameterError(RoimaskError, ValueError, TypeError):
    """A parameter, its value or its type is not one that the operation takes."""


class ReadError(RoimaskError, OSError):
    """A file cannot be read: missing, truncated, of an unknown format, or beyond the memory limit."""


class WriteError(RoimaskError, OSError):
    """A file cannot be written: no such format, no room, the name is taken, or the format cannot hold the pixels."""


class LimitError(ReadError):
    """What a file says of its size is beyond the limit; nothing of it was decoded."""


class MissingExtra(RoimaskError, ImportError):
    """An optional dependency is needed and not installed."""


def import_extra(module: str, extra: str, purpose: str):
    """Import a module of an optional dependency, or say which extra brings it.

    Parameters
    ----------
    module : str
        Dotted name, such as ``"rasterio"``.
    extra : str
        The extra of roimask that installs it, such as ``"geo"``.
    purpose : str
        What the user was about to do, as the start of the sentence.

    Raises
    ------
    MissingExtra
        Where the module is not installed.
    """
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"{purpose} needs {module.partition('.')[0]}, which is not installed. "
            f"Install it with: pip install 'roimask[{extra}]'"
        ) from error
