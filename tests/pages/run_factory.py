"""Runs on disk that nobody did: for pages that only show them."""

from pathlib import Path

import numpy as np
from msgspec.structs import replace

from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.recipe import Recipe
from core.scoring.answers import Answers
from core.training.fold_answers import FoldAnswers
from core.training.runs import RunStore
from core.training.state import CandidateState, RunState
from core.training.trials import Trial, append_trial

START = "2026-01-01T00:00:0"
TRIALS = 12
"""Of the logistic regression, each better than the one before."""


def make_run(home: Path, dataset_id: str, recipe: Recipe | None = None, **changes: object) -> str:
    """The id of a run on this data with these fields of its state, of which no process goes on."""
    if recipe is None:
        recipe = propose_recipe(DatasetStore(home / "datasets", 2**20).load(dataset_id))
    store = RunStore(home / "runs")
    run_id = store.create(recipe, dataset_id, "titanic")
    store.write_state(replace(store.stored_state(run_id), **changes))
    return run_id


def make_search(
    home: Path, dataset_id: str, recipe: Recipe | None = None, **changes: object
) -> str:
    """The id of a finished search: a baseline, logistic regressions, one that failed, and an ensemble of two."""
    trials = [
        _trial(0, "baseline", 0.5),
        *(
            _trial(1 + i, "logistic", 0.7 + i / 100, parameters={"C": 2.0**i}, origin="search")
            for i in range(TRIALS)
        ),
        Trial(1 + TRIALS, "svm_rbf", status="failed", reason="It ran out of memory.",
              started_at=f"{START}8+00:00", finished_at=f"{START}9+00:00"),
    ]  # fmt: skip
    best = trials[TRIALS]
    rows = (
        _row("baseline", "Baseline", trials[0], trials=1),
        _row("logistic", "Logistic regression", best, trials=TRIALS),
        CandidateState("svm_rbf", "SVM, RBF kernel", 2, "failed", trials[-1].reason, trials=1),
        replace(
            _row("ensemble", "Ensemble", _trial(99, "ensemble", 0.9), trials=0),
            trial=None,
            members={best.number: 0.75, best.number - 1: 0.25},
        ),
    )
    state = {
        "status": "finished", "metrics": ("roc_auc", "f1_weighted"), "candidates": rows,
        "trials": len(trials), "done_tasks": 28, "started_at": f"{START}0+00:00",
        "finished_at": f"{START}9+00:00", **changes,
    }  # fmt: skip
    run_id = make_run(home, dataset_id, recipe, **state)
    for trial in trials:
        append_trial(home / "runs" / run_id, trial)
    for name in (0, best.number, "ensemble"):
        RunStore(home / "runs").save_out_of_fold(run_id, name, _answers())
    return run_id


def state_of(home: Path, run_id: str) -> RunState:
    """The state as it was last written."""
    return RunStore(home / "runs").stored_state(run_id)


def _answers() -> FoldAnswers:
    labels, said = np.array([0, 1] * 10), np.linspace(0.1, 0.9, 20)
    answers = Answers((said > 0.5).astype(int), np.column_stack([1 - said, said]), (0, 1), 1)
    return FoldAnswers(labels, answers, np.arange(20) % 2, np.arange(20))


def _trial(number: int, candidate: str, score: float, **options: object) -> Trial:
    scores = {"roc_auc": (score, score + 0.02), "f1_weighted": (score - 0.1, score)}
    return Trial(
        number,
        candidate,
        status="done",
        fold_scores=scores,
        train_scores=scores,
        fit_seconds=0.5,
        started_at=f"{START}0+00:00",
        finished_at=f"{START}{number % 9}+00:00",
        **options,
    )


def _row(name: str, title: str, trial: Trial, trials: int) -> CandidateState:
    return CandidateState(
        name,
        title,
        folds=2,
        status="done",
        folds_done=2,
        fold_scores=trial.fold_scores,
        train_scores=trial.train_scores,
        fit_seconds=trial.fit_seconds,
        trial=trial.number,
        trials=trials,
        parameters=trial.parameters,
    )
