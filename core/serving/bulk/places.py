"""Where the parts of a file are worked on: here, in processes of this machine, or by the workers of a Dask cluster."""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from core.errors import PredictionError, TrainingError, first_line
from core.processes import end_with_owner
from core.settings import Settings

log = logging.getLogger(__name__)

P = TypeVar("P")
R = TypeVar("R")
F = TypeVar("F")

AHEAD = 2
"""So many parts wait for each worker, that it never waits itself."""

LARGE_BYTES = 48 * 2**20
"""From this size on a file is worth processes of its own, which take seconds to begin."""

MOST_PROCESSES = 8
"""More would wait for the one that reads and writes the file."""


class Place(Protocol):
    """Works on parts, a bounded number of them at a time."""

    def map(self, call: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What `call` makes of each part, in their order.

        Parameters
        ----------
        call
            Sent to each worker once; must be picklable with what it holds, and so must parts and results.
        parts
            Taken one by one, a few ahead of the results.

        Raises
        ------
        PredictionError
            When the workers are lost.
        """


class Here:
    """The process itself, one part after the other."""

    def map(self, call: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What `call` makes of each part, in their order."""
        return map(call, parts)


class Processes(AbstractContextManager["Processes"]):
    """Worker processes of this machine.

    Parameters
    ----------
    count
        How many.
    """

    def __init__(self, count: int) -> None:
        from joblib.externals.loky import ProcessPoolExecutor

        from core.training.compute.local import ONE_THREAD

        self._count = count
        self._folder = tempfile.TemporaryDirectory(prefix="slipway-")
        self._pool = ProcessPoolExecutor(
            count, initializer=end_with_owner, initargs=(os.getpid(),), env=ONE_THREAD
        )

    def map(self, call: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What `call` makes of each part, in their order; see `Place.map`."""
        from concurrent.futures.process import BrokenProcessPool

        shared = tempfile.mkstemp(dir=self._folder.name)[1]
        Path(shared).write_bytes(pickle.dumps(call))
        try:
            yield from _in_order(
                lambda part: self._pool.submit(_call_shared, shared, part),
                parts,
                self._count * AHEAD,
                lambda future: future.result(),
                lambda future: future.cancel(),
            )
        except BrokenProcessPool as error:
            raise PredictionError(
                "The processes that predict must stay there. One has ended, most likely as memory ran out.",
                "Close other programs, or do it in one process.",
            ) from error

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, kill_workers=True)
        self._folder.cleanup()


class Cluster(AbstractContextManager["Cluster"]):
    """The workers of a Dask cluster, as many as there are at any time.

    A worker that is lost costs the parts that it had, which others do again.

    Parameters
    ----------
    address
        The scheduler's, such as `tcp://cluster:8786`.

    Raises
    ------
    PredictionError
        When nothing answers there, it has no worker, or a worker lacks what the work needs.
    """

    def __init__(self, address: str) -> None:
        from core.training.compute.cluster import check_workers, connect

        self.address = address
        try:
            self._client = connect(address, "predict on this machine")
            try:
                check_workers(self._client)
            except BaseException:
                self._client.close()
                raise
        except TrainingError as error:
            raise PredictionError(error.message, error.hint) from error

    def map(self, call: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
        """What `call` makes of each part, in their order; see `Place.map`."""
        from distributed import CancelledError, KilledWorker
        from distributed.client import FutureCancelledError

        sent: list[Any] = []

        def submit(part: P) -> tuple[P, Any]:
            # The callable is sent again after all workers that had it are gone.
            if not sent or sent[-1].status != "finished":
                sent.append(self._client.scatter(call, broadcast=True, hash=False))
            # A part travels with its task, so that it can be done again elsewhere.
            return part, self._client.submit(_call, sent[-1], part, pure=False)

        def take(waiting: tuple[P, Any]) -> Any:
            part, future = waiting
            for _ in range(TRIES):
                try:
                    return future.result()
                except (CancelledError, FutureCancelledError):
                    self._check()
                    _, future = submit(part)
            return future.result()

        slots = sum(self._client.nthreads().values())
        try:
            yield from _in_order(
                submit, parts, slots * AHEAD, take, lambda waiting: waiting[1].cancel()
            )
        except (KilledWorker, CancelledError, FutureCancelledError, OSError, TimeoutError) as error:
            if isinstance(error, OSError) and error.errno is not None and self._is_there():
                raise  # of the file that is read or written
            raise PredictionError(
                f"The Dask cluster at {self.address} must stay there. Got: {first_line(error)}.",
                "Start its workers again, or predict on this machine.",
            ) from error

    def _is_there(self) -> bool:
        return bool(self._client.status == "running")

    def _check(self) -> None:
        if not self._is_there():
            raise OSError(f"the connection is {self._client.status}")

    def __exit__(self, *_: object) -> None:
        self._client.close()


TRIES = 3
"""How often a part is sent again whose callable was lost with the workers that had it."""


@contextmanager
def open_place(settings: Settings, size_bytes: int, scheduler: str = "") -> Generator[Place]:
    """Where a file of this size is worked on.

    Parameters
    ----------
    scheduler
        The address of a Dask scheduler; empty = that of the settings, which may be none.

    Raises
    ------
    PredictionError
        When the cluster does not answer.
    """
    address = scheduler or settings.dask_scheduler
    count = min(settings.training_processes, MOST_PROCESSES)
    if address:
        with Cluster(address) as cluster:
            yield cluster
    elif size_bytes >= LARGE_BYTES and count > 1:
        with Processes(count) as processes:
            yield processes
    else:
        yield Here()


def _in_order(
    submit: Callable[[P], F],
    parts: Iterable[P],
    ahead: int,
    take: Callable[[F], R],
    cancel: Callable[[F], object],
) -> Iterator[R]:
    """The results of submitted parts, in their order; so many are under way at a time."""
    waiting: deque[F] = deque()
    try:
        for part in parts:
            waiting.append(submit(part))
            if len(waiting) > ahead:
                yield take(waiting.popleft())
        while waiting:
            yield take(waiting.popleft())
    finally:
        for future in waiting:
            cancel(future)


def _call(call: Callable[[P], R], part: P) -> R:
    return call(part)


def _call_shared(path: str, part: Any) -> Any:
    """In a worker process: what the callable in this file makes of a part."""
    return _load(path)(part)


@lru_cache(maxsize=1)
def _load(path: str) -> Callable[[Any], Any]:
    call: Callable[[Any], Any] = pickle.loads(Path(path).read_bytes())
    return call
