import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from core.errors import RecipeError
from core.recipe import ColumnChoice, Recipe, Role, Split
from core.scoring.splits import folds, hold_out

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


def test_too_few_groups_are_refused_with_the_numbers():
    with pytest.raises(RecipeError, match="at least 6 groups for 5 folds and a hold-out. It has 3"):
        hold_out(_recipe(Role.GROUP), _frame([f"g{i % 3}" for i in range(N)]))


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
