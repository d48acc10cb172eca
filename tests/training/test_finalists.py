"""The last fits of a run, with time and without."""

import time

import numpy as np
import pytest
from msgspec.structs import replace

from core.features.proposal import propose_recipe
from core.recipe import Search, Split
from core.training.budget import Clock
from core.training.finalists import MemoryShelf, fit_finalists
from core.training.fitting import ALL_ROWS, TRAINING_PART, SentSource, fit_task
from core.training.progress import UnseenProgress
from core.training.runs import RunStore
from core.training.table import training_table
from tests.inline_run import Here, judge


@pytest.fixture
def table(csv_dataset):
    random = np.random.default_rng(3)
    x, z = random.normal(size=(2, 90))
    labels = np.where(x + random.normal(size=90) > 0, "yes", "no")
    text = "".join(f"{a:.3f},{b:.3f},{y}\n" for a, b, y in zip(x, z, labels, strict=True))
    dataset = csv_dataset("x,z,y\n" + text)
    few = ("baseline", "logistic", "decision_tree")
    search, split = Search(ensemble=False), Split(folds=2)
    return training_table(
        dataset, replace(propose_recipe(dataset, "y"), candidates=few, search=search, split=split)
    )


def _kept(table, folder, clock: Clock) -> tuple[int, set[tuple[int, int]]]:
    """The trial of the best row, and what was fitted in the end: trials with the rows that they saw."""
    judging, state = judge(table, folder)
    shelf = MemoryShelf()
    fit_finalists(
        judging,
        UnseenProgress(RunStore(folder), state),
        Here(2, 0),
        lambda task: fit_task(task, SentSource(folder.name, table)),
        clock,
        shelf,
    )
    return state.best.trial, set(shelf.found)


def test_the_best_is_fitted_though_the_time_is_up_and_nothing_else_is(table, tmp_path):
    best, kept = _kept(table, tmp_path, Clock(time.monotonic() - 1000.0))
    assert kept == {(best, TRAINING_PART)}


def test_the_best_is_fitted_on_all_rows_where_there_is_time_for_it(table, tmp_path):
    best, kept = _kept(table, tmp_path, Clock(time.monotonic() + 1000.0))
    assert kept == {(best, TRAINING_PART), (best, ALL_ROWS)}


def test_without_a_limit_every_candidate_is_fitted(table, tmp_path):
    best, kept = _kept(table, tmp_path, Clock())
    assert {fold for _, fold in kept} == {TRAINING_PART, ALL_ROWS}
    assert len({trial for trial, fold in kept if fold == TRAINING_PART}) == 3
