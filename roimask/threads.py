"""How many threads the work is spread over, and the pool that they live in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, local
from typing import TypeVar

from roimask.errors import ParameterError

__all__ = ["each", "get_threads", "set_threads"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_lock = Lock()
_here = local()  # .inside is set in the pool's own threads: work that is already spread out is not spread again
_pool: ThreadPoolExecutor | None = None
_chosen: int | None = None


def get_threads() -> int:
    """How many threads an operation uses: as set, else ``ROIMASK_THREADS``, else one a core."""
    if _chosen is not None:
        return _chosen
    asked = os.environ.get("ROIMASK_THREADS", "")
    if asked.isdigit() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(count: int | None) -> None:
    """Set how many threads an operation uses; results do not depend on it.

    Parameters
    ----------
    count : int or None
        1 or more; None goes back to ``ROIMASK_THREADS`` or, without it, to one a core.

    Raises
    ------
    ParameterError
        Where the count is below 1.
    """
    global _chosen, _pool
    if count is not None and count < 1:
        raise ParameterError(f"threads are 1 or more, got {count}")
    with _lock:
        if _pool is not None:
            _pool.shutdown(wait=False)
        _chosen, _pool = count, None


def each(work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """The answers of ``work`` for each item, in order, worked out on the threads."""
    items = list(items)
    if len(items) < 2 or getattr(_here, "inside", False) or get_threads() == 1:
        return [work(item) for item in items]
    return list(_threads().map(work, items))


def _threads() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(get_threads(), "roimask", initializer=_mark)
        return _pool


def _mark() -> None:
    _here.inside = True


def _forget_pool() -> None:
    """A forked child has none of its parent's threads."""
    global _pool, _lock
    _pool, _lock = None, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
