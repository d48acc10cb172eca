"""What a guard does beside the requests, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2


class Upkeep:
    """Repeats calls until it is closed, and makes each a last time then.

    Parameters
    ----------
    calls
        Each with the seconds between two of them.
    """

    def __init__(self, calls: Sequence[tuple[float, Callable[[], None]]]) -> None:
        self._calls = calls
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins, where it has not begun yet."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="slipway-upkeep")
            self._thread.start()

    def close(self) -> None:
        """Ends, when what is going on has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        due = [time.monotonic() + seconds for seconds, _ in self._calls]
        while not self._stop.wait(TICK_SECONDS):
            now = time.monotonic()
            for place, (seconds, call) in enumerate(self._calls):
                if now >= due[place]:
                    due[place] = now + seconds
                    _try(call)
        for _, call in self._calls:
            _try(call)


def _try(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # whatever fails, the others and the next time go on
        logger.exception("The upkeep of the API failed")
