"""Rows of the prediction log deleted for good."""

from __future__ import annotations

from msgspec import Struct

from core.errors import StorageError
from core.serving.prediction_log import statements
from core.serving.prediction_log.databases import Connection, Database
from core.serving.prediction_log.reader import FOREVER, LogReader, opened
from core.serving.prediction_log.table import BlockTable
from core.serving.prediction_log.words import minute_of

CHUNK_BLOCKS = 50
"""Blocks that are deleted at a time, so that what is answered meanwhile can be written too."""


class Erasure(Struct, frozen=True):
    """What is to be deleted: a request, or what a model answered, or what is older than a time.

    Attributes
    ----------
    request_id
        The rows of this request; nothing else may be named then.
    model, version
        Everything that was kept of this model or version: rows and counts.
    before
        Only what was answered before, in seconds since 1970.
    """

    request_id: str = ""
    model: str | None = None
    version: int | None = None
    before: float = FOREVER


class LogEraser:
    """Deletes from a prediction log.

    Parameters
    ----------
    database
        Where it is kept.

    Notes
    -----
    In SQLite what is deleted is overwritten, and the file gets smaller. PostgreSQL makes the place free,
    and overwrites it with later rows; its own journal and backups are the operator's.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def count(self, erasure: Erasure) -> int:
        """How many rows would be deleted.

        Raises
        ------
        StorageError
            When nothing is named that should be deleted, or the database cannot be read.
        """
        _check(erasure)
        if not self.database.exists():
            return 0
        with opened(self.database) as connection:
            table = BlockTable(self.database, connection)
            if erasure.request_id:
                return table.count_request(erasure.request_id)
            return sum(table.count_before(of, erasure.before) for of in self._layouts(erasure))

    def delete(self, erasure: Erasure) -> int:
        """How many rows were deleted.

        Raises
        ------
        StorageError
            As `count`; what was deleted until then stays deleted.
        """
        _check(erasure)
        if not self.database.exists():
            return 0
        with opened(self.database) as connection:
            table = BlockTable(self.database, connection)
            if erasure.request_id:
                deleted = table.delete_request(erasure.request_id)
            else:
                layouts = self._layouts(erasure)
                deleted = sum(_delete_rows(table, of, erasure.before) for of in layouts)
                self._delete_counts(connection, erasure, layouts)
            self.database.scrub(connection)
            return deleted

    def _layouts(self, erasure: Erasure) -> list[int]:
        return [
            number
            for number, layout in LogReader(self.database).layouts().items()
            if erasure.model in (None, layout.model) and erasure.version in (None, layout.version)
        ]

    def _delete_counts(self, connection: Connection, erasure: Erasure, layouts: list[int]) -> None:
        before = minute_of(erasure.before)
        for number in layouts:
            for statement in statements.DELETE_COUNTS:
                connection.execute(self.database.spell(statement), (number, before))
        if erasure.model is None:
            connection.execute(self.database.spell(statements.DELETE_LOSSES), (before,))


def _delete_rows(table: BlockTable, layout: int, before: float) -> int:
    """How many rows of a layout were deleted: all that were answered before."""
    deleted = 0
    while (found := table.delete_old(layout, before, CHUNK_BLOCKS))[0]:
        deleted += found[1]
    return deleted + table.shorten_old(layout, before)


def _check(erasure: Erasure) -> None:
    """Raises unless something is named, and what is named goes together."""
    others = (erasure.model, erasure.version, None if erasure.before == FOREVER else "")
    named = [other for other in others if other is not None]
    if erasure.request_id and named:
        raise StorageError(
            "What is to be deleted must be a request, or else a model or an age. Got both.",
            "Delete the request by its id alone.",
        )
    if not erasure.request_id and not named:
        raise StorageError(
            "What is to be deleted must be named: a request, a model or an age. Got none of them.",
        )
    if erasure.version is not None and erasure.model is None:
        raise StorageError("A version must be one of a model. Got no model.")
