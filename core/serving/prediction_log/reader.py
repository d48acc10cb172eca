"""What was kept, read: rows, traffic by time, flags, and what is missing."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from core.serving.prediction_log import statements
from core.serving.prediction_log.blocks import KeptRow
from core.serving.prediction_log.databases import Connection, Database
from core.serving.prediction_log.table import BlockTable
from core.serving.prediction_log.words import (
    MINUTE_SECONDS,
    Layout,
    LoggedColumn,
    LoggedRow,
    bucket_seconds,
    minute_of,
)

ALL_TIME = 10**9
"""Minutes of a step that holds everything."""

FOREVER = 2**40
"""A time in seconds after every other."""


class Chosen(Struct, frozen=True):
    """Which rows are meant; what is None or empty does not matter.

    Attributes
    ----------
    model, version
        Which version answered.
    since, until
        When, in seconds since 1970; `until` itself is out.
    flag
        The code of a flag that they have.
    request_id
        The request they belong to; the others are then not looked at.
    """

    model: str | None = None
    version: int | None = None
    since: float = 0.0
    until: float = FOREVER
    flag: str = ""
    request_id: str = ""

    def takes(self, layout: Layout) -> bool:
        """Whether rows of this layout are meant."""
        return self.model in (None, layout.model) and self.version in (None, layout.version)


class Traffic(Struct, frozen=True):
    """What a version answered in a span of time.

    Attributes
    ----------
    at
        When the span begins, in seconds since 1970.
    model, version
        Which version.
    requests, rows
        How many there were.
    kept_rows
        Of the rows those that were written, where only a share is.
    flagged_rows
        Of the rows those with a flag.
    p50_ms, p95_ms, p99_ms
        Latencies of requests that half, 95% and 99% stay below, right to 5%.
    """

    at: float
    model: str
    version: int
    requests: int
    rows: int
    kept_rows: int
    flagged_rows: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class FlagCount(Struct, frozen=True):
    """How many rows had a flag; columns that are not the model's have no name."""

    model: str
    version: int
    column: str
    code: str
    rows: int


class Loss(Struct, frozen=True):
    """What was answered and not kept.

    Attributes
    ----------
    reason
        A key of `core.serving.prediction_log.log.REASONS`.
    requests, rows
        How much.
    last_at
        The minute of the last, in seconds since 1970.
    """

    reason: str
    requests: int
    rows: int
    last_at: float


@dataclass
class _Sum:
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    latencies: Counter[int] = field(default_factory=Counter)


