"""The verbs of training runs: `runs`, `trials` and `compare`."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from core.cli.leaderboard import show_settings
from core.cli.output import AsJson, say, settings, show, table
from core.errors import SlipwayError

if TYPE_CHECKING:
    from core.evaluation.run_comparison import CandidateComparison, RunComparison
    from core.training.runs import RunStore
    from core.training.state import RunState
    from core.training.trials import Trial

Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as `runs` lists it.")]


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    for verb in (runs, trials, compare):
        app.command()(verb)


def runs(as_json: AsJson = False) -> None:
    """List the training runs, the newest first."""
    from core.training.runs import RunStore

    found = [_describe(state) for state in _all_states(RunStore(settings().runs_dir))]
    rows = [
        [
            run["id"],
            run["created_at"][:16].replace("T", " "),
            run["data"],
            run["target"],
            run["status"],
            run["best"] or "–",
            _score(run["metric"], run["score"]),
            str(run["trials"]),
            f"{run['seconds']:.1f}",
        ]
        for run in found
    ]
    head = ["run", "started", "data", "target", "status", "best", "score", "trials", "seconds"]
    show(as_json, {"runs": found}, table(head, rows) if rows else ["Nothing was trained yet."])


def trials(run: Run, as_json: AsJson = False) -> None:
    """List the trials of a run: what was tried, and what came of it."""
    from core.training.runs import RunStore
    from core.training.trials import read_trials

    store = RunStore(settings().runs_dir)
    state, found = store.state(run), read_trials(store.folder(run))
    rows = [_trial_row(trial, state.metric) for trial in found]
    head = ["trial", "candidate", "status", state.metric, "fit s", "settings", "reason"]
    document = {
        "run": run,
        "metric": state.metric,
        "trials": [
            {**msgspec.to_builtins(trial), "mean": trial.mean(state.metric)} for trial in found
        ],
    }
    show(as_json, document, table(head, rows) if rows else ["No trial has ended yet."])


def compare(first: Run, second: Run, as_json: AsJson = False) -> None:
    """Compare two runs: what was done otherwise, and whether it made a difference."""
    from core.evaluation.run_comparison import compare_runs, load_facts
    from core.training.runs import RunStore

    store = RunStore(settings().runs_dir)
    found = compare_runs(load_facts(store, first), load_facts(store, second))
    document = {
        "first": _describe(found.first.state),
        "second": _describe(found.second.state),
        "metric": found.metric,
        "same_data": found.same_data,
        "same_split": found.same_split,
        "same_recipe": found.same_recipe,
        "differences": [msgspec.to_builtins(difference) for difference in found.differences],
        "best": _compared(found.best),
        "candidates": [_compared(candidate) for candidate in found.candidates],
    }
    show(as_json, document, _compare_lines(found))


def _all_states(store: "RunStore") -> list["RunState"]:
    """Of every run that can be read, the newest first."""
    from core.training.runs import RUN_ID

    found = []
    for path in store.directory.glob("*/state.json"):
        name = path.parent.name
        if not RUN_ID.fullmatch(name):
            continue
        try:
            found.append(store.state(name))
        except SlipwayError as error:
            say(f"Run {name}: {error.message}")
    return sorted(found, key=lambda state: state.created_at, reverse=True)


def _describe(state: "RunState") -> dict[str, Any]:
    best = state.best
    return {
        "id": state.id,
        "created_at": state.created_at,
        "data": state.name,
        "target": state.target,
        "task": state.task,
        "status": state.status,
        "message": state.message,
        "metric": state.metric,
        "best": best.name if best else None,
        "score": best.cv_mean(state.metric) if best else None,
        "trials": state.trials,
        "seconds": round(state.elapsed_seconds, 3),
        "owner": state.owner,
        "resumed_from": state.resumed_from or None,
    }


def _trial_row(trial: "Trial", metric: str) -> list[str]:
    return [
        str(trial.number),
        trial.candidate,
        trial.status,
        _score(metric, trial.mean(metric)),
        "–" if trial.fit_seconds is None else f"{trial.fit_seconds:.2f}",
        show_settings({**trial.parameters, **trial.steps}) or trial.origin,
        trial.reason,
    ]


def _compared(candidate: "CandidateComparison") -> dict[str, Any]:
    return {**msgspec.to_builtins(candidate), "is_beyond_noise": candidate.is_beyond_noise}


def _compare_lines(found: "RunComparison") -> list[str]:
    from core.scoring.metrics import get_metric

    metric = get_metric(found.metric)
    rows = [
        [
            candidate.title,
            metric.format(candidate.first),
            metric.format(candidate.second),
            "–" if candidate.difference is None else f"{candidate.difference:+.4f}",
            "–" if candidate.noise is None else f"{candidate.noise:.4f}",
            {True: "yes", False: "no", None: "–"}[candidate.is_beyond_noise],
        ]
        for candidate in [found.best, *found.candidates]
    ]
    first, second = found.first.state.id, found.second.state.id
    changes = [[d.name, _show(d.first), _show(d.second)] for d in found.differences]
    count = "1 difference" if len(changes) == 1 else f"{len(changes)} differences"
    return [
        f"Data: {'the same' if found.same_data else 'not the same'}. "
        f"Split: {'the same' if found.same_split else 'not the same'}. "
        f"Recipe: {count if changes else 'the same'}.",
        "",
        *(table(["recipe", first, second], changes) if changes else []),
        *([""] if changes else []),
        *table([metric.title, first, second, "difference", "noise", "beyond noise"], rows),
    ]


def _score(metric: str, value: float | None) -> str:
    from core.scoring.metrics import get_metric

    return get_metric(metric).format(value)


def _show(value: Any) -> str:
    """A choice of a recipe as text."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)
