"""Steps whose answers can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from core.errors import RecipeError
from core.features.needs import CODES, NATIVE, SCALED
from core.features.pipeline import build_pipeline, build_preparer, group_features
from core.recipe import (
    CategorySteps,
    ColumnChoice,
    DateSteps,
    NumberSteps,
    Preparing,
    Recipe,
    Role,
    TableSteps,
)


def _recipe(columns, preparing=Preparing(), task="binary") -> Recipe:  # noqa: B008  # frozen
    columns = {n: ColumnChoice(c) if isinstance(c, str) else c for n, c in columns.items()}
    columns["y"] = ColumnChoice("number", Role.TARGET)
    return Recipe("y", task, "roc_auc", columns, preparing=preparing)


def _prepared(columns, preparing, frame, y=None, task="binary") -> np.ndarray:
    return build_preparer(_recipe(columns, preparing, task), CODES).fit_transform(frame, y)


def _text(values) -> pd.Series:
    return pd.Series(values, dtype="str")


def test_a_column_with_an_encoding_of_its_own_is_in_a_group_of_its_own():
    columns = {
        "n": "number",
        "a": "category",
        "t": ColumnChoice("category", encode="target"),
        "h": ColumnChoice("category", encode="hash"),
        "i": ColumnChoice("category", encode="onehot"),
        "o": ColumnChoice("category", encode="ordinal"),
        "s": ColumnChoice("ordinal", levels=("S", "M")),
        "x": ColumnChoice("ordinal", levels=("S", "M"), encode="onehot"),
    }
    assert group_features(_recipe(columns)) == {
        "category_ordinal": ["o"],
        "category": ["a"],
        "ordered": ["s"],
        "number": ["n"],
        "category_onehot": ["i", "x"],
        "category_target": ["t"],
        "category_hash": ["h"],
    }


@pytest.mark.parametrize(
    ("preparing", "places"),
    [
        (Preparing(), [0, 1]),
        (Preparing(category=CategorySteps(encode="target")), [0]),
        (Preparing(table=TableSteps(interactions=True)), None),
        (Preparing(table=TableSteps(select="variance")), None),
        (Preparing(table=TableSteps(reduce="pca")), None),
    ],
)
def test_boosting_is_told_of_codes_only_where_they_reach_it(preparing, places):
    columns = {
        "n": "number",
        "a": "category",
        "o": ColumnChoice("category", encode="ordinal"),
    }
    estimator = HistGradientBoostingClassifier()
    pipeline = build_pipeline(_recipe(columns, preparing), estimator, NATIVE)
    assert estimator.categorical_features == places
    frame = pd.DataFrame({"n": np.arange(40.0), "a": _text(["u", "v"] * 20)}).assign(
        o=lambda f: f["a"]
    )
    frame.loc[::7] = None
    assert np.isfinite(pipeline.fit(frame, np.arange(40) % 2).predict_proba(frame)).all()


def test_a_calendar_shows_the_parts_of_a_date():
    parts = ("month", "weekday", "hour", "day_of_month", "weekend")
    days = pd.to_datetime(
        ["1899-12-31 23:59:59", "1969-02-28", "2000-02-29 12:00", "2024-10-03 00:00:01", "2100-03-01"],
        format="ISO8601",
    ).astype("datetime64[ns]")  # fmt: skip
    frame = pd.DataFrame({"d": days, "e": days[::-1]})
    X = _prepared({"d": "date", "e": "date"}, Preparing(date=DateSteps(parts, "DE")), frame)
    for place, name in enumerate(("d", "e")):
        dates = frame[name].dt
        shown = [dates.month, dates.day_of_week, dates.hour, dates.day, dates.day_of_week >= 5]
        np.testing.assert_array_equal(X[:, place:10:2], np.column_stack(shown))
    assert X[:, 10].tolist() == [0, 0, 0, 1, 0]  # the day of German unity


def test_an_unknown_country_has_no_holidays():
    with pytest.raises(RecipeError, match="Got 'Atlantis'"):
        build_preparer(
            _recipe({"d": "date"}, Preparing(date=DateSteps(holidays="Atlantis"))), CODES
        )


def test_numbers_are_learned_as_numbers_by_target_encoding():
    frame = pd.DataFrame({"c": _text(["a", "b"] * 30)})
    X = _prepared(
        {"c": ColumnChoice("category", encode="target")},
        Preparing(),
        frame,
        np.array([10, 20] * 30),
        "regression",
    )
    assert X.shape == (60, 1)
    assert X[0, 0] == pytest.approx(10)
    assert X[1, 0] == pytest.approx(20)


def test_one_level_in_two_columns_is_hashed_to_different_places():
    frame = pd.DataFrame({"a": _text(["red", "blue"]), "b": _text(["blue", "red"])})
    X = _prepared(
        {"a": "category", "b": "category"},
        Preparing(category=CategorySteps(encode="hash", hash_columns=8)),
        frame,
    )
    assert X.shape == (2, 16)
    np.testing.assert_array_equal(X[0, :8], X[1, 8:])
    assert np.count_nonzero(X, axis=1).tolist() == [2, 2]


def test_outliers_are_brought_back_also_where_most_values_are_equal():
    frame = pd.DataFrame({"n": np.r_[np.arange(99.0), 1e9], "z": np.r_[np.zeros(98), 1.0, 1000.0]})
    X = _prepared({"n": "number", "z": "number"}, Preparing(number=NumberSteps(clip=True)), frame)
    assert X.max(axis=0).tolist() == [5, 5]
    assert X[-2, 1] > X[0, 1]  # what is not zero can still be told from what is


def test_steps_are_done_in_the_order_of_the_recipe():
    frame = pd.DataFrame({"n": [0.0, 1.0, 2.0, np.nan]})
    order = ("scale", "impute", "clip", "transform", "expand")
    zero = NumberSteps("zero", scale="standard")
    first = NumberSteps("zero", scale="standard", order=order)
    X = _prepared({"n": "number"}, Preparing(number=first), frame)
    assert X[3, 0] == 0  # the mean, in the middle of the scaled ones
    X = _prepared({"n": "number"}, Preparing(number=zero), frame)
    assert X[3, 0] == X[0, 0] < 0


def test_infinite_values_count_as_missing():
    frame = pd.DataFrame({"n": [1.0, np.inf, 3.0, -np.inf, 2.0]})
    columns = {"n": "number"}
    filled = _prepared(columns, Preparing(), frame)
    assert filled[:, 0].tolist() == [1, 2, 3, 2, 2]
    left = build_preparer(_recipe(columns), NATIVE).fit_transform(frame)
    np.testing.assert_array_equal(left[:, 0], [1, np.nan, 3, np.nan, 2])


def test_selection_keeps_the_share_that_was_asked_for_and_one_at_least():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 10)), columns=[f"n{i}" for i in range(10)])
    y = (frame["n3"] + 0.1 * frame["n7"] > 0).to_numpy()
    columns = dict.fromkeys(frame, "number")
    for select in ("univariate", "model", "recursive"):
        for keep, count in ((0.01, 1), (0.3, 3), (1.0, 10)):
            preparing = Preparing(table=TableSteps(select=select, keep=keep))
            X = _prepared(columns, preparing, frame, y)
            assert X.shape[1] == count, (select, keep)
            assert frame["n3"].iloc[0] in X[0]


def test_the_seed_decides_every_random_step():
    recipe = _recipe(
        {"n": "number", "c": ColumnChoice("category", encode="target")},
        Preparing(number=NumberSteps("iterative"), table=TableSteps(select="model", reduce="pca")),
    )
    settings = build_preparer(recipe, SCALED).get_params()
    seeds = {n: v for n, v in settings.items() if n.endswith("random_state") and v != "deprecated"}
    assert set(seeds.values()) == {recipe.seed}
    assert len(seeds) == 3
    assert settings["prepare__category_target__encode__cv"].random_state == recipe.seed
