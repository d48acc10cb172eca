"""The trials of a run: which are done, in which order, with which result."""

import time
from dataclasses import replace as changed

import numpy as np
import pytest
from msgspec.structs import replace

from core.features.proposal import propose_recipe
from core.recipe import Search, Split
from core.training.budget import Clock, Estimates, affordable_sizes
from core.training.catalogue import CATALOGUE
from core.training.judging import Judging
from core.training.parts import WHOLE, Sizes, outer_table, sample_rows, with_sizes
from core.training.table import training_table
from core.training.trials import Trial
from tests.inline_run import Here, judge

FEW = ("baseline", "logistic", "decision_tree")


@pytest.fixture
def table(csv_dataset):
    random = np.random.default_rng(3)
    x, z = random.normal(size=(2, 90))
    labels = np.where(x + random.normal(size=90) > 0, "yes", "no")
    text = "".join(f"{a:.3f},{b:.3f},{'uvw'[i % 3]},{y}\n" for i, (a, b, y) in enumerate(zip(x, z, labels, strict=True)))  # fmt: skip
    dataset = csv_dataset("x,z,kind,y\n" + text)
    recipe = replace(
        propose_recipe(dataset, "y"), candidates=FEW, search=Search(trials=12), split=Split(folds=2)
    )
    return training_table(dataset, recipe)


def _judge(table, tmp_path, *arguments, **options) -> Judging:
    return judge(table, tmp_path, *arguments, **options)[0]


def _told(judging: Judging) -> list[tuple]:
    """What has to be the same however fast which fit was."""
    return [
        (t.number, t.candidate, t.parameters, t.steps, t.origin, t.status, t.fold_scores)
        for _, t in sorted(judging.ended.items())
    ]


def test_the_trials_do_not_depend_on_which_fit_was_quicker(table, tmp_path):
    alone = _judge(table, tmp_path, Here(1, 0))
    assert _told(alone) == _told(_judge(table, tmp_path, Here(3, 1)))
    assert len(alone.ended) == 3 + 12
    assert {t.origin for t in alone.ended.values()} >= {"default", "search"}


def test_a_run_that_is_gone_on_from_ends_like_one_that_was_not_interrupted(table, tmp_path):
    whole = _judge(table, tmp_path, Here(2, 0))
    short = changed(table, recipe=replace(table.recipe, search=Search(trials=5)))
    first = _judge(short, tmp_path, Here(2, 0))
    assert _told(_judge(table, tmp_path, Here(2, 1), resume=first)) == _told(whole)


def test_a_trial_that_begins_badly_is_given_up_and_never_a_default(table, tmp_path):
    many = changed(table, recipe=replace(table.recipe, search=Search(trials=30)))
    judging = _judge(many, tmp_path, Here(2, 0))
    pruned = [t for t in judging.ended.values() if t.status == "pruned"]
    assert pruned
    assert all(t.origin != "default" and "clearly worse than trial" in t.reason for t in pruned)
    assert all(len(t.fold_scores["roc_auc"]) < len(table.folds) for t in pruned)


USED_UP = Clock(time.monotonic() - 1000.0)


def test_a_used_up_clock_still_comes_to_one_model_better_than_the_baseline(table, tmp_path):
    judging = _judge(table, tmp_path, Here(2, 0), USED_UP)
    assert [t.candidate for t in judging.ended.values() if t.status == "done"] == ["logistic"]
    assert {t.candidate for t in judging.ended.values()} == {"logistic"}
    assert not judging.is_owed


def test_where_no_candidate_can_be_judged_the_baseline_is_the_model(table, tmp_path):
    # It wants more neighbours than a fold of so few rows has.
    few = changed(table, folds=[(table.train[:4], table.train[4:8])])
    recipe = replace(table.recipe, candidates=("baseline", "knn"))
    judging = _judge(changed(few, recipe=recipe), tmp_path, Here(2, 0), USED_UP)
    assert [(t.candidate, t.status) for t in judging.ended.values()] == [
        ("knn", "failed"),
        ("baseline", "done"),
    ]


def test_where_time_is_short_a_quick_setting_comes_first_and_else_not_at_all(table, tmp_path):
    boosted = replace(
        table.recipe, candidates=("baseline", "hist_gradient_boosting"), search=Search()
    )
    short = _judge(changed(table, recipe=boosted), tmp_path, Here(2, 0), USED_UP)
    assert [(t.candidate, t.origin) for t in short.ended.values()] == [
        ("hist_gradient_boosting", "quick")
    ]
    free = _judge(changed(table, recipe=boosted), tmp_path, Here(2, 0))
    assert {t.origin for t in free.ended.values()} == {"default"}


