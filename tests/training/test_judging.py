"""The trials of a run: which are done, in which order, with which result."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from core.features.proposal import propose_recipe
from core.recipe import Search
from core.training.budget import Clock, Estimates, affordable_sizes
from core.training.catalogue import CATALOGUE, choose_candidates
from core.training.fitting import FitTask, SentSource, fit_task
from core.training.judging import Judging
from core.training.parts import WHOLE, outer_table, sample_rows, with_sizes
from core.training.progress import UnseenProgress
from core.training.runs import RunStore
from core.training.state import RunState
from core.training.table import training_table

FEW = ("baseline", "logistic", "decision_tree")


class Here:
    """Fits in this process, ended in an order of its own, as fast and slow workers would."""

    def __init__(self, slots: int, seed: int) -> None:
        self.slots = slots
        self._random = np.random.default_rng(seed)

    def run(self, next_tasks, fit) -> Iterator:
        going: list[FitTask] = []
        while True:
            for task in next_tasks():
                going.append(task)
                if len(going) == self.slots:
                    break
            if not going:
                return
            yield fit(going.pop(int(self._random.integers(len(going)))))


@pytest.fixture
def table(csv_dataset):
    random = np.random.default_rng(3)
    x, z = random.normal(size=(2, 90))
    labels = np.where(x + random.normal(size=90) > 0, "yes", "no")
    text = "".join(f"{a:.3f},{b:.3f},{'uvw'[i % 3]},{y}\n" for i, (a, b, y) in enumerate(zip(x, z, labels, strict=True)))  # fmt: skip
    dataset = csv_dataset("x,z,kind,y\n" + text)
    recipe = replace(propose_recipe(dataset, "y"), candidates=FEW, search=Search(trials=14))
    return training_table(dataset, recipe)


def _judge(table, tmp_path, compute, clock=None, resume=None) -> Judging:
    candidates = choose_candidates(table.recipe.candidates, None or _task(table))
    progress = UnseenProgress(RunStore(tmp_path), _state(table))
    progress.begin(table, candidates, 0)
    judging = Judging(table, candidates, progress, clock or Clock(), compute.slots)
    if resume is not None:
        judging.go_on_from(list(resume.ended.values()), resume.answers)
    source = SentSource("test", table)
    for result in compute.run(judging.next_tasks, lambda task: fit_task(task, source)):
        judging.take(result)
    return judging


def _task(table):
    from core.tasks import get_task

    return get_task(table.recipe.task)


def _state(table) -> RunState:
    recipe = table.recipe
    return RunState("0" * 10, "made", "d", recipe.target, recipe.task, recipe.metric, "2026-01-01")


def _told(judging: Judging) -> list[tuple]:
    """What has to be the same however fast which fit was."""
    return [
        (t.number, t.candidate, t.parameters, t.steps, t.origin, t.status, t.fold_scores)
        for _, t in sorted(judging.ended.items())
    ]


def test_the_trials_do_not_depend_on_which_fit_was_quicker(table, tmp_path):
    alone = _judge(table, tmp_path, Here(1, 0))
    assert _told(alone) == _told(_judge(table, tmp_path, Here(3, 1)))
    assert len(alone.ended) == 3 + 14
    assert {t.origin for t in alone.ended.values()} >= {"default", "search"}


def test_a_run_that_is_gone_on_from_ends_like_one_that_was_not_interrupted(table, tmp_path):
    whole = _judge(table, tmp_path, Here(2, 0))
    from dataclasses import replace as changed

    short = changed(table, recipe=replace(table.recipe, search=Search(trials=5)))
    first = _judge(short, tmp_path, Here(2, 0))
    assert _told(_judge(table, tmp_path, Here(2, 1), resume=first)) == _told(whole)


def test_a_trial_that_begins_badly_is_given_up_and_never_a_default(table, tmp_path):
    from dataclasses import replace as changed

    many = changed(table, recipe=replace(table.recipe, search=Search(trials=40)))
    judging = _judge(many, tmp_path, Here(2, 0))
    pruned = [t for t in judging.ended.values() if t.status == "pruned"]
    assert pruned
    assert all(t.origin != "default" and "clearly worse than trial" in t.reason for t in pruned)
    assert all(len(t.fold_scores["roc_auc"]) < len(table.folds) for t in pruned)


def test_a_used_up_clock_begins_nothing(table, tmp_path):
    judging = _judge(table, tmp_path, Here(2, 0), Clock(time.monotonic() - 1))
    assert not judging.ended


def test_the_clock_ends_a_search_that_has_no_number_of_trials(table, tmp_path):
    from dataclasses import replace as changed

    endless = changed(table, recipe=replace(table.recipe, budget_seconds=3.0, search=Search()))
    started = time.monotonic()
    judging = _judge(endless, tmp_path, Here(1, 0), Clock(started + 3.0, started))
    assert len(judging.ended) > 3
    assert time.monotonic() - started < 4.5


def test_estimates_grow_with_the_rows_as_the_candidate_does():
    known = Estimates()
    assert known.seconds(CATALOGUE["svm_rbf"], 1000) is None
    known.add(CATALOGUE["svm_rbf"], 1000, 1.0)
    growth = CATALOGUE["svm_rbf"].growth
    assert known.seconds(CATALOGUE["svm_rbf"], 2000) == pytest.approx(2**growth)
    other = known.seconds(CATALOGUE["baseline"], 1000)
    assert other == pytest.approx(CATALOGUE["baseline"].cost / CATALOGUE["svm_rbf"].cost)


def test_folds_are_made_smaller_only_where_time_is_short(table):
    assert affordable_sizes(table, Clock(), 2) is None
    assert affordable_sizes(table, Clock(time.monotonic() + 60), 2) is None  # few rows
    from core.training.parts import Sizes

    smaller = with_sizes(table, Sizes(20, 10))
    assert {(len(fit), len(judge)) for fit, judge in smaller.folds} == {(20, 10)}
    for (fit, judge), (all_fit, all_judge) in zip(smaller.folds, table.folds, strict=True):
        assert set(fit) <= set(all_fit)
        assert set(judge) <= set(all_judge)
    assert with_sizes(table, None) is table


def test_samples_keep_the_order_of_the_rows(table):
    rows = table.train[::-1]
    sample = sample_rows(table, rows, 30)
    assert np.all(np.diff(sample) < 0)
    assert sample_rows(table, rows, None) is rows


def test_an_outer_fold_leaves_its_rows_out_of_everything(table):
    from dataclasses import replace as changed

    split = replace(table.recipe.split, nested=3)
    nested = changed(table, recipe=replace(table.recipe, split=split))
    seen = []
    for outer in range(3):
        part = outer_table(nested, outer)
        assert not set(part.train) & set(part.test)
        assert not set(part.test) & set(table.test)
        for fit, judge in part.folds:
            assert not (set(fit) | set(judge)) & set(part.test)
        seen += part.test.tolist()
    assert sorted(seen) == sorted(table.train.tolist())
    assert outer_table(table, WHOLE) is table
