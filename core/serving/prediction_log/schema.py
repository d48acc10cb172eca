"""The tables of the prediction log, made or brought up to date; several processes may do so at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.errors import StorageError
from core.serving.prediction_log import statements
from core.serving.prediction_log.moving import move_rows

if TYPE_CHECKING:
    from core.serving.prediction_log.databases import Connection, Database

Migration = Sequence[str] | Callable[["Database", "Connection"], bool]
"""Statements, or a function that does a piece of what is to be done, and says whether that was the last."""

MIGRATIONS: tuple[Migration, ...] = (statements.MAKE_TABLES, statements.MAKE_BLOCKS, move_rows)
"""What makes version 1 of the schema, version 2 of version 1, and so on. What was released never changes."""


def migrate(
    database: Database, connection: Connection, migrations: Sequence[Migration] = MIGRATIONS
) -> int:
    """The version of the schema, brought up to the last of the migrations.

    Raises
    ------
    StorageError
        When the database was written by a newer Slipway.
    """
    connection.execute(database.spell(statements.MAKE_SCHEMA_TABLE))
    version = _read_version(connection)
    while version < len(migrations):
        with database.transaction(connection):
            database.lock_schema(connection)
            version = _read_version(connection)  # another process may have been faster
            if version < len(migrations) and _run(migrations[version], database, connection):
                version += 1
                connection.execute(database.spell(statements.WRITE_SCHEMA), (version,))
    if version > len(migrations):
        raise StorageError(
            f"The prediction log must have a schema of version {len(migrations)} or older. Got {version}.",
            "It was written by a newer Slipway: update this one.",
        )
    return version


def _run(migration: Migration, database: Database, connection: Connection) -> bool:
    """Whether a migration is done, of which a piece is done now."""
    if callable(migration):
        return migration(database, connection)
    for statement in migration:
        connection.execute(database.spell(statement))
    return True


def _read_version(connection: Connection) -> int:
    return int(connection.execute(statements.READ_SCHEMA).fetchall()[0][0] or 0)
