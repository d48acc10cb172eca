"""Which data sets were loaded when, one line of JSON each, never changed afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

HISTORY = "history.jsonl"
MAX_BYTES = 256 * 1024
"""How much of the end of the file is looked at."""


class Loaded(Struct, frozen=True):
    """One loading of a data set.

    Attributes
    ----------
    at
        ISO 8601, UTC.
    how
        `upload`, `sample`, `correction`, `protection`, `url` or `sql`.
    source
        The file's name, or where else it is from.
    """

    at: str
    how: str
    source: str
    id: str
    fingerprint: str
    rows: int
    columns: int


def append_history(directory: Path, entry: Loaded) -> None:
    """Adds a line, whole, also beside other processes that do the same.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    handle = os.open(directory / HISTORY, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, msgspec.json.encode(entry) + b"\n")
    finally:
        os.close(handle)


def read_history(directory: Path, limit: int) -> list[Loaded]:
    """The last entries, the latest first; lines that cannot be read are left out."""
    try:
        with (directory / HISTORY).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MAX_BYTES))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    entries: list[Loaded] = []
    for line in reversed(lines):
        if len(entries) == limit:
            break
        try:
            entries.append(msgspec.json.decode(line, type=Loaded))
        except msgspec.DecodeError:
            continue
    return entries
