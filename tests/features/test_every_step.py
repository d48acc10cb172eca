"""What holds for each choice of preparing steps: gaps, strange rows, no leak, and the fast way's answers."""

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace as change
from scipy import sparse
from sklearn.tree import DecisionTreeClassifier

from core.features.fast import apply_preparer, factorise, fit_preparer, plain_text
from core.features.needs import CODES, NATIVE, SCALED
from core.features.pipeline import build_pipeline, build_preparer
from core.recipe import (
    BooleanSteps,
    CategorySteps,
    ColumnChoice,
    DateSteps,
    NumberSteps,
    Preparing,
    Recipe,
    Role,
    TableSteps,
)
from tests.thorough import THOROUGH

N = 90
ALL_PARTS = (
    *("elapsed", "year", "week", "day", "month"),
    *("weekday", "hour", "day_of_month", "weekend"),
)
NUMBER = {
    "as they are": NumberSteps(),
    "mean": NumberSteps("mean", indicator=True),
    "zero": NumberSteps("zero"),
    "iterative": NumberSteps("iterative", indicator=True),
    "knn": NumberSteps("knn"),
    "clip": NumberSteps(clip=True, scale="robust"),
    "power": NumberSteps(transform="power", scale="minmax"),
    "quantile": NumberSteps(transform="quantile"),
    "bins": NumberSteps(expand="bins"),
    "splines": NumberSteps(expand="splines"),
    "turned": NumberSteps(
        clip=True,
        transform="quantile",
        scale="standard",
        order=("scale", "transform", "clip", "impute", "expand"),
    ),
}
CATEGORY = {
    "most frequent": CategorySteps("most_frequent"),
    "onehot": CategorySteps(encode="onehot", max_levels=3, min_count=2),
    "ordinal": CategorySteps(encode="ordinal", max_levels=4),
    "target": CategorySteps(encode="target"),
    "hash": CategorySteps(encode="hash", hash_columns=4),
}
TABLE = {
    "variance": TableSteps(select="variance"),
    "univariate": TableSteps(select="univariate"),
    "model": TableSteps(select="model", keep=0.2),
    "recursive": TableSteps(select="recursive"),
    "all": TableSteps(True, "univariate", reduce="pca", order=("reduce", "interactions", "select")),
}
CHOICES = {
    **{f"number {name}": Preparing(number=steps) for name, steps in NUMBER.items()},
    **{f"category {name}": Preparing(category=steps) for name, steps in CATEGORY.items()},
    **{f"table {name}": Preparing(table=steps) for name, steps in TABLE.items()},
    "boolean": Preparing(boolean=BooleanSteps("false")),
    "date": Preparing(date=DateSteps(ALL_PARTS, "DE")),
}
NEEDS = {
    "scaled": SCALED,
    "codes": CODES,
    "native": NATIVE,
    "sparse": replace(SCALED, accepts_sparse=True),
}
KINDS = {"n": "number", "heavy": "money", "whole": "integer", "c": "category", "many": "category",
         "size": "ordinal", "own": "category", "b": "boolean", "d": "date", "e": "date"}  # fmt: skip

COLUMNS = {
    "number": ["n", "heavy", "whole", "c"],
    "category": ["n", "c", "many", "size", "own"],
    "boolean": ["n", "c", "b"],
    "date": ["n", "c", "d", "e"],
}
"""By the first word of the choice: those that its steps prepare, and one or two that others do."""

NEEDS_OF = {"category": tuple(NEEDS), "table": ("native",)}
"""By the first word of the choice; the others are tried with two."""

every_choice = pytest.mark.parametrize("choice", CHOICES)
every_pair = pytest.mark.parametrize(
    ("choice", "needs"),
    [
        pytest.param(choice, NEEDS[name], id=f"{choice}, {name}")
        for choice in CHOICES
        for name in NEEDS_OF.get(choice.split()[0], ("scaled", "native"))
    ],
)
# A column without values or with hardly any different ones is told of, which a run writes down.
told = [
    "ignore:All-NaN slice encountered:RuntimeWarning",
    "ignore:invalid value encountered in divide:RuntimeWarning",
    "ignore:Degrees of freedom <= 0:RuntimeWarning",
    "ignore:Bins whose width are too small:UserWarning",
    "ignore:Feature . is constant and will be replaced:UserWarning",
    "ignore:n_quantiles .* is greater than the total number of samples:UserWarning",
]


def told_of(test):
    for warning in told:
        test = pytest.mark.filterwarnings(warning)(test)
    return test


def _frame(n=N, seed=0) -> pd.DataFrame:
    return _made_frame(n, seed).copy()


