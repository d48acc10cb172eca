"""Numbers that the worker processes of one server share, so that whichever is asked can add them up.

Each worker writes to a page of its own and reads those of the others, so no two ever write the same
number and no lock is needed. A page is a file mapped into memory; a server of one process has
one that is no file.
"""

from __future__ import annotations

import math
import mmap
import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: each worker counts for itself
    fcntl = None  # type: ignore[assignment]

NUMBER_BYTES = 8
HEAD_NUMBERS = 64
"""Numbers of a worker as a whole."""

BEGAN_PLACE = HEAD_NUMBERS - 1
"""Where among them it stands when the page was begun."""

KEY_NUMBERS = 4096
"""Uses of API keys, by the key's number; two that lie so far apart share one."""

SERIES = 256
"""Labelled series: so many combinations of dialect, model and version are told apart."""

LABEL_BYTES = 320
SERIES_NUMBERS = 24
SERIES_BYTES = LABEL_BYTES + SERIES_NUMBERS * NUMBER_BYTES
SERIES_START = (HEAD_NUMBERS + KEY_NUMBERS) * NUMBER_BYTES
PAGE_BYTES = SERIES_START + SERIES * SERIES_BYTES
MAX_WORKERS = 64


class Page:
    """The numbers of one worker.

    Attributes
    ----------
    head
        `(HEAD_NUMBERS,)`.
    keys
        `(KEY_NUMBERS,)`.
    """

    def __init__(self, content: bytearray | mmap.mmap) -> None:
        self._bytes = memoryview(content)
        numbers = self._bytes.cast("d")
        self.head = numbers[:HEAD_NUMBERS]
        self.keys = numbers[HEAD_NUMBERS : HEAD_NUMBERS + KEY_NUMBERS]
        self._numbers = numbers

    def label(self, place: int) -> bytes:
        """The label of a series; empty when there is none at this place."""
        start = SERIES_START + place * SERIES_BYTES
        return bytes(self._bytes[start : start + LABEL_BYTES]).rstrip(b"\0")

    def set_label(self, place: int, label: bytes) -> None:
        """Begins a series; its label must have at most `LABEL_BYTES`."""
        start = SERIES_START + place * SERIES_BYTES
        self._bytes[start : start + LABEL_BYTES] = label.ljust(LABEL_BYTES, b"\0")

    def series(self, place: int) -> memoryview[float]:
        """The numbers of a series: `(SERIES_NUMBERS,)`."""
        start = (SERIES_START + place * SERIES_BYTES + LABEL_BYTES) // NUMBER_BYTES
        return self._numbers[start : start + SERIES_NUMBERS]


class Board:
    """The pages of all workers.

    Parameters
    ----------
    folder
        That the workers of a server share and no other server; None = there is one worker.

    Attributes
    ----------
    own
        This worker's page. One that a crashed worker left is gone on with, so that counts never fall.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder if fcntl else None
        self._claim: int | None = None
        self._others: dict[Path, Page] = {}
        self._own_path: Path | None = None
        self.own = self._take_page()
        self._key_counts = [self.own.keys]
        self.own.head[BEGAN_PLACE] = self.own.head[BEGAN_PLACE] or time.time()
        self.refresh()

    def _take_page(self) -> Page:
        """A page that no living worker has."""
        for place in range(MAX_WORKERS if self._folder else 0):
            assert self._folder is not None
            path = self._folder / f"{place}.page"
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            if not _lock(handle):
                os.close(handle)
                continue
            # The lock lives as long as the handle: as long as this process.
            self._claim, self._own_path = handle, path
            os.ftruncate(handle, PAGE_BYTES)
            return Page(mmap.mmap(handle, PAGE_BYTES))
        return Page(bytearray(PAGE_BYTES))

    def refresh(self) -> None:
        """Finds the pages of workers that began meanwhile."""
        if self._folder is None:
            return
        for path in self._folder.glob("*.page"):
            if path != self._own_path and path not in self._others:
                content = path.read_bytes()
                if len(content) == PAGE_BYTES:
                    self._others[path] = Page(_map(path))
        self._key_counts = [page.keys for page in self.pages()]

    @property
    def began_at(self) -> float:
        """When the first worker of the server began, in seconds since 1970."""
        return min(page.head[BEGAN_PLACE] or math.inf for page in self.pages())

    def pages(self) -> list[Page]:
        """Those of all workers, of crashed ones too: what they counted goes on to count."""
        return [self.own, *self._others.values()]

    def living(self) -> list[Page]:
        """Those of the workers that run."""
        return [self.own, *(page for path, page in self._others.items() if _is_locked(path))]

    # Uses of keys, as `core.serving.access.rates.Uses`

    def add(self, number: int) -> None:
        """Counts a use of the key of this number."""
        self.own.keys[number % KEY_NUMBERS] += 1

    def total(self, number: int) -> float:
        """The uses of the key of this number by all workers."""
        place = number % KEY_NUMBERS
        return float(sum(counts[place] for counts in self._key_counts))


def _map(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), PAGE_BYTES)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_locked(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
