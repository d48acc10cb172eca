"""The script makes the very model that training made: each step, choice of rows, threshold and ensemble."""

import dataclasses
import json
import re

import msgspec
import numpy as np
import pandas as pd
import pytest

from core.data.store import DatasetStore
from core.errors import RecipeError
from core.exports import FORMATS, ExportInput
from core.exports.script_code import write_script
from core.exports.training_data import TrainingData
from core.features.proposal import propose_recipe
from core.recipe import (
    BooleanSteps,
    CategorySteps,
    ColumnChoice,
    Costs,
    DateSteps,
    NumberSteps,
    Preparing,
    Role,
    Split,
    TableSteps,
    TextSteps,
)
from core.scoring.answers import answer_rows
from core.scoring.metrics import get_metric, score_all, task_metrics
from core.training.balance import balance_rows
from core.training.catalogue import CATALOGUE
from core.training.ensemble import assemble
from core.training.fitting import bound_rows, make_pipeline
from core.training.table import training_table

ROWS = 160


def toys():
    rng = np.random.default_rng(0)
    weight = rng.normal(12, 4, ROWS).round(2)
    colour = rng.choice(["red", "green", "blue", "grey"], ROWS)
    words = np.where(weight > 12, "a heavy and solid toy", "so light, it broke at once")
    noise = rng.normal(size=ROWS)
    frame = pd.DataFrame(
        {
            "weight": weight,
            "height": rng.gamma(2, 3, ROWS).round(2),
            "colour": colour,
            "maker": rng.choice(list("abcdefgh"), ROWS),
            "size": rng.choice(["small", "medium", "large"], ROWS),
            "fragile": rng.choice(["yes", "no"], ROWS),
            "sold": pd.date_range("2024-01-01", periods=ROWS, freq="31h").strftime(
                "%Y-%m-%d %H:%M"
            ),
            "review": [f"{w} number {n}" for n, w in enumerate(words)],
            "good": np.where(weight + noise > 14, "good", "bad"),
            "grade": rng.choice(["one", "two", "three"], ROWS),
            "price": (weight * 2 + noise).round(2),
        }
    )
    frame.loc[[3, 40], ["weight", "colour", "review"]] = None
    frame.loc[0, "grade"] = "rare"
    return frame


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    store = DatasetStore(tmp_path_factory.mktemp("toys"), 2**30)
    info = store.add(toys().to_csv(index=False).encode(), "toys.csv")
    return store, store.load(info.id)


def recipe_of(dataset, target="good", columns=None, **choices):
    recipe = propose_recipe(dataset, target)
    roles = {"good", "grade", "price"} - {target}
    known = {
        name: msgspec.structs.replace(choice, role=Role.IGNORE) if name in roles else choice
        for name, choice in recipe.columns.items()
    }
    return msgspec.structs.replace(recipe, seed=5, columns=known | (columns or {}), **choices)


def fit(table, recipe, candidate, parameters=None):
    rows = bound_rows(CATALOGUE[candidate], table, table.train)
    rows = balance_rows(recipe, table.target(rows), rows)
    pipeline = make_pipeline(CATALOGUE[candidate], recipe, parameters)
    return pipeline.fit(table.features(rows), table.target(rows))


def export_of(dataset, recipe, pipeline, candidate, **more):
    store, data = dataset
    return ExportInput(
        "toys", 3, pipeline, recipe, b"{}", "toys.csv", candidate,
        TrainingData(store, data.info.id), **more,
    )  # fmt: skip


