"""MLflow's tables in a local SQLite database, read and changed without MLflow.

Importing MLflow and SQLAlchemy takes seconds and 190 MB, which a process that only answers predictions, a page or
a roll back need not wait for. Only databases whose tables are known here are spoken to in this way; any other one
is left to MLflow.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from core.registry.history import as_iso
from core.registry.words import Model, Version

KNOWN_REVISIONS = ("dc11669786a5",)
"""The states of MLflow's migrations whose tables are as they are used here: that of MLflow 3.17."""

READ_SECONDS = 5.0
"""How long a reading waits for a change to be complete."""

WRITE_SECONDS = 60.0

DELETED = "Deleted_Internal"
"""The stage in which MLflow keeps versions that were deleted."""

Found = TypeVar("Found")


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
        return self._read(lambda database: list(_find_models(database).values()))

    def model(self, name: str) -> Model | None:
        """The model of this name, or None."""
        return self._read(lambda database: _find_models(database, name).get(name))

    def versions(self, model: Model | None = None) -> list[Version]:
        """The versions of one model or of all, newest first within each."""

        def find(database: sqlite3.Connection) -> list[Version]:
            name = None if model is None else model.name
            # Together with the versions, so that their aliases are of the same moment.
            return _find_versions(database, _find_models(database, name), name)

        return self._read(find)

    def version(self, model: Model, number: int) -> Version | None:
        """The version of this number, or None."""
        found = self._read(
            lambda database: _find_versions(database, {model.name: model}, model.name, number)
        )
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
        return self._read(
            lambda database: {
                run
                for (run,) in database.execute(
                    "SELECT run_uuid FROM runs WHERE status = 'RUNNING' AND run_uuid NOT IN"
                    " (SELECT run_id FROM model_versions WHERE run_id IS NOT NULL)"
                )
            }
        )

    def end_run(self, run_id: str) -> None:
        """Marks an MLflow run as killed and deleted."""
        with self._opened(WRITE_SECONDS) as database:
            database.execute(
                "UPDATE runs SET status = 'KILLED', lifecycle_stage = 'deleted' WHERE run_uuid = ?",
                (run_id,),
            )

    def _read(self, ask: Callable[[sqlite3.Connection], Found]) -> Found:
        with self._opened(READ_SECONDS) as database:
            database.execute("PRAGMA query_only = ON")
            database.execute("BEGIN")  # all questions see the same moment
            return ask(database)

    @contextmanager
    def _opened(self, seconds: float) -> Iterator[sqlite3.Connection]:
        # Reading needs to be able to write: what a killed process left half done is undone by the next one
        # that opens the database.
        address = f"file:{quote(str(self.path))}?mode=rw"
        with closing(
            sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None)
        ) as database:
            _check_revision(database)
            yield database


def _check_revision(database: sqlite3.Connection) -> None:
    try:
        found = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise UnknownTables from error
    if len(found) != 1 or found[0][0] not in KNOWN_REVISIONS:
        raise UnknownTables


def _find_models(database: sqlite3.Connection, name: str | None = None) -> dict[str, Model]:
    of_name, values = _condition(name=name)
    names = database.execute(
        f"SELECT name FROM registered_models {of_name} ORDER BY name", values
    ).fetchall()
    tags: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for model, key, value in database.execute(
        f"SELECT name, key, value FROM registered_model_tags {of_name}", values
    ):
        tags[model][key] = value or ""
    aliases: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for model, alias, version in database.execute(
        f"SELECT name, alias, version FROM registered_model_aliases {of_name}", values
    ):
        aliases[model][alias] = int(version)
    return {
        model: Model(model, dict(aliases[model]), dict(tags[model]))
        for (model,) in names
        if tags[model].get("mlflow.prompt.is_prompt", "").lower() != "true"
    }


def _find_versions(
    database: sqlite3.Connection,
    models: Mapping[str, Model],
    name: str | None,
    number: int | None = None,
) -> list[Version]:
    condition, values = _condition(name=name, version=number)
    tags: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for model, version, key, value in database.execute(
        f"SELECT name, version, key, value FROM model_version_tags {condition}", values
    ):
        tags[model, version][key] = value or ""
    found = database.execute(
        "SELECT name, version, creation_time, description, source, run_id FROM model_versions"
        f" {condition} AND coalesce(current_stage, '') != '{DELETED}' ORDER BY name, version DESC",
        values,
    )
    return [
        models[model].version(
            version,
            created_at=as_iso((created or 0) / 1000),
            description=description or "",
            tags=tags[model, version],
            source=source or "",
            run_id=run_id or "",
        )
        for model, version, created, description, source, run_id in found
        if model in models
    ]


def _condition(**wanted: str | int | None) -> tuple[str, list[str | int]]:
    """A condition on these columns, of which None says nothing, and its values."""
    named = {column: value for column, value in wanted.items() if value is not None}
    clauses = ["workspace = 'default'", *(f"{column} = ?" for column in named)]
    return f"WHERE {' AND '.join(clauses)}", list(named.values())
