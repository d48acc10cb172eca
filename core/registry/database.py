"""The registry's database: where it is, making it once, speaking to it, and what its refusals mean."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from core.errors import RegistryError, StorageError
from core.settings import Settings
from core.storage import replacing, storage_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient

LOCK_SECONDS = 60
"""A first database takes two to five seconds to make, any other change well under one."""

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nobody's use of this app is reported to anybody
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # MLflow's 7 keep a page waiting for minutes
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # the command line prints JSON there
}
"""Read by MLflow when it is imported; what the operator has set stays."""


def connect(settings: Settings) -> MlflowClient:
    """A client of the tracking server or database that the settings name.

    A local database that does not exist yet is made first.

    Raises
    ------
    RegistryError
        When the address is not one that MLflow understands, or the database has another version.
    StorageError
        When the database cannot be made.
    """
    prepare_database(settings)
    with registry_errors(settings):
        from mlflow import MlflowClient

        return MlflowClient(settings.tracking_uri, settings.tracking_uri)


def prepare_database(settings: Settings) -> None:
    """Makes the registry's local database when there is none; costs a few seconds then, else nothing.

    It is made beside its place and then moved there, so that it is complete as soon as it exists:
    two processes may do this at once, and one may be killed meanwhile.

    Raises
    ------
    StorageError
        When the disk is full or the folder cannot be written.
    """
    path = database_path(settings)
    if path is None or path.exists():
        return
    with registry_lock(settings):
        if path.exists():
            return
        with registry_errors(settings), replacing(path) as temporary:
            from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

            # Alembic tells each of its forty migrations.
            logging.getLogger("alembic").setLevel(logging.WARNING)
            store = SqlAlchemyStore(f"sqlite:///{temporary}", settings.artifacts_dir.as_uri())
            store.engine.dispose()


def database_path(settings: Settings) -> Path | None:
    """The file of a local SQLite database; None when the registry is elsewhere.

    Examples
    --------
    >>> settings = Settings(Path("/data"), "sqlite:////data/registry.db", 1, 1)
    >>> database_path(settings).as_posix()
    '/data/registry.db'
    """
    scheme, _, rest = settings.tracking_uri.partition(":///")
    if not scheme.startswith("sqlite") or not rest:
        return None
    return Path(rest.partition("?")[0])


def local_path(uri: str) -> Path | None:
    """The path that a `file:` address or a bare path names; None for any other address.

    Examples
    --------
    >>> local_path("file:///data/my%20models").as_posix()
    '/data/my models'
    >>> local_path("s3://bucket/models") is None
    True
    """
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(uri) if not parts.scheme else None


@contextmanager
def registry_lock(settings: Settings, seconds: float | None = None) -> Iterator[None]:
    """One change of the registry at a time, among all processes that share this home.

    Raises
    ------
    StorageError
        When another process holds it for so many seconds, a minute where none are given, or the folder cannot be written.
    """
    seconds = LOCK_SECONDS if seconds is None else seconds
    path = settings.home / "registry.lock"
    with disk_errors(settings):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=seconds)
        try:
            lock.acquire()
        except Timeout as error:
            raise StorageError(
                f"The registry must be free within {seconds} seconds. Another process is still "
                "changing it.",
                "Try again. If it stays so, restart the app.",
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def registry_errors(settings: Settings) -> Iterator[None]:
    """Turns the refusals of MLflow, its database and the disk below it into errors of our own tree.

    It also sees to it that MLflow, imported here if nowhere before, is quiet.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with disk_errors(settings):
            yield
    except (MlflowException, SQLAlchemyError) as error:
        raise _translated(settings, error) from error


@contextmanager
def table_errors(settings: Settings) -> Iterator[None]:
    """Turns the refusals of a local database and the disk below it into errors of our own tree."""
    try:
        with disk_errors(settings):
            yield
    except sqlite3.Error as error:
        raise _translated(settings, error) from error


@contextmanager
def disk_errors(settings: Settings) -> Iterator[None]:
    """Turns what goes wrong with the registry's files into a `StorageError`."""
    try:
        with storage_errors(settings.home / "registry.db"):
            yield
    except OSError as error:
        raise StorageError(
            f"The registry's files in {settings.home} could not be read or written: {error}.",
            "Check that the folder is there and that the app's user may write to it.",
        ) from error


def _translated(settings: Settings, error: Exception) -> RegistryError | StorageError:
    """What MLflow meant. SQLite's own words are the only sign of what went wrong there."""
    text = str(error)
    where = database_path(settings) or settings.tracking_uri
    if "disk is full" in text or "No space left" in text:
        return StorageError(
            f"The disk that holds {where} is full.",
            "Nothing that was already saved is lost. Free some space and try again.",
        )
    if "readonly database" in text or "unable to open database" in text:
        return StorageError(
            f"{where} cannot be written.",
            "Give the app's user write permission there, or point SLIPWAY_HOME at another folder.",
        )
    if "database is locked" in text:
        return StorageError(
            f"{where} must be free within seconds. Another program is changing it, or holds it open.",
            "Try again.",
        )
    if "not a database" in text or "malformed" in text:
        return StorageError(
            f"{where} must be a SQLite database. It is damaged.",
            "Restore it from a backup, or move it away to begin with an empty registry.",
        )
    if "out-of-date database schema" in text:
        return RegistryError(
            f"{where} must have the tables of this MLflow version. It was made by another one.",
            "Make a backup of it, then run `mlflow db upgrade` on it with this environment.",
        )
    if "failed with exception" in text or "Connection" in text:
        return RegistryError(
            f"The tracking server {where} does not answer.",
            "Check MLFLOW_TRACKING_URI and that the server is running.",
        )
    return RegistryError(f"The registry refused: {text}")
