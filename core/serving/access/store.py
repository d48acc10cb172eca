"""Where API keys are kept: a small SQLite database that pages, commands and servers share.

Run-time part.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from core.errors import AccessError, KeyNotFound, StorageError, list_names
from core.serving.access.keys import (
    MANAGE,
    PREDICT,
    SCOPES,
    ApiKey,
    hash_secret,
    make_secret,
    write_token,
)
from core.storage import storage_errors

FORMAT = 1
"""The form of the database, in its `user_version`."""

NAME_LENGTH = 60
WAIT_SECONDS = 5.0
"""How long a writer waits for another one."""

DAY_SECONDS = 24 * 3600.0

SCHEMA = """
CREATE TABLE keys (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    models TEXT NOT NULL,
    requests_per_minute INTEGER,
    created_at REAL NOT NULL,
    expires_at REAL,
    last_used_at REAL,
    revoked_at REAL
)
"""

COLUMNS = (
    "id, number, name, digest, scopes, models, requests_per_minute, created_at, expires_at, "
    "last_used_at, revoked_at"
)


class KeyStore:
    """The keys of a home.

    Safe to share between threads and processes.

    Parameters
    ----------
    path
        The database; it is made with the first key.
    clock
        Seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock

    def create(
        self,
        name: str,
        scopes: Sequence[str] = (PREDICT,),
        models: Sequence[str] = (),
        requests_per_minute: int | None = None,
        expires_days: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and the text to send, which is not kept and can never be shown again.

        Parameters
        ----------
        name, scopes, models, requests_per_minute
            As in `ApiKey`.
        expires_days
            After how many days it is refused; None = never.

        Raises
        ------
        AccessError
            When a choice cannot be used, or the name is taken.
        StorageError
            When the database cannot be written.
        """
        name = name.strip()
        _check_choices(name, scopes, models, requests_per_minute, expires_days)
        key_id, secret = make_secret()
        now = self._clock()
        with self._writing() as database:
            self._check_free(name, database, now)
            database.execute(
                "INSERT INTO keys (id, name, digest, scopes, models, requests_per_minute, created_at, "
                "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key_id,
                    name,
                    hash_secret(secret),
                    ",".join(scope for scope in SCOPES if scope in scopes),
                    ",".join(models),
                    requests_per_minute,
                    now,
                    None if expires_days is None else now + expires_days * DAY_SECONDS,
                ),
            )
            key = _find(database, key_id)
        return key, write_token(key_id, secret)

    def revoke(self, key_id: str) -> ApiKey:
        """The key, which every server refuses within two seconds.

        Raises
        ------
        KeyNotFound
            When there is none of this id.
        StorageError
            When the database cannot be written.
        """
        if not self.path.exists():
            raise KeyNotFound(key_id)
        with self._writing() as database:
            database.execute(
                "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (self._clock(), key_id),
            )
            return _find(database, key_id)

    def list_keys(self) -> list[ApiKey]:
        """All keys that were ever made, the latest first.

        Raises
        ------
        StorageError
            When the database cannot be read.
        """
        if not self.path.exists():
            return []
        with self._reading() as database:
            rows = database.execute(f"SELECT {COLUMNS} FROM keys ORDER BY number DESC")
            return [_read(row) for row in rows]

    def note_uses(self, used_at: Mapping[str, float]) -> None:
        """Notes when keys, by id, were used last.

        Raises
        ------
        StorageError
            When the database cannot be written.
        """
        with self._writing() as database:
            database.executemany(
                "UPDATE keys SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?",
                [(at, key_id, at) for key_id, at in used_at.items()],
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection("rwc") as database:
            database.execute("BEGIN IMMEDIATE")
            if _format_of(database) == 0:
                database.execute(SCHEMA)
                database.execute(f"PRAGMA user_version = {FORMAT}")
            yield database
            database.execute("COMMIT")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._connection("rw") as database:
            if _format_of(database) == FORMAT:
                yield database
            else:  # just being made by somebody else
                yield _empty(database)

    @contextlib.contextmanager
    def _connection(self, mode: str) -> Iterator[sqlite3.Connection]:
        try:
            address = f"{self.path.as_uri()}?mode={mode}"
            with contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
            ) as database:
                _check_format(database, self.path)
                yield database
        except sqlite3.Error as error:
            raise StorageError(
                f"The API keys in {self.path} could not be read or written. The database says: {error}.",
                "Free some space, give the app's user permission there, or restore the file from a backup.",
            ) from error

    def _check_free(self, name: str, database: sqlite3.Connection, now: float) -> None:
        taken = database.execute(
            "SELECT 1 FROM keys WHERE name = ? AND revoked_at IS NULL "
            "AND coalesce(expires_at, ?) >= ?",
            (name, now, now),
        )
        if taken.fetchone():
            raise AccessError(
                f"The name of an API key must be its own. Got {name!r}, which another key has.",
                "Choose another name, or revoke the other key first.",
            )


def _check_choices(
    name: str,
    scopes: Sequence[str],
    models: Sequence[str],
    requests_per_minute: int | None,
    expires_days: int | None,
) -> None:
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise AccessError(
            f"The name of an API key must be a text of 1 to {NAME_LENGTH} characters. Got {name!r}.",
            "Name who or what uses it, for example: web shop.",
        )
    if not scopes or set(scopes) - set(SCOPES):
        raise AccessError(
            f"The scopes of an API key must be of {', '.join(SCOPES)}. Got {list_names(scopes) or 'none'}."
        )
    if any("," in model or not model for model in models):
        raise AccessError(
            f"The models of an API key must be names of models. Got {list_names(models)}."
        )
    if models and MANAGE in scopes:
        raise AccessError(
            "A key that is bound to models must only predict. Got the scope manage too.",
            "Make two keys: one that predicts, one that manages.",
        )
    for what, number in (
        ("The requests per minute of an API key", requests_per_minute),
        ("The days after which an API key expires", expires_days),
    ):
        if number is not None and not 1 <= number <= 1_000_000:
            raise AccessError(f"{what} must be from 1 to 1,000,000. Got {number}.")


def _format_of(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _check_format(database: sqlite3.Connection, path: Path) -> None:
    found = _format_of(database)
    if found > FORMAT:
        raise StorageError(
            f"{path} must have the form {FORMAT} of a list of API keys. It has the form {found}.",
            "A newer version of the app wrote it: update this one.",
        )


def _empty(database: sqlite3.Connection) -> sqlite3.Connection:
    database.execute(SCHEMA.replace("CREATE TABLE", "CREATE TEMPORARY TABLE"))
    return database


def _find(database: sqlite3.Connection, key_id: str) -> ApiKey:
    row = database.execute(f"SELECT {COLUMNS} FROM keys WHERE id = ?", (key_id,)).fetchone()
    if row is None:
        raise KeyNotFound(key_id)
    return _read(row)


def _read(row: tuple) -> ApiKey:
    key_id, number, name, digest, scopes, models, rate, created, expires, used, revoked = row
    return ApiKey(
        id=key_id,
        number=number,
        name=name,
        digest=digest,
        scopes=tuple(scopes.split(",")),
        models=tuple(models.split(",")) if models else (),
        requests_per_minute=rate,
        created_at=created,
        expires_at=expires,
        last_used_at=used,
        revoked_at=revoked,
    )
