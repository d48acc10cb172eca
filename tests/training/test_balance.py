from collections import Counter

import numpy as np
import pytest

from core.recipe import Recipe
from core.training.balance import balance_rows


def balance(how, labels, rows=None, seed=1):
    labels = np.array(labels, dtype=object)
    rows = np.arange(len(labels)) if rows is None else np.array(rows)
    recipe = Recipe("y", "binary", "roc_auc", {}, balance=how, seed=seed)
    return balance_rows(recipe, labels, rows)


@pytest.mark.parametrize("how", ["none", "weights"])
def test_rows_stay_where_nothing_or_weights_make_up_for_rare_classes(how):
    assert balance(how, ["no"] * 9 + ["yes"]).tolist() == list(range(10))


def test_rare_rows_are_repeated_equally_often():
    labels = ["no"] * 90 + ["yes"] * 20
    rows = balance("oversample", labels)
    times = Counter(rows.tolist())
    assert [times[row] for row in range(90)] == [1] * 90
    assert {times[row] for row in range(90, 110)} == {4, 5}
    assert len(rows) == 180
    assert (np.diff(rows) >= 0).all()


def test_rows_of_common_classes_are_left_out():
    rows = balance("undersample", ["no"] * 90 + ["yes"] * 20 + ["perhaps"] * 15)
    assert len(set(rows.tolist())) == len(rows) == 45
    assert np.bincount(np.digitize(rows, [90, 110])).tolist() == [15, 15, 15]


def test_only_the_rows_of_the_fold_are_chosen_from():
    rows = balance("oversample", [0, 0, 0, 1], rows=[7, 3, 9, 20])
    assert rows.tolist() == [7, 3, 9, 20, 20, 20]


def test_a_class_of_few_rows_leaves_ten_of_the_others():
    rows = balance("undersample", ["no"] * 90 + ["yes"])
    assert len(rows) == 11


def test_very_many_classes_do_not_make_a_table_of_any_length():
    labels = [0] * 600 + list(range(1, 401))
    rows = balance("oversample", labels)
    assert 1000 < len(rows) <= 4000
    assert set(rows.tolist()) == set(range(1000))


@pytest.mark.parametrize("how", ["oversample", "undersample"])
def test_the_seed_decides(how):
    labels = [True] * 50 + [False] * 30
    first, again, other = (balance(how, labels, seed=seed).tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("how", ["oversample", "undersample"])
@pytest.mark.parametrize("labels", [["a"], ["a"] * 5, ["a", "b"]])
def test_one_class_or_one_row_stays(how, labels):
    assert balance(how, labels).tolist() == list(range(len(labels)))
