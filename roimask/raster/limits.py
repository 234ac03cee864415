"""How much memory the pixels of one read may take."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from roimask.errors import LimitError

__all__ = ["check", "default_limit"]

_UNKNOWN_MACHINE = 8 << 30
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@lru_cache(maxsize=1)
def default_limit() -> int:
    """Half of the memory of this machine (or of the container that this process lives in), in bytes."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        machine = _UNKNOWN_MACHINE
    return min(machine, _container_memory(machine)) // 2


def _container_memory(machine: int) -> int:
    try:
        return int(_CGROUP_LIMIT.read_text())
    except (OSError, ValueError):  # no cgroup, or "max"
        return machine


def check(name: str, what: str, needed: int, limit: int, advice: str = "Read a window") -> None:
    """Raise LimitError, before anything is decoded, where ``needed`` bytes are beyond the limit."""
    if needed > limit:
        raise LimitError(
            f"{name}: {what} would take {_size(needed)}, the limit is {_size(limit)}. {advice}, or raise memory_limit."
        )


def _size(count: int) -> str:
    amount, unit = float(count), 0
    while amount >= 1024 and unit < 5:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.4g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')[unit]}"
