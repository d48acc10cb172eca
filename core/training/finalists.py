"""The last fits: the best trials on all training rows, put together where that is better."""

from __future__ import annotations

import io
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from core.errors import TrainingError
from core.recipe import Recipe
from core.settings import Settings
from core.training.budget import SAFETY, Clock
from core.training.compute.base import Compute
from core.training.ensemble import assemble, combine, ensemble_row, is_worth_it
from core.training.fitting import (
    ALL_ROWS,
    FitResult,
    FitTask,
    FolderSource,
    fit_task,
    forget_tables,
)
from core.training.judging import LEAST_ROWS, POOL, Judging
from core.training.parts import WHOLE
from core.training.progress import Progress
from core.training.runs import RunStore
from core.training.state import ENSEMBLE, CandidateState, RunState
from core.training.trials import Trial

Fit = Callable[[FitTask], FitResult]


class Shelf(Protocol):
    """Where pipelines that were fitted on all training rows are kept."""

    def put(self, result: FitResult) -> None:
        """Keeps the pipeline of a final fit."""

    def get(self, trial: int) -> Any | None:
        """A trial's pipeline; None when it was not fitted."""


@dataclass(frozen=True)
class RunShelf:
    """The folder of a run."""

    store: RunStore
    run_id: str

    def put(self, result: FitResult) -> None:
        """Writes it, unless the worker did."""
        if result.pipeline is not None:
            self.store.keep_pipeline(self.run_id, result.task.trial, result.pipeline)

    def get(self, trial: int) -> Any | None:
        """Reads it."""
        return self.store.trial_pipeline(self.run_id, trial)


@dataclass(frozen=True)
class MemoryShelf:
    """For pipelines that are asked once and not kept."""

    found: dict[int, bytes] = field(default_factory=dict)

    def put(self, result: FitResult) -> None:
        """Remembers it."""
        if result.pipeline is not None:
            self.found[result.task.trial] = result.pipeline

    def get(self, trial: int) -> Any | None:
        """Loads it."""
        import joblib

        content = self.found.get(trial)
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
        seconds = judging.refit_seconds(trial)
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
    """Fits the best on all training rows, the very best first; without a limit of time all.

    Those that time does not reach are fitted when somebody chooses them.
    """
    wanted = _finalists(progress.state, judging)
    if clock.is_limited:
        wanted = wanted[: _leaders(progress.state)]
    threads = max(1, compute.slots // max(1, len(wanted)))
    tasks = deque(
        FitTask(
            t.number, ALL_ROWS, t.candidate, t.parameters, t.steps, outer,
            _rows_in_time(judging, t, clock), clock.left if clock.is_limited else None, threads,
        )
        for t in wanted
    )  # fmt: skip

    def next_tasks() -> Iterator[FitTask]:
        while tasks and clock.left > 0:
            yield tasks.popleft()

    for result in compute.run(next_tasks, fit):
        progress.fit_ends(result)
        if not result.error:
            shelf.put(result)
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
    state = store.state(run_id)
    row = state.candidate(candidate)
    if row is None or row.status != "done" or store.has_pipeline(run_id, candidate):
        return store.pipeline(run_id, candidate)  # or its error
    if row.trial is not None:
        return _fit_now(settings, store, run_id, row.trial)
    trials = {t.number: t for t in store.trials(run_id)}

    def get(trial: int) -> Any:
        known = store.trial_pipeline(run_id, trial)
        return known if known is not None else _fit_now(settings, store, run_id, trial)

    pipeline = join_members(row, store.recipe(run_id), trials, get)
    store.save_pipeline(run_id, ENSEMBLE, pipeline)
    return pipeline


def _fit_now(settings: Settings, store: RunStore, run_id: str, number: int) -> Any:
    trial = next((t for t in store.trials(run_id) if t.number == number), None)
    if trial is None:
        raise TrainingError(
            f"Trial {number} of run {run_id} must be on record to be fitted. It is not.",
            "Train again.",
        )
    folder = store.folder(run_id)
    source = FolderSource(folder, settings.datasets_dir)
    task = FitTask(number, ALL_ROWS, trial.candidate, trial.parameters, trial.steps)
    result = fit_task(task, source)
    forget_tables()
    remove_prepared(folder)
    if result.error:
        raise TrainingError(
            f"Candidate {trial.candidate!r} cannot be fitted on all rows: {result.error}",
            "Choose another one.",
        )
    return store.trial_pipeline(run_id, number)


def remove_prepared(run_dir: Path) -> None:
    """Removes the prepared rows that the fits of a run shared."""
    shutil.rmtree(run_dir / "prepared", ignore_errors=True)


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


def _rows_in_time(judging: Judging, trial: Trial, clock: Clock) -> int | None:
    """On how many rows a trial can be fitted in the time that is left; None = on all."""
    if not clock.is_limited:
        return None
    seconds, left = judging.refit_seconds(trial), clock.left - 0.5
    if seconds <= left:
        return None
    rows = judging.training_rows
    return max(LEAST_ROWS, int(rows * max(left, 0.0) / seconds))
