"""Loops on plain arrays, each twice: ``plain`` (numpy, ready at once) and ``compiled`` (numba, fast once loaded).

Both have the same modules with the same functions, which answer the same to the bit.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

__all__ = ["pick"]

# Loading numba and the first kernel from its cache takes about half a second. That is what numpy needs for this many
# pixels more than a compiled kernel would, over the kernels here: the plain ones may spend it, once a process.
_PLAIN_PIXELS = 8_000_000

_decided: dict[str, ModuleType] = {}
_spent = 0


def pick(family: str, pixels: int) -> ModuleType:
    """The module of a family of kernels that answers soonest for so many more pixels.

    Parameters
    ----------
    family : str
        Name of a module in both ``plain`` and ``compiled``, such as ``"moments"``.
    pixels : int
        How many pixels the kernel is about to work on.
    """
    module = _decided.get(family)
    return module if module is not None else _decide(family, pixels)


def _decide(family: str, pixels: int) -> ModuleType:
    global _spent
    if "numba" not in sys.modules and _spent + pixels < _PLAIN_PIXELS:
        _spent += pixels
        return import_module(f"roimask.kernels.plain.{family}")
    _decided[family] = import_module(f"roimask.kernels.compiled.{family}")
    return _decided[family]
