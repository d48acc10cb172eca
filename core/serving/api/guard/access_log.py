"""A line for each request, written by another thread, so that no answer waits for a terminal or a disk.

Never holds a body, a key, or what stands behind the question mark of an address.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

logger = logging.getLogger("slipway.access")

MAX_WAITING = 50_000
"""Lines that wait to be written; where the log is slower than the requests, the oldest are left out."""


class Entry(Struct, frozen=True, gc=False, omit_defaults=True):
    """A request and what became of it.

    Attributes
    ----------
    at
        When it ended, in seconds since 1970.
    client
        The address it came from.
    method, path
        As it was asked.
    status, bytes, ms
        Of the answer; milliseconds from the request to its end.
    key
        The name of the API key.
    model, version
        That answered.
    request_id
        By which the prediction log knows it.
    """

    at: float
    client: str
    method: str
    path: str
    status: int
    bytes: int
    ms: float
    key: str = ""
    model: str = ""
    version: int = 0
    request_id: str = ""


class AccessLog:
    """Takes entries on one thread and writes them on another.

    Parameters
    ----------
    form
        `plain` or `json`.
    """

    def __init__(self, form: str) -> None:
        self._write = write_json if form == "json" else write_plain
        self._waiting: deque[Entry] = deque(maxlen=MAX_WAITING)
        self._left_out = 0
        _prepare_logger()

    def add(self, entry: Entry) -> None:
        """Takes an entry, in less than a microsecond."""
        if len(self._waiting) == MAX_WAITING:
            self._left_out += 1
        self._waiting.append(entry)

    def flush(self) -> None:
        """Writes what waits."""
        while self._waiting:
            logger.info("%s", self._write(self._waiting.popleft()))
        if self._left_out:
            logger.warning("%d requests are not in this log: it could not be written as fast.", self._left_out)  # fmt: skip
            self._left_out = 0


def _prepare_logger() -> None:
    """Lets lines go to standard output as they are, where the operator has not said otherwise."""
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    logger.setLevel(logging.INFO)


def write_json(entry: Entry) -> str:
    """An entry as one line of JSON.

    Examples
    --------
    >>> write_json(Entry(0.5, "127.0.0.1", "GET", "/health/live", 200, 17, 0.21))
    '{"at":"1970-01-01T00:00:00.500Z","client":"127.0.0.1","method":"GET","path":"/health/live","status":200,"bytes":17,"ms":0.21}'
    """
    fields = msgspec.to_builtins(entry) | {"at": _write_time(entry.at)}
    return msgspec.json.encode(fields).decode()


def write_plain(entry: Entry) -> str:
    """An entry as a person reads it; what could break the line is escaped.

    Examples
    --------
    >>> write_plain(Entry(0.5, "127.0.0.1", "POST", "/predict", 200, 90, 0.2, "shop", "titanic", 3, "ab12"))
    '1970-01-01T00:00:00.500Z 127.0.0.1 POST /predict 200 90 B 0.20 ms key=shop model=titanic/3 id=ab12'
    """
    line = (
        f"{_write_time(entry.at)} {entry.client or '-'} {entry.method} {_printable(entry.path)} "
        f"{entry.status} {entry.bytes} B {entry.ms:.2f} ms"
    )
    if entry.key:
        line += f" key={_printable(entry.key)}"
    if entry.model:
        line += f" model={entry.model}/{entry.version}"
    return line + (f" id={_printable(entry.request_id)}" if entry.request_id else "")


def _write_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _printable(text: str) -> str:
    return text.encode("unicode_escape").decode().replace(" ", r"\x20")
