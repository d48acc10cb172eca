"""One fit of one candidate: what a worker process does, and nothing that it shares."""

from __future__ import annotations

import io
import math
import pickle
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import SlipwayError, first_line
from core.features.fast import factorise, plain_text
from core.processes import trim_memory
from core.recipe import Recipe
from core.scoring.answers import Answers, answer_rows
from core.scoring.metrics import score_all, task_metrics
from core.training.balance import balance_rows
from core.training.candidates.base import Candidate, Value
from core.training.candidates.making import make_estimator, making_note
from core.training.catalogue import CATALOGUE
from core.training.mapped import mapped_copy, mapped_frame
from core.training.parts import WHOLE, Sizes, outer_table, sample_rows, with_sizes
from core.training.prepared import Matrix, Prepared, prepare
from core.training.space import with_steps
from core.training.table import TrainingTable

PREPARED = "prepared"
"""The folder of a run with what its fits share, which goes when the run has ended."""

TRAINING_PART = -1
"""The fold number of the last fit on the whole training part, which the hold-out is scored with."""

ALL_ROWS = -2
"""The fold number of the fit on every row, the hold-out included, which nothing is scored with any more."""

TIMED_ROWS = 1_000
"""Predicting is timed on so many rows, so that what a call costs by itself hardly counts."""

TIMED_FOLD = 0
"""Predicting is timed in one fold only; it is the same in all."""

MAX_TRAIN_SCORE_ROWS = 2_000
"""Scores on the fitted rows are taken from at most so many: they only show overfitting."""

ARRAY_BYTES = 40_000
"""Writing, proving and registering one more array takes two milliseconds, as long as so many bytes of a large one."""


@dataclass(frozen=True)
class FitTask:
    """One fit: a setting of a candidate on a fold, on the training part, or on all rows.

    Attributes
    ----------
    trial
        The number of the trial.
    fold
        Counted from 0; else `TRAINING_PART` or `ALL_ROWS`.
    candidate, parameters, steps
        The setting, as in `core.training.trials.Trial`.
    outer
        The outer fold of nested judging in which this happens; `WHOLE` outside of it.
    max_rows
        A sample of so many rows is fitted on when there are more; None = what the candidate bounds.
    limit_seconds
        When it takes longer it is stopped; None = no limit.
    threads
        How many threads the fit may use.
    """

    trial: int
    fold: int
    candidate: str
    parameters: Mapping[str, Value] = field(default_factory=dict, compare=False)
    steps: Mapping[str, Value] = field(default_factory=dict, compare=False)
    outer: int = WHOLE
    max_rows: int | None = field(default=None, compare=False)
    limit_seconds: float | None = field(default=None, compare=False)
    threads: int = field(default=1, compare=False)


@dataclass(frozen=True)
class FitResult:
    """What came of a fit.

    Attributes
    ----------
    error
        Why it failed, in one line; empty when it did not. The whole story is in `details`.
    fit_seconds
        To prepare the rows, which is done once for all that share it, and to fit.
    rows
        How many rows were fitted on.
    size_bytes
        Of the fitted estimator; 0 for the last fits.
    answers
        For the rows left out; None for the last fits.
    is_too_slow
        Whether it failed because it took longer than it was given.
    pipeline
        The fitted pipeline as a joblib file, where it was not kept by the worker itself.
    """

    task: FitTask
    fit_seconds: float = 0.0
    predict_ms: float | None = None
    rows: int = 0
    size_bytes: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    train_scores: dict[str, float] = field(default_factory=dict)
    answers: Answers | None = None
    pipeline: bytes | None = None
    note: str = ""
    error: str = ""
    details: str = ""
    is_too_slow: bool = False


class Source(Protocol):
    """Where a worker has the rows from, and where it leaves what it made."""

    def table(self, outer: int) -> TrainingTable:
        """The rows and splits, of the whole or of an outer fold; made once in a process."""

    def shared_folder(self) -> Path:
        """Where prepared rows are kept for other fits."""

    def keep(self, task: FitTask, pipeline: Any) -> bytes | None:
        """Keeps a pipeline of the last fits; its bytes where it cannot."""


@dataclass(frozen=True)
class FolderSource:
    """The run's own folder: for workers that see the same disk.

    Attributes
    ----------
    sizes
        How large the folds are at most.
    """

    run_dir: Path
    datasets_dir: Path
    sizes: Sizes | None = None

    def table(self, outer: int) -> TrainingTable:
        """The rows from the data set that the run names."""
        return _folder_table(self.run_dir, self.datasets_dir, outer, self.sizes)

    def shared_folder(self) -> Path:
        """A folder in the run's, which goes when the run has ended."""
        return self.run_dir / PREPARED

    def keep(self, task: FitTask, pipeline: Any) -> bytes | None:
        """Writes it into the run's folder."""
        from core.training.runs import RunStore

        if task.outer != WHOLE:
            return dump_pipeline(pipeline)
        store = RunStore(self.run_dir.parent)
        store.save_pipeline(self.run_dir.name, pipeline_file(task.trial, task.fold), pipeline)
        return None


