"""Fits in worker processes of this machine, each watched for its memory and its time."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from core.data.memory import free_memory, show_size
from core.processes import end_with_owner, trim_memory
from core.training.compute.base import Supply, failed
from core.training.compute.limits import limit_of, limited_fit, threads_of, too_slow

if TYPE_CHECKING:
    from core.training.fitting import FitResult, FitTask

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.1

GRACE_SECONDS = 0.3
"""What a fit has beyond its limit to end by itself before its process is killed."""

START_SECONDS = 15.0
"""What a new process may need beside that for imports and the table; a copy of this one needs nothing."""

USABLE_SHARE = 0.8
"""The share of the free memory that the fits of a run may take together, where nothing is said."""

RESERVE_BYTES = 2**28
"""When less than this is free, the system is about to kill some process, not always one of ours."""

LEAK_BYTES = 300 * 2**20
"""A worker that has grown by so much, or by its share, is replaced between two fits."""

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)
"""For libraries that are loaded in the middle of a fit; the others are told by `limited_fit`."""


@dataclass
class _Fit:
    """A fit under way.

    Attributes
    ----------
    deadline
        On the monotonic clock; its process is killed then.
    killed_for
        Why its process was killed by us; empty when it was not.
    is_too_slow
        Whether it was because of the deadline.
    """

    task: FitTask
    deadline: float
    killed_for: str = ""
    is_too_slow: bool = False


class LocalCompute:
    """Worker processes of this machine.

    Parameters
    ----------
    slots
        How many fits go on at the same time.
    memory_bytes
        How much memory their processes may take together; None = most of what is free now.
    cores
        How many threads all of them may have together; None = as many as there are cores.
    is_forking
        Whether they begin as copies of this process, where the system can do that: they are there
        at once, with everything that is imported and loaded here, and share its memory. Only for a
        process that does nothing else.

    Notes
    -----
    Each slot is a pool of one process (joblib's loky, unless it forks), not one pool of several:
    such a pool gives up on all of its fits when one of its processes dies, and does not tell which
    fit was in it.
    """

    def __init__(
        self,
        slots: int,
        memory_bytes: int | None = None,
        cores: int | None = None,
        *,
        is_forking: bool = False,
    ) -> None:
        self._limit = memory_bytes or int(free_memory() * USABLE_SHARE)
        self._most_threads = max(slots, cores or os.cpu_count() or 1)
        leak_bytes = max(LEAK_BYTES, self._limit // (4 * slots))
        kind = _ForkingSlot if is_forking and hasattr(os, "fork") else _Slot
        self._slots = [kind(leak_bytes) for _ in range(slots)]
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._fits: dict[_Slot, _Fit] = {}
        self._ended: queue.SimpleQueue[tuple[_Slot, Future[FitResult]] | None] = queue.SimpleQueue()
        self._suspects: deque[FitTask] = deque()
        self._tried: set[FitTask] = set()

    @property
    def slots(self) -> int:
        """How many fits go on at the same time."""
        return len(self._slots)

    @property
    def threads(self) -> int:
        """As many as there are slots: then nothing else goes on."""
        return self.slots

    def warm(self, call: Callable[[], object]) -> None:
        """Has each process do this before its first fit, also one that takes the place of another."""
        for slot in self._slots:
            slot.warm_with(call)

    def run(
        self,
        next_tasks: Callable[[], Iterator[FitTask]],
        fit: Callable[[FitTask], FitResult],
    ) -> Iterator[FitResult]:
        """The results as they come; see `Compute.run`.

        A fit whose process was killed from outside is tried once more, alone: the system kills for
        want of memory, and another fit may have been the cause.
        """
        self._ended = queue.SimpleQueue()
        self._stopped.clear()
        self._suspects.clear()
        self._tried.clear()
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watch.start()
        try:
            yield from self._run(Supply(next_tasks), fit)
        finally:
            over.set()
            watch.join()
            self._drop()

    def stop(self) -> None:
        """Ends all fits that go on, from any thread; `run` then returns without their results."""
        self._stopped.set()
        self._ended.put(None)  # after the results that wait there
        with self._lock:
            for slot in self._fits:
                slot.kill()

    def close(self) -> None:
        """Ends the processes."""
        with self._lock:
            for slot in self._slots:
                slot.end()

    def __enter__(self) -> LocalCompute:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, supply: Supply, fit: Callable[[FitTask], FitResult]) -> Iterator[FitResult]:
        while True:
            if not self._stopped.is_set():
                self._fill(supply, fit)
            if not self._fits:
                return
            ended = self._ended.get()
            if ended is None:
                return
            result = self._conclude(*ended)
            if result is not None:
                yield result
            supply.ask_again()

    def _fill(self, supply: Supply, fit: Callable[[FitTask], FitResult]) -> None:
        """Begins as many fits as there are free slots and threads for."""
        if self._suspects:
            if not self._fits:
                self._begin(self._suspects.popleft(), fit)
            return
        while len(self._fits) < self.slots and (task := supply.peek()) is not None:
            busy = sum(threads_of(under_way.task) for under_way in self._fits.values())
            if self._fits and busy + threads_of(task) > self._most_threads:
                return
            supply.take()
            self._begin(task, fit)

    def _begin(self, task: FitTask, fit: Callable[[FitTask], FitResult]) -> None:
        with self._lock:
            slot = next(slot for slot in self._slots if slot not in self._fits)
            limit = limit_of(task)
            grace = GRACE_SECONDS + (slot.start_seconds if slot.is_new else 0.0)
            deadline = float("inf") if limit is None else time.monotonic() + limit + grace
            self._fits[slot] = _Fit(task, deadline)
            future = slot.submit(partial(limited_fit, fit, task, self._most_threads))
        ended = self._ended
        future.add_done_callback(lambda future: ended.put((slot, future)))

    def _conclude(self, slot: _Slot, future: Future[FitResult]) -> FitResult | None:
        """The result of a fit that has ended; None when it is to be tried again."""
        from concurrent.futures.process import BrokenProcessPool  # loky's is one, too

        from core.errors import first_line

        error = future.exception()
        with self._lock:
            fit = self._fits.pop(slot)
            if fit.killed_for or isinstance(error, BrokenProcessPool):
                slot.end()
        if error is None:
            return future.result()  # even if it was killed just after it had ended
        if not isinstance(error, BrokenProcessPool):
            # The result could not be sent, for example.
            return failed(fit.task, f"{type(error).__name__}: {first_line(error)}")
        if fit.killed_for:
            return failed(fit.task, fit.killed_for, is_too_slow=fit.is_too_slow)
        log.warning("A worker process was killed while this was under way: %s", fit.task)
        if fit.task not in self._tried:
            self._tried.add(fit.task)
            self._suspects.append(fit.task)
            return None
        return failed(fit.task, "Its worker process was killed, most likely for want of memory.")

    def _drop(self) -> None:
        """Ends what is still under way, which nobody waits for any more, and what is made again at once."""
        with self._lock:
            for slot in self._slots:
                if slot in self._fits or not slot.is_worth_keeping:
                    slot.end()
            self._fits.clear()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(WATCH_SECONDS):
            with self._lock:
                self._check_time()
                self._check_memory()

    def _check_time(self) -> None:
        for slot, fit in self._fits.items():
            if time.monotonic() > fit.deadline and not fit.killed_for:
                fit.killed_for, fit.is_too_slow = too_slow(limit_of(fit.task) or 0.0), True
                slot.kill()

    def _check_memory(self) -> None:
        if any(fit.killed_for for fit in self._fits.values()):
            return  # its memory is about to be free again
        taken = {slot: slot.memory() for slot in self._slots}
        total = sum(taken.values())
        is_scarce = total > self._limit / 4 and free_memory() < RESERVE_BYTES
        if total <= self._limit and not is_scarce:
            return
        worst = max(taken, key=taken.__getitem__)
        if worst in self._fits:
            self._fits[worst].killed_for = self._too_large(taken[worst])
            worst.kill()
        else:
            worst.end()  # it holds what an earlier fit left behind

    def _too_large(self, size_bytes: int) -> str:
        return (
            f"It needed more memory than there is: training may take {show_size(self._limit)} here, "
            f"and its process had {show_size(size_bytes)}. Train on fewer rows or columns, on fewer "
            "processes at the same time, or let the operator raise SLIPWAY_MEMORY_MB."
        )


class _Slot:
    """One worker process, made when it is needed and again after it was killed."""

    start_seconds = START_SECONDS
    is_worth_keeping = True

    def __init__(self, leak_bytes: int) -> None:
        self._leak_bytes = leak_bytes
        self._warm: Callable[[], object] | None = None
        # A loky executor, which has no types.
        self._pool: Any = None
        self.is_new = True

    def warm_with(self, call: Callable[[], object]) -> None:
        """Does this in the process, and in each that will take its place."""
        self._warm = call
        if self._pool is not None:
            self._pool.submit(call)
        else:
            self._start()

    def submit(self, call: Callable[[], FitResult]) -> Future[FitResult]:
        """The future of a call."""
        from concurrent.futures.process import BrokenProcessPool

        self.is_new = False
        if self._pool is not None:
            with contextlib.suppress(BrokenProcessPool):
                future: Future[FitResult] = self._pool.submit(call)
                return future
            self.end()  # it died while it had nothing to do
            self.is_new = False
        self._start()
        future = self._pool.submit(call)
        return future

    def memory(self) -> int:
        """How many bytes its process has for itself, so without mapped files."""
        import psutil

        total = 0
        for pid in self._pids():
            with contextlib.suppress(psutil.Error):
                info = psutil.Process(pid).memory_info()
                total += info.rss - getattr(info, "shared", 0)
        return total

    def kill(self) -> None:
        """Kills its process; the future of what it did then fails."""
        import psutil

        for pid in self._pids():
            with contextlib.suppress(psutil.Error):
                psutil.Process(pid).kill()

    def end(self) -> None:
        """Ends its process and waits for that; the next call makes another."""
        if self._pool is not None:
            self._shut_down()
            self._pool = None
            self.is_new = True

    def _start(self) -> None:
        self._pool = self._make_pool()
        if self._warm is not None:
            self._pool.submit(self._warm)

    def _make_pool(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        return ProcessPoolExecutor(
            1, initializer=_begin_worker, initargs=(self._leak_bytes, os.getpid()), env=ONE_THREAD
        )

    def _shut_down(self) -> None:
        self._pool.shutdown(wait=True, kill_workers=True)

    def _pids(self) -> list[int]:
        # The futures of concurrent.futures have no public word for it either.
        return [] if self._pool is None else list(self._pool._processes or ())


class _ForkingSlot(_Slot):
    """One worker process that begins as a copy of this one."""

    start_seconds = 1.0
    is_worth_keeping = False

    def warm_with(self, call: Callable[[], object]) -> None:
        """Nothing: it is as warm as this process, if it does not begin before."""

    def _make_pool(self) -> Any:
        import gc
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        # To look for garbage among what both have, the copy would have to write there, and so hold it itself.
        gc.collect()
        gc.freeze()
        trim_memory()
        context = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(1, context, initializer=end_with_owner, initargs=(os.getpid(),))

    def _shut_down(self) -> None:
        self.kill()
        self._pool.shutdown(wait=True)


def _begin_worker(leak_bytes: int, owner_pid: int) -> None:
    """What a loky worker does first: it may grow more than the default between two fits."""
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = leak_bytes
    end_with_owner(owner_pid)
