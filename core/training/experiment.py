"""A run from its recipe to its fitted candidates: what the run's own process does."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from threadpoolctl import threadpool_limits

from core.data.store import DatasetStore
from core.moments import now, seconds_since
from core.recipe import Recipe
from core.scoring.answers import answer_rows
from core.scoring.metrics import score_all, task_metrics
from core.tasks import get_task
from core.training.budget import Clock, affordable_sizes
from core.training.candidates.base import Candidate
from core.training.catalogue import choose_candidates
from core.training.compute.base import Compute
from core.training.compute.opening import open_compute
from core.training.finalists import (
    MemoryShelf,
    RunShelf,
    Shelf,
    fit_finalists,
    remove_prepared,
    try_ensemble,
    winning_pipeline,
)
from core.training.fitting import (
    FitResult,
    FitTask,
    FolderSource,
    SentSource,
    Source,
    fit_task,
    load_table,
)
from core.training.judging import Judging
from core.training.orders import Orders
from core.training.parts import WHOLE, Sizes, outer_table, with_sizes
from core.training.progress import Progress, UnseenProgress
from core.training.runs import RunStore
from core.training.state import ENSEMBLE, RunState, known_or_none
from core.training.table import TrainingTable

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""How often is looked whether the one model has come that a run goes on for after its time."""

CLOSING_SECONDS = 0.3
"""What writing the last state takes at the end of a budget."""


def run_experiment(
    run_dir: Path,
    datasets_dir: Path,
    processes: int = 1,
    orders: Orders | None = None,
    *,
    is_forking: bool = False,
) -> None:
    """Trains the candidates of the run, and keeps what came of it in the run's folder.

    Parameters
    ----------
    run_dir
        The run's folder, with its recipe and a queued state.
    datasets_dir
        Where the data set is kept.
    processes
        How many fits go on at the same time, where there are no orders.
    is_forking
        Whether worker processes begin as copies of this one, which then must do nothing else.

    Raises
    ------
    SlipwayError
        When the recipe does not fit the data. A failing candidate is not an error of the run.
    """
    orders = orders or Orders(processes)
    store = RunStore(run_dir.parent)
    state = store.stored_state(run_dir.name)
    if state.status == "queued":
        state = msgspec.structs.replace(state, status="running", started_at=now())
    store.write_state(state)
    progress = Progress(store, state)
    size = DatasetStore(datasets_dir, 0).info(state.dataset_id).size_bytes
    with closing(open_compute(orders, size, is_forking=is_forking)) as compute:
        compute.warm(partial(load_table, run_dir, datasets_dir))
        try:
            _run(_Run(store, run_dir, datasets_dir, orders, compute), progress)
        finally:
            remove_prepared(run_dir)


@dataclass(frozen=True)
class _Run:
    """What all parts of a run share."""

    store: RunStore
    run_dir: Path
    datasets_dir: Path
    orders: Orders
    compute: Compute


def _run(run: _Run, progress: Progress) -> None:
    table = load_table(run.run_dir, run.datasets_dir)
    recipe = table.recipe
    candidates = choose_candidates(recipe.candidates, get_task(recipe.task))
    clock = _clock(recipe, progress.state, run.orders)
    sizes = affordable_sizes(table, clock, run.compute.slots)
    smaller = with_sizes(table, sizes)
    source = _source(run, table, sizes)
    progress.begin(smaller, candidates, _expected_fits(recipe, len(candidates), len(table.folds)))
    for text in table.notes:
        progress.note(text)
    if sizes is not None:
        progress.note(
            f"Candidates are compared on {sizes.folds} folds of at most {sizes.fit:,} rows, so that the time is "
            f"enough; the best is fitted on all {len(table.train):,}."
        )
    shelf = RunShelf(run.store, run.run_dir.name)
    judging = _train(run.compute, source, smaller, candidates, progress, clock, shelf, run=run)
    _keep_ensemble(progress.state, judging, shelf, run.store)
    if recipe.split.nested:
        _judge_nested(run, table, candidates, progress)
    _conclude(progress)


def _train(
    compute: Compute,
    source: Source,
    table: TrainingTable,
    candidates: list[Candidate],
    progress: Progress,
    clock: Clock,
    shelf: Shelf,
    outer: int = WHOLE,
    run: _Run | None = None,
) -> Judging:
    """Judges, combines and fits; what was judged."""
    fit = partial(fit_task, source=source)
    judging = Judging(table, candidates, progress, clock, compute, outer)
    if run is not None and progress.state.resumed_from:
        _go_on(judging, run.store, progress.state.resumed_from)
    with _stopped_at_the_end(compute, clock, judging):
        for result in compute.run(judging.next_tasks, fit):
            _tell(result)
            judging.take(result)
    judging.give_up(_why_over(table.recipe, clock))
    progress.change(phase="combining")
    try_ensemble(judging, progress, clock, compute.slots)
    progress.change(phase="fitting")
    fit_finalists(judging, progress, compute, fit, clock, shelf, outer)
    return judging


