"""One fit of one candidate: what a worker process does, and nothing that it shares."""

from __future__ import annotations

import math
import os
import threading
import time
import traceback
import warnings
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SlipwayError, first_line
from core.features.pipeline import build_pipeline
from core.recipe import Recipe
from core.scoring.answers import Answers, answer_rows
from core.scoring.metrics import score_all
from core.tasks import get_task
from core.training.candidates.base import Candidate
from core.training.catalogue import CATALOGUE
from core.training.table import TrainingTable

ALL_ROWS = -1
"""The fold number of the final fit on the whole training part."""

OWNER_WATCH_SECONDS = 0.5

TIMED_ROWS = 1_000
"""Predicting is timed on so many rows, so that what a call costs by itself hardly counts."""

MAX_TRAIN_SCORE_ROWS = 5_000
"""Scores on the fitted rows are taken from at most so many: they only show overfitting."""


@dataclass(frozen=True)
class FitTask:
    """One fit: a candidate on a fold, or on all training rows."""

    candidate: str
    fold: int


@dataclass(frozen=True)
class FitResult:
    """What came of a fit.

    Attributes
    ----------
    error
        Why it failed, in one line; empty when it did not. The whole story is in `details`.
    answers
        For the rows left out; None for the final fit.
    """

    task: FitTask
    fit_seconds: float = 0.0
    predict_ms: float | None = None
    scores: dict[str, float] = field(default_factory=dict)
    train_scores: dict[str, float] = field(default_factory=dict)
    answers: Answers | None = None
    note: str = ""
    error: str = ""
    details: str = ""


def make_pipeline(candidate: Candidate, recipe: Recipe) -> Any:
    """The candidate's pipeline for this recipe, not fitted.

    Raises
    ------
    RecipeError
        When no column is a feature.
    """
    maker = candidate.maker(get_task(recipe.task))
    if maker is None:
        raise ValueError(f"{candidate.name} cannot learn {recipe.task}")
    return build_pipeline(recipe, maker(recipe.seed), candidate.needs)


def bound_rows(candidate: Candidate, table: TrainingTable, rows: np.ndarray) -> np.ndarray:
    """The rows that the candidate is fitted on: all, or a sample of its bound, class shares kept.

    The sample depends on the recipe's seed alone, so that the same recipe gives the same model.
    """
    if candidate.max_rows is None or len(rows) <= candidate.max_rows:
        return rows
    from sklearn.model_selection import train_test_split

    stratify = table.target(rows) if get_task(table.recipe.task).can_stratify else None
    kept, _ = train_test_split(
        rows, train_size=candidate.max_rows, random_state=table.recipe.seed, stratify=stratify
    )
    return np.sort(kept)


def fit_task(task: FitTask, run_dir: Path, datasets_dir: Path, owner_pid: int) -> FitResult:
    """What came of this fit; a failure is a result too, never an exception.

    Parameters
    ----------
    owner_pid
        The run's own process; this one ends when that does.
    """
    try:
        end_with(owner_pid)
        table = load_table(run_dir, datasets_dir)
        candidate = CATALOGUE[task.candidate]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = _fit(task, candidate, table, run_dir)
        return _with_notes(result, candidate, table, caught)
    except MemoryError:
        return FitResult(task, error="There was not enough memory.", details=traceback.format_exc())
    except SlipwayError as error:
        return FitResult(task, error=error.message, details=traceback.format_exc())
    except Exception as error:  # any estimator may raise anything; the others must go on
        text = f"{type(error).__name__}: {first_line(error)}"
        return FitResult(task, error=text, details=traceback.format_exc())


@lru_cache(maxsize=1)
def end_with(owner_pid: int) -> None:
    """Ends this process soon after the one that it works for, which may be killed without a word.

    The pool's processes would otherwise finish their fits for nobody, and then keep their memory.
    """

    def watch() -> None:
        while os.getppid() == owner_pid:
            time.sleep(OWNER_WATCH_SECONDS)
        os._exit(1)

    if os.getpid() != owner_pid:
        threading.Thread(target=watch, daemon=True).start()


@lru_cache(maxsize=1)
def load_table(run_dir: Path, datasets_dir: Path) -> TrainingTable:
    """The run's rows and splits; each process makes them once, from the recipe and the data set."""
    from core.data.store import DatasetStore
    from core.training.runs import RunStore
    from core.training.table import training_table

    runs = RunStore(run_dir.parent)
    state = runs.stored_state(run_dir.name)
    dataset = DatasetStore(datasets_dir, max_bytes=0).load(state.dataset_id)
    return training_table(dataset, runs.recipe(run_dir.name))


def _fit(task: FitTask, candidate: Candidate, table: TrainingTable, run_dir: Path) -> FitResult:
    pipeline = make_pipeline(candidate, table.recipe)
    fit_rows, judge_rows = _rows_of(task, table)
    fit_rows = bound_rows(candidate, table, fit_rows)
    started = time.perf_counter()
    pipeline.fit(table.features(fit_rows), table.target(fit_rows))
    fit_seconds = time.perf_counter() - started
    if judge_rows is None:
        _save(pipeline, run_dir, candidate.name)
        return FitResult(task, fit_seconds)
    metrics = get_task(table.recipe.task).metrics
    positive = table.recipe.positive
    answers = answer_rows(pipeline, table.features(judge_rows), positive)
    timed = table.features(np.resize(judge_rows, TIMED_ROWS))
    started = time.perf_counter()
    answer_rows(pipeline, timed, positive)
    predict_ms = (time.perf_counter() - started) * 1000
    some = fit_rows[:: math.ceil(len(fit_rows) / MAX_TRAIN_SCORE_ROWS)]
    on_fitted = answer_rows(pipeline, table.features(some), positive)
    return FitResult(
        task,
        fit_seconds,
        predict_ms,
        score_all(metrics, table.target(judge_rows), answers),
        score_all(metrics, table.target(some), on_fitted),
        answers,
    )


def _rows_of(task: FitTask, table: TrainingTable) -> tuple[np.ndarray, np.ndarray | None]:
    """The rows to fit on, and those to judge on; None for the final fit."""
    return (table.train, None) if task.fold == ALL_ROWS else table.folds[task.fold]


def _save(pipeline: Any, run_dir: Path, name: str) -> None:
    import joblib

    from core.storage import replacing

    with replacing(run_dir / "pipelines" / f"{name}.joblib") as path:
        joblib.dump(pipeline, path, compress=1)


def _with_notes(
    result: FitResult, candidate: Candidate, table: TrainingTable, caught: list[Any]
) -> FitResult:
    from sklearn.exceptions import ConvergenceWarning

    notes = []
    rows, _ = _rows_of(result.task, table)
    if candidate.max_rows is not None and len(rows) > candidate.max_rows:
        notes.append(f"fitted on a sample of {candidate.max_rows:,} of {len(rows):,} rows")
    if any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
        notes.append("stopped before it had converged")
    return replace(result, note="; ".join(notes))
