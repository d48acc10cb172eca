"""Where the prediction log is kept: SQLite, or PostgreSQL; everything that they do otherwise is here."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from core.errors import StorageError, first_line
from core.serving.prediction_log.schema import migrate
from core.settings import Settings
from core.storage import storage_errors

DISK_FULL, AWAY = "disk full", "database away"
"""Why a database takes nothing for now."""

BUSY_SECONDS = 5
"""How long one writer waits for another."""

CONNECT_SECONDS = 5
"""How long a PostgreSQL may take to answer before it counts as away."""


class Unavailable(StorageError):
    """The database takes nothing for now; the same may go well later.

    Parameters
    ----------
    reason
        `DISK_FULL` or `AWAY`.
    message, hint
        As in `StorageError`.
    """

    def __init__(self, reason: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.reason = reason


class Cursor(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchall(self) -> list[Any]:
        """The rows found, of values that the statement knows."""


class Connection(Protocol):
    """An open database, used by one thread; each statement is a transaction unless `transaction` says else."""

    def execute(self, sql: str, values: Any = ..., /) -> Any:
        """The result of a statement of the database's own spelling."""

    def cursor(self) -> Any:
        """What executes one statement with many values: `executemany`."""

    def close(self) -> None:
        """Lets go of it."""


class Database(Protocol):
    """A place for the prediction log. Errors of its driver come out as `Unavailable` where `guarded` says so."""

    @property
    def title(self) -> str:
        """What people call it, without a password."""

    def exists(self) -> bool:
        """Whether there may be anything to read."""

    def connect(self) -> Connection:
        """A connection to a database with the present schema, which is made where there is none."""

    def is_lost(self, connection: Connection) -> bool:
        """Whether what the connection writes to is no longer the database."""

    def spell(self, sql: str) -> str:
        """A statement of `statements` as this database wants it."""

    def transaction(self, connection: Connection) -> Any:
        """A block of statements that count together or not at all."""

    def lock_schema(self, connection: Connection) -> None:
        """Makes other processes wait with changes of the tables until the transaction ends."""

    def scrub(self, connection: Connection) -> None:
        """Takes what was deleted out of the database's files, as far as the database can."""

    def guarded(self) -> Any:
        """A block whose refusals come out as `Unavailable`, and anything else as it is."""

    def size_bytes(self, connection: Connection) -> int:
        """How large the log is on disk."""


def open_database(settings: Settings) -> Database:
    """The place that these settings name; nothing is opened yet."""
    if settings.database_url:
        return PostgresDatabase(settings.database_url)
    return SqliteDatabase(settings.predictions_db)


class _SqlDatabase:
    """What the two databases do alike, in words of their own."""

    WORDS: Mapping[str, str]
    """The spelling of what stands in braces in a statement."""
    MARK: str
    """Stands for a value in a statement."""
    SETUP: tuple[str, ...] = ()
    """Statements for a new connection."""
    BEGIN = "BEGIN"

    def connect(self) -> Connection:
        """A connection to a database with the present schema, which is made where there is none."""
        connection = self._open()
        try:
            for statement in self.SETUP:
                connection.execute(statement)
            migrate(self, connection)  # type: ignore[arg-type]  # each of the two is a Database
        except BaseException:
            connection.close()
            raise
        return connection

    def _open(self) -> Connection:
        """A connection to whatever is there."""
        raise NotImplementedError

    def spell(self, sql: str) -> str:
        """The statement in the database's words, with its marks."""
        for word, spelling in self.WORDS.items():
            sql = sql.replace(f"{{{word}}}", spelling)
        return sql.replace("?", self.MARK)

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[None]:
        """A block of statements that count together or not at all."""
        connection.execute(self.BEGIN)
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(Exception):  # a full disk has rolled back by itself, a lost server too
                connection.execute("ROLLBACK")
            raise


