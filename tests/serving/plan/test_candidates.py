"""Every candidate, for every task, answers by a plan as its pipeline does."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import QuantileRegressor
from sklearn.pipeline import Pipeline

from core.recipe import Costs
from core.serving.compiling import trees
from core.serving.compiling.estimators import compile_estimator
from core.serving.compiling.making import make_plan
from core.serving.plan.models.forests import Forest
from core.serving.plan.models.masks import Masks
from core.tasks import TASKS, get_task
from core.training.catalogue import candidates_for
from core.training.ensemble import assemble

ASKED = {"knn", "lightgbm", "xgboost", "catboost"}
"""Candidates that answer on the encoded rows. Which of two equally near rows counts is the tree's own
choice, and the other libraries have formats of their own."""

PAIRS = [
    pytest.param(task, candidate.name, id=f"{task}-{candidate.name}")
    for task in TASKS
    for candidate in candidates_for(get_task(task))
]


@pytest.mark.parametrize(("task", "candidate"), PAIRS)
def test_answers_as_the_pipeline(planned, task, candidate):
    _, _, features, made = planned(task, candidate)
    if candidate in ASKED:
        assert made.report.how == "encoded"
        assert made.report.reason.endswith("is not compiled.")
    else:
        assert (made.report.how, made.report.reason) == ("plan", "")
    assert made.report.rows > len(features)
    assert made.report.max_difference < 1e-9
    assert made.report.size_bytes == len(made.content)


@pytest.mark.parametrize(
    ("candidate", "parameters"),
    [
        ("hist_gradient_boosting", {"max_leaf_nodes": 255, "min_samples_leaf": 2}),
        ("hist_gradient_boosting", {"max_iter": 5, "max_features": 0.3}),
        ("decision_tree", {"max_depth": 16, "min_samples_leaf": 1}),
        ("random_forest", {"n_estimators": 50, "criterion": "entropy", "min_samples_leaf": 1}),
        ("mlp", {"layers": "64-64-64", "activation": "tanh"}),
        ("logistic", {"C": 1000.0}),
    ],
)
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_answers_as_the_pipeline_with_other_settings(planned, task, candidate, parameters):
    *_, made = planned(task, candidate, **parameters)
    assert (made.report.how, made.report.reason) == ("plan", "")


@pytest.mark.parametrize(
    "choices",
    [
        {"threshold": "tuned", "metric": "f1"},
        {
            "threshold": "tuned",
            "metric": "value",
            "costs": Costs(true_positive=5.0, false_positive=-1.0),
        },
        {"balance": "weights"},
    ],
)
@pytest.mark.parametrize("candidate", ["logistic", "hist_gradient_boosting"])
def test_a_moved_threshold_is_part_of_plan_and_contract(planned, candidate, choices):
    pipeline, contract, _, made = planned("binary", candidate, choices)
    assert (made.report.how, made.report.reason) == ("plan", "")
    model = pipeline.steps[-1][1]
    found = getattr(model, "best_threshold_", getattr(model, "threshold", None))
    assert contract.threshold == found


@pytest.mark.parametrize("task", TASKS)
def test_an_ensemble_answers_by_the_plans_of_its_members(prepared, fit, contract_of, task):
    recipe, features, target = prepared(task)
    names = ("decision_tree", "hist_gradient_boosting", "svm_linear")
    members = [
        (name, fit(name, recipe, features, target), weight)
        for name, weight in zip(names, (0.2, 0.5, 0.3), strict=True)
    ]
    pipeline = assemble(members, recipe)
    contract = contract_of(members[0][1], recipe, features)
    assert make_plan(pipeline, contract, features).report.how == "plan"
    asked = [*members, ("knn", fit("knn", recipe, features, target), 0.1)]
    made = make_plan(assemble(asked, recipe), contract, features)
    assert made.report.how == "encoded"
    assert made.report.max_difference < 1e-9


def test_an_estimator_that_no_plan_knows_is_asked_with_the_encoded_rows(prepared, fit, contract_of):
    recipe, features, target = prepared("regression")
    linear = fit("linear", recipe, features, target)
    rows = linear[:-1].transform(features)
    unknown = QuantileRegressor(alpha=0.1).fit(rows, target)
    pipeline = Pipeline([*linear.steps[:-1], ("model", unknown)])
    made = make_plan(pipeline, contract_of(pipeline, recipe, features), features)
    assert (made.report.how, made.report.max_difference) == ("encoded", 0.0)
    assert made.report.reason == "QuantileRegressor is not compiled."


def test_a_plan_that_answers_otherwise_is_not_used_and_says_so(prepared, fit, contract_of):
    recipe, features, target = prepared("binary")
    pipeline = fit("logistic", recipe, features, target)
    contract = contract_of(pipeline, recipe, features)
    pipeline.named_steps["model"].decision_function = lambda rows: np.zeros(rows.shape[0])
    made = make_plan(pipeline, contract, features)
    assert made.content is None
    assert made.report.how == "pipeline"
    assert "rows with another label" in made.report.reason
    assert made.report.sentence.startswith(
        "Answers by its scikit-learn pipeline. Its plan answered"
    )


# Trees, small and large


def strange_rows(rng, rows, categories):
    """Numbers as trees may meet them: gaps, far out, in single and double precision; codes known or not."""
    found = rng.normal(size=(rows, 6)).round(1)
    found[:, 3:] = rng.normal(size=(rows, 3))
    found[rng.random(found.shape) < 0.1] = np.nan
    for place in categories:
        found[:, place] = rng.integers(0, 12, rows)
        found[rng.random(rows) < 0.1, place] = np.nan
    return found


@pytest.mark.parametrize("is_walked", [False, True], ids=["masks", "walked"])
@pytest.mark.parametrize("categories", [(), (0, 1), (1, 4)])
@pytest.mark.parametrize("classes", [0, 2, 3])
def test_boosted_trees_know_gaps_and_categories(monkeypatch, classes, categories, is_walked):
    if is_walked:
        monkeypatch.setattr(trees, "MAX_MASK_BYTES", 0)
    rng = np.random.default_rng(classes)
    X = strange_rows(rng, 400, categories)
    code = np.nan_to_num(X[:, categories[0]] % 3 == 1) if categories else 0
    signal = np.nan_to_num(X[:, 5]) + 2 * code + np.isnan(X[:, 2])
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    y = np.digitize(signal, np.quantile(signal, [0.3, 0.6][: classes - 1])) if classes else signal
    model = kind(max_iter=15, categorical_features=list(categories) or None, random_state=0)
    model.fit(X, y)
    compiled, links = compile_estimator(model)
    assert isinstance(compiled, Forest if is_walked else Masks)
    asked = strange_rows(rng, 500, categories)
    for place in categories:
        asked[::7, place] = 99.0
    asked[::11, 5] = 1e300
    for rows in (asked, asked[:50], asked[:1]):
        found = compiled.outputs(rows)
        for link in links:
            found = link.apply(found)
        expected = model.predict_proba(rows) if classes else model.predict(rows)[:, None]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15 if classes else 0)


@pytest.mark.parametrize("is_walked", [False, True], ids=["masks", "walked"])
@pytest.mark.parametrize("make", [RandomForestClassifier, ExtraTreesRegressor])
def test_forests_compare_in_single_precision_and_keep_ties(monkeypatch, make, is_walked):
    if is_walked:
        monkeypatch.setattr(trees, "MAX_MASK_BYTES", 0)
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 4, 600), rng.normal(size=(600, 2)) * 1e-3])
    X[:, 2] = np.float32(X[:, 2]) + rng.normal(size=600) * 1e-12
    model = make(n_estimators=20, random_state=0, min_samples_leaf=3).fit(
        X, rng.integers(0, 2, 600)
    )
    compiled, links = compile_estimator(model)
    asked = np.concatenate([X, X + 1e-10, X - 1e-10])
    for rows in (asked, asked[:7]):
        found = links[0].apply(compiled.outputs(rows))
        if make is RandomForestClassifier:
            np.testing.assert_array_equal(found, model.predict_proba(rows))
        else:
            np.testing.assert_array_equal(found[:, 0], model.predict(rows))


@pytest.mark.parametrize("leaves", [31, 32, 33, 64, 65])
def test_trees_of_any_number_of_leaves_are_words_of_bits(leaves):
    rng = np.random.default_rng(leaves)
    X = rng.normal(size=(2_000, 3))
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2])
    model = HistGradientBoostingRegressor(
        max_iter=3, max_leaf_nodes=leaves, min_samples_leaf=2
    ).fit(X, y)
    assert model._predictors[0][0].get_n_leaf_nodes() == leaves
    compiled, links = compile_estimator(model)
    assert isinstance(compiled, Masks)
    found = compiled.outputs(X)
    for link in links:
        found = link.apply(found)
    np.testing.assert_array_equal(found[:, 0], model.predict(X))


def test_a_tree_of_one_leaf_answers_it():
    X = pd.DataFrame(np.zeros((30, 2))).to_numpy()
    for model in (RandomForestClassifier(5), HistGradientBoostingClassifier(max_iter=3)):
        model.fit(X, np.arange(30) % 2)
        compiled, links = compile_estimator(model)
        found = compiled.outputs(X[:3])
        for link in links:
            found = link.apply(found)
        np.testing.assert_allclose(found, model.predict_proba(X[:3]), atol=1e-15)


def test_the_report_is_one_sentence_and_kept_as_json(planned):
    from core.serving.plan.report import dump_report, load_report

    *_, made = planned("binary", "logistic")
    assert load_report(dump_report(made.report)) == made.report
    assert made.report.sentence.startswith("Answers by a compiled plan, in ")
    slow = msgspec.structs.replace(made.report, how="encoded")
    assert "by its scikit-learn estimator, after a compiled preparing" in slow.sentence
