"""The few things the registry asks of MLflow, in the registry's own words.

Only the client is used, never MLflow's global state (active run, tracking address), because pages,
API and command line share a process or a database.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from core.registry.artifacts import MANIFEST_FILE, MODEL_FOLDER, Manifest, read_manifest
from core.registry.database import (
    connect,
    database_path,
    disk_errors,
    local_path,
    registry_errors,
    table_errors,
)
from core.registry.history import as_iso, next_key
from core.registry.tables import LocalTables, UnknownTables
from core.registry.words import MANIFEST_TAG, METRICS_TAG, NAME_PATTERN, Change, Model, Version
from core.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

EXPERIMENT = "slipway"

Found = TypeVar("Found")


class Backend:
    """MLflow as the registry sees it.

    A local database whose tables are known is read, and its aliases are moved, without MLflow.

    Parameters
    ----------
    settings
        Say where the tracking server or database is.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        path = database_path(settings)
        self._tables = None if path is None else LocalTables(path)

    @cached_property
    def client(self) -> MlflowClient:
        """Made at the first use: importing MLflow takes seconds."""
        return connect(self.settings)

    @property
    def is_unborn(self) -> bool:
        """Whether the local database was not made yet, so that nothing is registered."""
        path = database_path(self.settings)
        return path is not None and not path.exists()

    def find_model(self, name: str) -> Model | None:
        """The model of this name, or None."""
        if not NAME_PATTERN.fullmatch(name):
            return None

        def ask() -> Model | None:
            found = self._unless_missing(lambda: self.client.get_registered_model(name))
            return found and _model(found)

        return self._in_tables(lambda tables: tables.model(name), ask)

    def all_models(self) -> list[Model]:
        """Every model on the server, also those of other tools."""

        def ask() -> list[Model]:
            with registry_errors(self.settings):
                return [_model(item) for item in _every_page(self.client.search_registered_models)]

        return self._in_tables(lambda tables: tables.models(), ask)

    def find_version(self, model: Model, number: int) -> Version | None:
        """The version of this number, or None."""

        def ask() -> Version | None:
            found = self._unless_missing(
                lambda: self.client.get_model_version(model.name, str(number))
            )
            return found and _version(found, model)

        return self._in_tables(lambda tables: tables.version(model, number), ask)

    def find_versions(self, models: list[Model]) -> list[Version]:
        """The versions of these models, newest first within each."""
        one = models[0] if len(models) == 1 else None

        def ask() -> list[Version]:
            by_name = {model.name: model for model in models}
            query = f"name = '{one.name}'" if one else None
            with registry_errors(self.settings):
                found = _every_page(self.client.search_model_versions, query)
            versions = [
                _version(item, by_name[item.name]) for item in found if item.name in by_name
            ]
            return sorted(versions, key=lambda version: (version.name, -version.version))

        return self._in_tables(lambda tables: tables.versions(one), ask)

    def move_alias(self, model: Model, changes: list[Change]) -> None:
        """Records the changes and moves the alias as the last of them says; neither when one of them fails."""
        tags: dict[str, str] = {}
        for change in changes:
            tags[next_key(model.tags | tags)] = msgspec.json.encode(change).decode()
        alias, version = changes[-1].alias, changes[-1].to_version

        def ask() -> None:
            with registry_errors(self.settings), ExitStack() as undo:
                for key, value in tags.items():
                    self.client.set_registered_model_tag(model.name, key, value)
                    remove = self.client.delete_registered_model_tag
                    undo.callback(self._quietly, remove, model.name, key)
                if version is None:
                    self.client.delete_registered_model_alias(model.name, alias)
                else:
                    self.client.set_registered_model_alias(model.name, alias, str(version))
                undo.pop_all()

        self._in_tables(lambda tables: tables.move_alias(model.name, alias, version, tags), ask)

    def set_tag(self, model: Model, key: str, value: str) -> None:
        """Gives the model a tag, in place of the one that has this key."""

        def ask() -> None:
            with registry_errors(self.settings):
                self.client.set_registered_model_tag(model.name, key, value)

        self._in_tables(lambda tables: tables.set_tag(model.name, key, value), ask)

    def add_version(
        self,
        name: str,
        folder: Path,
        manifest_sha256: str,
        tags: Mapping[str, str],
        metrics: Mapping[str, float],
        description: str,
    ) -> int:
        """The number of a new version made of this folder, which is moved away; nothing is left on failure."""
        kept = {key: float(value) for key, value in metrics.items() if math.isfinite(value)}
        own_tags = {MANIFEST_TAG: manifest_sha256, METRICS_TAG: msgspec.json.encode(kept).decode()}
        with registry_errors(self.settings), ExitStack() as undo:
            run = self._store_run(name, folder, kept, undo)
            if self.find_model(name) is None:
                self.client.create_registered_model(name)
                undo.callback(self._quietly, self.client.delete_registered_model, name)
            found = self.client.create_model_version(
                name,
                f"{run.info.artifact_uri}/{MODEL_FOLDER}",
                run.info.run_id,
                {**tags, **own_tags},
                description=description or None,
            )
            undo.pop_all()
            # Last: a run that still goes on without a version is what a killed process left; see `sweep`.
            self.client.set_terminated(run.info.run_id)
        return int(found.version)

    @contextmanager
    def opened(self, version: Version, filename: str) -> Iterator[tuple[Path, Manifest]]:
        """The local path of one of a version's files and the checked manifest; the file is not checked.

        Raises
        ------
        ArtifactError
            When the manifest is missing, changed or foreign.
        """
        with ExitStack() as stack:
            folder = self._folder(version)
            if folder is None and version.manifest_sha256:
                stack.enter_context(registry_errors(self.settings))
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                for name in {MANIFEST_FILE, filename}:
                    self.client.download_artifacts(
                        version.run_id, f"{MODEL_FOLDER}/{name}", str(folder)
                    )
                folder /= MODEL_FOLDER
            stack.enter_context(disk_errors(self.settings))
            folder = folder or Path()
            manifest = read_manifest(folder / MANIFEST_FILE, version.manifest_sha256, version.title)
            yield folder / filename, manifest

    def size_bytes(self, version: Version) -> int:
        """How much a version's files take on this machine; 0 when they are elsewhere."""
        folder = self._folder(version)
        if folder is None or not folder.is_dir():
            return 0
        return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())

    def _folder(self, version: Version) -> Path | None:
        """Where a version's files are on this machine; None when they are elsewhere."""
        folder = local_path(version.source)
        if folder is None:
            return None
        # The home folder may have been moved or copied: the end of the path stays the same.
        own = self.settings.artifacts_dir.joinpath(*folder.parts[-3:])
        return own if own.exists() else folder

    def _store_run(
        self, name: str, folder: Path, metrics: Mapping[str, float], undo: ExitStack
    ) -> Run:
        from mlflow.entities import Metric

        run = self.client.create_run(self._experiment_id(), run_name=name)
        undo.callback(self._discard_run, run)
        target = local_path(run.info.artifact_uri)
        if target is None:
            self.client.log_artifacts(run.info.run_id, str(folder), MODEL_FOLDER)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.move(folder, target / MODEL_FOLDER)
        when = run.info.start_time
        self.client.log_batch(
            run.info.run_id, [Metric(key, value, when, 0) for key, value in metrics.items()]
        )
        return run

    def _discard_run(self, run: Run) -> None:
        target = local_path(run.info.artifact_uri)
        if target is not None:
            # Files go first: on a full disk the database can only write when they are gone.
            shutil.rmtree(target.parent, ignore_errors=True)
        self._quietly(self.client.delete_run, run.info.run_id)

    def _experiment_id(self) -> str:
        """The MLflow experiment that new runs belong to; another one when the home folder has moved."""
        if database_path(self.settings) is None:
            location, names = None, [EXPERIMENT]
        else:
            location = self.settings.artifacts_dir.as_uri()
            mark = hashlib.sha256(location.encode()).hexdigest()[:8]
            names = [EXPERIMENT, f"{EXPERIMENT}-{mark}"]
        for name in names:
            found = self.client.get_experiment_by_name(name)
            if found is None:
                return str(self.client.create_experiment(name, location))
            if location in (None, found.artifact_location):
                break
        return str(found.experiment_id)

    def _in_tables(
        self, ask: Callable[[LocalTables], Found], otherwise: Callable[[], Found]
    ) -> Found:
        """What the local tables answer; where there are none that are known here, what MLflow does."""
        if self._tables is None:
            return otherwise()
        try:
            with table_errors(self.settings):
                return ask(self._tables)
        except UnknownTables:
            return otherwise()

    def _unless_missing(self, ask: Callable[[], Any]) -> Any:
        from mlflow.exceptions import MlflowException

        with registry_errors(self.settings):
            try:
                return ask()
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return None
                raise

    def _quietly(self, clean_up: Callable[..., object], *args: str) -> None:
        """Cleaning up after a failure must not hide it by failing too."""
        from mlflow.exceptions import MlflowException

        with suppress(MlflowException, OSError):
            clean_up(*args)


def _model(item: Any) -> Model:
    aliases = {alias: int(number) for alias, number in item.aliases.items()}
    return Model(item.name, aliases, item.tags)


def _version(item: ModelVersion, model: Model) -> Version:
    return model.version(
        int(item.version),
        created_at=as_iso(item.creation_timestamp / 1000),
        description=item.description or "",
        tags=item.tags,
        source=item.source,
        run_id=item.run_id or "",
    )


def _every_page(search: Callable[..., Any], query: str | None = None) -> list[Any]:
    found, token = [], None
    while True:
        page = search(filter_string=query, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return found
