"""Fits on the workers of a Dask cluster."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import TrainingError, first_line
from core.training.compute.base import Supply, failed
from core.training.compute.cluster import check_workers, connect
from core.training.compute.limits import limit_of, limited_fit, threads_of, too_slow

if TYPE_CHECKING:
    from distributed import Future

    from core.training.fitting import FitResult, FitTask

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""So often it is looked which workers there are."""

GRACE_SECONDS = 15.0
"""What a fit has beyond its limit to end by itself: its worker may import and take the data first."""

EMPTY_SECONDS = 60.0
"""How long a cluster may be without workers before the run is given up."""

SEND_SECONDS = 60.0
"""How long one result, or a closing, may take on its way."""


@dataclass
class _Fit:
    """A fit that was handed to a worker.

    Attributes
    ----------
    deadline
        On the monotonic clock; its worker is given up then.
    """

    task: FitTask
    worker: str
    threads: int
    future: Future
    deadline: float


class DaskCompute:
    """The workers of a Dask cluster, as many as there are at any time.

    Parameters
    ----------
    address
        The scheduler's, such as `tcp://cluster:8786`.

    Raises
    ------
    TrainingError
        When nothing answers there, it has no worker, or a worker lacks what the fits need.

    Notes
    -----
    The client's own futures are used, not joblib's Dask backend. That one (joblib 1.6) never tells a
    run that takes its results as they come that a task was given up with its worker: the run waits
    for ever. Nor does it take back what it handed out.

    Each fit is bound to one worker. Dask would hand a fit that kills its worker to three others
    before it gives up; here it is tried once more.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = connect(address)
        try:
            check_workers(self._client)
        except BaseException:
            self._client.close()
            raise
        self._ended: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._fits: dict[str, _Fit] = {}
        self._again: deque[FitTask] = deque()
        self._tried: set[FitTask] = set()
        # Workers that do not come back from a fit, by address.
        self._avoided: set[str] = set()
        self._workers: dict[str, int] = {}
        self._warmed: list[Future] = []
        self._looked = self._seen = 0.0
        self._look_at_workers()

    @property
    def slots(self) -> int:
        """How many threads the workers have together."""
        return max(1, sum(self._workers.values()))

    @property
    def threads(self) -> int:
        """How many threads the largest worker has."""
        return max(self._workers.values(), default=1)

    def warm(self, call: Callable[[], object]) -> None:
        """Has each worker that is there do this, now and without waiting."""
        self._warmed = [
            self._client.submit(call, workers=[worker], pure=False) for worker in self._workers
        ]

    def run(
        self,
        next_tasks: Callable[[], Iterator[FitTask]],
        fit: Callable[[FitTask], FitResult],
    ) -> Iterator[FitResult]:
        """The results as they come; see `Compute.run`. `fit` is sent to each worker once.

        Raises
        ------
        TrainingError
            When the scheduler or all workers are gone.
        """
        self._ended = queue.SimpleQueue()
        self._stopped.clear()
        self._again.clear()
        self._tried.clear()
        supply = Supply(next_tasks)
        try:
            sent = _Sent(self._client, fit)
            while not self._stopped.is_set():
                self._fill(supply, sent)
                if not self._fits and not self._again and supply.peek() is None:
                    return
                yield from self._next_results()
                supply.ask_again()
        finally:
            self._take_back()

    def stop(self) -> None:
        """Takes back all fits that go on, from any thread; `run` then returns without their results."""
        self._stopped.set()
        self._ended.put(None)

    def close(self) -> None:
        """Leaves the cluster, which goes on without us."""
        self._client.close(timeout=SEND_SECONDS)

    def __enter__(self) -> DaskCompute:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fill(self, supply: Supply, sent: _Sent) -> None:
        """Hands out as many fits as there are free threads for."""
        while (task := self._again[0] if self._again else supply.peek()) is not None:
            worker = self._free_worker(threads_of(task))
            if worker is None:
                return
            if self._again:
                self._again.popleft()
            else:
                supply.take()
            self._begin(task, worker, sent)

    def _free_worker(self, threads: int) -> str | None:
        """The worker with most threads free, when they are enough."""
        free = {w: n for w, n in self._workers.items() if w not in self._avoided}
        if not free:
            return None
        largest = max(free.values())
        for fit in self._fits.values():
            if fit.worker in free:
                free[fit.worker] -= fit.threads
        worker = max(free, key=free.__getitem__)
        return worker if free[worker] >= min(threads, largest) else None

    def _begin(self, task: FitTask, worker: str, sent: _Sent) -> None:
        key = f"fit-{uuid.uuid4().hex}"
        limit = limit_of(task)
        deadline = float("inf") if limit is None else time.monotonic() + limit + GRACE_SECONDS
        future = self._client.submit(
            _remote_fit, sent.future(), task, key=key, workers=[worker], pure=False
        )
        threads = min(threads_of(task), self._workers[worker])
        self._fits[key] = _Fit(task, worker, threads, future, deadline)
        ended = self._ended
        future.add_done_callback(lambda future: ended.put(key))

    def _next_results(self) -> Iterator[FitResult]:
        """What has ended, after a short wait at the most."""
        try:
            key = self._ended.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            key = None
        if key is not None and (fit := self._fits.pop(key, None)) is not None:
            result = self._result(fit)
            if result is not None:
                yield result
        if time.monotonic() - self._looked > LOOK_SECONDS:
            yield from self._look()

    def _result(self, fit: _Fit) -> FitResult | None:
        """The result of a fit that has ended; None when it is to be tried again."""
        from distributed import KilledWorker

        if fit.future.status in ("cancelled", "lost"):
            return self._lost(fit)
        try:
            result: FitResult = fit.future.result(timeout=SEND_SECONDS)
            return result
        except KilledWorker:
            self._tried.add(fit.task)  # Dask itself has tried it on several workers
            return self._lost(fit)
        except (OSError, TimeoutError):  # the worker went away with the result
            return self._lost(fit)
        except Exception as error:  # it could not be sent, for example
            return failed(fit.task, f"{type(error).__name__}: {first_line(error)}")

    def _lost(self, fit: _Fit) -> FitResult | None:
        log.warning("The Dask worker %s was lost while it did %s", fit.worker, fit.task)
        self._client.cancel([fit.future], force=True)
        if fit.task not in self._tried:
            self._tried.add(fit.task)
            self._again.append(fit.task)
            return None
        return failed(
            fit.task,
            "The Dask workers that did it were lost, most likely for want of memory.",
        )

    def _look(self) -> Iterator[FitResult]:
        """Gives up the fits whose worker is gone or does not come back from them."""
        self._look_at_workers()
        for key, fit in list(self._fits.items()):
            if fit.worker not in self._workers and not fit.future.done():
                del self._fits[key]
                result = self._lost(fit)
                if result is not None:
                    yield result
            elif time.monotonic() > fit.deadline:
                del self._fits[key]
                self._give_up(fit)
                yield failed(fit.task, too_slow(limit_of(fit.task) or 0.0))

    def _look_at_workers(self) -> None:
        """Which workers take fits now.

        Raises
        ------
        TrainingError
            When the scheduler is gone, or there was no worker for some time.
        """
        try:
            if self._client.status != "running":
                raise OSError(f"the connection is {self._client.status}")
            told = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, TimeoutError) as error:
            raise TrainingError(
                f"The Dask scheduler at {self.address} must stay there during a run. "
                f"It is gone: {first_line(error)}.",
                "What had finished is kept. Start the scheduler and its workers, and resume the run.",
            ) from error
        self._workers = {
            address: worker["nthreads"]
            for address, worker in told.items()
            if worker["status"] == "running"
        }
        self._looked = time.monotonic()
        if self._workers:
            self._seen = self._looked
        elif self._looked - self._seen > EMPTY_SECONDS:
            raise TrainingError(
                f"The Dask scheduler at {self.address} must have workers. "
                f"It has had none for {EMPTY_SECONDS:g} s.",
                "What had finished is kept. Start workers, and resume the run.",
            )

    def _give_up(self, fit: _Fit) -> None:
        """Leaves the fit to itself, and has its worker begun anew where a nanny watches over it."""
        self._avoided.add(fit.worker)
        self._client.cancel([fit.future], force=True)

        def restart() -> None:
            try:
                self._client.restart_workers([fit.worker], raise_for_error=False)
            except Exception as error:  # without a nanny there is nobody to do it
                log.warning("%s is stuck and cannot be restarted: %s", fit.worker, error)

        threading.Thread(target=restart, daemon=True).start()

    def _take_back(self) -> None:
        """Cancels what is under way; the workers notice, see `_remote_fit`."""
        futures = [fit.future for fit in self._fits.values()]
        self._fits.clear()
        if futures and self._client.status == "running":
            self._client.cancel(futures, force=True)


class _Sent:
    """A callable that all workers have, and get again after those that had it are gone."""

    def __init__(self, client: Any, fit: Callable[[FitTask], FitResult]) -> None:
        self._client = client
        self._fit = fit
        self._future: Future | None = None

    def future(self) -> Future:
        """The future that stands for it in a call."""
        if self._future is None or self._future.status != "finished":
            # Where all workers are just being started again there is none for a moment.
            self._future = self._client.scatter(
                self._fit, broadcast=True, hash=False, timeout=EMPTY_SECONDS
            )
        return self._future


def _remote_fit(fit: Callable[[FitTask], FitResult], task: FitTask) -> FitResult:
    """In a worker: the fit within its limits, ended soon after nobody waits for it any more."""
    from distributed import get_worker

    worker = get_worker()
    tasks, key = worker.state.tasks, worker.get_current_task()

    def is_unwanted() -> bool:
        # Dask cannot end what runs in a thread; it only notes that it is not needed.
        known = tasks.get(key)
        return known is None or known.state != "executing"

    return limited_fit(fit, task, worker.state.nthreads, is_unwanted)
