"""Gates: places where another process waits until the test that meets it there lets it go on.

What is to happen "while it runs" is thereby tested on the quickest machine and on the slowest. The process is a real one
and runs the project's own code: Python's audit events and profiler tell where it is (`tests/gate/sitecustomize.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.waiting import wait_until

HOOK = Path(__file__).with_name("gate")


class Gate:
    """A place of processes that begin in its environment, closed at first.

    Parameters
    ----------
    folder
        Where it is closed by a file, and where each process that waits leaves a mark.
    call
        A pattern of a function's qualified name: it waits as that begins, in a thread or a forked process.
    file
        Or a pattern of a path: it waits before what it wrote comes to be there, or before it appends to it.
    text
        A pattern of what must stand in that file by then.
    """

    def __init__(self, folder: Path, call: str = "", file: str = "", text: str = "") -> None:
        self._closed = folder / "closed"
        place = {"GATE_CALL": call} if call else {"GATE_FILE": file, "GATE_TEXT": text}
        path = os.pathsep.join([str(HOOK), str(ROOT)])
        self.environment = {"PYTHONPATH": path, "GATE_FOLDER": str(folder), **place}
        folder.mkdir()
        self.close()

    def close(self) -> None:
        self._closed.touch()

    def open(self) -> None:
        self._closed.unlink(missing_ok=True)

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Processes that are started within come to the gate."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            yield

    def waiting(self) -> list[int]:
        """The processes that wait, one for each of their threads that does."""
        marks = self._closed.parent.glob("closed-*")
        return [int(mark.name.split("-")[1]) for mark in marks]

    def meet(self, count: int = 1) -> list[int]:
        """The processes that wait, as soon as there are so many."""
        wait_until(lambda: len(self.waiting()) >= count)
        return self.waiting()