@cache
def _made_frame(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "n": rng.normal(50, 10, n),
            "heavy": np.where(rng.random(n) < 0.8, 0.0, rng.lognormal(3, 3, n)),
            "whole": rng.integers(0, 9, n),
            "c": _text(rng.choice(["red", "green", "blue"], n)),
            "many": _text([f"level {level}" for level in rng.integers(0, 30, n)]),
            "size": _text(rng.choice(["S", "M", "L"], n)),
            "own": _text(rng.choice(["red", "x", "y"], n)),
            "b": pd.Series(rng.choice([True, False], n), dtype=object),
            "d": pd.Series(pd.date_range("2023-12-01", periods=n, freq="31h")),
            "e": pd.Series(pd.date_range("1955-02-27", periods=n, freq="131D")),
        }
    )
    for place, name in enumerate(("n", "c", "many", "size", "b", "d")):
        frame.loc[place::11, name] = None
    frame.loc[3, "n"] = np.inf
    return frame


def _text(values) -> pd.Series:
    return pd.Series(values, dtype="str")


def _target(task="binary", n=N) -> np.ndarray:
    values = np.random.default_rng(1).integers(0, 3, n)
    return {
        "binary": values > 1,
        "multiclass": np.array(["a", "b", "c"], dtype=object)[values],
        "regression": values,
    }[task]


def _columns(choice: str) -> list[str]:
    """Each step is fitted for each group of columns, so groups that a choice is not about only take time."""
    return list(KINDS) if THOROUGH else COLUMNS.get(choice.split()[0], list(KINDS))


def _recipe(preparing, task="binary", own="target") -> Recipe:
    columns = {name: ColumnChoice(kind) for name, kind in KINDS.items()}
    columns["size"] = ColumnChoice("ordinal", levels=("S", "M", "L"))
    columns["own"] = ColumnChoice("category", encode=own)
    columns["y"] = ColumnChoice("number", Role.TARGET)
    return Recipe("y", task, "roc_auc", columns, preparing=preparing)


def _recipe_of(choice: str, task="binary") -> Recipe:
    recipe = _recipe(CHOICES[choice], task)
    columns = {name: recipe.columns[name] for name in (*_columns(choice), "y")}
    return change(recipe, columns=columns)


def _dense(matrix) -> np.ndarray:
    return np.asarray(matrix.toarray() if sparse.issparse(matrix) else matrix, dtype=float)


def _strange() -> pd.DataFrame:
    """Rows such as no training table had."""
    frame = _frame(6, seed=5)
    frame["whole"] = frame["whole"].astype(float)
    frame.loc[0] = None
    frame.loc[1, ["c", "many", "size", "own"]] = "never seen"
    frame.loc[2, ["n", "heavy"]] = [-np.inf, 1e12]
    frame.loc[3, "e"] = pd.Timestamp("2250-12-31T23:59:59")
    return frame.astype(_frame(6).dtypes.drop("whole").to_dict())


@told_of
@every_pair
def test_gaps_infinities_and_columns_without_values_give_a_matrix(choice, needs):
    frame = _frame()
    frame["n"], frame["d"] = np.nan, pd.Series([pd.NaT] * N, dtype="datetime64[ns]")
    frame["c"] = frame["size"] = _text([np.nan] * N)
    frame["b"] = pd.Series([np.nan] * N, dtype=object)
    names = _columns(choice)
    for table in (_frame()[names], frame[names]):
        preparer = build_preparer(_recipe_of(choice), needs)
        fitted = _dense(preparer.fit_transform(table, _target()))
        strange = _dense(preparer.transform(_strange()[names]))
        assert fitted.shape[1] == strange.shape[1] > 0
        for matrix in (fitted, strange):
            assert not np.isinf(matrix).any()
            assert needs is NATIVE or not np.isnan(matrix).any()


@told_of
@every_pair
def test_the_fast_way_gives_the_same_matrices_to_the_last_bit(choice, needs):
    recipe, y = _recipe_of(choice, "multiclass"), _target("multiclass")
    frame, strange = _frame()[_columns(choice)], _strange()[_columns(choice)]
    plain, fast = build_preparer(recipe, needs), build_preparer(recipe, needs)
    expected = plain.fit_transform(frame.iloc[::2], y[::2])
    given = []

    def empty(*wanted):
        given.append(np.empty(*wanted))
        return given[-1]

    found = fit_preparer(fast, factorise(frame).iloc[::2], y[::2], empty)
    if len(fast.steps) == 1 and any(found is array for array in given):
        assert found.flags.f_contiguous == expected.flags.f_contiguous
    assert sparse.issparse(found) == sparse.issparse(expected)
    np.testing.assert_array_equal(_dense(found), _dense(expected), strict=True)
    for rows in (frame, strange):
        expected = _dense(plain.transform(rows))
        stored = pickle.loads(pickle.dumps(fast))
        np.testing.assert_array_equal(_dense(stored.transform(rows)), expected)
        np.testing.assert_array_equal(_dense(apply_preparer(fast, factorise(rows))), expected)
        np.testing.assert_array_equal(_dense(apply_preparer(plain, rows)), expected)


