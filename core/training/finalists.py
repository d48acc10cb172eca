"""The last fits: the best trials on all training rows, put together where that is better."""

from __future__ import annotations

import io
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace

from core.errors import TrainingError
from core.recipe import Recipe
from core.settings import Settings
from core.training.budget import SAFETY, Clock
from core.training.compute.base import Compute
from core.training.ensemble import assemble, combine, ensemble_row, is_worth_it
from core.training.fitting import (
    ALL_ROWS,
    PREPARED,
    TRAINING_PART,
    FitResult,
    FitTask,
    FolderSource,
    fit_task,
    forget_tables,
    pipeline_file,
)
from core.training.judging import OWED_SECONDS, POOL, Judging
from core.training.parts import WHOLE
from core.training.progress import Progress
from core.training.runs import RunStore
from core.training.state import ENSEMBLE, CandidateState, RunState
from core.training.trials import Trial

Fit = Callable[[FitTask], FitResult]

LEAST_ROWS = 2_000
LEAST_SHARE = 0.5
"""A last fit on fewer rows, or a smaller share of those of a fold, would not be the model that was judged."""


class Shelf(Protocol):
    """Where pipelines of the last fits are kept."""

    def put(self, result: FitResult) -> None:
        """Keeps the pipeline of a last fit."""

    def get(self, trial: int, fold: int = TRAINING_PART) -> Any | None:
        """A trial's pipeline; None when it was not fitted."""


@dataclass(frozen=True)
class RunShelf:
    """The folder of a run."""

    store: RunStore
    run_id: str

    def put(self, result: FitResult) -> None:
        """Writes it, unless the worker did."""
        if result.pipeline is not None:
            file = pipeline_file(result.task.trial, result.task.fold)
            self.store.keep_pipeline(self.run_id, file, result.pipeline)

    def get(self, trial: int, fold: int = TRAINING_PART) -> Any | None:
        """Reads it."""
        return self.store.find_pipeline(self.run_id, pipeline_file(trial, fold))


@dataclass(frozen=True)
class MemoryShelf:
    """For pipelines that are asked once and not kept."""

    found: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def put(self, result: FitResult) -> None:
        """Remembers it."""
        if result.pipeline is not None:
            self.found[result.task.trial, result.task.fold] = result.pipeline

    def get(self, trial: int, fold: int = TRAINING_PART) -> Any | None:
        """Loads it."""
        import joblib

        content = self.found.get((trial, fold))
        return None if content is None else joblib.load(io.BytesIO(content))


def try_ensemble(judging: Judging, progress: Progress, clock: Clock, slots: int) -> None:
    """Adds the best put together to the leaderboard, where that is better than the best alone.

    Where time is short only what can be fitted in time is put together.
    """
    best = progress.state.best
    if best is None or not judging.recipe.search.ensemble:
        return
    left = clock.left * slots / SAFETY
    found, metric = {}, judging.recipe.metric
    for trial in judging.best_trials()[:POOL]:
        seconds = judging.refit_seconds(trial) * judging.last_threads(trial)
        is_single_best = trial.number == best.trial
        if trial.number in judging.answers and (is_single_best or seconds <= left):
            found[trial.number] = judging.answers[trial.number]
            left -= seconds
    made = combine(found, judging.recipe)
    if made is None:
        return
    if not is_worth_it(made, best, metric):
        progress.note("An ensemble of the best was not better beyond noise, so there is none.")
        return
    rows = {trial: judging.ended[trial].candidate for trial in made.weights}
    members = [progress.state.candidate(rows[trial]) for trial in made.weights]
    progress.add_ensemble(ensemble_row(made, members))
    progress.keep_answers(made.answers)


