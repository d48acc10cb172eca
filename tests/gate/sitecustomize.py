"""Runs at the start of each Python process that is told of a gate, and has it wait there; see `tests/gates.py`."""

import os
import re
import sys
import threading
import time
from functools import cache

PATIENCE_SECONDS = 600.0
"""A process whose test was killed does not wait for ever."""


def wait_at_gate() -> None:
    """Returns when the gate is open, and tells until then that somebody waits."""
    closed = os.path.join(os.environ["GATE_FOLDER"], "closed")
    if not os.path.exists(closed):
        return
    mark = f"{closed}-{os.getpid()}-{threading.get_ident()}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    os.close(os.open(mark, os.O_CREAT))
    while os.path.exists(closed) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.unlink(mark)


def hold_files(place: str, text: str) -> None:
    """Where a file or folder of such a path comes into its place, or is appended to; with this text in it by then."""
    is_place, has_text = re.compile(place).search, re.compile(text).search

    def holds(path: str) -> bool:
        if not text or not os.path.exists(path):
            return not text
        with open(path, encoding="utf-8", errors="replace") as file:
            return has_text(file.read()) is not None

    def look(event: str, arguments: tuple) -> None:
        if event == "os.rename":
            source, target = (os.fsdecode(path) for path in arguments[:2])
        elif event == "open" and "a" in (arguments[1] or ""):
            source = target = os.fsdecode(arguments[0])
        else:
            return
        if is_place(target) and holds(source):
            wait_at_gate()

    sys.addaudithook(look)


def hold_calls(name: str) -> None:
    """Where a function of such a qualified name is called, in a forked process or in any thread but the first."""

    @cache
    def is_held(code: object) -> bool:
        return re.search(name, code.co_qualname) is not None  # type: ignore[attr-defined]

    def look(frame: object, event: str, _: object) -> None:
        if event == "call" and is_held(frame.f_code):  # type: ignore[attr-defined]
            wait_at_gate()

    threading.setprofile(look)
    # The first thread of a process is left alone: all that it imports would take twice as long.
    os.register_at_fork(after_in_child=lambda: sys.setprofile(look))


if "GATE_FOLDER" in os.environ:
    if "GATE_CALL" in os.environ:
        hold_calls(os.environ["GATE_CALL"])
    else:
        hold_files(os.environ["GATE_FILE"], os.environ["GATE_TEXT"])