class Told(Here):
    """Keeps the tasks that it was given."""

    def __init__(self, slots: int) -> None:
        super().__init__(slots)
        self.tasks = []

    def run(self, next_tasks, fit):
        def told():
            for task in next_tasks():
                self.tasks.append(task)
                yield task

        return super().run(told, fit)


def test_a_real_candidate_is_begun_before_the_baseline_is_judged_on_every_fold(table, tmp_path):
    compute = Told(2)
    _judge(table, tmp_path, compute)
    handed_out = [(task.candidate, task.fold) for task in compute.tasks[:2]]
    assert handed_out == [("baseline", 0), ("logistic", 0)]


def test_all_threads_for_boosting_on_a_large_table_make_the_same_models(
    table, tmp_path, monkeypatch
):
    names = ("baseline", "hist_gradient_boosting")
    table = changed(table, recipe=replace(table.recipe, candidates=names, search=Search(trials=2)))
    small = _judge(table, tmp_path, Told(2))
    monkeypatch.setattr("core.training.allowance.MANY_CELLS", 100)
    compute = Told(2)
    assert _told(_judge(table, tmp_path, compute)) == _told(small)
    threads = {(task.candidate, task.threads) for task in compute.tasks}
    assert threads == {("baseline", 1), ("hist_gradient_boosting", 2)}


def test_the_clock_ends_a_search_that_has_no_number_of_trials(table, tmp_path):
    endless = changed(table, recipe=replace(table.recipe, budget_seconds=6.0, search=Search()))
    started = time.monotonic()
    judging = _judge(endless, tmp_path, Here(1, 0), Clock(started + 6.0, started))
    assert judging.ended  # that it comes back at all is what is tested
    assert not judging.is_owed


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
    assert len(with_sizes(table, Sizes(20, 10, 1)).folds) == 1
    smaller = with_sizes(table, Sizes(20, 10, 5))
    assert {(len(fit), len(judged)) for fit, judged in smaller.folds} == {(20, 10)}
    for (fit, judged), (all_fit, all_judged) in zip(smaller.folds, table.folds, strict=True):
        assert set(fit) <= set(all_fit)
        assert set(judged) <= set(all_judged)
    assert with_sizes(table, None) is table


def test_folds_are_fewer_where_even_few_rows_take_long_and_what_was_used_up_does_not_count(
    table, monkeypatch
):
    monkeypatch.setattr("core.training.budget.LEAST_ROWS", 20)
    monkeypatch.setattr("core.training.budget.CELLS_PER_SECOND", 100)
    three = changed(table, folds=[*table.folds, table.folds[0]])
    now, columns = time.monotonic(), 3

    def sizes(left: float) -> Sizes | None:
        # Whatever went before: of a minute so much is left.
        return affordable_sizes(three, Clock(now + left, now + left - 60.0), slots=1)

    enough = 3 * 20 * columns / (100 * 0.1)
    assert sizes(enough + 0.5) == Sizes(20, 6, 3)
    assert sizes(enough - 0.5) == Sizes(29, 9, 2)
    assert sizes(1.0) == Sizes(20, 6, 2)
    assert sizes(60.0) is None


def test_the_default_is_the_row_of_a_candidate_until_another_is_better_beyond_luck(table, tmp_path):
    judging = _judge(table, tmp_path)
    default = next(t for t in judging.ended.values() if t.candidate == "logistic")

    def row(*scores: float) -> Trial:
        quick, own = (dict.fromkeys(default.fold_scores, found) for found in (scores, (0.5, 0.6)))
        judging._ended = {
            0: replace(default, number=0, origin="quick", fold_scores=quick),
            1: replace(default, number=1, fold_scores=own),
        }
        return judging._champion("logistic")

    assert row(0.61, 0.5).origin == "default"
    assert row(0.71, 0.8).origin == "quick"


def test_samples_keep_the_order_of_the_rows(table):
    rows = table.train[::-1]
    sample = sample_rows(table, rows, 30)
    assert np.all(np.diff(sample) < 0)
    assert sample_rows(table, rows, None) is rows


def test_an_outer_fold_leaves_its_rows_out_of_everything(table):
    split = replace(table.recipe.split, nested=3)
    nested = changed(table, recipe=replace(table.recipe, split=split))
    seen = []
    for outer in range(3):
        part = outer_table(nested, outer)
        assert not set(part.train) & set(part.test)
        assert not set(part.test) & set(table.test)
        for fit, judged in part.folds:
            assert not (set(fit) | set(judged)) & set(part.test)
        seen += part.test.tolist()
    assert sorted(seen) == sorted(table.train.tolist())
    assert outer_table(table, WHOLE) is table
