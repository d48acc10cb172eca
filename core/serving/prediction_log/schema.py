"""The tables of the prediction log, made or brought up to date; several processes may do so at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import StorageError
from core.serving.prediction_log import statements

if TYPE_CHECKING:
    from core.serving.prediction_log.databases import Connection, Database


def migrate(
    database: Database,
    connection: Connection,
    migrations: Sequence[Sequence[str]] = statements.MIGRATIONS,
) -> int:
    """The version of the schema, brought up to the last of the migrations.

    Raises
    ------
    StorageError
        When the database was written by a newer Slipway.
    """
    connection.execute(database.spell(statements.MAKE_SCHEMA_TABLE))
    version = _read_version(connection)
    if version < len(migrations):
        with database.transaction(connection):
            database.lock_schema(connection)
            # Another process may have been faster.
            for step in migrations[_read_version(connection) :]:
                for statement in step:
                    connection.execute(database.spell(statement))
            connection.execute(database.spell(statements.WRITE_SCHEMA), (len(migrations),))
    if version > len(migrations):
        raise StorageError(
            f"The prediction log must have a schema of version {len(migrations)} or older. Got {version}.",
            "It was written by a newer Slipway: update this one.",
        )
    return len(migrations)


def _read_version(connection: Connection) -> int:
    return int(connection.execute(statements.READ_SCHEMA).fetchall()[0][0] or 0)
