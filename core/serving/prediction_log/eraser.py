"""Rows of the prediction log deleted for good."""

from __future__ import annotations

from msgspec import Struct

from core.errors import StorageError
from core.serving.prediction_log import statements
from core.serving.prediction_log.databases import Connection, Database
from core.serving.prediction_log.reader import FOREVER, LogReader, opened
from core.serving.prediction_log.words import cut_id, id_number, minute_of

CHUNK_ROWS = 5_000
"""Rows that are deleted at a time, so that what is answered meanwhile can be written too."""


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
            return sum(
                int(connection.execute(self.database.spell(sql), values).fetchall()[0][0])
                for sql, values in self._targets(
                    erasure, statements.COUNT_REQUEST, statements.COUNT_ROWS
                )
            )

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
            deleted = 0
            for sql, values in self._targets(
                erasure, statements.DELETE_REQUEST, statements.DELETE_ROWS
            ):
                deleted += self._delete_all(connection, self.database.spell(sql), values)
            if not erasure.request_id:
                self._delete_counts(connection, erasure)
            self.database.scrub(connection)
            return deleted

    def _targets(
        self, erasure: Erasure, of_request: str, of_layout: str
    ) -> list[tuple[str, tuple[object, ...]]]:
        """The statements that this takes, with their values."""
        if erasure.request_id:
            known = cut_id(erasure.request_id)
            return [(of_request, (id_number(known), known))]
        return [(of_layout, (number, erasure.before)) for number in self._layouts(erasure)]

    def _layouts(self, erasure: Erasure) -> list[int]:
        return [
            number
            for number, layout in LogReader(self.database).layouts().items()
            if erasure.model in (None, layout.model) and erasure.version in (None, layout.version)
        ]

    def _delete_all(self, connection: Connection, sql: str, values: tuple[object, ...]) -> int:
        deleted = 0
        while found := connection.execute(sql, (*values, CHUNK_ROWS)).rowcount:
            deleted += found
        return deleted

    def _delete_counts(self, connection: Connection, erasure: Erasure) -> None:
        before = minute_of(erasure.before)
        for number in self._layouts(erasure):
            for statement in statements.DELETE_COUNTS:
                connection.execute(self.database.spell(statement), (number, before))
        if erasure.model is None:
            connection.execute(self.database.spell(statements.DELETE_LOSSES), (before,))


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
