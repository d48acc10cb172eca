"""What every place for fits offers, so that a run does not know where its fits are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.training.fitting import FitResult, FitTask


class Room(Protocol):
    """How much goes on in a place for fits at the same time."""

    @property
    def slots(self) -> int:
        """How many fits of one thread go on at the same time."""
        ...

    @property
    def threads(self) -> int:
        """How many threads one fit can have at the most; so many fewer go on beside it."""
        ...


class Compute(Room, Protocol):
    """A place for fits."""

    def warm(self, call: Callable[[], object]) -> None:
        """Has each worker do this before its first fit, now and without waiting: imports, loading.

        What goes wrong in it is not told: the fits will meet it too.
        """
        ...

    def run(
        self,
        next_tasks: Callable[[], Iterator[FitTask]],
        fit: Callable[[FitTask], FitResult],
    ) -> Iterator[FitResult]:
        """The results as they come; a fit that fails or whose worker dies is a result with an error.

        Parameters
        ----------
        next_tasks
            Gives what can begin now, each task once. It is asked on the caller's own thread, when a
            slot is free and the result before was taken; when it has ended it is called again after
            the next result. The run is over when nothing goes on and it gives nothing.
        fit
            Does a task in a worker; must be picklable with what it holds.
        """
        ...

    def stop(self) -> None:
        """Ends all fits that go on, from any thread; `run` then returns without their results."""
        ...

    def close(self) -> None:
        """Lets the workers go. May be called twice."""
        ...


class Supply:
    """Tasks one by one, with a look at the next."""

    def __init__(self, next_tasks: Callable[[], Iterator[FitTask]]) -> None:
        self._next_tasks = next_tasks
        self._tasks: Iterator[FitTask] | None = next_tasks()
        self._next: FitTask | None = None

    def peek(self) -> FitTask | None:
        """The next task; None when there is none now."""
        if self._next is None and self._tasks is not None:
            self._next = next(self._tasks, None)
            if self._next is None:
                self._tasks = None
        return self._next

    def take(self) -> None:
        """The task that was looked at has begun."""
        self._next = None

    def ask_again(self) -> None:
        """There may be tasks that could not begin before."""
        if self._tasks is None:
            self._tasks = self._next_tasks()


def failed(task: FitTask, error: str, details: str = "", *, is_too_slow: bool = False) -> FitResult:
    """The result of a fit that came to nothing."""
    from core.training.fitting import FitResult

    return FitResult(task, error=error, details=details, is_too_slow=is_too_slow)


def affordable_slots(processes: int, memory_bytes: int, each_bytes: int) -> int:
    """How many of these processes the memory allows when each takes so much; at least one.

    Examples
    --------
    >>> affordable_slots(8, 4 * 2**30, 2**30), affordable_slots(2, 2**20, 2**30)
    (4, 1)
    """
    return max(1, min(processes, memory_bytes // max(each_bytes, 1)))