def _judge_nested(
    run: _Run, table: TrainingTable, candidates: list[Candidate], progress: Progress
) -> None:
    """Does the whole search again in each outer fold, and scores what it chose on rows it never saw."""
    recipe = table.recipe
    found: list[dict[str, float]] = []
    progress.change(phase="nested")
    for outer in range(recipe.split.nested):
        part = outer_table(table, outer)
        clock = _share_of_clock(recipe)
        sizes = affordable_sizes(part, clock, run.compute.slots)
        unseen, shelf = UnseenProgress(run.store, progress.state), MemoryShelf()
        unseen.begin(part, candidates, 0)
        source, smaller = _source(run, table, sizes), with_sizes(part, sizes)
        judging = _train(run.compute, source, smaller, candidates, unseen, clock, shelf, outer)
        pipeline = winning_pipeline(unseen.state, judging, shelf)
        if pipeline is None:
            progress.note(f"Outer fold {outer + 1} of the nested judging came to no model.")
            continue
        # More threads here would be a trap for processes that begin as copies of this one.
        with threadpool_limits(1):
            answers = answer_rows(pipeline, part.features(part.test), recipe.positive, recipe.costs)
        found.append(score_all(task_metrics(recipe), part.target(part.test), answers))
        names = found[0]
        progress.change(
            nested_scores={n: tuple(known_or_none(scores[n]) for scores in found) for n in names}
        )


def _keep_ensemble(state: RunState, judging: Judging, shelf: Shelf, store: RunStore) -> None:
    best = state.best
    if best is None or best.name != ENSEMBLE:
        return
    pipeline = winning_pipeline(state, judging, shelf)
    if pipeline is not None:
        store.save_pipeline(state.id, ENSEMBLE, pipeline)


def _go_on(judging: Judging, store: RunStore, run_id: str) -> None:
    """Takes over the trials of an earlier run, and what they answered."""
    trials = store.trials(run_id)
    found = {t.number: store.trial_answers(run_id, t.number) for t in trials}
    judging.go_on_from(trials, {n: answers for n, answers in found.items() if answers is not None})


def _source(run: _Run, whole: TrainingTable, sizes: Sizes | None) -> Source:
    if run.orders.scheduler:
        return SentSource(run.run_dir.name, whole, sizes)
    return FolderSource(run.run_dir, run.datasets_dir, sizes)


def _clock(recipe: Recipe, state: RunState, orders: Orders) -> Clock:
    """The time that is left of the budget, which runs since the run was asked for.

    There may be none, where reading the file used it up: then a run only comes to the one model that it owes.
    """
    if recipe.budget_seconds is None:
        return Clock()
    gone = seconds_since(state.started_at or now()) + orders.spent_seconds
    share = recipe.budget_seconds / (recipe.split.nested + 1)
    started = time.monotonic() - gone
    return Clock(started + share - CLOSING_SECONDS, started)


def _share_of_clock(recipe: Recipe) -> Clock:
    """The time of one outer fold."""
    if recipe.budget_seconds is None:
        return Clock()
    return Clock(time.monotonic() + recipe.budget_seconds / (recipe.split.nested + 1))


@contextmanager
def _stopped_at_the_end(compute: Compute, clock: Clock, judging: Judging) -> Iterator[None]:
    """Stops what goes on when the time is up, should it not have ended by itself, and no model is owed."""
    import threading

    if not clock.is_limited:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        wait = max(0.0, clock.left)
        while not over.wait(wait):
            if not judging.is_owed:
                compute.stop()
                return
            wait = LOOK_SECONDS

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()  # it must not stop what comes next


def _expected_fits(recipe: Recipe, candidates: int, folds: int) -> int:
    """How many fits there will be; 0 where the time or the search decides."""
    if recipe.budget_seconds is not None or recipe.search.trials:
        return 0
    return candidates * (folds + 1)


def _why_over(recipe: Recipe, clock: Clock) -> str:
    if clock.is_limited:
        return f"The budget of {recipe.budget_seconds:g} seconds was used up."
    return "The run ended before."


def _tell(result: FitResult) -> None:
    if result.error:
        log.warning("%s failed: %s\n%s", _words(result.task), result.error, result.details)


def _words(task: FitTask) -> str:
    return f"{task.candidate} (trial {task.trial}, fold {task.fold})"


def _conclude(progress: Progress) -> None:
    state = progress.state
    if any(c.status == "done" for c in state.candidates):
        progress.end("finished")
        return
    reasons = dict.fromkeys(c.reason for c in state.candidates if c.reason)
    progress.end("failed", "No candidate could be trained. " + " ".join(list(reasons)[:3]))