def fit_finalists(
    judging: Judging, progress: Progress, compute: Compute, fit: Fit, clock: Clock, shelf: Shelf,
    outer: int = WHOLE,
) -> None:  # fmt: skip
    """Fits the best on the training part, the very best first; then what the best row needs on all rows.

    Those that time does not reach are fitted when somebody chooses them. What the best row needs is
    fitted whatever time there is, if need be on few rows: a run comes to a model.
    """
    ranked = _finalists(progress.state, judging)
    leaders = ranked[: _leaders(progress.state)]
    wanted = leaders if clock.is_limited else ranked
    again = leaders if outer == WHOLE and judging.has_holdout else []
    threads = compute.slots // max(1, len(wanted))
    tasks = deque([(t, TRAINING_PART) for t in wanted] + [(t, ALL_ROWS) for t in again])
    fitted: dict[int, FitResult] = {}

    def next_tasks() -> Iterator[FitTask]:
        while tasks:
            trial, fold = tasks[0]
            if fold == ALL_ROWS and clock.is_limited and trial.number not in fitted:
                return  # what the fit on the training part takes will tell whether there is time
            tasks.popleft()
            is_owed = fold == TRAINING_PART and trial in leaders
            if clock.left <= 0 and not is_owed:
                continue
            if fold == ALL_ROWS and not _is_time_for_all_rows(
                judging, trial, fitted.get(trial.number), clock
            ):
                continue
            limit = max(clock.left, OWED_SECONDS) if is_owed else clock.left
            yield FitTask(
                trial.number, fold, trial.candidate, trial.parameters, trial.steps, outer,
                None if fold == ALL_ROWS else _rows_in_time(judging, trial, clock),
                limit if clock.is_limited else None, max(threads, judging.last_threads(trial)),
            )  # fmt: skip

    for result in compute.run(next_tasks, fit):
        if not result.error:
            shelf.put(result)
        if result.task.fold == ALL_ROWS:
            continue
        fitted[result.task.trial] = result
        progress.fit_ends(result)
        row = next((c for c in progress.state.candidates if c.trial == result.task.trial), None)
        if row is not None:
            progress.final_fit_ends(row.name, result)


def winning_pipeline(state: RunState, judging: Judging, shelf: Shelf) -> Any | None:
    """The pipeline of the best candidate, put together where it is the ensemble; None where it was not fitted."""
    best = state.best
    if best is None:
        return None
    if best.name != ENSEMBLE:
        return None if best.trial is None else shelf.get(best.trial)
    return join_members(best, judging.recipe, judging.ended, shelf.get)


def join_members(
    row: CandidateState, recipe: Recipe, trials: Mapping[int, Trial], get: Callable[[int], Any]
) -> Any | None:
    """The ensemble's pipeline; None where a member was not fitted."""
    members = [(f"{trials[n].candidate}_{n}", get(n), weight) for n, weight in row.members.items()]
    if any(pipeline is None for _, pipeline, _ in members):
        return None
    return assemble(members, recipe)


def fitted_pipeline(settings: Settings, run_id: str, candidate: str) -> Any:
    """A candidate's pipeline, fitted on the training part: now, where the run did not come to it.

    Raises
    ------
    RunNotFound, DatasetNotFound
        When the run, or the data that it needs, is gone.
    TrainingError
        When the candidate has not finished, or cannot be fitted.
    """
    store = RunStore(settings.runs_dir)
    row = store.state(run_id).candidate(candidate)
    if row is None or row.status != "done" or store.has_pipeline(run_id, candidate):
        return store.pipeline(run_id, candidate)  # or its error
    pipeline = _pipeline_of(settings, store, run_id, row, TRAINING_PART)
    if row.trial is None:
        store.save_pipeline(run_id, ENSEMBLE, pipeline)
    return pipeline


