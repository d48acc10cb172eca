"""MLflow's tables in a local SQLite database, read and changed without MLflow.

Importing MLflow and SQLAlchemy takes seconds and 190 MB, which a process that only answers predictions, a page or
a roll back need not wait for. Only databases whose tables are known here are spoken to in this way; any other one
is left to MLflow.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from core.registry.history import as_iso
from core.registry.words import Model, Version

KNOWN_REVISIONS = ("dc11669786a5",)
"""The states of MLflow's migrations whose tables are as they are used here: that of MLflow 3.17."""

READ_SECONDS = 5.0
"""How long a reading waits for a change to be complete."""

WRITE_SECONDS = 60.0

DELETED = "Deleted_Internal"
"""The stage in which MLflow keeps versions that were deleted."""


class UnknownTables(Exception):
    """The database was made by an MLflow whose tables are not known here."""


class LocalTables:
    """The registered models in a SQLite database.

    Each call may be made from any thread and sees the present state, also where another file took the database's
    place. What reads keeps its connection for the next reading: a new one first parses MLflow's whole schema,
    which takes milliseconds, a hundred times as long as the reading.

    Parameters
    ----------
    path
        Of the database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # By process: one that was forked must not touch what it inherited, not even to close it.
        self._kept: dict[int, _Kept] = {}
        weakref.finalize(self, _close_kept, self._kept)

    def models(self) -> list[Model]:
        """Every model, in the order of their names; prompts, which MLflow keeps there too, are none.

        Raises
        ------
        UnknownTables
            As every call does.
        """
        return list(self._look(_models()).models.values())

    def model(self, name: str) -> Model | None:
        """The model of this name, or None."""
        return self._look(_models(name), name).models.get(name)

    def versions(self, model: Model | None = None) -> list[Version]:
        """The versions of one model or of all, newest first within each."""
        # Together with the models, so that their aliases are of the same moment.
        name = None if model is None else model.name
        return self._look(_versions(name), name).versions

    def version(self, model: Model, number: int) -> Version | None:
        """The version of this number, or None."""
        found = self._look(_versions(model.name, number), model.name, number).versions
        return found[0] if found else None

    def move_alias(
        self, name: str, alias: str, version: int | None, tags: Mapping[str, str]
    ) -> None:
        """Points the alias to the version, or to none, and adds the tags to the model: both or neither.

        Raises
        ------
        sqlite3.IntegrityError
            When one of the tags is there already: none is ever written over.
        """
        key = {"name": name, "alias": alias, "version": version}
        with self._opened(WRITE_SECONDS) as database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT INTO registered_model_tags (workspace, name, key, value)"
                " VALUES ('default', ?, ?, ?)",
                [(name, tag, value) for tag, value in tags.items()],
            )
            database.execute(
                "DELETE FROM registered_model_aliases"
                " WHERE workspace = 'default' AND name = :name AND alias = :alias",
                key,
            )
            if version is not None:
                database.execute(
                    "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
                    " VALUES ('default', :name, :alias, :version)",
                    key,
                )
            database.execute("COMMIT")

    def set_tag(self, name: str, key: str, value: str) -> None:
        """Gives the model a tag, in place of the one that has this key."""
        with self._opened(WRITE_SECONDS) as database:
            database.execute(
                "INSERT OR REPLACE INTO registered_model_tags (workspace, name, key, value)"
                " VALUES ('default', ?, ?, ?)",
                (name, key, value),
            )

    def unfinished_runs(self) -> set[str]:
        """The ids of the MLflow runs that began to register a version and have none."""
        with self._opened(READ_SECONDS) as database:
            found = database.execute(
                "SELECT run_uuid FROM runs WHERE status = 'RUNNING' AND run_uuid NOT IN"
                " (SELECT run_id FROM model_versions WHERE run_id IS NOT NULL)"
            )
            return {run for (run,) in found}

    def end_run(self, run_id: str) -> None:
        """Marks an MLflow run as killed and deleted."""
        with self._opened(WRITE_SECONDS) as database:
            database.execute(
                "UPDATE runs SET status = 'KILLED', lifecycle_stage = 'deleted' WHERE run_uuid = ?",
                (run_id,),
            )

    def _look(self, query: str, name: str | None = None, number: int | None = None) -> _Snapshot:
        with self._reading() as database:
            try:
                # Taken to its end: a statement that has not ended keeps everybody from writing.
                (row,) = database.execute(query, {"name": name, "number": number})
            except sqlite3.OperationalError as error:
                if "no such" not in str(error):
                    raise
                raise UnknownTables from error
        _check_revision(row[0])
        return _Snapshot(*row[1:])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection that is kept; a new one where another thread has it, or where it is to another file."""
        process, file = os.getpid(), _identify(self.path)
        kept = self._kept.pop(process, None)
        if kept is not None and kept.file != file:
            kept.database.close()
            kept = None
        kept = kept or _Kept(_connect(self.path, READ_SECONDS), file)
        with ExitStack() as stack:
            stack.callback(kept.database.close)
            yield kept.database
            # Not where the reading failed: whatever is wrong with the connection ends with it.
            if self._kept.setdefault(process, kept) is kept:
                stack.pop_all()

    @contextmanager
    def _opened(self, seconds: float) -> Iterator[sqlite3.Connection]:
        with closing(_connect(self.path, seconds)) as database:
            _check_revision(database.execute(f"SELECT {_REVISION}").fetchone()[0])
            yield database