def check(dataset, recipe, candidate, parameters=None, pipeline=None):
    """The script of a model, after it was compared with what the script trains."""
    table = training_table(dataset[1], recipe)
    recipe = table.recipe
    pipeline = pipeline or fit(table, recipe, candidate, parameters)
    script = write_script(export_of(dataset, recipe, pipeline, candidate))
    assert "toys.csv" in script
    names = {"__name__": "script"}
    exec(compile(script, "script", "exec"), names)
    path = dataset[0].original_path(dataset[1].info.id)[1]
    train, test = names["split"](names["load_table"](path))
    assert test.index.tolist() == table.test.tolist()
    assert train.index.tolist() == table.train.tolist()
    again = fit_as_main(names, script, train)
    frame = table.frame[list(recipe.features)]
    expected, got = (answer_rows(m, frame, recipe.positive) for m in (pipeline, again))
    np.testing.assert_array_equal(got.values, expected.values)
    if expected.probabilities is not None:
        np.testing.assert_allclose(got.probabilities, expected.probabilities, rtol=0, atol=1e-12)
    answers = answer_rows(pipeline, table.features(table.test), recipe.positive, recipe.costs)
    scores = score_all(task_metrics(recipe), table.target(table.test), answers)
    printed = names["score"](again, test)
    for name, value in scores.items():
        assert printed[get_metric(name).title] == pytest.approx(value, nan_ok=True), name
    return script


def fit_as_main(names, script, train):
    """What the script's `main` does between splitting and scoring."""
    body = script.split("train, test = split(table)\n")[1].split("    print(")[0]
    names["train"] = train
    exec("if True:\n" + body, names)
    return names["model"]


EVERYTHING = Preparing(
    number=NumberSteps(impute="iterative", clip=True, transform="power", scale="robust", expand="splines"),
    category=CategorySteps(encode="target"),
    boolean=BooleanSteps("false"),
    date=DateSteps(
        ("elapsed", "year", "week", "day", "month", "weekday", "hour", "day_of_month", "weekend"), "DE"
    ),
    text=TextSteps(components=8),
)  # fmt: skip
OTHERS = Preparing(
    number=NumberSteps(impute="knn", indicator=True, transform="quantile", scale="minmax", expand="bins"),
    category=CategorySteps(encode="hash", hash_columns=8),
    text=TextSteps(words=False, components=5),
)  # fmt: skip


@pytest.mark.parametrize(
    ("preparing", "candidate"),
    [
        (EVERYTHING, "logistic"),
        (OTHERS, "naive_bayes"),
        (Preparing(text=TextSteps(components=6)), "hist_gradient_boosting"),
    ],
)
def test_every_step_is_spelled_out(dataset, preparing, candidate):
    script = check(dataset, recipe_of(dataset[1], preparing=preparing), candidate)
    assert 'TEXTS = ["review"]' in script
    if preparing is EVERYTHING:
        assert "enable_iterative_imputer" in script
        assert re.search(r'HOLIDAYS = \[\n    "\d{4}-01-01", "', script)
        assert 'HOLIDAYS, dtype="datetime64[D]"' in script


@pytest.mark.parametrize(
    "table",
    [
        TableSteps(interactions=True, select="univariate", reduce="pca"),
        TableSteps(select="model", keep=0.3, reduce="pca", order=("reduce", "select", "interactions")),
        TableSteps(select="recursive", keep=0.8),
        TableSteps(select="variance"),
    ],
    ids=lambda table: table.select,
)  # fmt: skip
def test_steps_over_the_whole_table_are_spelled_out(dataset, table):
    ignored = {name: ColumnChoice("text", Role.IGNORE) for name in ("review", "sold")}
    recipe = recipe_of(dataset[1], columns=ignored, preparing=Preparing(table=table))
    script = check(dataset, recipe, "decision_tree")
    assert "    select = " in script


def test_columns_that_are_encoded_in_another_way_have_lists_of_their_own(dataset):
    columns = {
        "colour": ColumnChoice("category", encode="onehot"),
        "maker": ColumnChoice("category", encode="target"),
        "fragile": ColumnChoice("category", encode="ordinal"),
        "review": ColumnChoice("category", encode="hash"),
    }
    script = check(dataset, recipe_of(dataset[1], columns=columns), "logistic")
    assert 'CATEGORIES_AS_COLUMNS = ["colour"]' in script
    assert 'CATEGORIES_AS_MEANS = ["maker"]' in script
    assert 'CATEGORIES_AS_CODES = ["fragile"]' in script
    assert 'CATEGORIES_AS_HASHES = ["review"]' in script


