"""A run's judging in this process: the real fits, without worker processes to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from core.tasks import get_task
from core.training.budget import Clock
from core.training.catalogue import choose_candidates
from core.training.fitting import FitResult, FitTask, SentSource, fit_task
from core.training.judging import Judging
from core.training.progress import UnseenProgress
from core.training.runs import RunStore
from core.training.state import RunState
from core.training.table import TrainingTable


class Here:
    """Fits in this process, ended in an order of its own, as fast and slow workers would."""

    def __init__(self, slots: int = 1, seed: int = 0) -> None:
        self.slots, self.threads = slots, slots
        self._random = np.random.default_rng(seed)

    def run(
        self, next_tasks: Callable[[], Iterator[FitTask]], fit: Callable[[FitTask], FitResult]
    ) -> Iterator[FitResult]:
        going: list[FitTask] = []
        while True:
            for task in next_tasks():
                going.append(task)
                if len(going) == self.slots:
                    break
            if not going:
                return
            task = going.pop(int(self._random.integers(len(going))))
            with threadpool_limits(task.threads):
                yield fit(task)


def judge(
    table: TrainingTable,
    folder: Path,
    compute: Here | None = None,
    clock: Clock | None = None,
    resume: Judging | None = None,
) -> tuple[Judging, RunState]:
    """What was judged, and the state in the end."""
    compute, recipe = compute or Here(), table.recipe
    candidates = choose_candidates(recipe.candidates, get_task(recipe.task))
    state = RunState("0" * 10, "made", "d", recipe.target, recipe.task, recipe.metric, "2026-01-01")
    progress = UnseenProgress(RunStore(folder), state)
    progress.begin(table, candidates, 0)
    judging = Judging(table, candidates, progress, clock or Clock(), compute)
    if resume is not None:
        judging.go_on_from(list(resume.ended.values()), resume.answers)
    source = SentSource(folder.name, table)
    for result in compute.run(judging.next_tasks, lambda task: fit_task(task, source)):
        judging.take(result)
    judging.give_up("it is over")
    return judging, progress.state
