"""Waiting for what another process or thread does, instead of guessing how long it takes."""

import time
from collections.abc import Callable

LONG_SECONDS = 60.0
"""What takes a second here may take many where two tests and their processes share two slow cores."""


def wait_until(condition: Callable[[], object], seconds: float = LONG_SECONDS) -> None:
    """Returns as soon as the condition holds; fails where it does not come to that."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to that within {seconds:g} s"
        time.sleep(0.02)
