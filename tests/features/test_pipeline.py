from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace as change
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from core.data.kinds import KINDS
from core.errors import RecipeError
from core.exports.script_model import columns_by_kind
from core.exports.script_parts import check_recipe_for_script
from core.features.needs import CODES, NATIVE, SCALED
from core.features.pipeline import build_pipeline
from core.features.steps import ORDERED, STEPS
from core.recipe import (
    BooleanSteps,
    CategorySteps,
    ColumnChoice,
    DateSteps,
    NumberSteps,
    Preparing,
    Recipe,
    Role,
)
from core.serving.contract.inference import learn_contract

N = 120
KINDS_OF = {"n": "number", "c": "category", "b": "boolean", "d": "date"}


def _frame(n=N) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "n": rng.normal(50, 10, n),
            "c": pd.Series(rng.choice(["red", "green", "blue"], n), dtype="str"),
            "b": pd.Series(rng.choice([True, False], n), dtype=object),
            "d": pd.Series(pd.date_range("2024-01-01", periods=n, freq="7h")),
        }
    )
    frame.iloc[::10] = None
    return frame


def _recipe(kinds=KINDS_OF, preparing=Preparing()) -> Recipe:  # noqa: B008  # frozen
    columns = {name: ColumnChoice(kind) for name, kind in kinds.items()}
    columns["y"] = ColumnChoice("number", Role.TARGET)
    return Recipe("y", "binary", "roc_auc", columns, preparing=preparing)


def _prepare(recipe, needs, frame=None, estimator=None):
    frame = _frame() if frame is None else frame
    pipeline = build_pipeline(recipe, estimator or LogisticRegression(), needs)
    return np.asarray(pipeline["prepare"].fit_transform(frame), dtype=float)


def test_the_base_of_every_kind_has_steps():
    assert set(STEPS) == {kind.base for kind in KINDS.values()} | {ORDERED}


def test_a_kind_is_prepared_as_its_base_is():
    money, number = ({"n": kind, "c": "category"} for kind in ("money", "number"))
    np.testing.assert_array_equal(
        _prepare(_recipe(money), SCALED), _prepare(_recipe(number), SCALED)
    )


def _ordinal_recipe(preparing=Preparing()) -> Recipe:  # noqa: B008  # frozen
    recipe = _recipe({"n": "number", "size": "ordinal", "c": "category"}, preparing)
    columns = recipe.columns | {"size": ColumnChoice("ordinal", levels=("S", "M", "L", "XL"))}
    return change(recipe, columns=columns)