@dataclass(frozen=True)
class SentSource:
    """The rows themselves: for workers on other machines.

    Attributes
    ----------
    mark
        Differs from run to run.
    """

    mark: str
    whole: TrainingTable = field(compare=False)
    sizes: Sizes | None = None

    def table(self, outer: int) -> TrainingTable:
        """The rows that were sent."""
        return _sent_table(self, outer)

    def shared_folder(self) -> Path:
        """A folder of the worker's machine, which goes when the worker ends."""
        return _own_folder(self.mark)

    def keep(self, task: FitTask, pipeline: Any) -> bytes | None:
        """The pipeline's bytes, to be sent back."""
        return dump_pipeline(pipeline)


def make_pipeline(
    candidate: Candidate,
    recipe: Recipe,
    parameters: Mapping[str, Value] | None = None,
    rows: int | None = None,
) -> Any:
    """The candidate's pipeline for this recipe, not fitted; see `make_estimator`.

    Raises
    ------
    RecipeError
        When no column is a feature.
    """
    from core.features.pipeline import build_pipeline

    estimator = make_estimator(candidate, recipe, parameters, rows)
    return build_pipeline(recipe, estimator, candidate.needs)


def bound_rows(candidate: Candidate, table: TrainingTable, rows: np.ndarray) -> np.ndarray:
    """The rows that the candidate is fitted on: all, or a sample of its bound, class shares kept."""
    return sample_rows(table, rows, candidate.max_rows)


def fit_task(task: FitTask, source: Source) -> FitResult:
    """What came of this fit; a failure is a result too, never an exception."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = _fit(task, source)
        return _with_notes(result, caught)
    except MemoryError:
        return FitResult(task, error="There was not enough memory.", details=traceback.format_exc())
    except SlipwayError as error:
        return FitResult(task, error=error.message, details=traceback.format_exc())
    except Exception as error:  # any estimator may raise anything; the others must go on
        text = f"{type(error).__name__}: {first_line(error)}"
        return FitResult(task, error=text, details=traceback.format_exc())


@lru_cache(maxsize=1)
def load_table(run_dir: Path, datasets_dir: Path) -> TrainingTable:
    """The run's rows and splits; each process makes them once, from the recipe and the data set."""
    table = _mapped(_factorised_table(run_dir, datasets_dir), run_dir / PREPARED)
    trim_memory()
    return table


def forget_tables() -> None:
    """Lets go of the tables that this process has loaded: an app lives longer than a run."""
    load_table.cache_clear()
    _folder_table.cache_clear()


def pipeline_file(trial: int, fold: int) -> str:
    """What the pipeline of a last fit is called in its run's folder.

    Examples
    --------
    >>> pipeline_file(7, TRAINING_PART), pipeline_file(7, ALL_ROWS)
    ('7', '7-all')
    """
    return f"{trial}-all" if fold == ALL_ROWS else str(trial)


def model_bytes(estimator: Any) -> int:
    """How large a fitted estimator is to keep, in bytes, found without a copy of its arrays.

    An array takes as long to write and to read as `ARRAY_BYTES` do, which tells where trees are many and small.

    Examples
    --------
    >>> model_bytes(np.zeros(1_000_000)) // 1_000_000
    8
    >>> model_bytes([np.zeros(1) for _ in range(1_000)]) // 1_000_000
    40
    """
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(estimator, protocol=5, buffer_callback=buffers.append)
    return len(content) + sum(buffer.raw().nbytes + ARRAY_BYTES for buffer in buffers)


def dump_pipeline(pipeline: Any) -> bytes:
    """The pipeline as a joblib file."""
    import joblib

    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer, compress=1)
    return buffer.getvalue()


def _factorised_table(run_dir: Path, datasets_dir: Path) -> TrainingTable:
    from core.data.store import DatasetStore
    from core.training.runs import RunStore
    from core.training.table import training_table

    runs = RunStore(run_dir.parent)
    state = runs.stored_state(run_dir.name)
    dataset = DatasetStore(datasets_dir, max_bytes=0).load(state.dataset_id)
    table = training_table(dataset, runs.recipe(run_dir.name))
    features = factorise(table.frame[list(table.recipe.features)])
    return replace(table, frame=table.frame.assign(**{str(n): features[n] for n in features}))


def _mapped(table: TrainingTable, folder: Path) -> TrainingTable:
    """The table in files, as far as it is large."""
    rows, train, test = (mapped_copy(folder, a) for a in (table.rows, table.train, table.test))
    return replace(
        table,
        frame=mapped_frame(folder, table.frame),
        rows=rows,
        train=train,
        test=test,
        folds=[(mapped_copy(folder, a), mapped_copy(folder, b)) for a, b in table.folds],
    )


@lru_cache(maxsize=2)
def _folder_table(
    run_dir: Path, datasets_dir: Path, outer: int, sizes: Sizes | None
) -> TrainingTable:
    return with_sizes(outer_table(load_table(run_dir, datasets_dir), outer), sizes)


