"""MLflow's tables in a local SQLite database, read and changed without MLflow.

Importing MLflow and SQLAlchemy takes seconds and 190 MB, which a process that only answers predictions, a page or
a roll back need not wait for. Only databases whose tables are known here are spoken to in this way; any other one
is left to MLflow.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
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

    Each call opens the database for itself, which takes a tenth of a millisecond, so it may be made from any
    thread and always sees the present state.

    Parameters
    ----------
    path
        Of the database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def models(self) -> list[Model]:
        """Every model, in the order of their names; prompts, which MLflow keeps there too, are none.

        Raises
        ------
        UnknownTables
            As every call does.
        """
        return list(self._look(_MODELS).models.values())

    def model(self, name: str) -> Model | None:
        """The model of this name, or None."""
        return self._look(_MODELS, name).models.get(name)

    def versions(self, model: Model | None = None) -> list[Version]:
        """The versions of one model or of all, newest first within each."""
        # Together with the models, so that their aliases are of the same moment.
        return self._look(_ALL, None if model is None else model.name).versions

    def version(self, model: Model, number: int) -> Version | None:
        """The version of this number, or None."""
        found = self._look(_ALL, model.name, number).versions
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
        with self._opened(READ_SECONDS, is_checked=False) as database:
            try:
                row = database.execute(query, {"name": name, "number": number}).fetchone()
            except sqlite3.OperationalError as error:
                if "no such" not in str(error):
                    raise
                raise UnknownTables from error
        _check_revision(row[0])
        return _Snapshot(*row[1:])

    @contextmanager
    def _opened(self, seconds: float, is_checked: bool = True) -> Iterator[sqlite3.Connection]:
        # Reading needs to be able to write: what a killed process left half done is undone by the next one
        # that opens the database.
        address = f"file:{quote(str(self.path))}?mode=rw"
        with closing(
            sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None)
        ) as database:
            if is_checked:
                _check_revision(database.execute(f"SELECT {_REVISION}").fetchone()[0])
            yield database


# Each reading is one statement with one row, whatever there is to read: it sees one moment, and a thread of a busy
# server has to wait its turn once, not once for each row.

_REVISION = "(SELECT json_group_array(version_num) FROM alembic_version)"

_OF_NAME = "workspace = 'default' AND (:name IS NULL OR name = :name)"
_OF_VERSION = f"{_OF_NAME} AND (:number IS NULL OR version = :number)"

_MODELS = f"""
SELECT {_REVISION},
    (SELECT json_group_array(name) FROM registered_models WHERE {_OF_NAME}),
    (SELECT json_group_array(json_array(name, key, coalesce(value, '')))
        FROM registered_model_tags WHERE {_OF_NAME}),
    (SELECT json_group_array(json_array(name, alias, version))
        FROM registered_model_aliases WHERE {_OF_NAME})
"""

_ALL = f"""
{_MODELS},
    (SELECT json_group_array(json_array(name, version, coalesce(creation_time, 0),
            coalesce(description, ''), coalesce(source, ''), coalesce(run_id, '')))
        FROM model_versions WHERE {_OF_VERSION} AND coalesce(current_stage, '') != '{DELETED}'),
    (SELECT json_group_array(json_array(name, version, key, coalesce(value, '')))
        FROM model_version_tags WHERE {_OF_VERSION})
"""


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
        self._seen: tuple[int, int] | None = None

    def has_changed(self) -> bool:
        """Whether anybody changed it since this was last asked; True too where that cannot be told."""
        try:
            seen = (self.path.stat().st_ino, self._version())
        except (OSError, sqlite3.Error):
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
            address = f"file:{quote(str(self.path))}?mode=rw"
            self._database = sqlite3.connect(address, uri=True, timeout=0.1, isolation_level=None)
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])
