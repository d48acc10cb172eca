"""Fitted pipelines as versions of named models, one of them the champion, with a history."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from core.errors import ModelNotFound, PromotionConflict, RegistryError
from core.registry.artifacts import (
    MANIFEST_FILE,
    MODEL_FOLDER,
    PIPELINE_FILE,
    Manifest,
    check_file,
    read_pipeline,
    write_folder,
)
from core.registry.backend import Backend, Model
from core.registry.database import registry_errors, registry_lock
from core.registry.history import now, previous_champion, read_changes
from core.registry.summary import write_summary
from core.registry.words import CHAMPION, Change, ModelSummary, Version, check_name
from core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline


class Registry:
    """The models, their versions and which of them answers.

    MLflow is imported and the database made at the first question that needs them, not before.
    Every reading asks the database, so several processes always see the same state.

    Parameters
    ----------
    settings
        Say where the registry is.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._backend = Backend(settings)

    def models(self) -> list[ModelSummary]:
        """Every model that Slipway registered, in the order of their names."""
        if self._backend.is_unborn:
            return []
        models = {model.name: model for model in self._backend.all_models()}
        if not models:
            return []
        found = self._backend.find_versions(list(models.values()))
        ours = [version for version in found if version.manifest_sha256]
        return [
            _summarise(models[name], list(versions))
            for name, versions in groupby(ours, key=lambda version: version.name)
        ]

    def versions(self, name: str) -> list[Version]:
        """The versions of a model, newest first.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        """
        return self._backend.find_versions([self._model(name)])

    def get(self, name: str, version: int | str | None = None) -> Version:
        """One version of a model: by number, by alias, or the champion.

        Raises
        ------
        ModelNotFound
            When the model, version or alias does not exist.
        """
        return self._version(self._model(name), CHAMPION if version is None else version)

    def champion(self, name: str) -> Version | None:
        """The version that answers, or None when none was promoted.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        """
        model = self._model(name)
        return self._backend.find_version(model, model.champion) if model.champion else None

    def history(self, name: str) -> list[Change]:
        """Every move of the champion, newest first.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        """
        return read_changes(self._model(name).tags)

    def load_pipeline(self, version: Version) -> Pipeline:
        """The fitted pipeline of a version.

        Raises
        ------
        ArtifactError
            When a file of it is missing, changed, foreign, or made with another scikit-learn.
        """
        with self._backend.opened(version, PIPELINE_FILE) as (path, manifest):
            return read_pipeline(path, manifest, version.title)

    def read_file(self, version: Version, filename: str) -> bytes:
        """The content of one file that was registered with a version.

        Raises
        ------
        ArtifactError
            When it is missing or changed, or the version has no such file.
        """
        with self._backend.opened(version, filename) as (path, manifest):
            return check_file(path, manifest, version.title).read_bytes()

    def check_file(self, version: Version, filename: str) -> None:
        """Nothing, when the content of a file is what was registered with a version.

        Raises
        ------
        ArtifactError
            When it is missing or changed, or the version has no such file.
        """
        with self._backend.opened(version, filename) as (path, manifest):
            check_file(path, manifest, version.title)

    def manifest(self, version: Version) -> Manifest:
        """The files of a version and the libraries it was made with.

        Raises
        ------
        ArtifactError
            When it is missing, changed or foreign.
        """
        with self._backend.opened(version, MANIFEST_FILE) as (_, manifest):
            return manifest

    def register(
        self,
        name: str,
        pipeline: Pipeline,
        files: Mapping[str, bytes],
        tags: Mapping[str, str],
        metrics: Mapping[str, float],
        signature_frame: pd.DataFrame,
        description: str = "",
    ) -> Version:
        """A new version of a model, whose name may be new too. It is not promoted.

        Parameters
        ----------
        pipeline
            Fitted.
        files
            What to keep beside it (contract, recipe, card), by file name.
        tags, metrics
            What to keep of it in the registry; the tags `task` and `metric` are shown on the home page.
        signature_frame
            A few rows of features in the data set's types.

        Raises
        ------
        RegistryError
            When the name cannot be used.
        ArtifactError
            When the pipeline could not be loaded again.
        StorageError
            When the disk is full; the registry is then as it was.
        """
        check_name(name)
        with registry_errors(self.settings):
            self.settings.home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.settings.home, prefix=".staging-") as staging:
                folder = Path(staging) / MODEL_FOLDER
                digest = write_folder(folder, pipeline, files, signature_frame)
                _ = self._backend.client  # may make the database, which takes the lock itself
                with registry_lock(self.settings):
                    number = self._backend.add_version(
                        name, folder, digest, tags, metrics, description
                    )
                    self._write_summary()
        return self.get(name, number)

    def promote(
        self,
        name: str,
        version: int,
        *,
        by: str,
        reason: str = "",
        expected: int | None | UnsetType = UNSET,
    ) -> Version:
        """The version, now champion. Promoting the champion again changes nothing.

        Parameters
        ----------
        by
            Who does it, for the history.
        expected
            The champion that the person saw when deciding (None = none); left out = any.

        Raises
        ------
        ModelNotFound
            When the model or version does not exist.
        PromotionConflict
            When the champion is no longer `expected`.
        """
        self._model(name)  # so that a wrong name is told without making a lock in a new home
        with registry_lock(self.settings):
            model = self._model(name)
            if expected is not UNSET and model.champion != expected:
                raise self._conflict(model, expected)
            target = self._version(model, version)
            if not target.is_champion:
                self._move(model, "promote", target.version, by, reason)
        return self.get(name, version)

    def rollback(
        self,
        name: str,
        *,
        by: str,
        reason: str = "",
        expected: int | None | UnsetType = UNSET,
    ) -> Version:
        """The version that was champion before, champion again.

        Parameters
        ----------
        expected
            The champion that the person saw when deciding; left out = any.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        RegistryError
            When there was no other champion before.
        PromotionConflict
            When the champion is no longer `expected`.
        """
        self._model(name)
        with registry_lock(self.settings):
            model = self._model(name)
            if expected is not UNSET and model.champion != expected:
                raise self._conflict(model, expected)
            existing = {version.version for version in self.versions(name)}
            target = previous_champion(read_changes(model.tags), model.champion, existing)
            if target is None:
                now_answers = f"Version {model.champion} was the first"
                raise RegistryError(
                    f"To roll back, {name!r} must have had another champion before. "
                    f"{now_answers if model.champion else 'No version was ever promoted'}.",
                    "Promote the version that should answer instead.",
                )
            self._move(model, "rollback", target, by, reason)
        return self.get(name, target)

    def _model(self, name: str) -> Model:
        if self._backend.is_unborn:
            raise ModelNotFound(name)
        found = self._backend.find_model(name)
        if found is None:
            raise ModelNotFound(name, known=[model.name for model in self.models()])
        return found

    def _version(self, model: Model, asked: int | str) -> Version:
        number = int(asked) if str(asked).isdecimal() else model.aliases.get(str(asked))
        found = None if number is None else self._backend.find_version(model, number)
        if found is None:
            numbers = [version.version for version in self._backend.find_versions([model])]
            raise ModelNotFound(model.name, asked, [*map(str, numbers), *sorted(model.aliases)])
        return found

    def _move(self, model: Model, action: str, target: int, by: str, reason: str) -> None:
        change = Change(now(), by, action, model.champion, target, reason)
        self._backend.move_champion(model, change)
        self._write_summary()

    def _conflict(self, model: Model, expected: int | None) -> PromotionConflict:
        last = next(iter(read_changes(model.tags)), None)
        who = f" {last.by} changed it at {last.at}." if last else ""
        return PromotionConflict(
            f"The champion of {model.name!r} must still be {_spoken(expected)}. "
            f"Now it is {_spoken(model.champion)}.{who}",
            "Look at the versions again, and decide once more.",
        )

    def _write_summary(self) -> None:
        write_summary(self.settings, self.models())


def _summarise(model: Model, versions: list[Version]) -> ModelSummary:
    """`versions` are newest first."""
    champion = next((version for version in versions if version.is_champion), None)
    return ModelSummary(
        name=model.name,
        latest=versions[0],
        versions=len(versions),
        champion=champion,
        promoted_at=_last_move(read_changes(model.tags), champion),
    )


def _last_move(changes: Iterable[Change], champion: Version | None) -> str | None:
    moves = (change.at for change in changes if champion and change.to_version == champion.version)
    return next(moves, None)


def _spoken(number: int | None) -> str:
    return "no version" if number is None else f"version {number}"
