"""What MLflow is told of a training run and of each of its trials."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev
from typing import Any

from core.evaluation.run_comparison import recipe_values
from core.recipe import Recipe, Role, dump_recipe
from core.training.state import ENSEMBLE, Holdout, RunState
from core.training.trials import Trial


@dataclass(frozen=True)
class Description:
    """What MLflow is told of one run.

    Attributes
    ----------
    metrics
        (name, value, step).
    """

    params: Mapping[str, Any]
    metrics: tuple[tuple[str, float, int], ...]
    tags: Mapping[str, str]


def describe_trial(trial: Trial) -> Description:
    """The settings of a trial, its scores as mean, spread and one step a fold, its times and its end."""
    params = {"candidate": trial.candidate, **trial.parameters, **trial.steps}
    if trial.rows:
        params["rows"] = trial.rows
    tags = {
        "slipway.status": trial.status,
        "slipway.origin": trial.origin,
        "slipway.reason": trial.reason,
        "slipway.note": trial.note,
    }
    metrics = [*_fold_metrics("", trial.fold_scores), *_fold_metrics("train_", trial.train_scores)]
    seconds = {
        "fit_seconds": trial.fit_seconds,
        "predict_ms": trial.predict_ms,
        "seconds": _seconds_between(trial.started_at, trial.finished_at),
    }
    metrics += [(name, value, 0) for name, value in seconds.items() if value is not None]
    return Description(params, tuple(metrics), tags)


def _fold_metrics(
    prefix: str, scores: Mapping[str, tuple[float | None, ...]]
) -> Iterator[tuple[str, float, int]]:
    """Mean and standard deviation of each metric, and one step a fold under `fold/`."""
    for metric, values in scores.items():
        steps = [
            (value, step)
            for step, value in enumerate(values)
            if value is not None and math.isfinite(value)
        ]
        known = [value for value, _ in steps]
        if known:
            yield f"{prefix}{metric}", fmean(known), 0
        if len(known) > 1:
            yield f"{prefix}{metric}_std", stdev(known), 0
        yield from ((f"fold/{prefix}{metric}", value, step) for value, step in steps)


def describe_run(
    state: RunState, recipe: Recipe, holdout: Holdout | None, trials: list[Trial]
) -> Description:
    """The recipe of a run, its best candidate's scores, those on the hold-out, and its end.

    The columns are in the recipe's text only: there may be thousands.
    """
    params = {
        name: value
        for name, value in recipe_values(recipe).items()
        if not name.startswith("columns.") and value is not None
    }
    params["features"] = len(recipe.features)
    params |= {role.value: ", ".join(recipe.named(role)) for role in (Role.GROUP, Role.TIME)}
    metrics: dict[str, float | None] = {
        "trials": float(len(trials)),
        "seconds": state.elapsed_seconds,
        "rows_train": float(state.rows_train),
        "rows_test": float(state.rows_test),
    }
    best = state.best
    if best is not None:
        metrics |= {name: best.cv_mean(name) for name in best.fold_scores}
        metrics[f"{state.metric}_std"] = best.cv_std(state.metric)
    if holdout is not None:
        metrics |= {f"holdout_{name}": value for name, value in holdout.metrics.items()}
    for name, values in state.nested_scores.items():
        judged = [value for value in values if value is not None]
        metrics[f"nested_{name}"] = fmean(judged) if judged else None
    known = [
        (name, value, 0)
        for name, value in metrics.items()
        if value is not None and math.isfinite(value)
    ]
    return Description(params, tuple(known), _run_tags(state, recipe, best.name if best else ""))


def _run_tags(state: RunState, recipe: Recipe, best: str) -> dict[str, str]:
    unscored = {
        f"slipway.candidate.{c.name}": f"{c.status}: {c.reason}"
        for c in state.candidates
        if c.status != "done" and c.reason
    }
    return {
        "slipway.status": state.status,
        "slipway.reason": state.message,
        "slipway.best": best,
        "slipway.winner": state.winner or "",
        "slipway.dataset": state.dataset_id,
        "slipway.recipe": dump_recipe(recipe),
        "slipway.resumed_from": state.resumed_from,
        "slipway.notes": "\n".join(state.notes),
        "slipway.ensemble": _members(state),
        "mlflow.user": state.owner,
        **unscored,
    }


def _members(state: RunState) -> str:
    """The weights of the trials that were put together, where they were."""
    row = state.candidate(ENSEMBLE)
    return ", ".join(f"{n}: {w:.3g}" for n, w in row.members.items()) if row else ""


def milliseconds(moment: str) -> int:
    """A moment in ISO 8601 as MLflow counts time.

    Examples
    --------
    >>> milliseconds("1970-01-01T00:00:01.500+00:00")
    1500
    """
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _seconds_between(start: str, end: str) -> float | None:
    return (milliseconds(end) - milliseconds(start)) / 1000 if start and end else None