@lru_cache(maxsize=2)
def _sent_table(source: SentSource, outer: int) -> TrainingTable:
    return with_sizes(outer_table(source.whole, outer), source.sizes)


@lru_cache(maxsize=1)
def _own_folder(mark: str) -> Path:
    import atexit
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix=f"slipway-{mark}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _fit(task: FitTask, source: Source) -> FitResult:
    table = source.table(task.outer)
    candidate = CATALOGUE[task.candidate]
    recipe = with_steps(table.recipe, task.steps)
    all_rows, judge_rows = rows_of(task, table)
    rows = sample_rows(table, all_rows, _smaller(task.max_rows, candidate.max_rows))
    rows = balance_rows(recipe, table.target(rows), rows)
    made = prepare(source.shared_folder(), table, recipe, candidate.needs, rows, judge_rows)
    trim_memory()
    model = _fit_model(candidate, recipe, task, made, table, rows, source.shared_folder())
    seconds = made.seconds + model.seconds
    if judge_rows is None:
        kept = source.keep(task, _join(made, model.estimator))
        return FitResult(task, seconds, rows=len(rows), pipeline=kept)
    metrics, positive = task_metrics(recipe), recipe.positive
    sampled = "" if _is_balanced(recipe) else _sample_note(len(rows), len(all_rows))
    judge: Matrix = made.judge
    answers = answer_rows(model.estimator, judge, positive, recipe.costs)
    step = math.ceil(len(rows) / MAX_TRAIN_SCORE_ROWS)
    on_fitted = answer_rows(model.estimator, made.fit[::step], positive, recipe.costs)
    return FitResult(
        task,
        seconds,
        _time_answers(_join(made, model.estimator), table, judge_rows) if _is_timed(task) else None,
        len(rows),
        model_bytes(model.estimator),
        score_all(metrics, table.target(judge_rows), answers),
        score_all(metrics, table.target(rows[::step]), on_fitted),
        answers,
        note="; ".join(filter(None, [sampled, making_note(candidate, recipe)])),
    )


@dataclass(frozen=True)
class _Fitted:
    estimator: Any
    seconds: float


def _fit_model(
    candidate: Candidate,
    recipe: Recipe,
    task: FitTask,
    made: Prepared,
    table: TrainingTable,
    rows: np.ndarray,
    folder: Path,
) -> _Fitted:
    """The estimator as `build_pipeline` gives it, fitted on rows that are prepared already."""
    pipeline = make_pipeline(candidate, recipe, task.parameters, len(table.train))
    estimator, target = pipeline.named_steps["model"], table.target(rows)
    started = time.perf_counter()
    candidate.fit(estimator, _without_empty(made.fit), target, folder)
    return _Fitted(estimator, time.perf_counter() - started)


def _without_empty(matrix: Matrix) -> Matrix:
    """The matrix, columns that hold no value at all filled with 0.

    Histogram boosting can fit on gaps, but not on a column of nothing else, which a fold of a
    column with few values may be.
    """
    if not isinstance(matrix, np.ndarray) or not len(matrix):
        return matrix
    places = np.flatnonzero(np.isnan(matrix[0]))
    empty = places[np.isnan(matrix[:, places]).all(axis=0)] if len(places) else places
    if not len(empty):
        return matrix
    filled = np.array(matrix)
    filled[:, empty] = 0.0
    return filled


def _join(made: Prepared, estimator: Any) -> Any:
    from sklearn.pipeline import Pipeline

    return Pipeline([*made.preparer.steps, ("model", estimator)])


def _time_answers(pipeline: Any, table: TrainingTable, rows: np.ndarray) -> float:
    """Milliseconds to answer `TIMED_ROWS` rows from the table, preparing included."""
    timed = plain_text(table.features(np.resize(rows, TIMED_ROWS)))
    started = time.perf_counter()
    answer_rows(pipeline, timed, table.recipe.positive)
    return (time.perf_counter() - started) * 1000


def _is_timed(task: FitTask) -> bool:
    return task.fold == TIMED_FOLD and task.outer == WHOLE


def rows_of(task: FitTask, table: TrainingTable) -> tuple[np.ndarray, np.ndarray | None]:
    """The rows to fit on, and those to judge on; None for the last fits."""
    if task.fold == ALL_ROWS:
        return np.arange(len(table.frame)), None
    return (table.train, None) if task.fold == TRAINING_PART else table.folds[task.fold]


def _smaller(*bounds: int | None) -> int | None:
    return min((bound for bound in bounds if bound is not None), default=None)


def _is_balanced(recipe: Recipe) -> bool:
    return recipe.balance in ("oversample", "undersample")


def _sample_note(fitted: int, there_are: int) -> str:
    return "" if fitted == there_are else f"fitted on a sample of {fitted:,} of {there_are:,} rows"


def _with_notes(result: FitResult, caught: list[Any]) -> FitResult:
    from sklearn.exceptions import ConvergenceWarning

    notes = [result.note] if result.note else []
    if any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
        notes.append("stopped before it had converged")
    return replace(result, note="; ".join(notes))
