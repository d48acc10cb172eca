"""What came of a run, as the command line shows it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from core.cli.output import table
from core.training.state import RunState

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo
    from core.registry.words import Version
    from core.training.state import Holdout


def train_document(
    state: RunState,
    holdout: "Holdout",
    version: "Version",
    info: "DatasetInfo",
    about_target: Sequence[Any],
) -> dict[str, Any]:
    """What `train` prints as JSON."""
    return {
        "task": state.task,
        "target": state.target,
        "metric": state.metric,
        "metrics": list(state.metrics),
        "rows": info.rows,
        "elapsed_seconds": round(state.elapsed_seconds, 3),
        "trials": state.trials,
        "leaderboard": leaderboard(state, holdout.candidate, holdout.metrics.get(state.metric)),
        "best": holdout.candidate,
        "holdout": holdout.metrics,
        "model": version.name,
        "version": version.version,
        "findings": [msgspec.to_builtins(found) for found in (*about_target, *info.findings)],
        "notes": list(state.notes),
        "run": state.id,
        "resumed_from": state.resumed_from or None,
    }


def leaderboard(state: RunState, best: str, test: float | None) -> list[dict[str, Any]]:
    """A row a candidate, best first; only the winner has a test score, since the hold-out is scored once."""
    ranked = state.ranked()
    rest = [c for c in state.candidates if c not in ranked]
    return [
        {
            "candidate": c.name,
            "cv_mean": c.cv_mean(state.metric),
            "cv_std": c.cv_std(state.metric),
            "train": c.train_mean(state.metric),
            "test": test if c.name == best else None,
            "metrics": {name: c.cv_mean(name) for name in c.fold_scores},
            "trials": c.trials,
            "parameters": c.parameters,
            "steps": c.steps,
            "members": {str(number): weight for number, weight in c.members.items()},
            "fit_seconds": c.fit_seconds,
            "predict_ms": c.predict_ms,
            "status": c.status,
            "reason": c.reason,
            "note": c.note,
        }
        for c in [*ranked, *rest]
    ]


def train_lines(document: Mapping[str, Any]) -> list[str]:
    """The leaderboard as a table, and what was made of it."""
    from core.scoring.metrics import get_metric

    metric = get_metric(document["metric"])
    rows = [
        [
            row["candidate"],
            metric.format(row["cv_mean"]),
            metric.format(row["cv_std"]),
            metric.format(row["test"]),
            str(row["trials"]),
            "–" if row["fit_seconds"] is None else f"{row['fit_seconds']:.2f}",
            row["status"].replace("_", " "),
        ]
        for row in document["leaderboard"]
    ]
    best = document["leaderboard"][0]
    return [
        *table(["candidate", metric.title, "±", "hold-out", "trials", "fit s", "status"], rows),
        "",
        *document["notes"],
        *setting_lines(best),
        f"Registered {document['best']} as {document['model']} version {document['version']}. "
        f"{document['trials']} trials in {document['elapsed_seconds']:.1f} s: run {document['run']}.",
    ]


def setting_lines(row: Mapping[str, Any]) -> list[str]:
    """What is special of the best: the trials it was put together from, or its settings.

    Examples
    --------
    >>> setting_lines({"members": {"3": 0.25, "7": 0.75}, "parameters": {}, "steps": {}})
    ['Put together from the trials 7 (75%), 3 (25%).']
    >>> setting_lines({"members": {}, "parameters": {"alpha": 0.1}, "steps": {}})
    ['Its settings: alpha=0.1.']
    """
    if row["members"]:
        by_weight = sorted(row["members"].items(), key=lambda item: -item[1])
        parts = ", ".join(f"{number} ({weight:.0%})" for number, weight in by_weight)
        return [f"Put together from the trials {parts}."]
    settings = show_settings({**row["parameters"], **row["steps"]})
    return [f"Its settings: {settings}."] if settings else []


def show_settings(settings: Mapping[str, Any]) -> str:
    """Settings as one line.

    Examples
    --------
    >>> show_settings({"alpha": 0.123456, "deep": None})
    'alpha=0.123, deep=none'
    """
    from core.evaluation.parallel_coordinates import show_value

    return ", ".join(f"{name}={show_value(value)}" for name, value in settings.items())