class LogReader:
    """Reads a prediction log; a log that is not there yet is empty.

    Parameters
    ----------
    database
        Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def layouts(self) -> dict[int, Layout]:
        """What is kept of each version, by number; versions of which nothing is kept any more included.

        Raises
        ------
        StorageError
            When the database cannot be read, as in all that follows.
        """
        with self._open() as connection:
            return {} if connection is None else _layouts(connection)

    def rows(self, chosen: Chosen, limit: int = 100) -> list[LoggedRow]:
        """The rows that are meant, the newest first, at most so many."""
        with self._open() as connection:
            if connection is None:
                return []
            layouts = _layouts(connection)
            found = self._find(BlockTable(self.database, connection), layouts, chosen)
            return [_logged(row, layouts[row.layout]) for row in islice(found, limit)]

    def _find(
        self, table: BlockTable, layouts: Mapping[int, Layout], chosen: Chosen
    ) -> Iterator[KeptRow]:
        """The rows that are meant, the newest first."""
        numbers = [number for number, layout in layouts.items() if chosen.takes(layout)]
        if chosen.request_id:
            rows = table.rows_of_request(chosen.request_id)
            return (row for row in rows if row.layout in numbers)
        parts = (table.rows(number, chosen.since, chosen.until, chosen.flag) for number in numbers)
        return heapq.merge(*parts, reverse=True)

    def kept_rows(self, number: int, chosen: Chosen, limit: int) -> list[KeptRow]:
        """The rows of one layout and a time as they are stored, the newest first, at most so many."""
        with self._open() as connection:
            if connection is None:
                return []
            rows = BlockTable(self.database, connection).rows(number, chosen.since, chosen.until)
            return list(islice(rows, limit))

    def traffic(self, chosen: Chosen, step_minutes: int = ALL_TIME) -> list[Traffic]:
        """What each version answered in each span of so many minutes, in the order of time."""
        with self._open() as connection:
            if connection is None:
                return []
            layouts = _layouts(connection)
            sums: dict[tuple[int, str, int], _Sum] = {}
            span = [step_minutes, *_minutes(chosen)]
            for step, number, *counts in self._query(connection, statements.TRAFFIC, span):
                found = _sum(sums, step, layouts[number])
                found.counts = [a + int(b) for a, b in zip(found.counts, counts, strict=True)]
            for step, number, bucket, requests in self._query(
                connection, statements.LATENCIES, span
            ):
                _sum(sums, step, layouts[number]).latencies[bucket] += int(requests)
        return [
            _traffic(step * step_minutes * MINUTE_SECONDS, model, version, found)
            for (step, model, version), found in sorted(sums.items())
            if chosen.model in (None, model) and chosen.version in (None, version)
        ]

    def sources(self, chosen: Chosen) -> dict[str, int]:
        """How many rows came from where, the most first."""
        return self._count(statements.SOURCES, chosen, lambda row: (row[1], row[3]))

    def flags(self, chosen: Chosen) -> list[FlagCount]:
        """How many rows had which flag, the most first."""
        counts: Counter[tuple[str, int, str, str]] = Counter()
        with self._open() as connection:
            if connection is None:
                return []
            layouts = _layouts(connection)
            for number, column, code, rows in self._query(
                connection, statements.FLAGS, _minutes(chosen)
            ):
                layout = layouts[number]
                if chosen.takes(layout):
                    counts[layout.model, layout.version, column, code] += int(rows)
        return [FlagCount(*key, rows) for key, rows in counts.most_common()]

    def losses(self, chosen: Chosen) -> list[Loss]:
        """What was answered in this time and not kept, by reason, of all models."""
        with self._open() as connection:
            if connection is None:
                return []
            return [
                Loss(reason, int(requests), int(rows), minute * MINUTE_SECONDS)
                for reason, requests, rows, minute in self._query(
                    connection, statements.LOSSES, _minutes(chosen)
                )
            ]

    def size_bytes(self) -> int:
        """How large the log is on disk."""
        with self._open() as connection:
            return 0 if connection is None else self.database.size_bytes(connection)

    def _count(self, statement: str, chosen: Chosen, pick: Any) -> dict[str, int]:
        counts: Counter[str] = Counter()
        with self._open() as connection:
            if connection is None:
                return {}
            layouts = _layouts(connection)
            for row in self._query(connection, statement, _minutes(chosen)):
                if chosen.takes(layouts[row[0]]):
                    name, number = pick(row)
                    counts[name] += int(number)
        return dict(counts.most_common())

    def _query(
        self, connection: Connection, statement: str, values: list[int]
    ) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = connection.execute(
            self.database.spell(statement), values
        ).fetchall()
        return found

    @contextmanager
    def _open(self) -> Iterator[Connection | None]:
        if not self.database.exists():
            yield None
            return
        with opened(self.database) as connection:
            yield connection


@contextmanager
def opened(database: Database) -> Iterator[Connection]:
    """A connection for some statements; refusals come out as `StorageError`."""
    with database.guarded():
        connection = database.connect()
        try:
            yield connection
        finally:
            connection.close()


def since(seconds: float) -> Chosen:
    """Everything of the last so many seconds."""
    return Chosen(since=time.time() - seconds)


def _layouts(connection: Connection) -> dict[int, Layout]:
    return {
        number: Layout(
            model,
            version,
            msgspec.json.decode(columns, type=tuple[LoggedColumn, ...]),
            msgspec.json.decode(classes, type=tuple[str, ...]),
        )
        for number, model, version, columns, classes in connection.execute(
            statements.LAYOUTS
        ).fetchall()
    }


def _minutes(chosen: Chosen) -> list[int]:
    """The whole minutes of the time that is meant, the one in which it ends included."""
    return [minute_of(chosen.since), minute_of(chosen.until) + 1]


def _sum(sums: dict[tuple[int, str, int], _Sum], step: int, layout: Layout) -> _Sum:
    return sums.setdefault((int(step), layout.model, layout.version), _Sum())


def _traffic(at: float, model: str, version: int, found: _Sum) -> Traffic:
    p50, p95, p99 = (quantile_ms(found.latencies, share) for share in (0.5, 0.95, 0.99))
    requests, rows, kept, flagged = found.counts
    return Traffic(at, model, version, requests, rows, kept, flagged, p50, p95, p99)


def quantile_ms(latencies: Mapping[int, int], share: float) -> float:
    """The latency that this share of the requests stay below, of counts by bucket; 0 of none.

    Examples
    --------
    >>> from core.serving.prediction_log.words import bucket
    >>> 9 < quantile_ms({bucket(0.01): 98, bucket(1.0): 2}, 0.5) < 11
    True
    """
    needed = share * sum(latencies.values())
    seen = 0
    for number in sorted(latencies):
        seen += latencies[number]
        if seen >= needed:
            return bucket_seconds(number) * 1000
    return 0.0


def _logged(row: KeptRow, layout: Layout) -> LoggedRow:
    shares = row.probabilities
    return LoggedRow(
        row.row_id,
        row.at,
        layout.model,
        layout.version,
        row.request_id,
        row.position,
        {column.name: value for column, value in zip(layout.columns, row.inputs, strict=True)},
        row.prediction,
        None if shares is None else dict(zip(layout.classes, shares, strict=True)),
        row.flags,
        row.latency_ms,
        row.source,
    )