class SqliteDatabase(_SqlDatabase):
    """A file that several processes write to at the same time.

    Parameters
    ----------
    path
        The file; it is made with its folder when it is first connected to.
    """

    WORDS = {
        "row_number": "INTEGER PRIMARY KEY",
        "whole": "INTEGER",
        "real": "REAL",
        "bytes": "BLOB",
        "clustered": "WITHOUT ROWID",
        "holds": "instr(id_numbers, ?) > 0",
        "locked": "",
    }
    MARK = "?"
    BEGIN = "BEGIN IMMEDIATE"  # holds the one right to write from its beginning

    FREED_PAGES = 1_000
    """Pages that are given back at a time, so that others can write in between."""

    SETUP = (
        f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
        "PRAGMA auto_vacuum = INCREMENTAL",  # before anything else is written
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = NORMAL",  # a power cut may cost the last moment, never the database
        "PRAGMA secure_delete = ON",  # what is deleted is overwritten
        "PRAGMA wal_autocheckpoint = 4000",  # 16 MB: fewer, longer writes
        "PRAGMA journal_size_limit = 67108864",
    )

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def title(self) -> str:
        """The file's name and folder."""
        return f"{self.path.name} in {self.path.parent}"

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def _open(self) -> Connection:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )

    def is_lost(self, connection: Connection) -> bool:
        """Whether the file was moved or deleted: writing to it would go well, and be lost."""
        try:
            there = os.stat(self.path)
        except OSError:
            return True
        return there.st_ino != self._inode(connection)

    def _inode(self, connection: Connection) -> int:
        # Remembered on first use, right after connecting.
        if self._seen is None or self._seen[0] is not connection:
            self._seen = (connection, os.stat(self.path).st_ino)
        return self._seen[1]

    _seen: tuple[Connection, int] | None = None

    def lock_schema(self, connection: Connection) -> None:
        """Nothing: a transaction here keeps all others from writing anyway."""

    def scrub(self, connection: Connection) -> None:
        """Brings the deletion from the journal into the file, and gives free pages back.

        `secure_delete` overwrote what was deleted, but its pages may still stand in the journal as they
        were before: a checkpoint empties it, once no reader needs it any more.
        """
        free, before = _count_free(connection), 0
        while free and free != before:  # a file of another make gives none back
            # As a script: a statement would stop after its first page.
            connection.executescript(f"PRAGMA incremental_vacuum({self.FREED_PAGES})")  # type: ignore[attr-defined]
            free, before = _count_free(connection), free
        with suppress(sqlite3.OperationalError):  # a reader that does not end is no reason to fail
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """A block whose refusals come out as `Unavailable`."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError):
            raise
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL:
                raise Unavailable(
                    DISK_FULL,
                    f"The disk that holds {self.path.parent} is full.",
                    "Free some space, keep predictions for fewer days, or keep a share of them.",
                ) from error
            raise Unavailable(
                AWAY,
                f"{self.title} cannot be used. SQLite says: {first_line(error)}.",
                "Look whether the file can be written, and move it away if it is damaged.",
            ) from error
        except StorageError as error:
            raise Unavailable(AWAY, error.message, error.hint) from error

    def size_bytes(self, connection: Connection) -> int:
        """Of the file and its journal."""
        journal = self.path.with_name(f"{self.path.name}-wal")
        return sum(file.stat().st_size for file in (self.path, journal) if file.exists())


def _count_free(connection: Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchall()[0][0])


class PostgresDatabase(_SqlDatabase):
    """Tables in a PostgreSQL that several machines share.

    Parameters
    ----------
    url
        `postgresql://user:password@host/database`.
    """

    WORDS = {
        "row_number": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "whole": "BIGINT",
        "real": "DOUBLE PRECISION",
        "bytes": "BYTEA",
        "clustered": "",
        "holds": "position(? IN id_numbers) > 0",
        "locked": "FOR UPDATE",
    }
    MARK = "%s"

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def title(self) -> str:
        """The database's name and host."""
        parts = urlsplit(self._url)
        return f"PostgreSQL {parts.path.lstrip('/')} on {parts.hostname or 'this machine'}"

    def exists(self) -> bool:
        """Always, as far as one knows without asking."""
        return True

    def _open(self) -> Connection:
        try:
            import psycopg
        except ImportError as error:
            raise Unavailable(
                AWAY,
                "DATABASE_URL names a PostgreSQL, and its driver psycopg is not installed.",
                'Install it: pip install "psycopg[binary]".',
            ) from error
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="slipway",
            tcp_user_timeout=10_000,
            options="-c statement_timeout=60s",
        )

    def is_lost(self, connection: Connection) -> bool:
        """Never: a statement on a connection that is gone fails by itself."""
        return False

    def lock_schema(self, connection: Connection) -> None:
        """Takes a lock that lasts until the transaction ends."""
        connection.execute("LOCK TABLE prediction_schema IN EXCLUSIVE MODE")

    def scrub(self, connection: Connection) -> None:
        """Frees what was deleted for new rows; PostgreSQL overwrites it when it needs the place."""
        connection.execute("VACUUM prediction_blocks")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """A block whose refusals come out as `Unavailable`."""
        try:
            import psycopg
        except ImportError:
            yield  # `connect` says what to do
            return
        try:
            yield
        except (psycopg.DataError, psycopg.IntegrityError):
            raise
        except psycopg.errors.DiskFull as error:
            raise Unavailable(
                DISK_FULL,
                f"The disk of {self.title} is full.",
                "Free some space there, keep predictions for fewer days, or keep a share of them.",
            ) from error
        except psycopg.Error as error:
            # Without the cause, whose text may hold the address with its password.
            raise Unavailable(
                AWAY,
                f"{self.title} cannot be used. It says: {self._without_password(first_line(error))}",
                "Look whether it runs and whether DATABASE_URL is right.",
            ) from None

    def _without_password(self, text: str) -> str:
        password = urlsplit(self._url).password
        text = text.replace(password, "…") if password else text
        return re.sub(r"postgresql://\S+", "…", text)

    def size_bytes(self, connection: Connection) -> int:
        """Of all tables with their indexes."""
        sql = """SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
            WHERE relkind = 'r' AND relname LIKE 'prediction\\_%'"""
        return int(connection.execute(sql).fetchall()[0][0])
