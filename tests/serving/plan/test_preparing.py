"""Every preparing step is part of a plan, and gives what scikit-learn gives."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.utils import murmurhash3_32

from core.features.needs import CODES, NATIVE, SCALED, InputNeeds
from core.features.pipeline import build_pipeline
from core.recipe import ColumnChoice, Preparing, Recipe, Role, TextSteps
from core.serving.compiling.compile import compile_plan
from core.serving.compiling.making import make_plan
from core.serving.contract import ParsedRow
from core.serving.contract.inference import learn_contract
from core.serving.pipeline_engine import PipelineEngine, build_frame
from core.serving.plan.engine import PlanEngine
from core.serving.plan.hashing import hash_place, murmur
from core.serving.plan.normal import normal_quantile
from tests.features.test_every_step import (
    CHOICES,
    _columns,
    _frame,
    _recipe,
    _recipe_of,
    _target,
    told_of,
)
from tests.thorough import cases

SERVED_BY_PIPELINE = {"number knn"}
"""Which of two equally near rows fills a gap depends on the last bit of a distance."""

SPARSE = InputNeeds(scaling=True, indicators=True, accepts_sparse=True)
MODELS = {
    "scaled": (SCALED, lambda: LogisticRegression(max_iter=1000)),
    "sparse": (SPARSE, lambda: LogisticRegression(max_iter=1000)),
    "codes": (CODES, lambda: RandomForestClassifier(20, random_state=0)),
    "native": (NATIVE, lambda: HistGradientBoostingClassifier(max_iter=20, min_samples_leaf=3)),
}
TASK_OF = {"scaled": "binary", "sparse": "multiclass", "codes": "multiclass", "native": "binary"}


def fitted(recipe, needs, estimator, frame, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fitting a small table, which is not what is looked at
        pipeline = build_pipeline(recipe, estimator, needs).fit(frame, y)
    labels = tuple(pipeline.classes_.tolist())
    return pipeline, learn_contract(frame, recipe, model="m", classes=labels)


MODELS_OF = {"category": tuple(MODELS)}
"""By the first word of the choice; the others are tried with two."""

PAIRS = [
    (choice, model)
    for choice in CHOICES
    for model in MODELS_OF.get(choice.split()[0], ("scaled", "codes"))
]


@told_of
@pytest.mark.parametrize(("choice", "model"), PAIRS)
def test_a_plan_prepares_as_the_pipeline(choice, model):
    needs, make = MODELS[model]
    recipe, y = _recipe_of(choice, TASK_OF[model]), _target(TASK_OF[model])
    frame = _frame()[_columns(choice)]
    pipeline, contract = fitted(recipe, needs, make(), frame, y)
    report = make_plan(pipeline, contract, frame).report
    if choice in SERVED_BY_PIPELINE:
        assert report.how == "pipeline"
        assert "KNNImputer" in report.reason
    else:
        assert (report.how, report.reason) == ("plan", "")


WORDS = [
    "the",
    "toy",
    "broke",
    "at",
    "once",
    "lovely",
    "works",
    "waste",
    "很好玩",
    "质量太差",
    "17",
    "a",
    "ß",
]
TEXTS = {
    "words and characters": TextSteps(min_count=1, components=5),
    "words": TextSteps(characters=False, min_count=1, components=5),
    "characters": TextSteps(words=False, min_count=2, components=5),
}


def said(rng, count):
    texts = [" ".join(rng.choice(WORDS, rng.integers(0, 7))) for _ in range(count)]
    return pd.Series([text or None for text in texts], dtype="str")


TEXT_CASES = [
    *((choice, model, 1) for choice in TEXTS for model in MODELS),
    # Two columns are joined as one is, whatever they were made to.
    *(("words and characters", model, 2) for model in MODELS),
]


@told_of
@pytest.mark.parametrize(("choice", "model", "columns"), TEXT_CASES)
def test_a_plan_reads_texts_as_the_pipeline(choice, model, columns):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"t{place}": said(rng, 90) for place in range(columns)})
    frame["n"] = rng.normal(size=90)
    kinds = {name: ColumnChoice("number" if name == "n" else "text") for name in frame}
    kinds["y"] = ColumnChoice("category", Role.TARGET)
    recipe = Recipe("y", "binary", "roc_auc", kinds, preparing=Preparing(text=TEXTS[choice]))
    needs, make = MODELS[model]
    pipeline, contract = fitted(recipe, needs, make(), frame, rng.random(90) < 0.5)
    report = make_plan(pipeline, contract, frame).report
    assert (report.how, report.reason) == ("plan", "")


NUMBERS = st.none() | st.floats(-1e12, 1e12) | st.integers(-9, 99).map(float)
LEVELS = st.none() | st.sampled_from(["red", "green", "S", "L", "level 3", "nan"]) | st.text()
DAYS = st.none() | st.datetimes(pd.Timestamp("1678-01-01"), pd.Timestamp("2261-12-31"))
ROWS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("n", "heavy", "whole"), NUMBERS),
        **dict.fromkeys(("c", "many", "size", "own"), LEVELS),
        "b": st.none() | st.booleans(),
        **dict.fromkeys(("d", "e"), DAYS),
    }
)


@pytest.fixture(scope="module")
def both():
    """A pipeline of many steps, and its plan."""
    choices = Preparing(
        number=CHOICES["number splines"].number,
        category=CHOICES["category hash"].category,
        date=CHOICES["date"].date,
    )
    pipeline, contract = fitted(
        _recipe(choices), SCALED, LogisticRegression(max_iter=1000), _frame(), _target()
    )
    return PipelineEngine(pipeline, contract), PlanEngine(
        compile_plan(pipeline, contract), contract
    )


@told_of
@settings(max_examples=cases(60, 20), deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROWS, min_size=1, max_size=6))
def test_any_row_is_answered_as_by_the_pipeline(both, rows):
    by_pipeline, by_plan = both
    parsed = [ParsedRow(row) for row in rows]
    expected, found = by_pipeline.predict(parsed), by_plan.predict(parsed)
    shares = [list(row.values()) for row in expected.probabilities]
    np.testing.assert_allclose([list(r.values()) for r in found.probabilities], shares, atol=1e-9)
    assert found.values == expected.values


def test_a_row_is_filled_alike_alone_and_among_others():
    pipeline, contract = fitted(
        _recipe(CHOICES["number iterative"]), SCALED, LogisticRegression(), _frame(), _target()
    )
    engine = PlanEngine(compile_plan(pipeline, contract), contract)
    empty = ParsedRow(dict.fromkeys(contract.names))
    full = contract.parse(contract.example).rows[0]
    alone, among = engine.predict([empty]), engine.predict([full] * 9 + [empty])
    assert list(alone.probabilities[0].values()) == pytest.approx(
        list(among.probabilities[-1].values()), abs=1e-12
    )


@pytest.mark.parametrize("text", ["", "a", "foo", "ß 日本", "x" * 99, "level 17"])
def test_hashes_as_scikit_learn(text):
    assert murmur(text.encode()) == murmurhash3_32(text)
    for width in (2, 7, 1024):
        row = np.zeros(width)
        place, sign = hash_place(text, width)
        row[place] = sign
        expected = FeatureHasher(width, input_type="string").transform([[text]]).toarray()[0]
        np.testing.assert_array_equal(row, expected)


def test_the_normal_quantile_is_that_of_scipy():
    shares = np.concatenate([np.linspace(0, 1, 10_001), [1e-300, 1e-7, 1 - 1e-12, np.nan]])
    np.testing.assert_allclose(normal_quantile(shares), ndtri(shares), rtol=1e-14, atol=1e-15)


def test_a_frame_of_rows_and_the_encoded_columns_agree_to_the_last_bit():
    """Trees ask which side of a border a number lies on: it must be the same number."""
    recipe = _recipe(CHOICES["number turned"])
    pipeline, contract = fitted(recipe, NATIVE, MODELS["native"][1](), _frame(), _target())
    plan = compile_plan(pipeline, contract)
    rows = [ParsedRow(dict(row)) for row in _values(contract)]
    columns = {name: [row.values[name] for row in rows] for name in contract.names}
    expected = pipeline[:-1].transform(build_frame(contract, rows))
    found = plan.members[0].encoder.encode(columns)
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15)


def _values(contract):
    from core.serving.compiling.proof import real_rows

    return real_rows(contract, _frame())
