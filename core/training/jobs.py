"""Starting, stopping and concluding runs: what a page or the command line calls."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from core.data.store import DatasetStore
from core.errors import HoldoutSpent, TrainingError, list_names
from core.moments import now
from core.processes import find_process, spawn, stop_tree
from core.recipe import Recipe
from core.settings import Settings
from core.storage import write_bytes
from core.tasks import get_task
from core.training.catalogue import choose_candidates
from core.training.fold_answers import FoldAnswers
from core.training.orders import Orders
from core.training.runs import CANCELLED, RunStore
from core.training.spares import WORKER, is_waiting, start_process
from core.training.state import Holdout, LearningCurve, RunState, as_cancelled, known_or_none

POLL_SECONDS = 0.2


def start_run(
    settings: Settings,
    dataset_id: str,
    recipe: Recipe,
    *,
    owner: str = "",
    scheduler: str | None = None,
    resume: str | None = None,
    spent_seconds: float = 0.0,
    spare: str | None = None,
) -> str:
    """The id of a run that was started in a process of its own, or waits there for its turn.

    Parameters
    ----------
    owner
        Who asks, so that people take turns.
    scheduler
        The address of the Dask cluster that does the work; None = as the settings say.
    resume
        A run on the same data and folds whose trials this one goes on from.
    spent_seconds
        How much of the budget was used up before.
    spare
        A process that waits for a run; see `core.training.spares`.

    Raises
    ------
    DatasetNotFound, RecipeError, UnknownColumn
        When the recipe does not fit the data set; nothing is started then.
    RunNotFound, TrainingError
        When the run to go on from is gone, or judged by other folds.
    """
    from core.training.table import training_table

    asked = time.monotonic()
    dataset = DatasetStore(settings.datasets_dir, settings.max_upload_bytes).load(dataset_id)
    # Every reason to refuse, before anything is started; what was left open is decided.
    recipe = training_table(dataset, recipe).recipe
    choose_candidates(recipe.candidates, get_task(recipe.task))
    store = RunStore(settings.runs_dir)
    if resume is not None:
        _check_resumable(settings, store, resume, dataset_id, recipe)
    orders = Orders(
        processes=settings.training_processes,
        memory_bytes=None if settings.memory_mb is None else settings.memory_mb * 2**20,
        scheduler=settings.dask_scheduler if scheduler is None else scheduler,
        runs=settings.training_runs,
        owner=owner,
        spent_seconds=spent_seconds + time.monotonic() - asked,
        tracking_uri=settings.tracking_uri if settings.record_trials else "",
    )
    run_id = store.create(
        recipe,
        dataset_id,
        dataset.info.name,
        owner=owner,
        resumed_from=resume or "",
        orders=orders,
        spare=spare if spare is not None and is_waiting(settings, spare) else None,
    )
    if not store.is_alive(run_id):  # it is no spare's, or the spare has just ended
        start_process(settings, run_id)
    return run_id


def cancel_run(settings: Settings, run_id: str) -> RunState:
    """The run's state after every process of it was stopped. What had finished is kept.

    Raises
    ------
    RunNotFound
        When there is no such run.
    """
    store = RunStore(settings.runs_dir)
    folder = store.folder(run_id)
    if not store.state(run_id).is_active:
        return store.state(run_id)
    write_bytes(folder / CANCELLED, b"")  # a process that has not begun yet sees it and ends
    if process := find_process(folder / "pid", str(folder)):
        stop_tree(process)
    state = store.stored_state(run_id)
    if not state.is_active:
        return state  # it finished in the meantime
    state = as_cancelled(state)
    store.write_state(state)
    return state


def choose_winner(settings: Settings, run_id: str, candidate: str) -> Holdout:
    """The candidate's report on the hold-out, which is scored once a run, for this candidate alone.

    Raises
    ------
    HoldoutSpent
        When it was already scored for another candidate.
    TrainingError
        When the candidate has not finished, or the run still goes on.
    """
    from filelock import FileLock

    store = RunStore(settings.runs_dir)
    folder = store.folder(run_id)
    with FileLock(folder / "holdout.lock"):
        known = store.holdout(run_id)
        if known is not None:
            if known.candidate != candidate:
                raise HoldoutSpent(known.candidate, candidate)
            return known
        if store.state(run_id).is_active:
            raise TrainingError(
                "The hold-out must be scored after the run has ended. It still goes on.",
                "Wait until it has finished, or cancel it; what had finished can be chosen then.",
            )
        report, answers = _score_holdout(settings, store, run_id, candidate)
        store.save_holdout(run_id, report, answers)
        store.write_state(msgspec.structs.replace(store.state(run_id), winner=candidate))
        return report


def start_learning_curve(settings: Settings, run_id: str, candidate: str) -> None:
    """Starts drawing the candidate's learning curve in a process of its own, unless one does already.

    Raises
    ------
    RunNotFound
        When there is no such run.
    """
    store = RunStore(settings.runs_dir)
    known = store.learning_curve(run_id, candidate)
    if known is not None and known.status == "running":
        return
    metric = store.recipe(run_id).metric
    write_bytes(
        store.curve_path(run_id, candidate), msgspec.json.encode(LearningCurve(candidate, metric))
    )
    folder = store.folder(run_id)
    spawn(
        WORKER,
        ["curve", str(folder), str(settings.datasets_dir), candidate],
        folder / "log.txt",
        store.curve_path(run_id, candidate).with_suffix(".pid"),
    )


def wait_for_run(
    settings: Settings, run_id: str, tell: Callable[[RunState], None] = lambda state: None
) -> RunState:
    """The run's state once it has ended; `tell` is given each state on the way, the last included."""
    store = RunStore(settings.runs_dir)
    while True:
        state = store.state(run_id)
        tell(state)
        if not state.is_active:
            return state
        time.sleep(POLL_SECONDS)


