"""How many threads the work is spread over, and the pool that they live in."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Lock, local
from typing import TypeVar

from roimask.errors import ParameterError

__all__ = ["alone", "each", "get_threads", "in_order", "set_threads"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_lock = Lock()
_here = local()  # .inside is set in the pool's own threads: work that is already spread out is not spread again
_pool: ThreadPoolExecutor | None = None
_chosen: int | None = None


def get_threads() -> int:
    """Tell how many threads an operation uses: as set, else ``ROIMASK_THREADS``, else one a core.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.get_threads() >= 1
    True
    """
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

    Examples
    --------
    >>> import roimask as rm
    >>> rm.set_threads(2), rm.get_threads()
    (None, 2)
    >>> rm.set_threads(None)
    """
    global _chosen, _pool
    if count is not None and not (isinstance(count, int) and count >= 1):
        raise ParameterError(f"threads are a whole number, 1 or more, got {count!r}")
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


def in_order(work: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
    """The answers of ``work`` for each item, in order, as they come; few items are in hand at any time."""
    items = list(items)
    if len(items) < 2 or getattr(_here, "inside", False) or get_threads() == 1:
        yield from map(work, items)
        return
    pool, waiting, ahead = _threads(), deque[Future[Answer]](), get_threads() + 1
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
        wait(waiting)


@contextmanager
def alone() -> Iterator[None]:
    """Work on the calling thread alone meanwhile, because somebody else has spread the work."""
    before = getattr(_here, "inside", False)
    _here.inside = True
    try:
        yield
    finally:
        _here.inside = before


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