def pipeline_on_all_rows(
    settings: Settings, run_id: str, candidate: str, *, fits_now: bool = True
) -> Any | None:
    """A candidate's pipeline, fitted on every row, the hold-out included.

    It is what a version is made of once its setting was scored on the hold-out: nothing more is
    to be learned from keeping those rows back.

    Parameters
    ----------
    fits_now
        Whether it is fitted where the run did not come to it; else None comes out then.

    Raises
    ------
    RunNotFound, DatasetNotFound
        When the run, or the data that it needs, is gone.
    TrainingError
        When the candidate has not finished, or cannot be fitted.
    """
    store = RunStore(settings.runs_dir)
    row = store.state(run_id).candidate(candidate)
    if row is None or row.status != "done":
        return store.pipeline(run_id, candidate)  # its error
    needed = list(row.members) if row.trial is None else [row.trial]
    files = [pipeline_file(trial, ALL_ROWS) for trial in needed]
    if not fits_now and not all(store.has_file(run_id, file) for file in files):
        return None
    return _pipeline_of(settings, store, run_id, row, ALL_ROWS)


def _pipeline_of(
    settings: Settings, store: RunStore, run_id: str, row: CandidateState, fold: int
) -> Any:
    """The pipeline of a row of the leaderboard, each part of it fitted now where it was not before."""

    def get(trial: int) -> Any:
        known = store.find_pipeline(run_id, pipeline_file(trial, fold))
        return known if known is not None else _fit_now(settings, store, run_id, trial, fold)

    if row.trial is not None:
        return get(row.trial)
    trials = {t.number: t for t in store.trials(run_id)}
    return join_members(row, store.recipe(run_id), trials, get)


def _fit_now(settings: Settings, store: RunStore, run_id: str, number: int, fold: int) -> Any:
    trial = next((t for t in store.trials(run_id) if t.number == number), None)
    if trial is None:
        raise TrainingError(
            f"Trial {number} of run {run_id} must be on record to be fitted. It is not.",
            "Train again.",
        )
    folder = store.folder(run_id)
    source = FolderSource(folder, settings.datasets_dir)
    task = FitTask(number, fold, trial.candidate, trial.parameters, trial.steps)
    result = fit_task(task, source)
    forget_tables()
    remove_prepared(folder)
    if result.error:
        raise TrainingError(
            f"Candidate {trial.candidate!r} cannot be fitted on all rows: {result.error}",
            "Choose another one.",
        )
    return store.find_pipeline(run_id, pipeline_file(number, fold))


def remove_prepared(run_dir: Path) -> None:
    """Removes the prepared rows that the fits of a run shared."""
    shutil.rmtree(run_dir / PREPARED, ignore_errors=True)


def _finalists(state: RunState, judging: Judging) -> list[Trial]:
    """The trials behind the rows of the leaderboard, best row first, each once."""
    numbers: dict[int, None] = {}
    for row in state.ranked():
        numbers |= dict.fromkeys(row.members if row.name == ENSEMBLE else [row.trial])  # type: ignore[list-item]
    return [judging.ended[number] for number in numbers]


def _leaders(state: RunState) -> int:
    """How many of the finalists the best row needs."""
    best = state.best
    return max(1, len(best.members)) if best is not None else 0


def _is_time_for_all_rows(
    judging: Judging, trial: Trial, fitted: FitResult | None, clock: Clock
) -> bool:
    """Whether a trial can be fitted on all rows in the time that is left, by what its fit on the training part took."""
    if not clock.is_limited:
        return True
    if fitted is None or fitted.error:
        return False
    took = replace(trial, fit_seconds=fitted.fit_seconds, rows=fitted.rows)
    return judging.refit_seconds(took, judging.all_rows) <= clock.left


def _rows_in_time(judging: Judging, trial: Trial, clock: Clock) -> int | None:
    """On how many rows a trial can be fitted in the time that is left; None = on all."""
    if not clock.is_limited:
        return None
    seconds, left = judging.refit_seconds(trial), clock.left - 0.5
    if seconds <= left:
        return None
    rows = judging.training_rows
    return max(LEAST_ROWS, int(LEAST_SHARE * trial.rows), int(rows * max(left, 0.0) / seconds))
