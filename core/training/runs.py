"""The runs on disk: a folder each, with state, recipe, answers on left-out rows and fitted pipelines."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from typing import Any

import msgspec

from core.errors import RunNotFound, TrainingError
from core.moments import as_moment, now, seconds_since
from core.processes import find_process
from core.recipe import Recipe, dump_recipe, load_recipe
from core.storage import replacing, storage_errors, write_bytes
from core.training.fold_answers import FoldAnswers, load_answers, save_answers
from core.training.orders import Orders, write_orders
from core.training.state import (
    Holdout,
    LearningCurve,
    RunState,
    as_cancelled,
    end_candidates,
)
from core.training.trials import Trial, read_trials

RUN_ID = re.compile(r"[0-9a-f]{10}")
CANCELLED = "cancelled"
"""A file of this name in a run's folder says that somebody cancelled it."""

STARTING_SECONDS = 15
"""A run whose process cannot be seen after so long has none."""


class RunStore:
    """The training runs in a folder.

    Parameters
    ----------
    directory
        Where they are kept; made when the first run is.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def create(
        self,
        recipe: Recipe,
        dataset_id: str,
        name: str,
        *,
        owner: str = "",
        resumed_from: str = "",
        orders: Orders | None = None,
        spare: str | None = None,
    ) -> str:
        """The id of a new run that waits to be started.

        Parameters
        ----------
        owner, resumed_from
            See `RunState`.
        orders
            What its process has to know beside the recipe.
        spare
            The id that it is to have, of a process that waits for it.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        run_id = spare or secrets.token_hex(5)
        folder = self.directory / run_id
        write_bytes(folder / "recipe.yaml", dump_recipe(recipe).encode())
        if orders is not None:
            write_orders(folder, orders)
        # The state comes last: a process that waits for it finds all the rest.
        self.write_state(
            RunState(
                id=run_id,
                name=name,
                dataset_id=dataset_id,
                target=recipe.target,
                task=recipe.task,
                metric=recipe.metric,
                created_at=now(),
                owner=owner,
                resumed_from=resumed_from,
            )
        )
        return run_id

    def folder(self, run_id: str) -> Path:
        """The run's folder.

        Raises
        ------
        RunNotFound
            When there is none; an id that could be a path is never looked up.
        """
        if not RUN_ID.fullmatch(run_id) or not (self.directory / run_id / "state.json").exists():
            raise RunNotFound(run_id)
        return self.directory / run_id

    def state(self, run_id: str) -> RunState:
        """How far the run is. A run whose process is gone reads as interrupted.

        Raises
        ------
        RunNotFound
            When there is none.
        TrainingError
            When its state cannot be read.
        """
        state = self.stored_state(run_id)
        if not state.is_active or self.is_alive(run_id):
            return state
        state = self.stored_state(run_id)  # it may have ended between the two looks
        is_new = seconds_since(state.created_at) < STARTING_SECONDS
        if not state.is_active or (state.status == "queued" and is_new):
            return state
        if (self.folder(run_id) / CANCELLED).exists():
            return as_cancelled(state)
        return msgspec.structs.replace(
            state,
            status="interrupted",
            finished_at=self._last_written(run_id),
            message="The training process ended unexpectedly: the machine was restarted, or memory or "
            "disk space ran out. What had finished is kept; start the run again for the rest.",
            candidates=end_candidates(
                state.candidates, "cancelled", "The training process was gone."
            ),
        )

    def stored_state(self, run_id: str) -> RunState:
        """The state as the run's process last wrote it, whether that process lives or not."""
        path = self.folder(run_id) / "state.json"
        try:
            with storage_errors(path):
                return msgspec.json.decode(path.read_bytes(), type=RunState)
        except msgspec.DecodeError as error:
            raise TrainingError(
                f"The state of run {run_id} cannot be read: {error}.", "Start a new run."
            ) from error

    def write_state(self, state: RunState) -> None:
        """Writes the state. Only the run's own process does, and after it nobody but a canceller."""
        write_bytes(self.directory / state.id / "state.json", msgspec.json.encode(state))

    def recipe(self, run_id: str) -> Recipe:
        """The recipe that the run follows."""
        return load_recipe((self.folder(run_id) / "recipe.yaml").read_bytes())

    def is_alive(self, run_id: str) -> bool:
        """Whether the run's process still works."""
        folder = self.directory / run_id
        return find_process(folder / "pid", str(folder)) is not None

    def trials(self, run_id: str) -> list[Trial]:
        """The trials that have ended, in the order of their numbers.

        Raises
        ------
        RunNotFound
            When there is no such run.
        """
        return read_trials(self.folder(run_id))

    def save_out_of_fold(self, run_id: str, trial: int | str, answers: FoldAnswers) -> None:
        """Keeps what a trial, or the ensemble, answered for left-out rows."""
        save_answers(self.folder(run_id) / "answers" / f"{trial}.npz", answers)

    def trial_answers(self, run_id: str, trial: int | str) -> FoldAnswers | None:
        """What a trial answered for left-out rows; None where that was not kept."""
        path = self.folder(run_id) / "answers" / f"{trial}.npz"
        return load_answers(path) if path.exists() else None

    def out_of_fold(self, run_id: str, candidate: str) -> FoldAnswers:
        """What the candidate answered in cross-validation, each row by the fit that had not seen it.

        Raises
        ------
        TrainingError
            When the candidate has not finished.
        """
        return self._answers(run_id, self._file_of(run_id, candidate), candidate)

    def holdout_answers(self, run_id: str) -> FoldAnswers:
        """What the winner answered for the hold-out.

        Raises
        ------
        TrainingError
            When the hold-out was not scored yet.
        """
        return self._answers(run_id, "_holdout", "the hold-out")

    def _answers(self, run_id: str, file: str, title: str) -> FoldAnswers:
        path = self.folder(run_id) / "answers" / f"{file}.npz"
        if not path.exists():
            raise TrainingError(
                f"There are no answers of {title!r} in run {run_id} yet.",
                "Wait until it has finished, or choose another candidate.",
            )
        return load_answers(path)

    def has_pipeline(self, run_id: str, candidate: str) -> bool:
        """Whether the candidate was fitted on the training part."""
        return self._pipeline_path(run_id, self._file_of(run_id, candidate)).exists()

    def has_file(self, run_id: str, file: str) -> bool:
        """Whether there is a pipeline of the last fits in a file of this name; see `find_pipeline`."""
        return self._pipeline_path(run_id, file).exists()

    def pipeline(self, run_id: str, candidate: str) -> Any:
        """The candidate's pipeline, fitted on the training part.

        Raises
        ------
        TrainingError
            When it was not fitted; see `core.training.finalists.fitted_pipeline`.
        """
        import joblib

        path = self._pipeline_path(run_id, self._file_of(run_id, candidate))
        if not path.exists():
            raise TrainingError(
                f"Candidate {candidate!r} of run {run_id} has no fitted pipeline.",
                "Choose a candidate that has finished.",
            )
        return joblib.load(path)

    def find_pipeline(self, run_id: str, file: str) -> Any | None:
        """A pipeline of the last fits by the name of its file; None when it was not fitted.

        Parameters
        ----------
        file
            As `core.training.fitting.pipeline_file` names it.
        """
        import joblib

        path = self._pipeline_path(run_id, file)
        return joblib.load(path) if path.exists() else None

    def save_pipeline(self, run_id: str, file: str, pipeline: Any) -> None:
        """Keeps a pipeline of the last fits, of a trial or the ensemble."""
        import joblib

        with replacing(self._pipeline_path(run_id, file)) as path:
            joblib.dump(pipeline, path, compress=1)

    def keep_pipeline(self, run_id: str, file: str, content: bytes) -> None:
        """Keeps a pipeline that comes as a joblib file from another machine."""
        write_bytes(self._pipeline_path(run_id, file), content)

    def _pipeline_path(self, run_id: str, file: str) -> Path:
        return self.folder(run_id) / "pipelines" / f"{file}.joblib"

    def _file_of(self, run_id: str, candidate: str) -> str:
        """What the files of a candidate are called: by its best trial, the ensemble's by its name."""
        row = self.stored_state(run_id).candidate(candidate)
        return candidate if row is None or row.trial is None else str(row.trial)

    def holdout(self, run_id: str) -> Holdout | None:
        """The report on the hold-out; None while it was not scored."""
        path = self.folder(run_id) / "holdout.json"
        return msgspec.json.decode(path.read_bytes(), type=Holdout) if path.exists() else None

    def save_holdout(self, run_id: str, report: Holdout, answers: FoldAnswers) -> None:
        """Keeps the report on the hold-out."""
        folder = self.folder(run_id)
        save_answers(folder / "answers" / "_holdout.npz", answers)
        write_bytes(folder / "holdout.json", msgspec.json.encode(report))

    def learning_curve(self, run_id: str, candidate: str) -> LearningCurve | None:
        """The candidate's learning curve, finished or in the making; None when nobody asked for it."""
        path = self.curve_path(run_id, candidate)
        if not path.exists():
            return None
        curve = msgspec.json.decode(path.read_bytes(), type=LearningCurve)
        is_new = time.time() - path.stat().st_mtime < STARTING_SECONDS
        alive = find_process(path.with_suffix(".pid"), str(path.parent.parent)) is not None
        if curve.status == "running" and not alive and not is_new:
            return msgspec.structs.replace(
                curve, status="interrupted", message="The process that drew this curve is gone."
            )
        return curve

    def curve_path(self, run_id: str, candidate: str) -> Path:
        """Where the candidate's learning curve is kept."""
        return self.folder(run_id) / "curves" / f"{candidate}.json"

    def _last_written(self, run_id: str) -> str:
        return as_moment((self.folder(run_id) / "state.json").stat().st_mtime)