def test_a_search_may_have_prepared_otherwise_than_the_recipe(dataset):
    recipe = recipe_of(dataset[1])
    table = training_table(dataset[1], recipe)
    tried = msgspec.structs.replace(
        table.recipe, preparing=Preparing(category=CategorySteps(encode="onehot"))
    )
    pipeline = fit(table, tried, "decision_tree", {"max_depth": 3})
    script = check(dataset, recipe, "decision_tree", pipeline=pipeline)
    assert "max_depth=3" in script


@pytest.mark.parametrize("balance", ["weights", "oversample", "undersample"])
def test_rare_classes_are_balanced_alike(dataset, balance):
    script = check(dataset, recipe_of(dataset[1], balance=balance), "logistic")
    assert {
        "weights": 'class_weight="balanced"',
        "oversample": "repeat=True, seed=SEED",
        "undersample": "repeat=False, seed=SEED",
    }[balance] in script


def test_a_threshold_is_tuned_alike_and_other_metrics_are_printed(dataset):
    more = ("matthews_corrcoef", "neg_brier_score", "jaccard", "f1_weighted")
    recipe = recipe_of(dataset[1], threshold="tuned", metric="f1", metrics=more)
    script = check(dataset, recipe, "decision_tree")
    assert "TunedThresholdClassifierCV(" in script


def test_a_threshold_by_value_and_the_value_itself_are_spelled_out(dataset):
    costs = Costs(true_positive=3.0, false_positive=-2.0)
    recipe = recipe_of(dataset[1], threshold="tuned", metric="value", costs=costs)
    assert "FixedThresholdClassifier(" in check(dataset, recipe, "logistic")


def test_rows_of_a_gap_in_time_are_in_neither_part(dataset):
    columns = {"sold": ColumnChoice("date", Role.TIME)}
    split = Split(gap=7, repeats=3, scheme="once")
    script = check(dataset, recipe_of(dataset[1], columns=columns, split=split), "decision_tree")
    assert "GAP = 7" in script


def test_classes_that_are_too_rare_are_left_out_alike(dataset):
    more = ("roc_auc_ovo", "f1_weighted")
    recipe = recipe_of(
        dataset[1], "grade", columns={"good": ColumnChoice("category")}, metrics=more
    )
    assert "value_counts()) >= 4" in check(dataset, recipe, "decision_tree")


def test_groups_are_held_out_by_class_where_a_class_would_be_nowhere_else(dataset):
    columns = {"maker": ColumnChoice("category", Role.GROUP)}
    check(dataset, recipe_of(dataset[1], "grade", columns=columns), "decision_tree")


@pytest.mark.parametrize(
    ("target", "names"), [("good", ("logistic", "decision_tree")), ("price", ("ridge", "knn"))]
)
def test_an_ensemble_is_built_from_its_members(dataset, target, names):
    recipe = recipe_of(dataset[1], target)
    table = training_table(dataset[1], recipe)
    members = [
        (f"{name}_{n}", fit(table, table.recipe, name), n / 3) for n, name in enumerate(names, 1)
    ]
    pipeline = assemble(members, table.recipe)
    script = check(dataset, recipe, "ensemble", pipeline=pipeline)
    assert f'("{names[0]}_1", build_{names[0]}_1())' in script

    contract = json.dumps({"rows": 30_000}).encode()
    export = export_of(dataset, table.recipe, pipeline, "ensemble")
    if "knn" in names:
        with pytest.raises(RecipeError, match="k-nearest neighbours was fitted on a sample"):
            FORMATS["script"].build(dataclasses.replace(export, contract=contract))
    with pytest.raises(RecipeError, match="must be fitted on the same rows"):
        FORMATS["script"].build(dataclasses.replace(export, max_rows=100))


def test_a_model_that_time_allowed_fewer_rows_is_fitted_on_the_same_ones(dataset):
    recipe = recipe_of(dataset[1])
    table = training_table(dataset[1], recipe)
    export = export_of(dataset, table.recipe, fit(table, table.recipe, "knn"), "knn", max_rows=50)
    assert "if len(train) > 50:" in write_script(export)
