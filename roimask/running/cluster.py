"""Blocks worked on a ``dask.distributed`` cluster: a worker works a block, the client takes the answers in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from roimask import threads
from roimask.errors import ParameterError, RoimaskError, import_extra

__all__ = ["Cluster", "dask_client"]

_PATIENCE = 10  # seconds until a scheduler has answered, and has a worker
_AHEAD = 2  # blocks in hand for each thread of the cluster


@dataclass(frozen=True)
class Cluster:
    """Maps work over items on a cluster, in order; a worker that dies leaves its items to the others.

    Parameters
    ----------
    scheduler : str or distributed.Client
        Where the scheduler listens, such as ``"tcp://10.0.0.5:8786"``, or a client that is connected to it.
    """

    scheduler: Any

    def __post_init__(self) -> None:
        _require_scheduler(self.scheduler)

    def __call__(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """The answers in order; few items are in hand at any time."""
        with dask_client(self.scheduler) as client:
            there = _sent(client, work)
            ahead = _AHEAD * sum(client.nthreads().values()) + 1
            waiting: deque[Any] = deque()
            try:
                for item in items:
                    waiting.append(client.submit(_work, there, item, pure=False))
                    if len(waiting) >= ahead:
                        yield _result(waiting.popleft())
                while waiting:
                    yield _result(waiting.popleft())
            finally:
                client.cancel([there, *waiting])


def _require_scheduler(scheduler: Any) -> None:
    if not (hasattr(scheduler, "submit") or (isinstance(scheduler, str) and "://" in scheduler)):
        raise ParameterError(
            "scheduler is None, 'threads', 'serial' or the address of a dask scheduler such as "
            f"'tcp://10.0.0.5:8786', got {scheduler!r}"
        )


def _sent(client: Any, work: Any) -> Any:
    """The work as the answer of a task: unlike scattered data it is had again where the worker that held it dies."""
    import dask

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):  # histograms may take some MB
        return client.submit(_itself, work, pure=False)


def _itself(work: Any) -> Any:
    return work


def _work(work: Callable[[Any], Any], item: Any) -> Any:
    """One item, on this thread alone: the cluster spreads the work already."""
    with threads.alone():
        return work(item)


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise RoimaskError(
            "a block was given up after several workers had died over it: they may have too little memory for it. "
            "Give them more, or a smaller block="
        ) from error


@contextmanager
def dask_client(scheduler: Any) -> Iterator[Any]:
    """Connect to a dask scheduler for as long as the block lasts; a client that is given is used as it is.

    Parameters
    ----------
    scheduler : str or distributed.Client

    Raises
    ------
    ParameterError
        Where it is neither an address nor a client.
    RoimaskError
        Where no scheduler answers there, or none with a worker.

    Examples
    --------
    >>> import roimask as rm
    >>> with rm.dask_client("somewhere"):
    ...     pass
    Traceback (most recent call last):
        ...
    roimask.errors.ParameterError: scheduler is None, 'threads', 'serial' or the address of a dask scheduler ...
    """
    _require_scheduler(scheduler)
    if hasattr(scheduler, "submit"):
        yield scheduler
        return
    distributed = import_extra("distributed", "dask", "a dask scheduler")
    try:
        client = distributed.Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RoimaskError(f"no dask scheduler answers at {scheduler}. Start one with: dask scheduler") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise RoimaskError(
                f"the dask scheduler at {scheduler} has no worker. Start some with: dask worker {scheduler}"
            ) from error
        yield client
