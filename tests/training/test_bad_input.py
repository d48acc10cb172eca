"""Tables that make candidates stumble: the judging ends with a result and says what happened, in words."""

import numpy as np
import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.features.proposal import propose_recipe
from core.recipe import ColumnChoice, Role, Split
from core.training.table import training_table
from tests.inline_run import judge

QUICK = ("baseline", "logistic", "naive_bayes", "decision_tree", "knn", "svm_linear",
         "hist_gradient_boosting")  # fmt: skip
QUICK_NUMBERS = ("baseline", "ridge", "decision_tree", "knn", "hist_gradient_boosting")


@pytest.fixture
def run(csv_dataset, tmp_path):
    def run(header: str, rows: list[str], candidates=QUICK, **changes):
        dataset = csv_dataset("\n".join([header, *rows]) + "\n")
        recipe = propose_recipe(dataset, "y")
        recipe = replace(recipe, candidates=candidates, split=Split(folds=3), **changes)
        table = training_table(dataset, recipe)
        judging, state = judge(table, tmp_path)
        return table, judging, state

    return run


def _assert_ended(state, at_least: int) -> None:
    """Every candidate is done or says why it is not."""
    done = [c for c in state.candidates if c.status == "done"]
    assert len(done) >= at_least
    for c in state.candidates:
        assert c.status == "done" or c.reason


def test_a_level_that_no_fold_has_seen_is_answered(run):
    rows = [f"{i},{'once' if i == 7 else 'abc'[i % 3]},{'yn'[(i // 3) % 2]}" for i in range(60)]
    _, _, state = run("n,kind,y", rows)
    _assert_ended(state, len(QUICK))


def test_a_column_that_is_empty_in_a_fold_is_survived(run):
    rows = [f"{i * 7 % 20},{i if i == 5 else ''},{'yn'[(i * 7 // 3) % 2]}" for i in range(60)]
    both = {"n": ColumnChoice("number"), "rare": ColumnChoice("number")}
    columns = {**both, "y": ColumnChoice("category", Role.TARGET)}
    _, _, state = run("n,rare,y", rows, columns=columns)
    _assert_ended(state, len(QUICK))


def test_infinite_values_are_survived(run):
    rows = [f"{['inf', '-inf', i, 2 * i][i % 4]},{i % 5},{'yn'[(i // 2) % 2]}" for i in range(80)]
    _, _, state = run("n,m,y", rows)
    _assert_ended(state, len(QUICK))


def test_more_columns_than_rows_are_learned_from(run):
    random = np.random.default_rng(0)
    values = random.normal(size=(40, 60)).round(3)
    rows = [",".join(map(str, row)) + f",{'yn'[int(row[0] > 0)]}" for row in values]
    _, _, state = run(",".join(f"c{i}" for i in range(60)) + ",y", rows)
    _assert_ended(state, len(QUICK))


def test_a_class_that_is_missing_in_a_fold_is_judged_all_the_same(run):
    labels = ["a", "b"] * 28 + ["rare"] * 4
    rows = [f"{i % 13},{i % 7},{label}" for i, label in enumerate(labels)]
    table, judging, state = run("n,m,y", rows)
    _assert_ended(state, len(QUICK) - 1)
    answers = next(iter(judging.answers.values())).answers
    assert answers.classes == table.classes
    assert np.allclose(answers.probabilities.sum(axis=1), 1.0)


def test_ten_thousand_classes_are_refused_with_the_reason(csv_dataset):
    rows = [f"{i},k{i // 4}" for i in range(40_000)]
    dataset = csv_dataset("n,y\n" + "\n".join(rows) + "\n")
    columns = {"n": ColumnChoice("number"), "y": ColumnChoice("category", Role.TARGET)}
    made = propose_recipe(dataset, "n")
    recipe = replace(
        made, target="y", task="multiclass", metric="accuracy", columns=columns, positive=None
    )
    with pytest.raises(RecipeError, match="classes"):
        training_table(dataset, recipe)


def test_a_constant_target_in_a_part_of_the_folds_is_survived(run):
    rows = [f"{i},{i % 3},{0.0 if i < 50 else i}" for i in range(60)]
    _, _, state = run("n,m,y", rows, QUICK_NUMBERS)
    _assert_ended(state, len(QUICK_NUMBERS))


def test_what_stops_before_it_converges_says_so(run):
    random = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'yn'[int(a * b > 0)]}" for a, b in random.normal(size=(60, 2))]
    _, _, state = run("n,m,y", rows, ("mlp",))
    _assert_ended(state, 1)


def test_numbers_beyond_what_trees_can_hold_fail_by_name(run):
    rows = [f"{1 + i % 7}e200,{'yn'[i % 2]}" for i in range(60)]
    _, _, state = run("huge,y", rows, ("baseline", "decision_tree"))
    tree = state.candidate("decision_tree")
    assert tree.status == "failed"
    assert "float32" in tree.reason
    assert state.candidate("baseline").status == "done"
