"""What holds around a fit inside its worker: how long it may take, and how many threads it has."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from core.errors import first_line
from core.training.compute.base import failed

if TYPE_CHECKING:
    from types import FrameType

    from core.training.fitting import FitResult, FitTask

AGAIN_SECONDS = 0.5
"""Where the first ring was swallowed, by a callback from C for example, the next one comes after so long."""


LOOK_SECONDS = 0.1


class TimeIsUp(BaseException):
    """Ends a fit that took too long. No `except Exception` of an estimator holds it."""


def limited_fit(
    fit: Callable[[FitTask], FitResult],
    task: FitTask,
    most_threads: int,
    is_unwanted: Callable[[], bool] | None = None,
) -> FitResult:
    """What came of the fit within its limits; a failure is a result too.

    Parameters
    ----------
    most_threads
        More than these are not used, whatever the task says.
    is_unwanted
        Where nobody can kill the process: whether the result is waited for no more.
    """
    from threadpoolctl import threadpool_limits

    limit = limit_of(task)
    try:
        threads = min(threads_of(task), most_threads)
        with threadpool_limits(limits=threads), time_limit(limit, is_unwanted):
            return fit(task)
    except TimeIsUp:
        return failed(task, too_slow(limit or 0.0), traceback.format_exc(), is_too_slow=True)
    except Exception as error:  # any fit may raise anything; the others must go on
        text = f"{type(error).__name__}: {first_line(error)}"
        return failed(task, text, traceback.format_exc())


def limit_of(task: FitTask) -> float | None:
    """How many seconds the task may take; None = as many as it needs."""
    return getattr(task, "limit_seconds", None)


def threads_of(task: FitTask) -> int:
    """How many threads the task's numeric libraries may use."""
    return max(1, getattr(task, "threads", 1))


def too_slow(limit_seconds: float) -> str:
    """Why a fit was stopped, for a person.

    Examples
    --------
    >>> too_slow(30.0)
    'It was stopped after 30 s, the longest that it was given. Give more time, or train on fewer rows.'
    """
    return (
        f"It was stopped after {limit_seconds:.3g} s, the longest that it was given. "
        "Give more time, or train on fewer rows."
    )


@contextlib.contextmanager
def time_limit(
    seconds: float | None, is_unwanted: Callable[[], bool] | None = None
) -> Iterator[None]:
    """Raises `TimeIsUp` in what is done below it, once so many seconds have passed.

    In the main thread a signal does it, which also ends waiting. Elsewhere it takes until the next
    step of Python code. Code in C that does not return is not ended by either.

    Parameters
    ----------
    seconds
        None = never.
    is_unwanted
        Asked all the time; it is raised too once this is true.
    """
    if seconds is None and is_unwanted is None:
        yield
        return
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    if is_unwanted is None and _has_signals():
        bell = _signal_bell(max(deadline - time.monotonic(), 0.001))
    else:
        bell = _thread_bell(
            lambda: time.monotonic() > deadline or (is_unwanted is not None and is_unwanted())
        )
    with bell:
        yield


def _has_signals() -> bool:
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and hasattr(signal, "setitimer")


@contextlib.contextmanager
def _signal_bell(seconds: float) -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp

    others = signal.setitimer(signal.ITIMER_REAL, 0)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeIsUp:
        signal.setitimer(signal.ITIMER_REAL, 0)  # it may have rung just before the line above
        raise
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *others)


@contextlib.contextmanager
def _thread_bell(is_time: Callable[[], bool]) -> Iterator[None]:
    over = threading.Event()
    lock = threading.Lock()
    thread = ctypes.c_ulong(threading.get_ident())

    def watch() -> None:
        wait = LOOK_SECONDS
        while not over.wait(wait):
            if not is_time():
                continue
            wait = AGAIN_SECONDS
            with lock:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            over.set()
            # One that was rung but has not been raised yet must not meet what comes after.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
