"""A run from its recipe to its fitted candidates: what the run's own process does."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from core.scoring.answers import Answers
from core.tasks import get_task
from core.training.catalogue import choose_candidates
from core.training.fitting import ALL_ROWS, FitResult, FitTask, fit_task, load_table
from core.training.progress import Progress
from core.training.runs import FoldAnswers, RunStore
from core.training.state import now
from core.training.table import TrainingTable

log = logging.getLogger(__name__)


def run_experiment(run_dir: Path, datasets_dir: Path, processes: int) -> None:
    """Trains every candidate of the run, and keeps what came of it in the run's folder.

    Parameters
    ----------
    run_dir
        The run's folder, with its recipe and a queued state.
    datasets_dir
        Where the data set is kept.
    processes
        How many fits go on at the same time.

    Raises
    ------
    SlipwayError
        When the recipe does not fit the data. A failing candidate is not an error of the run.
    """
    store, run_id = RunStore(run_dir.parent), run_dir.name
    state = msgspec.structs.replace(store.stored_state(run_id), status="running", started_at=now())
    store.write_state(state)
    progress = Progress(store, state)
    table = load_table(run_dir, datasets_dir)
    recipe = table.recipe
    candidates = choose_candidates(recipe.candidates, get_task(recipe.task))
    progress.begin(table, candidates)
    deadline = time.monotonic() + recipe.budget_seconds if recipe.budget_seconds else None
    folds = [*range(len(table.folds)), ALL_ROWS]
    pending = deque(FitTask(c.name, fold) for c in candidates for fold in folds)

    def next_tasks() -> Iterator[FitTask]:
        """Tasks one by one, until the budget is used up; joblib asks when a process is free."""
        while pending and (deadline is None or time.monotonic() < deadline):
            task = pending.popleft()
            progress.task_begins(task)
            yield task

    owner = os.getpid()
    for result in run_tasks(
        next_tasks, lambda task: fit_task(task, run_dir, datasets_dir, owner), processes
    ):
        if result.error:
            log.warning("%s failed: %s\n%s", result.task, result.error, result.details)
        if progress.task_ends(result).status == "done":
            name = result.task.candidate
            store.save_out_of_fold(run_id, name, _collect(table, progress.answers(name)))
    if pending:
        progress.set_aside(f"The budget of {recipe.budget_seconds:g} seconds was used up.")
    _conclude(progress)


def run_tasks(
    next_tasks: Callable[[], Iterator[FitTask]],
    fit: Callable[[FitTask], FitResult],
    processes: int,
) -> Iterator[FitResult]:
    """The results as they come, also when a worker process is killed under way.

    Notes
    -----
    joblib gives up on everything when one of its processes dies. The tasks that were under way are
    then tried again one at a time, each in fresh processes, so that only the one that kills is lost.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    started: dict[FitTask, None] = {}

    def watched() -> Iterator[FitTask]:
        for task in next_tasks():
            started[task] = None
            yield task

    def parallel(tasks: Iterator[FitTask], size: int) -> Iterator[FitResult]:
        # Two tasks a process: the next one is there when a short one ends.
        pool = Parallel(
            n_jobs=size, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1
        )
        for result in pool(delayed(fit)(task) for task in tasks):
            started.pop(result.task, None)
            yield result

    while True:
        try:
            yield from parallel(watched(), processes)
            return
        except TerminatedWorkerError:
            suspects = list(started)
            log.warning("A worker process was killed while these were under way: %s", suspects)
        for task in suspects:
            try:
                yield from parallel(iter([task]), max(2, processes))
            except TerminatedWorkerError:
                started.pop(task, None)
                yield FitResult(
                    task,
                    error="Its worker process was killed, most likely for want of memory.",
                )


def _collect(table: TrainingTable, results: list[FitResult]) -> FoldAnswers:
    """The answers of all folds, one after the other."""
    parts = [r.answers for r in results if r.answers is not None]
    judged = [table.folds[r.task.fold][1] for r in results]
    positions = np.concatenate(judged)
    first = parts[0]
    probabilities = (
        None
        if first.probabilities is None
        else np.concatenate(
            [part.probabilities for part in parts if part.probabilities is not None]
        )
    )
    return FoldAnswers(
        table.target(positions),
        Answers(
            np.concatenate([part.values for part in parts]),
            probabilities,
            first.classes,
            first.positive,
        ),
        np.repeat([r.task.fold for r in results], [len(rows) for rows in judged]),
        table.rows[positions],
    )


def _conclude(progress: Progress) -> None:
    state = progress.state
    if any(c.status == "done" for c in state.candidates):
        progress.end("finished")
        return
    reasons = dict.fromkeys(c.reason for c in state.candidates if c.reason)
    progress.end("failed", "No candidate could be trained. " + " ".join(list(reasons)[:3]))
