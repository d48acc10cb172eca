import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.recipe import ColumnChoice, Recipe, Role, Split
from core.scoring.notes import describe_parts
from core.scoring.splits import folds, hold_out, outer_folds

N = 200


def _recipe(role: Role | None = None, task="binary") -> Recipe:
    columns = {"x": ColumnChoice("number"), "y": ColumnChoice("category", Role.TARGET)}
    if role:
        columns["by"] = ColumnChoice("date" if role == Role.TIME else "category", role)
    return Recipe(target="y", task=task, metric="roc_auc", columns=columns, seed=7)


def _frame(by=None) -> pd.DataFrame:
    frame = pd.DataFrame({"x": np.arange(N), "y": ["rare"] * 20 + ["common"] * (N - 20)})
    return frame if by is None else frame.assign(by=by)


def _all(recipe, frame):
    train, test = hold_out(recipe, frame)
    return train, test, folds(recipe, frame.iloc[train])


def test_parts_are_disjoint_and_complete():
    train, test, parts = _all(_recipe(), _frame())
    assert sorted([*train, *test]) == list(range(N))
    assert len(test) == 40
    judged = np.concatenate([judge for _, judge in parts])
    assert sorted(judged) == list(range(len(train)))
    assert all(not set(fit) & set(judge) for fit, judge in parts)


def test_class_shares_are_kept_in_every_part():
    frame = _frame()
    train, test, parts = _all(_recipe(), frame)
    rare = (frame["y"] == "rare").to_numpy()
    assert rare[test].mean() == pytest.approx(0.1)
    for _, judge in parts:
        assert rare[train][judge].sum() in (3, 4)


def test_without_stratifying_the_shares_may_differ():
    recipe = replace(_recipe(), split=Split(stratify=False))
    rare = (_frame()["y"] == "rare").to_numpy()
    assert {
        int(rare[train][j].sum()) for train, _, parts in [_all(recipe, _frame())] for _, j in parts
    } - {3, 4}


def test_the_seed_decides():
    frame = _frame()
    again = [hold_out(replace(_recipe(), seed=seed), frame)[1].tolist() for seed in (7, 7, 8)]
    assert again[0] == again[1] != again[2]


def test_a_group_is_never_on_both_sides():
    groups = [f"g{i % 25}" for i in range(N)]
    frame = _frame(groups)
    train, test, parts = _all(_recipe(Role.GROUP), frame)
    by = np.array(groups)
    assert not set(by[train]) & set(by[test])
    for fit, judge in parts:
        assert not set(by[train][fit]) & set(by[train][judge])


def test_with_few_groups_there_are_fewer_folds():
    train, test, parts = _all(_recipe(Role.GROUP), _frame([f"g{i % 3}" for i in range(N)]))
    assert len(parts) == 2
    assert len(train) + len(test) == N


def test_too_few_groups_are_refused_with_the_numbers():
    with pytest.raises(
        RecipeError, match="at least 3 groups for a hold-out and two folds. It has 2"
    ):
        hold_out(_recipe(Role.GROUP), _frame([f"g{i % 2}" for i in range(N)]))


def test_a_class_in_few_groups_stays_in_what_is_learned_from():
    frame = _frame([f"g{i // 10}" for i in range(N)])  # the rare class is in two groups of twenty
    for seed in range(12):
        train, _, _ = _all(replace(_recipe(Role.GROUP), seed=seed), frame)
        assert set(frame["y"].iloc[train]) == {"rare", "common"}


def test_repeats_judge_each_row_so_often_and_begin_with_the_same_folds():
    frame = _frame()
    once = _all(_recipe(), frame)[2]
    train, _, parts = _all(replace(_recipe(), split=Split(repeats=3)), frame)
    assert len(parts) == 15
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(once, parts, strict=False))
    judged = np.concatenate([judge for _, judge in parts])
    assert np.bincount(judged).tolist() == [3] * len(train)


def test_repeated_groups_are_never_on_both_sides():
    groups = np.array([f"g{i % 25}" for i in range(N)])
    recipe = replace(_recipe(Role.GROUP), split=Split(repeats=2, folds=3))
    train, _, parts = _all(recipe, _frame(groups))
    assert len(parts) == 6
    assert {frozenset(parts[0][1])} != {frozenset(parts[3][1])}
    for fit, judge in parts:
        assert not set(groups[train][fit]) & set(groups[train][judge])


def test_once_judges_a_single_part():
    train, _, parts = _all(replace(_recipe(), split=Split(scheme="once", folds=4)), _frame())
    [(fit, judge)] = parts
    assert len(fit) + len(judge) == len(train)
    assert len(judge) == pytest.approx(len(train) / 4, abs=1)


def test_once_in_time_judges_the_latest_part():
    days = pd.Series(pd.date_range("2024-01-01", periods=N)).to_numpy()
    train, _, parts = _all(replace(_recipe(Role.TIME), split=Split(scheme="once")), _frame(days))
    assert parts[0][1][-1] == len(train) - 1