def check_ended(settings: Settings, run_id: str) -> None:
    """Nothing, when a run may be gone on from.

    Raises
    ------
    RunNotFound
        When there is no such run.
    TrainingError
        When it still goes on.
    """
    if RunStore(settings.runs_dir).state(run_id).is_active:
        raise TrainingError(
            f"A run must have ended to be gone on from. Run {run_id} still goes on.",
            "Wait until it has finished, or cancel it.",
        )


def _check_resumable(
    settings: Settings, store: RunStore, run_id: str, dataset_id: str, recipe: Recipe
) -> None:
    """Raises `TrainingError` unless the trials of that run were judged as the recipe judges."""
    check_ended(settings, run_id)
    before = store.recipe(run_id)
    same = ("target", "task", "metric", "columns", "positive", "metrics", "costs", "preparing",
            "split", "balance", "threshold", "seed")  # fmt: skip
    other = [name for name in same if getattr(before, name) != getattr(recipe, name)]
    if store.state(run_id).dataset_id != dataset_id:
        other.insert(0, "data")
    if other:
        raise TrainingError(
            f"A run that goes on from another must have the same data and recipe, but for its budget, "
            f"search and candidates. Run {run_id} differs in {list_names(other)}.",
            "Take its recipe, or start a new run.",
        )


def _score_holdout(
    settings: Settings, store: RunStore, run_id: str, candidate: str
) -> tuple[Holdout, FoldAnswers]:
    import numpy as np

    from core.scoring.answers import answer_rows
    from core.scoring.metrics import score_all, task_metrics
    from core.training.finalists import fitted_pipeline
    from core.training.table import training_table

    pipeline = fitted_pipeline(settings, run_id, candidate)
    recipe = store.recipe(run_id)
    dataset = DatasetStore(settings.datasets_dir, settings.max_upload_bytes).load(
        store.state(run_id).dataset_id
    )
    table = training_table(dataset, recipe)
    actual = table.target(table.test)
    answers = answer_rows(pipeline, table.features(table.test), recipe.positive, recipe.costs)
    scores = score_all(task_metrics(recipe), actual, answers)
    metrics = {name: known_or_none(value) for name, value in scores.items()}
    return (
        Holdout(candidate, metrics, len(table.test), now()),
        FoldAnswers(actual, answers, np.zeros(len(actual), dtype=int), table.rows[table.test]),
    )
