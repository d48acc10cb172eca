"""The queue between what answers and what writes."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType

from msgspec import Struct

from core.serving.answered import Answered
from core.serving.prediction_log.databases import AWAY, Database, Unavailable
from core.serving.prediction_log.rows import Item
from core.serving.prediction_log.words import minute_of
from core.serving.prediction_log.writer import LogWriter, Losses, Refused

logger = logging.getLogger(__name__)

WRITE_SECONDS = 0.06
"""How long what was answered is gathered before it is written together."""

BATCH_ROWS = 2_000
"""Rows of one transaction: with more of them a row costs no less."""

FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0
"""Seconds until a database that took nothing is tried again; doubled each time."""

CLOSE_SECONDS = 5.0
"""How long the end of a process waits for what is still to be written."""

QUEUE_FULL, REFUSED = "queue full", "refused"
"""Why rows are not kept, beside what a database that takes nothing gives as its reason."""

REASONS = {
    "queue full": "they came faster than they could be written",
    "disk full": "the disk was full",
    "database away": "the database was away for longer than the queue could hold",
    "refused": "the database refused them",
}
"""By reason, in words."""


class LogStatus(Struct, frozen=True):
    """How the log of this process is doing.

    Attributes
    ----------
    waiting_rows
        Answered, and not written yet.
    written_rows
        In the database or, of what is not of the share that is kept, counted there.
    lost
        Rows that were not kept, by reason.
    problem
        Why nothing is written for now, with what to do about it; empty when all is well.
    """

    waiting_rows: int
    written_rows: int
    lost: dict[str, int]
    problem: str = ""


class PredictionLog:
    """Keeps what was answered, as a `Recorder`; see `open_prediction_log`.

    Parameters
    ----------
    writer
        Used by a thread of this object, which starts with the first row.
    queue_rows
        How many rows may wait; a request that does not fit is counted and let go.
    """

    def __init__(self, writer: LogWriter, queue_rows: int) -> None:
        self._writer = writer
        self._limit = queue_rows
        self._reset()
        # A forked process has none of the threads: it begins with a queue of its own.
        os.register_at_fork(after_in_child=partial(_call, weakref.WeakMethod(self._forked)))
        atexit.register(_call, weakref.WeakMethod(self.close))

    def _reset(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[Item] = deque()
        self._taken: deque[Item] = deque()  # from the queue, by the thread that writes
        self._waiting = self._written = 0
        self._losses: dict[tuple[int, str], tuple[int, int]] = {}
        self._lost: Counter[str] = Counter()
        self._reason, self._problem = QUEUE_FULL, ""
        self._pause, self._paused_until = 0.0, 0.0
        self._wake, self._is_closed = threading.Event(), False
        self._thread: threading.Thread | None = None

    def _forked(self) -> None:
        self._writer = self._writer.renewed()
        self._reset()

    @property
    def database(self) -> Database:
        """Where the rows are kept."""
        return self._writer.database

    def add(self, answered: Answered) -> None:
        """Takes a request that was answered, in a microsecond; it never waits and never raises."""
        self._take(Item(answered, len(answered.rows)))

    def add_sample(self, answered: Answered, n_rows: int) -> None:
        """Takes some of the rows of a table that was answered; all `n_rows` are counted."""
        self._take(Item(answered, n_rows))

    def _take(self, item: Item) -> None:
        rows = len(item.answered.rows)
        with self._guard:  # for as long as it takes to count
            if self._waiting + rows > self._limit:
                self._lose(self._reason, item)
                return
            self._waiting += rows
            self._queue.append(item)
        if self._thread is None:
            self.start()

    def _lose(self, reason: str, item: Item) -> None:
        """Counts a request that is not kept; the guard is held."""
        key = (minute_of(item.answered.at), reason)
        requests, rows = self._losses.get(key, (0, 0))
        self._losses[key] = (requests + 1, rows + item.n_rows)
        self._lost[reason] += item.n_rows

    def start(self) -> None:
        """Begins to write, and to delete what is too old; the first row does so too."""
        with self._guard:
            if self._thread is not None or self._is_closed:
                return
            self._thread = threading.Thread(
                target=self._run, daemon=True, name="slipway-prediction-log"
            )
        try:
            self._thread.start()
        except RuntimeError:  # the process has no threads left, or ends
            self._thread = None

    def status(self) -> LogStatus:
        """How it is doing, in this process."""
        with self._guard:
            return LogStatus(self._waiting, self._written, dict(self._lost), self._problem)

    def flush(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Whether all that was added before is written by now; waits for it at most so long."""
        deadline = time.monotonic() + seconds
        while self._waiting or self._losses:
            if time.monotonic() > deadline or self._thread is None:
                return False
            self._wake.set()
            time.sleep(0.01)
        return True

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Writes what is waiting, for at most so long; what is left then is lost, and the log says so."""
        thread, self._is_closed = self._thread, True
        self._wake.set()
        if thread is None:
            return
        thread.join(seconds)
        if self._waiting:
            logger.warning(
                "%d answered rows were not logged: %s",
                self._waiting,
                self._problem or "there was no time left",
            )

    def __enter__(self) -> PredictionLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # On the thread that writes

    def _run(self) -> None:
        while not self._is_closed:
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()
            if time.monotonic() >= self._paused_until:
                self._step()
        self._step()
        self._writer.close()

    def _step(self) -> None:
        """Writes what is waiting and deletes some of what is too old; a database that fails is left alone."""
        try:
            while self._write_batch() >= BATCH_ROWS:
                pass  # what came meanwhile waits until it is more, unless that is much already
            self._writer.prune()
        except Unavailable as error:
            self._rest(error)
        except Exception:  # whatever goes wrong here, what answers goes on
            logger.exception("The prediction log failed")
            self._rest(Unavailable(AWAY, "The prediction log failed; the server's log says why."))
        else:
            self._recover()

    def _write_batch(self) -> int:
        """How many rows were written."""
        batch = self._take_batch()
        with self._guard:
            losses, self._losses = self._losses, {}
        if not batch and not losses:
            return 0
        parts = [batch]
        while parts:
            part = parts.pop(0)
            try:
                self._writer.write(part, losses)
            except Refused as error:
                # One row that cannot be written must not take the others with it.
                middle = len(part) // 2
                if middle:
                    parts[:0] = [part[:middle], part[middle:]]
                else:
                    self._refuse(part, error)
            except BaseException:
                left = [item for items in (part, *parts) for item in items]
                self._taken.extendleft(reversed(left))
                self._add_losses(losses)
                raise
            else:
                self._settle(part)
                losses = {}
        return sum([len(item.answered.rows) for item in batch])

    def _take_batch(self) -> list[Item]:
        """What is written together next."""
        if not self._taken:
            with self._guard:  # all at once, so that nobody who adds waits for it
                self._taken, self._queue = self._queue, self._taken
        batch, rows, taken = [], 0, self._taken
        while taken and rows < BATCH_ROWS:
            batch.append(item := taken.popleft())
            rows += len(item.answered.rows)
        return batch

    def _settle(self, written: Sequence[Item]) -> None:
        rows = sum([len(item.answered.rows) for item in written])
        with self._guard:
            self._waiting -= rows
            self._written += rows

    def _refuse(self, items: Sequence[Item], error: Refused) -> None:
        for item in items:
            rows = len(item.answered.rows)
            logger.error("%d answered rows were not logged: %s", rows, error)
            with self._guard:
                self._waiting -= rows
                self._lose(REFUSED, item)

    def _add_losses(self, losses: Losses) -> None:
        with self._guard:
            for key, (requests, rows) in losses.items():
                known = self._losses.get(key, (0, 0))
                self._losses[key] = (known[0] + requests, known[1] + rows)

    def _rest(self, error: Unavailable) -> None:
        """Leaves the database alone for a while, longer each time."""
        if not self._problem:
            logger.error("Predictions are not logged for now. %s %s", error.message, error.hint)
        self._problem = f"{error.message} {error.hint}".rstrip()
        self._reason = error.reason
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LAST_PAUSE)
        self._paused_until = time.monotonic() + self._pause

    def _recover(self) -> None:
        if self._problem:
            logger.info("Predictions are logged again")
        self._reason, self._problem, self._pause = QUEUE_FULL, "", 0.0


def _call(method: weakref.WeakMethod[Callable[[], None]]) -> None:
    """Calls a method of an object that may be gone."""
    found = method()
    if found is not None:
        found()
