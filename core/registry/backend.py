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
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from core.registry.artifacts import MANIFEST_FILE, MODEL_FOLDER, Manifest, read_manifest
from core.registry.database import connect, database_path, local_path, registry_errors
from core.registry.history import as_iso, next_key
from core.registry.words import CHAMPION, NAME_PATTERN, Change, Version
from core.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

EXPERIMENT = "slipway"
MANIFEST_TAG = "slipway.manifest_sha256"
METRICS_TAG = "slipway.metrics"


@dataclass(frozen=True)
class Model:
    """A registered model: its aliases, and the tags that hold its history."""

    name: str
    aliases: Mapping[str, int]
    tags: Mapping[str, str]

    @property
    def champion(self) -> int | None:
        """The number of the version that answers."""
        return self.aliases.get(CHAMPION)


class Backend:
    """MLflow as the registry sees it.

    Parameters
    ----------
    settings
        Say where the tracking server or database is.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

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
        found = self._unless_missing(lambda: self.client.get_registered_model(name))
        return found and _model(found)

    def all_models(self) -> list[Model]:
        """Every model on the server, also those of other tools."""
        with registry_errors(self.settings):
            return [_model(item) for item in _every_page(self.client.search_registered_models)]

    def find_version(self, model: Model, number: int) -> Version | None:
        """The version of this number, or None."""
        found = self._unless_missing(lambda: self.client.get_model_version(model.name, str(number)))
        return found and _version(found, model)

    def find_versions(self, models: list[Model]) -> list[Version]:
        """The versions of these models, newest first within each."""
        by_name = {model.name: model for model in models}
        query = f"name = '{models[0].name}'" if len(models) == 1 else None
        with registry_errors(self.settings):
            found = _every_page(self.client.search_model_versions, query)
        versions = [_version(item, by_name[item.name]) for item in found if item.name in by_name]
        return sorted(versions, key=lambda version: (version.name, -version.version))

    def move_champion(self, model: Model, change: Change) -> None:
        """Records the change and moves the alias; neither when one of them fails."""
        key = next_key(model.tags)
        with registry_errors(self.settings), ExitStack() as undo:
            self.client.set_registered_model_tag(
                model.name, key, msgspec.json.encode(change).decode()
            )
            undo.callback(self._quietly, self.client.delete_registered_model_tag, model.name, key)
            self.client.set_registered_model_alias(model.name, CHAMPION, str(change.to_version))
            undo.pop_all()

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
            if self.find_model(name) is None:
                self.client.create_registered_model(name)
                undo.callback(self._quietly, self.client.delete_registered_model, name)
            run = self._store_run(name, folder, kept, undo)
            found = self.client.create_model_version(
                name,
                f"{run.info.artifact_uri}/{MODEL_FOLDER}",
                run.info.run_id,
                {**tags, **own_tags},
                description=description or None,
            )
            undo.pop_all()
        return int(found.version)

    @contextmanager
    def opened(self, version: Version, filename: str) -> Iterator[tuple[Path, Manifest]]:
        """The local path of one of a version's files and the checked manifest; the file is not checked.

        Raises
        ------
        ArtifactError
            When the manifest is missing, changed or foreign.
        """
        with registry_errors(self.settings), ExitStack() as stack:
            folder = self._folder(version)
            if folder is None and version.manifest_sha256:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                for name in {MANIFEST_FILE, filename}:
                    self.client.download_artifacts(
                        version.run_id, f"{MODEL_FOLDER}/{name}", str(folder)
                    )
                folder /= MODEL_FOLDER
            folder = folder or Path()
            manifest = read_manifest(folder / MANIFEST_FILE, version.manifest_sha256, version.title)
            yield folder / filename, manifest

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
        self.client.set_terminated(run.info.run_id)
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
    number = int(item.version)
    own = {MANIFEST_TAG, METRICS_TAG}
    return Version(
        name=item.name,
        version=number,
        created_at=as_iso(item.creation_timestamp / 1000),
        aliases=tuple(sorted(alias for alias, to in model.aliases.items() if to == number)),
        description=item.description or "",
        tags={key: value for key, value in item.tags.items() if key not in own},
        metrics=msgspec.json.decode(item.tags.get(METRICS_TAG, "{}"), type=dict[str, float]),
        source=item.source,
        run_id=item.run_id or "",
        manifest_sha256=item.tags.get(MANIFEST_TAG, ""),
    )


def _every_page(search: Callable[..., Any], query: str | None = None) -> list[Any]:
    found, token = [], None
    while True:
        page = search(filter_string=query, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return found
