"""The best score over time: what the search gained, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.evaluation.trials import candidate_title
from core.scoring.metrics import get_metric
from core.training.trials import Trial


@dataclass(frozen=True)
class TrialPoint:
    """One trial that has ended.

    Attributes
    ----------
    candidate, title
        The candidate's name and what a person reads for it.
    seconds
        From the run's start to the trial's end.
    score
        Mean over its folds; None where it has none.
    is_best
        Whether it was better than all before it.
    """

    number: int
    candidate: str
    title: str
    status: str
    origin: str
    seconds: float
    score: float | None
    rows: int
    reason: str
    is_best: bool = False


@dataclass(frozen=True)
class BestOverTime:
    """The trials of a run in the order in which they ended.

    Attributes
    ----------
    metric
        The one that decides.
    points
        Every trial that has ended, also those that were pruned or failed.
    best
        (seconds, score) at each new best, of trials that were judged on all folds.
    end_seconds
        Until when the last best holds.
    """

    metric: str
    points: tuple[TrialPoint, ...]
    best: tuple[tuple[float, float], ...]
    end_seconds: float


def best_over_time(
    trials: Iterable[Trial], metric: str, started_at: str | None = None
) -> BestOverTime | None:
    """How the best score rose over the run; None while no trial has ended.

    Parameters
    ----------
    started_at
        When the run started, ISO 8601; None = with its first trial.

    Examples
    --------
    >>> one = Trial(0, "ridge", status="done", fold_scores={"r2": (0.5,)}, finished_at="2026-01-01T00:00:02+00:00")
    >>> best_over_time([one], "r2", "2026-01-01T00:00:00+00:00").best
    ((2.0, 0.5),)
    """
    ended = sorted((t for t in trials if t.finished_at), key=lambda t: _moment(t.finished_at))
    if not ended:
        return None
    begin = min(_moment(trial.started_at or trial.finished_at) for trial in ended)
    begin = _moment(started_at) if started_at else begin
    sort_key = get_metric(metric).sort_key
    points, best, highest = [], [], float("-inf")
    for trial in ended:
        seconds, score = max(0.0, _moment(trial.finished_at) - begin), trial.mean(metric)
        is_best = trial.status == "done" and sort_key(score) > highest
        if is_best and score is not None:
            highest = sort_key(score)
            best.append((seconds, score))
        points.append(_point(trial, seconds, score, is_best))
    return BestOverTime(metric, tuple(points), tuple(best), points[-1].seconds)


def _point(trial: Trial, seconds: float, score: float | None, is_best: bool) -> TrialPoint:
    return TrialPoint(
        trial.number,
        trial.candidate,
        candidate_title(trial.candidate),
        trial.status,
        trial.origin,
        seconds,
        score,
        trial.rows,
        trial.reason,
        is_best,
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
