"""SQLite database files: one table, or view, of it. Nothing in the file is run that could change or reach anything."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from core.data.dataset import SkippedRow
from core.data.formats.arrow_columns import MAX_CELLS, check_size
from core.data.formats.base import Format, RawTable, TablePart, Wanted, are_chosen
from core.data.formats.cells import ValueStyle, raw_cells, read_objects
from core.errors import UnreadableFile, list_names
from core.recipe import ReadOptions

SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")
MAGIC = b"SQLite format 3\0"

MAX_SECONDS = 120
"""A view may be a query without an end."""

_STEPS_BETWEEN_LOOKS = 100_000
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_REACHING_OUT = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}


def _list_parts(content: bytes) -> list[TablePart]:
    """The tables, the largest first, then the views."""
    with _open(content) as database:
        return _tables(database)


@contextmanager
def _open(content: bytes) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    try:
        # In its write-ahead mode a database is two files; by itself, this one is read without the other.
        if content[18:20] == b"\x02\x02":
            content = content[:18] + b"\x01\x01" + content[20:]
        database.deserialize(content)
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA cell_size_check = ON")
        database.set_authorizer(_authorize)
        end = time.monotonic() + MAX_SECONDS
        database.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS)
        yield database
    # An overflow is what its own size says; the rest are what broken pages lead to.
    except (sqlite3.Error, OverflowError, ValueError, MemoryError) as error:
        if str(error) == "interrupted":
            raise UnreadableFile(
                f"A database table must be read within {MAX_SECONDS} seconds. This one takes longer.",
                "Write its rows to a CSV or Parquet file, and load that.",
            ) from error
        raise UnreadableFile(
            f"The SQLite database is damaged, or uses what cannot be read here: {error}.",
            "Copy or download it again, or write the table to a CSV file.",
        ) from error
    finally:
        database.close()


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action not in _ALLOWED:
        return sqlite3.SQLITE_DENY
    reaches_out = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _REACHING_OUT
    return sqlite3.SQLITE_DENY if reaches_out else sqlite3.SQLITE_OK


def _tables(database: sqlite3.Connection) -> list[TablePart]:
    entries = database.execute(
        "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    found, views = [], []
    for name, kind in entries:
        width = len(database.execute(f"SELECT * FROM {_quoted(name)} LIMIT 0").description)
        if kind == "view":  # would have to be run to know its rows
            views.append(TablePart(name, None, width))
        else:
            count = database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]
            found.append(TablePart(name, count, width))
    return sorted(found, key=lambda table: -(table.rows or 0) * (table.columns or 0)) + views


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    if not content.startswith(MAGIC):
        raise UnreadableFile(
            f"An SQLite database must begin with {MAGIC[:-1].decode()!r}. Got {content[:8]!r}.",
            "The file's ending does not say what it is: give it its real one.",
        )
    with _open(content) as database:
        tables = _tables(database)
        table = _choose(tables, options.sheet if options else None)
        check_size(table.rows or 0, table.columns or 0)
        cursor = database.execute(f"SELECT * FROM {_quoted(table.name)}")
        names = [field[0] for field in cursor.description]
        # A view tells its size only by its rows.
        rows = cursor.fetchmany(MAX_CELLS // len(names) + 1)
    check_size(len(rows), len(names))
    given = options or ReadOptions(format="sqlite")
    read = msgspec.structs.replace(given, format="sqlite", sheet=table.name)
    return _to_table(names, rows, read, wanted)


def _choose(tables: list[TablePart], name: str | None) -> TablePart:
    names = [table.name for table in tables]
    if not tables:
        raise UnreadableFile(
            "A database must have a table. This one has none.", "Choose another file."
        )
    if name is None:
        return tables[0]
    if name not in names:
        raise UnreadableFile(
            f"The table must be one of the database's. Got {name!r}.",
            f"The database has: {list_names(names)}.",
        )
    return tables[names.index(name)]


def _to_table(
    names: list[str],
    rows: list[tuple[object, ...]],
    options: ReadOptions,
    wanted: Wanted,
) -> RawTable:
    keeps = are_chosen(names, options.keep_text)
    kept, columns, notes = [], [], []
    for place, name in enumerate(names):
        values = [row[place] for row in rows]
        if any(isinstance(value, bytes) for value in values):
            reason = f"column {name!r} holds binary data and is left out"
            notes.append(SkippedRow(1, reason, "comment", name))
            continue
        kept.append(name)
        style = ValueStyle(options.decimal, options.thousands, options.missing, keeps[place])
        columns.append(raw_cells(values) if wanted.is_raw else read_objects(values, style))
    if not kept:
        raise UnreadableFile(
            f"A table must have columns of text or numbers. {options.sheet!r} has only binary data.",
            "Choose another table.",
        )
    return RawTable(kept, columns, options, tuple(notes))


SQLITE = Format(
    name="sqlite",
    title="SQLite database",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: content.startswith(MAGIC),
    read=_read,
    list_parts=_list_parts,
)
