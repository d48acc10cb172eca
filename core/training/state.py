"""What is known of a training run while it goes on and after: one JSON file, one writer."""

from __future__ import annotations

import math
import statistics

import msgspec
from msgspec import Struct

from core.moments import now, seconds_since
from core.training.candidates.base import Value

ENSEMBLE = "ensemble"
"""The name of the row of the candidates that were put together."""

ACTIVE = frozenset({"queued", "running"})
"""Statuses of a run that may still change by itself."""


class CandidateState(Struct, frozen=True):
    """How far one candidate is, and how well it did.

    Attributes
    ----------
    status
        `waiting`, `running`, `done`, `failed`, `set_aside` or `cancelled`.
    reason
        Why it failed or was set aside; else empty.
    note
        What a reader of its scores should know, for example that it saw a sample only.
    fold_scores, train_scores
        Per metric, one value a finished fold: on the rows left out, and on the rows fitted.
    fit_seconds
        Mean over the folds.
    predict_ms
        Milliseconds to predict 1,000 rows, mean over the folds.
    full_fit_seconds
        For the final fit on all training rows.
    full_rows
        How many rows that fit had: fewer where time or the candidate bounded them.
    trial
        The number of the trial whose scores these are: its best; None before the first has begun.
    trials
        How many of its trials have ended.
    parameters, steps
        The setting of that trial, where it differs from the default.
    members
        Of an ensemble: the weight of each trial in it, by its number.
    """

    name: str
    title: str
    folds: int
    status: str = "waiting"
    reason: str = ""
    note: str = ""
    folds_done: int = 0
    fold_scores: dict[str, tuple[float | None, ...]] = {}
    train_scores: dict[str, tuple[float | None, ...]] = {}
    fit_seconds: float | None = None
    predict_ms: float | None = None
    full_fit_seconds: float | None = None
    full_rows: int | None = None
    trial: int | None = None
    trials: int = 0
    parameters: dict[str, Value] = {}
    steps: dict[str, Value] = {}
    members: dict[int, float] = {}

    def cv_mean(self, metric: str) -> float | None:
        """The mean over the folds; None before the first."""
        return _mean(self.fold_scores.get(metric, ()))

    def cv_std(self, metric: str) -> float | None:
        """The standard deviation over the folds (n - 1); None before the second."""
        values = _known(self.fold_scores.get(metric, ()))
        return statistics.stdev(values) if len(values) > 1 else None

    def train_mean(self, metric: str) -> float | None:
        """The mean score on the rows that were fitted; far above `cv_mean` means overfitting."""
        return _mean(self.train_scores.get(metric, ()))


class RunState(Struct, frozen=True):
    """How far a run is.

    Attributes
    ----------
    status
        `queued`, `running`, `finished`, `cancelled`, `failed`, or `interrupted` when its process is gone.
    message
        For a person: why it failed, or what was noticed on the way.
    name
        The data set's name.
    created_at, started_at, finished_at
        ISO 8601, UTC.
    remaining_seconds
        Estimated; None while nothing is known.
    done_tasks, total_tasks
        Fits: one a candidate and fold, and one a candidate on all training rows.
    rows_train, rows_test, rows_dropped
        Rows for cross-validation, in the hold-out, and left out because their target is missing.
    winner
        The candidate that a person chose, for which the hold-out was scored.
    metrics
        What fold scores there are, the deciding metric among them.
    phase
        What an active run does: `judging` trials, `combining` the best, `fitting` them on all rows,
        `nested` judging of the search itself.
    trials
        How many trials have ended, pruned and failed ones included.
    notes
        What a person should know of the run as a whole, for example that rows were sampled.
    nested_scores
        Per metric, one value an outer fold: of the whole search, on rows that it never saw.
    owner
        Who asked for it, for the turns in the queue.
    resumed_from
        The run whose trials this one went on from.
    """

    id: str
    name: str
    dataset_id: str
    target: str
    task: str
    metric: str
    created_at: str
    status: str = "queued"
    message: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    remaining_seconds: float | None = None
    done_tasks: int = 0
    total_tasks: int = 0
    rows_train: int = 0
    rows_test: int = 0
    rows_dropped: int = 0
    candidates: tuple[CandidateState, ...] = ()
    winner: str | None = None
    metrics: tuple[str, ...] = ()
    phase: str = "judging"
    trials: int = 0
    notes: tuple[str, ...] = ()
    nested_scores: dict[str, tuple[float | None, ...]] = {}
    owner: str = ""
    resumed_from: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it may still change by itself."""
        return self.status in ACTIVE

    @property
    def elapsed_seconds(self) -> float:
        """From the start to the end, or to now."""
        if self.started_at is None:
            return 0.0
        return seconds_since(self.started_at, self.finished_at)

    def candidate(self, name: str) -> CandidateState | None:
        """The candidate of this name, or None."""
        return next((c for c in self.candidates if c.name == name), None)

    def ranked(self, metric: str | None = None) -> list[CandidateState]:
        """The candidates that are done, best cross-validation mean first."""
        from core.scoring.metrics import get_metric

        metric = metric or self.metric
        sort_key = get_metric(metric).sort_key
        done = [c for c in self.candidates if c.status == "done"]
        return sorted(done, key=lambda c: sort_key(c.cv_mean(metric)), reverse=True)

    @property
    def best(self) -> CandidateState | None:
        """The candidate with the best cross-validation mean; None before one is done."""
        ranked = self.ranked()
        return ranked[0] if ranked else None


class Holdout(Struct, frozen=True):
    """The one report on the hold-out.

    Attributes
    ----------
    candidate
        The chosen one.
    metrics
        Value of each metric of the task.
    rows
        Number of rows in the hold-out.
    scored_at
        ISO 8601, UTC.
    """

    candidate: str
    metrics: dict[str, float | None]
    rows: int
    scored_at: str


class LearningCurve(Struct, frozen=True):
    """How the score of one candidate grows with the rows it learns from.

    Attributes
    ----------
    status
        `running`, `finished`, `failed` or `interrupted`.
    sizes
        Rows fitted, ascending.
    train_scores, validation_scores
        Per size, one value a fold.
    """

    candidate: str
    metric: str
    status: str = "running"
    message: str = ""
    done: int = 0
    total: int = 0
    sizes: tuple[int, ...] = ()
    train_scores: tuple[tuple[float | None, ...], ...] = ()
    validation_scores: tuple[tuple[float | None, ...], ...] = ()


def end_candidates(
    candidates: tuple[CandidateState, ...], status: str, reason: str
) -> tuple[CandidateState, ...]:
    """The candidates, those that are not ended set to this status."""
    return tuple(
        msgspec.structs.replace(c, status=status, reason=reason)
        if c.status in ("waiting", "running")
        else c
        for c in candidates
    )


def as_cancelled(state: RunState) -> RunState:
    """The state of a run that somebody stopped: what had finished stays."""
    return msgspec.structs.replace(
        state,
        status="cancelled",
        finished_at=now(),
        candidates=end_candidates(state.candidates, "cancelled", "The run was cancelled."),
    )


def known_or_none(value: float) -> float | None:
    """The value, or None for what is not a number, since JSON has no other word for it.

    Examples
    --------
    >>> known_or_none(0.5), known_or_none(float("nan"))
    (0.5, None)
    """
    return None if math.isnan(value) else value


def _known(values: tuple[float | None, ...]) -> list[float]:
    return [value for value in values if value is not None and not math.isnan(value)]


def _mean(values: tuple[float | None, ...]) -> float | None:
    known = _known(values)
    return statistics.fmean(known) if known else None
