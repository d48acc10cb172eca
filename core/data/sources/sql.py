"""A query's rows as a table, through a database connection that somebody else made and named."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from core.data.formats.base import fill_names, unique_names
from core.errors import UnreadableFile, first_line

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine

MAX_ROWS = 1_000_000
MAX_CELLS = 10_000_000
MAX_SECONDS = 120

_BATCH_ROWS = 20_000
_STEPS_BETWEEN_LOOKS = 100_000
_QUOTED = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$", re.DOTALL
)
_DISPUTED = re.compile(r"[\\#$\[`]|/\*|--(?!\s)")
"""What databases do not agree on where text and remarks end by: beside it, no semicolon is known to be text."""

_RUN_REMARK = re.compile(r"/\*M?!")
"""A remark that MySQL and MariaDB run."""

_WRITES = re.compile(
    r"\b(?:insert|update|delete|merge|drop|alter|create|truncate|grant|exec|execute|commit)\b",
    re.IGNORECASE,
)
_INTO = re.compile(r"\binto\b", re.IGNORECASE)
_READS = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)


def query_to_parquet(
    engine: Engine, query: str, max_rows: int = MAX_ROWS, max_seconds: float = MAX_SECONDS
) -> bytes:
    """The rows of a query as a Parquet file, for `DatasetStore.add` with the source `sql:NAME`.

    Raises
    ------
    UnreadableFile
        As `read_query`.
    """
    buffer = io.BytesIO()
    read_query(engine, query, max_rows, max_seconds).to_parquet(
        buffer, engine="pyarrow", index=False
    )
    return buffer.getvalue()


def read_query(
    engine: Engine, query: str, max_rows: int = MAX_ROWS, max_seconds: float = MAX_SECONDS
) -> pd.DataFrame:
    """`(n_rows, n_columns)` rows of one SELECT statement, which is run in a transaction that changes nothing.

    Text stays text; decimal numbers become floats, times with a zone UTC, durations seconds.
    Columns of binary data are left out.

    Raises
    ------
    UnreadableFile
        When it is not one SELECT statement, the database refuses it, or it gives no rows, more
        than `max_rows`, or takes longer than `max_seconds`. The database's own words are in the message.
    """
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    statement = check_query(query)
    if engine.dialect.name not in _DIALECTS:
        _check_words(statement)
    try:
        with engine.connect() as connection, _reading_only(connection, max_seconds) as reading:
            names, rows = _fetch(reading, statement, max_rows, max_seconds)
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise UnreadableFile(
            f"The database must answer the query. It says: {_without_password(engine, cause)}.",
            "Correct the query, or ask who runs the database.",
        ) from None
    return _to_frame(names, rows)


def check_query(query: str) -> str:
    """The query as one statement without its final semicolon.

    Raises
    ------
    UnreadableFile
        When it is something else than one SELECT, or WITH … SELECT.

    Examples
    --------
    >>> check_query(" SELECT ';' AS a; ")
    "SELECT ';' AS a"
    """
    statement = query.strip().rstrip(";").rstrip()
    bare = _QUOTED.sub(" ", statement)
    if not _READS.match(bare):
        word = next(iter(bare.split()), "nothing")
        raise UnreadableFile(
            f"A query must be a SELECT statement. Got {word[:40]!r}.",
            "Begin it with SELECT, or WITH … SELECT.",
        )
    if _INTO.search(bare) or _RUN_REMARK.search(statement):
        raise UnreadableFile(
            "A query must only read. Got one with INTO, or a remark that is run.",
            "Leave it out; a column of that name is put in quotes.",
        )
    if ";" in bare or (";" in statement and _DISPUTED.search(statement)):
        raise UnreadableFile(
            "A query must be one statement. Got a semicolon that may stand between several.",
            "Leave only the SELECT, without remarks when text in it holds a semicolon.",
        )
    return statement


def _check_words(statement: str) -> None:
    """Refuses what writes, for a database that is not told to read only: some need no semicolon."""
    found = _WRITES.search(_QUOTED.sub(" ", statement))
    if found:
        raise UnreadableFile(
            f"A query must only read. Got the word {found.group()!r}.",
            "Leave it out; a column of that name is put in quotes.",
        )


@dataclass(frozen=True)
class _Dialect:
    """How a database is told to read only, and for how long: given the milliseconds, what is run before the query."""

    options: Mapping[str, object]
    before: Callable[[int], Sequence[str]]
    after: Sequence[str] = ()


_DIALECTS = {
    "postgresql": _Dialect(
        {"isolation_level": "READ COMMITTED", "stream_results": True},
        lambda ms: ("SET TRANSACTION READ ONLY", f"SET LOCAL statement_timeout = {ms}"),
    ),
    "sqlite": _Dialect({}, lambda ms: ("PRAGMA query_only = ON",), ("PRAGMA query_only = OFF",)),
    "mysql": _Dialect(
        {"isolation_level": "READ COMMITTED", "stream_results": True},
        lambda ms: ("SET TRANSACTION READ ONLY", f"SET max_execution_time = {ms}"),
        ("SET max_execution_time = DEFAULT",),
    ),
    "oracle": _Dialect({}, lambda ms: ("SET TRANSACTION READ ONLY",)),
}
_OTHER = _Dialect({}, lambda ms: ())
"""Any other database: the transaction is rolled back, which undoes what a SELECT may have done."""


@contextmanager
def _reading_only(connection: Connection, max_seconds: float) -> Iterator[Connection]:
    dialect = _DIALECTS.get(connection.dialect.name, _OTHER)
    # Streaming is for the query alone: a cursor on the server takes no SET.
    plain = {name: value for name, value in dialect.options.items() if name != "stream_results"}
    connection = connection.execution_options(**plain)
    try:
        for statement in dialect.before(int(max_seconds * 1000)):
            connection.exec_driver_sql(statement)
        if connection.dialect.name == "sqlite":
            _stop_sqlite_after(connection, max_seconds)
        yield connection
    finally:
        connection.rollback()
        for statement in dialect.after:
            connection.exec_driver_sql(statement)
        if connection.dialect.name == "sqlite":
            _stop_sqlite_after(connection, None)


def _stop_sqlite_after(connection: Connection, max_seconds: float | None) -> None:
    driver = connection.connection.driver_connection
    if driver is None or not hasattr(driver, "set_progress_handler"):
        return
    end = None if max_seconds is None else time.monotonic() + max_seconds
    handler = None if end is None else (lambda: time.monotonic() > end)
    driver.set_progress_handler(handler, _STEPS_BETWEEN_LOOKS)


def _fetch(
    connection: Connection, statement: str, max_rows: int, max_seconds: float
) -> tuple[list[str], list[Sequence[object]]]:
    dialect = _DIALECTS.get(connection.dialect.name, _OTHER)
    # As it is written: a colon or a percent sign in it is no place for a parameter.
    result = connection.exec_driver_sql(
        statement,
        execution_options={
            "no_parameters": True,
            "stream_results": bool(dialect.options.get("stream_results")),
        },
    )
    with closing(result):
        return list(result.keys()), _take_rows(result, max_rows, max_seconds)


def _take_rows(result: CursorResult, max_rows: int, max_seconds: float) -> list[Sequence[object]]:
    end = time.monotonic() + max_seconds
    width = len(result.keys())
    limit = min(max_rows, MAX_CELLS // max(width, 1))
    rows: list[Sequence[object]] = []
    while batch := result.fetchmany(min(_BATCH_ROWS, limit + 1 - len(rows))):
        rows.extend(batch)
        if len(rows) > limit:
            raise UnreadableFile(
                f"A query must give at most {limit:,} rows of {width:,} columns. This one gives more.",
                "Add a LIMIT or a WHERE, or take a sample.",
            )
        if time.monotonic() > end:
            raise UnreadableFile(
                f"A query must be answered within {max_seconds:,.0f} seconds. This one takes longer.",
                "Add a LIMIT or a WHERE, or take a sample.",
            )
    return rows


def _without_password(engine: Engine, error: BaseException) -> str:
    text = first_line(error).rstrip(".")
    password = engine.url.password
    return text.replace(str(password), "***") if password else text


def _to_frame(names: list[str], rows: list[Sequence[object]]) -> pd.DataFrame:
    if not rows:
        raise UnreadableFile("A query must give rows. This one gives none.", "Widen its WHERE.")
    columns = {}
    for place, name in enumerate(unique_names(fill_names(names))):
        values = [row[place] for row in rows]
        if not any(isinstance(value, bytes | bytearray | memoryview) for value in values):
            columns[name] = _to_series(values)
    if not columns:
        raise UnreadableFile(
            "A query must give columns of text or numbers. This one gives binary data only.",
            "Name other columns after SELECT.",
        )
    return pd.DataFrame(columns)


def _to_series(values: list[object]) -> pd.Series:
    values = [_plain(value) for value in values]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return pd.Series(values, dtype="str")
    if kinds == {bool}:
        return pd.Series(values, dtype=object if None in values else bool)
    if kinds == {int} and None not in values:
        return _whole(values)
    if kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    if kinds == {dt.datetime}:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)))
    return pd.Series([None if value is None else str(value) for value in values], dtype="str")


def _whole(values: list[object]) -> pd.Series:
    try:
        return pd.Series(values, dtype="int64")
    except OverflowError:  # longer numbers are codes
        return pd.Series([str(value) for value in values], dtype="str")


def _plain(value: object) -> object:
    """The value as one of the few types that a column has here."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or isinstance(
        value, bool | int | float | str | bytes | bytearray | memoryview
    ):
        return value
    return str(value)