@told_of
@every_choice
def test_no_statistic_of_a_row_left_out_reaches_the_fit(choice):
    train, out = np.arange(N) % 3 > 0, np.arange(N) % 3 == 0
    y, other = _target(), _frame(seed=9)
    other["n"] *= 1e6
    other["many"] = _text([f"new {place}" for place in range(N)])
    other["c"] = other["own"] = _text(["blue", "another", "red"] * (N // 3))
    changed, y_changed = _frame(), y.copy()
    changed.loc[out], y_changed[out] = other.loc[out], ~y[out]
    changed = changed.astype(_frame().dtypes.to_dict())
    found, names = [], _columns(choice)
    for table, target in ((_frame()[names], y), (changed[names], y_changed)):
        preparer = build_preparer(_recipe_of(choice), CODES)
        matrix = fit_preparer(preparer, factorise(table)[train], target[train])
        tree = DecisionTreeClassifier(random_state=0).fit(_dense(matrix), target[train])
        probe = _dense(apply_preparer(preparer, _strange()[names]))
        found.append((_dense(matrix), probe, tree.predict_proba(probe)))
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_target_encoding_of_a_row_does_not_know_its_own_target(task):
    preparing = Preparing(category=CategorySteps(encode="target"))
    recipe = change(_recipe(preparing, task), columns={"many": ColumnChoice("category")})
    frame, y = _frame()[["many"]], _target(task)
    changed = y.copy()
    other = {"binary": [True, False], "multiclass": ["a", "b"], "regression": [1000]}[task]
    changed[7] = next(value for value in other if value != y[7])
    rows = [
        _dense(build_preparer(recipe, CODES).fit_transform(frame, target))
        for target in (y, changed)
    ]
    assert rows[0].shape[1] == (3 if task == "multiclass" else 1)
    np.testing.assert_array_equal(rows[0][7], rows[1][7])
    assert (rows[0] != rows[1]).any()


def test_more_columns_than_rows_are_prepared_and_learned_from():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(20, 60)), columns=[f"n{i}" for i in range(60)])
    columns = {name: ColumnChoice("number") for name in frame}
    for table in (TableSteps(), *TABLE.values()):
        recipe = change(_recipe(Preparing(table=table)), columns=columns)
        pipeline = build_pipeline(recipe, DecisionTreeClassifier(), SCALED)
        assert pipeline.fit(frame, np.arange(20) % 2).predict(frame).shape == (20,)


def test_levels_are_as_frequent_as_in_the_table_where_that_decides():
    rng = np.random.default_rng(4)
    for seed in range(6):
        counts = rng.integers(1, 12, 14)
        levels = np.repeat([f"v{place:02}" for place in range(14)], counts)
        frame = pd.DataFrame(
            {"c": _text(levels), "few": _text(rng.choice(["p", "q"], len(levels)))}
        )
        frame.loc[rng.integers(0, len(frame), 6), "c"] = None
        frame.loc[rng.integers(0, len(frame), 3), "c"] = "(missing)"
        columns = {name: ColumnChoice("category") for name in frame}
        for impute in ("level", "most_frequent"):
            steps = CategorySteps(
                impute, min_count=int(rng.integers(1, 7)), max_levels=2 + 2 * seed
            )
            recipe = change(_recipe(Preparing(category=steps)), columns=columns)
            for needs in (SCALED, NATIVE):
                plain, fast = build_preparer(recipe, needs), build_preparer(recipe, needs)
                np.testing.assert_array_equal(
                    _dense(fit_preparer(fast, factorise(frame), None)),
                    _dense(plain.fit_transform(frame)),
                    strict=True,
                )


def test_factorising_leaves_text_that_hardly_repeats_and_can_be_undone():
    frame = _frame().assign(long=_text([f"sentence {place}" for place in range(N)]))
    quick = factorise(frame)
    assert quick["c"].dtype == "category"
    assert quick["long"].dtype == frame["long"].dtype
    pd.testing.assert_frame_equal(plain_text(quick), frame)