class _Kept(NamedTuple):
    """A connection, and which file it is to."""

    database: sqlite3.Connection
    file: tuple[int, int] | None


def _close_kept(kept: dict[int, _Kept]) -> None:
    found = kept.pop(os.getpid(), None)
    if found is not None:
        found.database.close()


def _identify(path: Path) -> tuple[int, int] | None:
    """Which file is there now, whatever its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connect(path: Path, seconds: float) -> sqlite3.Connection:
    # Also to read one needs to be able to write: what a killed process left half done is undone by the next one
    # that looks at the database.
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=seconds,
        isolation_level=None,
        check_same_thread=False,
    )


# Each reading is one statement with one row, whatever there is to read: it sees one moment, and a thread of a busy
# server has to wait its turn once, not once for each row.

_REVISION = "(SELECT json_group_array(version_num) FROM alembic_version)"


def _models(name: str | None = None) -> str:
    """The query for the models, or for that of this name."""
    chosen = _chosen(name)
    return f"""
SELECT {_REVISION},
    (SELECT json_group_array(name) FROM registered_models WHERE {chosen}),
    (SELECT json_group_array(json_array(name, key, coalesce(value, '')))
        FROM registered_model_tags WHERE {chosen}),
    (SELECT json_group_array(json_array(name, alias, version))
        FROM registered_model_aliases WHERE {chosen})
"""


def _versions(name: str | None = None, number: int | None = None) -> str:
    """The query for the models and their versions, or for those of this name and number."""
    chosen = _chosen(name, number)
    return f"""
{_models(name)},
    (SELECT json_group_array(json_array(name, version, coalesce(creation_time, 0),
            coalesce(description, ''), coalesce(source, ''), coalesce(run_id, '')))
        FROM model_versions WHERE {chosen} AND coalesce(current_stage, '') != '{DELETED}'),
    (SELECT json_group_array(json_array(name, version, key, coalesce(value, '')))
        FROM model_version_tags WHERE {chosen})
"""


def _chosen(name: str | None, number: int | None = None) -> str:
    # One condition for all cases, `:name IS NULL OR …`, would have SQLite read every row: it could use no index.
    of_name = "" if name is None else " AND name = :name"
    of_number = "" if number is None else " AND version = :number"
    return f"workspace = 'default'{of_name}{of_number}"


class _Snapshot:
    """What one reading found, as arrays in JSON.

    Parameters
    ----------
    names, tags, aliases
        Of models.
    versions, version_tags
        Of versions; left out where only models were asked for.
    """

    def __init__(
        self, names: str, tags: str, aliases: str, versions: str = "[]", version_tags: str = "[]"
    ) -> None:
        self.models = _build_models(
            msgspec.json.decode(names, type=list[str]),
            msgspec.json.decode(tags, type=list[tuple[str, str, str]]),
            msgspec.json.decode(aliases, type=list[tuple[str, str, int]]),
        )
        self.versions = _build_versions(
            self.models,
            msgspec.json.decode(versions, type=list[tuple[str, int, int, str, str, str]]),
            msgspec.json.decode(version_tags, type=list[tuple[str, int, str, str]]),
        )


def _check_revision(found: str) -> None:
    revisions = msgspec.json.decode(found, type=list[str])
    if len(revisions) != 1 or revisions[0] not in KNOWN_REVISIONS:
        raise UnknownTables


def _build_models(
    names: list[str],
    tag_rows: list[tuple[str, str, str]],
    alias_rows: list[tuple[str, str, int]],
) -> dict[str, Model]:
    """The models by name, in its order."""
    tags: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name, key, value in tag_rows:
        tags[name][key] = value
    aliases: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, alias, version in alias_rows:
        aliases[name][alias] = version
    return {
        name: Model(name, dict(aliases[name]), dict(tags[name]))
        for name in sorted(names)
        if tags[name].get("mlflow.prompt.is_prompt", "").lower() != "true"
    }


def _build_versions(
    models: Mapping[str, Model],
    rows: list[tuple[str, int, int, str, str, str]],
    tag_rows: list[tuple[str, int, str, str]],
) -> list[Version]:
    tags: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for name, version, key, value in tag_rows:
        tags[name, version][key] = value
    return [
        models[name].version(
            version,
            created_at=as_iso(created / 1000),
            description=description,
            tags=tags[name, version],
            source=source,
            run_id=run_id,
        )
        for name, version, created, description, source, run_id in sorted(
            rows, key=lambda row: (row[0], -row[1])
        )
        if name in models
    ]


class ChangeWatch:
    """Tells whether a database has changed, in microseconds; to be used by one thread.

    Parameters
    ----------
    path
        Of the database, which may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: sqlite3.Connection | None = None
        self._seen: tuple[tuple[int, int] | None, int] | None = None

    def has_changed(self) -> bool:
        """Whether anybody changed it since this was last asked; True too where that cannot be told."""
        try:
            seen = (_identify(self.path), self._version())
        except sqlite3.Error:
            self.close()
            return True
        if seen == self._seen:
            return False
        if self._seen is not None and self._seen[0] != seen[0]:
            self.close()  # another file took its place: what is open is the old one
            return True
        self._seen = seen
        return True

    def close(self) -> None:
        """Lets go of the database."""
        if self._database is not None:
            self._database.close()
        self._database = self._seen = None

    def _version(self) -> int:
        if self._database is None:
            self._database = _connect(self.path, 0.1)
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])