SIZES = pd.Series(["L", "S", None, "M", "XXL"] * (N // 5), dtype="str")


def test_levels_with_an_order_become_their_place_in_it():
    X = _prepare(_ordinal_recipe(), CODES, _frame().assign(size=SIZES))
    assert X[:5, 1].tolist() == [2, 0, 1, 1, 1]  # a gap and a new level are in the middle
    estimator = HistGradientBoostingClassifier()
    X = _prepare(_ordinal_recipe(), NATIVE, _frame().assign(size=SIZES), estimator)
    np.testing.assert_equal(X[:5, 1].tolist(), [2, 0, np.nan, 1, np.nan])
    assert estimator.categorical_features == [0]
    X = _prepare(_ordinal_recipe(), SCALED, _frame().assign(size=SIZES))
    assert np.isfinite(X).all()


def test_one_column_a_level_is_what_a_recipe_asks_for_even_where_levels_have_an_order():
    onehot = Preparing(category=CategorySteps(encode="onehot"))
    X = _prepare(_ordinal_recipe(onehot), SCALED, _frame().assign(size=SIZES))
    assert X.shape[1] == 1 + 4 + 5


def test_scaled_input_is_dense_complete_and_of_one_scale():
    X = _prepare(_recipe({"n": "number"}), SCALED)
    assert np.isfinite(_prepare(_recipe(), SCALED)).all()
    assert X[:, 0].mean() == pytest.approx(0, abs=1e-9)
    assert X[:, 0].std() == pytest.approx(1)


def test_codes_have_one_column_per_number_and_category():
    X = _prepare(_recipe({"n": "number", "c": "category"}), CODES)
    assert X.shape == (N, 2)
    assert set(X[:, 0]) == {0, 1, 2, 3}  # three levels, and missing as one


def test_native_input_keeps_missing_values():
    recipe = _recipe({"n": "number", "c": "category", "b": "boolean"})
    X = _prepare(recipe, NATIVE, estimator=HistGradientBoostingClassifier())
    assert np.isnan(X[::10]).all()
    assert not np.isnan(X[1::10]).any()


def test_boosting_is_told_which_columns_are_codes():
    marked = Preparing(number=NumberSteps("median", indicator=True))
    for preparing in (Preparing(), marked):
        estimator = HistGradientBoostingClassifier()
        pipeline = build_pipeline(_recipe(preparing=preparing), estimator, NATIVE)
        pipeline["prepare"].fit(_frame())
        names = pipeline["prepare"].get_feature_names_out()
        assert [names[place] for place in estimator.categorical_features] == ["c"]


def test_the_order_of_columns_in_a_table_does_not_matter():
    frame = _frame()
    pipeline = build_pipeline(_recipe(), DecisionTreeClassifier(random_state=0), CODES)
    pipeline.fit(frame, np.arange(N) % 2)
    turned = frame[["d", "b", "c", "n"]]
    assert (pipeline.predict(turned) == pipeline.predict(frame)).all()


@pytest.mark.parametrize("needs", [SCALED, CODES, NATIVE])
def test_answers_rows_with_unseen_levels_and_nothing_but_gaps(needs):
    pipeline = build_pipeline(
        _recipe(),
        HistGradientBoostingClassifier() if needs is NATIVE else LogisticRegression(),
        needs,
    )
    pipeline.fit(_frame(), np.arange(N) % 2)
    strange = _frame(3)
    strange["c"] = pd.Series(["violet", None, "red"], dtype="str")
    strange.loc[1] = None
    assert np.isfinite(pipeline.predict_proba(strange)).all()


@pytest.mark.parametrize("needs", [SCALED, CODES])
def test_a_column_without_any_value_does_no_harm(needs):
    frame = _frame()
    frame["n"] = np.nan
    frame["c"] = pd.Series([np.nan] * N, dtype="str")
    assert np.isfinite(_prepare(_recipe(), needs, frame)).all()


def test_rare_levels_become_one():
    frame = pd.DataFrame(
        {"c": pd.Series(["a"] * 50 + ["b"] * 50 + list("cdefghij") * 2, dtype="str")}
    )
    rare = _recipe({"c": "category"}, Preparing(category=CategorySteps(min_count=5)))
    every = _recipe({"c": "category"}, Preparing(category=CategorySteps(min_count=1)))
    assert _prepare(rare, SCALED, frame).shape[1] == 3
    assert _prepare(every, SCALED, frame).shape[1] == 10


@pytest.mark.parametrize(
    ("steps", "filled"),
    [(NumberSteps("median"), 2.0), (NumberSteps("mean"), 37.0), (NumberSteps("zero"), 0.0)],
)
def test_imputing_fills_what_it_says(steps, filled):
    frame = pd.DataFrame({"n": [1.0, 2.0, 108.0, np.nan]})
    X = _prepare(_recipe({"n": "number"}, Preparing(number=steps)), CODES, frame)
    assert X[3, 0] == filled


def test_an_indicator_says_what_was_missing():
    frame = pd.DataFrame({"n": [1.0, np.nan, 3.0]})
    recipe = _recipe({"n": "number"}, Preparing(number=NumberSteps("median", indicator=True)))
    assert _prepare(recipe, CODES, frame)[:, 1].tolist() == [0, 1, 0]


@pytest.mark.parametrize(("scale", "low", "high"), [("minmax", 0, 1), ("none", 10, 30)])
def test_the_chosen_scaling_is_used_for_every_candidate(scale, low, high):
    frame = pd.DataFrame({"n": [10.0, 20.0, 30.0]})
    recipe = _recipe({"n": "number"}, Preparing(number=NumberSteps(scale=scale)))
    for needs in (SCALED, CODES):
        X = _prepare(recipe, needs, frame)
        assert (X.min(), X.max()) == (low, high)


def test_missing_booleans_can_count_as_false():
    frame = pd.DataFrame({"b": pd.Series([True, None, True], dtype=object)})
    recipe = _recipe({"b": "boolean"}, Preparing(boolean=BooleanSteps("false")))
    assert _prepare(recipe, CODES, frame)[:, 0].tolist() == [1, 0, 1]


def test_a_week_is_a_cycle():
    frame = pd.DataFrame({"d": pd.Series(pd.date_range("2024-01-01", periods=15, freq="D"))})
    recipe = _recipe({"d": "date"}, Preparing(date=DateSteps(("week",))))
    X = _prepare(recipe, SCALED, frame)
    assert X.shape[1] == 3
    assert np.allclose(X[0], X[7])
    assert np.allclose(X[1], X[8])
    assert not np.allclose(X[0], X[3])


def test_trees_get_the_seconds_since_a_cycle_began_in_one_column():
    moments = ["1970-01-01", "1970-12-31T23:59:59", "2024-01-01T00:00:07", "1969-12-31T23:00:00"]
    frame = pd.DataFrame({"d": pd.to_datetime(moments, format="ISO8601")})
    parts = ("year", "week", "day")
    X = _prepare(_recipe({"d": "date"}, Preparing(date=DateSteps(parts))), CODES, frame)
    hour, day, year = 3_600, 86_400, 31_556_952
    assert X.tolist() == [
        [0, 3 * day, 0],
        [365 * day - 1, 4 * day - 1, day - 1],
        # Each year is taken to be as long as the mean one: so long since 1970, it still goes on.
        [(54 * 365 + 13) * day + 7 - 53 * year, 7, 7],
        [year - hour, 3 * day - hour, day - hour],
    ]


def test_several_dates_are_each_prepared_by_themselves():
    days = pd.Series(pd.date_range("2024-01-01", periods=20, freq="31h"))
    frame = pd.DataFrame({"d": days, "e": days + pd.Timedelta(days=100)})
    X = _prepare(_recipe({"d": "date", "e": "date"}), CODES, frame)
    one = _prepare(_recipe({"d": "date"}), CODES, frame[["d"]])
    assert X.shape[1] == 2 * one.shape[1]
    assert np.isfinite(X).all()


def test_a_missing_date_is_the_middle_one():
    frame = pd.DataFrame({"d": pd.to_datetime(["2024-01-01", "2024-01-03", None, "2024-01-09"])})
    recipe = _recipe({"d": "date"}, Preparing(date=DateSteps(("elapsed",))))
    X = _prepare(recipe, CODES, frame)
    assert X[2, 0] == X[1, 0]


def test_no_feature_is_refused():
    recipe = change(_recipe(), columns={"y": ColumnChoice("number", Role.TARGET)})
    with pytest.raises(RecipeError, match="At least one column must be a feature"):
        build_pipeline(recipe, LogisticRegression(), SCALED)


def test_a_new_kind_is_one_entry_and_nothing_else(monkeypatch):
    weight = replace(KINDS["number"], name="weight", title="Weight", icon=":material/scale:")
    monkeypatch.setitem(KINDS, "weight", weight)
    frame, recipe = _frame(), _recipe({**KINDS_OF, "n": "weight"})
    pipeline = build_pipeline(recipe, DecisionTreeClassifier(), CODES).fit(frame, np.arange(N) % 2)
    assert np.isfinite(pipeline.predict_proba(frame)).all()
    contract = learn_contract(frame[list(KINDS_OF)], recipe, model="m", classes=(0, 1))
    assert [field.kind for field in contract.fields] == list(KINDS_OF.values())
    check_recipe_for_script(recipe)
    assert columns_by_kind(recipe)["NUMBERS"] == ["n"]