@pytest.mark.parametrize("gap", [0, 7])
def test_a_gap_lies_between_what_is_learned_from_and_what_is_judged(gap):
    days = pd.Series(pd.date_range("2024-01-01", periods=N, freq="D"))
    recipe = replace(_recipe(Role.TIME, "regression"), split=Split(gap=gap, stratify=False))
    frame = _frame(days.to_numpy()).assign(y=np.arange(N))
    train, test, parts = _all(recipe, frame)
    assert test.min() - train.max() == gap + 1
    assert [judge.min() - fit.max() for fit, judge in parts] == [gap + 1] * 5
    assert [len(fit) for fit, _ in parts] == sorted(len(fit) for fit, _ in parts)


@pytest.mark.parametrize(("gap", "said"), [(158, "leaves 2 of 160"), (100, "a gap of 100 rows")])
def test_a_gap_that_leaves_nothing_is_refused_with_the_numbers(gap, said):
    days = pd.Series(pd.date_range("2024-01-01", periods=N)).to_numpy()
    with pytest.raises(RecipeError, match=said):
        _all(replace(_recipe(Role.TIME), split=Split(gap=gap)), _frame(days))


def test_early_folds_with_one_class_are_left_out():
    frame = _frame(pd.Series(pd.date_range("2024-01-01", periods=N)).to_numpy())
    frame["y"] = np.where(np.arange(N) < 50, "common", np.where(np.arange(N) % 2, "rare", "common"))
    train, _, parts = _all(_recipe(Role.TIME), frame)
    assert len(parts) == 4
    assert "instead of 5" in describe_parts(_recipe(Role.TIME), frame, train, parts)[0]


def test_rows_without_two_classes_to_learn_from_are_refused():
    frame = _frame(pd.Series(pd.date_range("2024-01-01", periods=N)).to_numpy())
    frame["y"] = ["common"] * (N - 20) + ["rare"] * 20
    with pytest.raises(RecipeError, match="In every fold it has one only"):
        _all(_recipe(Role.TIME), frame)


@pytest.mark.parametrize(
    "counts", [{"a": 30, "b": 30, "c": 4}, {"a": 4, "b": 4}, {"a": 100, "b": 5}]
)
def test_rare_classes_are_learned_in_every_fold(counts):
    labels = [label for label, count in counts.items() for _ in range(count)]
    frame = pd.DataFrame({"x": np.arange(len(labels)), "y": labels})
    train, test, parts = _all(_recipe(task="multiclass"), frame)
    for fit, _ in parts:
        assert set(frame["y"].iloc[train].iloc[fit]) == set(counts)
    judged = np.concatenate([judge for _, judge in parts])
    assert sorted(judged) == list(range(len(train)))


def test_more_classes_than_rows_in_the_hold_out_are_split_all_the_same():
    frame = pd.DataFrame({"x": np.arange(400), "y": [f"c{i % 100}" for i in range(400)]})
    train, test, parts = _all(_recipe(task="multiclass"), frame)
    assert (len(train), len(test), len(parts)) == (320, 80, 4)


@pytest.mark.parametrize(("rows", "expected"), [(6, 2), (8, 3), (12, 4), (30, 5)])
def test_few_numbers_are_judged_by_fewer_folds(rows, expected):
    frame = pd.DataFrame({"x": np.arange(rows), "y": np.arange(rows) / 2})
    parts = _all(_recipe(task="regression"), frame)[2]
    assert len(parts) == expected
    assert all(len(judge) > 1 for _, judge in parts)


def test_outer_folds_follow_the_rules_of_folds():
    groups = np.array([f"g{i % 25}" for i in range(N)])
    frame = _frame(groups)
    recipe = replace(_recipe(Role.GROUP), split=Split(nested=3, scheme="once", repeats=4))
    parts = outer_folds(recipe, frame)
    assert sorted(np.concatenate([judge for _, judge in parts])) == list(range(N))
    assert all(not set(groups[fit]) & set(groups[judge]) for fit, judge in parts)
    assert outer_folds(_recipe(), _frame()) == []


def test_time_trains_on_the_past():
    days = pd.Series(pd.date_range("2024-01-01", periods=N)).sample(frac=1, random_state=0)
    frame = _frame(days.to_numpy())
    train, test, parts = _all(_recipe(Role.TIME), frame)
    times = frame["by"].to_numpy()
    assert times[train].max() < times[test].min()
    for fit, judge in parts:
        assert times[train][fit].max() < times[train][judge].min()


def test_rows_of_the_same_time_are_never_on_both_sides():
    frame = _frame(
        pd.Series(pd.date_range("2024-01-01", periods=N)).dt.to_period("W").dt.start_time
    )
    train, test, parts = _all(_recipe(Role.TIME), frame)
    times = frame["by"].to_numpy()
    assert times[train].max() < times[test].min()
    assert sorted([*train, *test]) == list(range(N))
    for fit, judge in parts:
        assert times[train][fit].max() < times[train][judge].min()


def test_one_time_only_cannot_be_split_by_time():
    frame = _frame(pd.Series([pd.Timestamp("2024-01-01")] * N))
    with pytest.raises(RecipeError, match="must differ between the earlier and the later rows"):
        hold_out(_recipe(Role.TIME), frame)
