"""Every preparing step is part of a plan, and gives what scikit-learn gives."""

import warnings

import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from core.features.needs import CODES, NATIVE, SCALED, InputNeeds
from core.features.pipeline import build_pipeline
from core.serving.compiling.making import make_plan
from core.serving.learning import learn_contract
from tests.features.test_every_step import CHOICES, _frame, _recipe, _target, told_of

ASKED = {"number knn"}
"""Steps that no plan has: the pipeline answers."""

SPARSE = InputNeeds(scaling=True, indicators=True, accepts_sparse=True)
MODELS = {
    "scaled": (SCALED, lambda: LogisticRegression(max_iter=1000)),
    "sparse": (SPARSE, lambda: LogisticRegression(max_iter=1000)),
    "codes": (CODES, lambda: RandomForestClassifier(20, random_state=0)),
    "native": (NATIVE, lambda: HistGradientBoostingClassifier(max_iter=20, min_samples_leaf=3)),
}


def plan_of(recipe, needs, estimator, frame, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fitting a small table, which is not what is looked at
        pipeline = build_pipeline(recipe, estimator, needs).fit(frame, y)
    contract = learn_contract(frame, recipe, model="m", classes=tuple(pipeline.classes_.tolist()))
    return make_plan(pipeline, contract, frame)


@told_of
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("choice", CHOICES)
def test_a_plan_prepares_as_the_pipeline(choice, task, model):
    needs, make = MODELS[model]
    recipe = _recipe(CHOICES[choice], task)
    made = plan_of(recipe, needs, make(), _frame(), _target(task))
    if choice in ASKED:
        assert made.report.how == "pipeline"
        assert "KNNImputer" in made.report.reason
    else:
        assert (made.report.how, made.report.reason) == ("plan", "")
