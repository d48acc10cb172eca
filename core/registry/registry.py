"""Fitted pipelines as versions of named models, one of them the champion, with a history."""

from __future__ import annotations

import logging
from collections.abc import Mapping
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
from core.registry.backend import Backend
from core.registry.database import database_path, registry_errors, registry_lock
from core.registry.followers import wait_for_followers
from core.registry.history import now, previous_champion, read_changes, unrecorded_move
from core.registry.leftovers import staging_folder
from core.registry.summary import summarise
from core.registry.tables import ChangeWatch
from core.registry.words import (
    CHAMPION,
    MODE_TAG,
    MODES,
    Change,
    Model,
    ModelSummary,
    Version,
    check_alias,
    check_name,
)
from core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

LOG = logging.getLogger(__name__)

MAX_REASON = 1000
"""Characters of a reason: tracking servers take tags of 5,000 bytes."""


class Registry:
    """The models, their versions and which of them answers.

    The database is made at the first registering. MLflow is imported for that, and for a registry that is
    elsewhere, not before. Every reading asks the database, so several processes always see the same state.

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
        models = self._backend.all_models()
        return summarise(models, self._backend.find_versions(models)) if models else []

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
        """Every move of an alias, newest first.

        What another tool moved is told last of all that happened, as `found`.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        """
        return _all_changes(self._model(name))

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

    def size_bytes(self, version: Version) -> int:
        """How much a version's files take on this machine; 0 when they are elsewhere."""
        return self._backend.size_bytes(version)

    def watch(self) -> ChangeWatch | None:
        """What tells whether the registry has changed; None where only asking it does."""
        path = database_path(self.settings)
        return None if path is None else ChangeWatch(path)

    def register(
        self,
        name: str,
        pipeline: Pipeline | None,
        files: Mapping[str, bytes],
        tags: Mapping[str, str],
        metrics: Mapping[str, float],
        signature_frame: pd.DataFrame | None = None,
        description: str = "",
    ) -> Version:
        """A new version of a model, whose name may be new too. It is not promoted.

        Parameters
        ----------
        pipeline
            Fitted; None where the files hold a model of another kind.
        files
            What to keep beside it (contract, recipe, card), by file name.
        tags, metrics
            What to keep of it in the registry; the tags `task` and `metric` are shown on the home page.
        signature_frame
            A few rows of features in the data set's types; needed with a pipeline.

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
            with staging_folder(self.settings) as staging:
                folder = staging / MODEL_FOLDER
                digest = write_folder(folder, pipeline, files, signature_frame)
                _ = self._backend.client  # may make the database, which takes the lock itself
                with registry_lock(self.settings):
                    number = self._backend.add_version(
                        name, folder, digest, tags, metrics, description
                    )
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

        Processes of this machine that answer by the model have followed when this returns, or have told why
        they cannot, or need longer than `FOLLOW_SECONDS`.

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
                self._move(model, CHAMPION, "promote", target.version, by, reason)
        return self._followed(name, target.version)

    def rollback(
        self,
        name: str,
        *,
        by: str,
        reason: str = "",
        expected: int | None | UnsetType = UNSET,
    ) -> Version:
        """The version that was champion before, champion again; waits as `promote`.

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
            target = previous_champion(_all_changes(model), model.champion, existing)
            if target is None:
                now_answers = f"Version {model.champion} was the first"
                raise RegistryError(
                    f"To roll back, {name!r} must have had another champion before. "
                    f"{now_answers if model.champion else 'No version was ever promoted'}.",
                    "Promote the version that should answer instead.",
                )
            self._move(model, CHAMPION, "rollback", target, by, reason)
        return self._followed(name, target)

    def set_alias(
        self, name: str, alias: str, version: int, *, by: str, reason: str = ""
    ) -> Version:
        """The version, now with this alias, which it is asked by and which may have been another one's.

        Raises
        ------
        ModelNotFound
            When the model or version does not exist.
        RegistryError
            When the alias cannot be used.
        """
        check_alias(alias)
        self._model(name)
        with registry_lock(self.settings):
            model = self._model(name)
            target = self._version(model, version)
            if model.aliases.get(alias) != target.version:
                self._move(model, alias, "set", target.version, by, reason)
        return self.get(name, target.version)

    def delete_alias(self, name: str, alias: str, *, by: str, reason: str = "") -> None:
        """Takes an alias away from the version that has it.

        Raises
        ------
        ModelNotFound
            When the model does not exist, or no version has the alias.
        RegistryError
            When it is that of the champion.
        """
        check_alias(alias)
        self._model(name)
        with registry_lock(self.settings):
            model = self._model(name)
            if alias not in model.aliases:
                raise ModelNotFound(name, alias, sorted(model.aliases))
            self._move(model, alias, "delete", None, by, reason)

    def set_mode(self, name: str, mode: str) -> None:
        """Says how strictly requests to a model are read, by whichever version; see `MODES`.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        RegistryError
            When there is no such mode.
        """
        if mode not in MODES:
            raise RegistryError(
                f"A mode must be one of {', '.join(MODES)}. Got {mode!r}.",
                "Use lenient to flag what is unusual and answer all the same, strict to refuse it, coerce to read "
                'values such as "12" as they are meant.',
            )
        model = self._model(name)
        with registry_lock(self.settings):
            self._backend.set_tag(model, MODE_TAG, mode)

    def mode(self, name: str) -> str:
        """How strictly requests to a model are read, one of `MODES`.

        Raises
        ------
        ModelNotFound
            When there is no such model.
        """
        return self._model(name).tags.get(MODE_TAG, "") or MODES[0]

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

    def _move(
        self, model: Model, alias: str, action: str, target: int | None, by: str, reason: str
    ) -> None:
        if len(reason) > MAX_REASON or len(by) > MAX_REASON:
            raise RegistryError(
                f"A reason must be at most {MAX_REASON:,} characters long. Got {max(len(reason), len(by)):,}.",
                "Say it in fewer words.",
            )
        before = model.aliases.get(alias)
        change = Change(now(), by, action, before, target, reason, alias)
        unrecorded = unrecorded_move(model, alias)
        self._backend.move_alias(model, [change] if unrecorded is None else [unrecorded, change])

    def _followed(self, name: str, version: int) -> Version:
        problems = wait_for_followers(
            self.settings, name, version, lambda: self._model(name).champion == version
        )
        for problem in problems:
            LOG.warning("%s version %s does not answer everywhere: %s", name, version, problem)
        return self.get(name, version)

    def _conflict(self, model: Model, expected: int | None) -> PromotionConflict:
        moves = (c for c in read_changes(model.tags) if c.alias == CHAMPION)
        last = next(moves, None)
        who = f" {last.by} changed it at {last.at}." if last else ""
        return PromotionConflict(
            f"The champion of {model.name!r} must still be {_spoken(expected)}. "
            f"Now it is {_spoken(model.champion)}.{who}",
            "Look at the versions again, and decide once more.",
        )


def _all_changes(model: Model) -> list[Change]:
    """What the history holds, and before it what it does not hold, newest first."""
    recorded = read_changes(model.tags)
    aliases = {*model.aliases, *(change.alias for change in recorded)}
    found = [unrecorded_move(model, alias) for alias in sorted(aliases)]
    return [*(change for change in found if change is not None), *recorded]


def _spoken(number: int | None) -> str:
    return "no version" if number is None else f"version {number}"
