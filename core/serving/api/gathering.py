"""Single rows that are asked about at the same time, answered by one call."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future, Task
from collections.abc import Awaitable, Callable, Sequence

from core.serving.api.answering import Result, answer_each
from core.serving.contract import ParsedRow
from core.serving.engine import Answer, Engine

MAX_ROWS = 256
"""How many rows go into one call; a request must not wait for thousands of others."""

CROWD_ROWS = 64
"""So many rows are gathered once two have met, before it is looked again whether they come alone."""


class Soon(Future[Answer]):
    """An answer that is there within a few turns of the loop, however busy the machine is."""


Waiting = list[tuple[ParsedRow, "Future[Answer]"]]
InThread = Callable[..., Awaitable[list[Result]]]


class Gatherer:
    """Rows that come together, answered together. It belongs to one event loop.

    A fast engine answers all that arrived in this turn of the loop. A slow one answers in a thread, and
    what arrives meanwhile waits and goes together next: the busier it is, the more rows share a call.

    Parameters
    ----------
    in_thread
        Runs a call that may take long.
    """

    def __init__(self, in_thread: InThread) -> None:
        self._in_thread = in_thread
        self._waiting: dict[int, Waiting] = {}
        self._tasks: set[Task[None]] = set()
        self._crowd = 0
        self._was_asked = False  # in this turn of the loop

    def is_alone(self) -> bool:
        """Whether a row had better be answered by itself, since rows have come one at a time.

        Waiting for company takes a task and two turns of the loop: more than a fast engine needs for a row.
        """
        if self._crowd:
            self._crowd -= 1
            return False
        if self._was_asked:
            self._crowd = CROWD_ROWS
            return False
        self._was_asked = True
        asyncio.get_running_loop().call_soon(self._end_turn)
        return True

    def _end_turn(self) -> None:
        self._was_asked = False

    def predict(self, engine: Engine, row: ParsedRow) -> Future[Answer]:
        """The answer to one row, in the future."""
        loop = asyncio.get_running_loop()
        future: Future[Answer] = Soon(loop=loop) if engine.is_fast else loop.create_future()
        waiting = self._waiting.get(id(engine))
        if waiting is None:
            waiting = self._waiting[id(engine)] = []
            self._start(loop, engine, waiting)
        waiting.append((row, future))
        return future

    def _start(self, loop: AbstractEventLoop, engine: Engine, waiting: Waiting) -> None:
        if engine.is_fast:
            # Once more around: requests that were read in this turn are parsed in the next one.
            loop.call_soon(loop.call_soon, self._flush, engine, waiting)
            return
        task = loop.create_task(self._work(engine, waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _flush(self, engine: Engine, waiting: Waiting) -> None:
        del self._waiting[id(engine)]
        for start in range(0, len(waiting), MAX_ROWS):
            batch = waiting[start : start + MAX_ROWS]
            _settle(batch, answer_each(engine, [row for row, _ in batch]))

    async def _work(self, engine: Engine, waiting: Waiting) -> None:
        try:
            while waiting:
                batch = waiting[:MAX_ROWS]
                rows = [row for row, _ in batch]
                _settle(batch, await self._in_thread(answer_each, engine, rows))
                del waiting[: len(batch)]
        finally:
            del self._waiting[id(engine)]
            for _, future in waiting:  # only when the loop ends before its work is done
                future.cancel()


def _settle(batch: Waiting, results: Sequence[Result]) -> None:
    for (_, future), result in zip(batch, results, strict=True):
        if future.done():  # its request has gone away
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
