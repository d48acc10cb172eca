"""Every candidate, for every task, answers by a plan as its pipeline does."""

import msgspec
import pytest

from core.recipe import Recipe
from core.serving.compiling.making import make_plan
from core.serving.learning import learn_contract
from core.tasks import get_task
from core.training.catalogue import CATALOGUE, candidates_for
from core.training.ensemble import assemble
from core.training.fitting import make_pipeline
from core.training.table import training_table
from core.features.proposal import propose_recipe

SAMPLES = {"binary": "titanic", "multiclass": "penguins", "regression": "mpg"}

ASKED = {"knn"}
"""Whose nearest rows are found sooner by scikit-learn; which of two equally near counts is its own choice."""

PAIRS = [
    pytest.param(task, candidate.name, id=f"{task}-{candidate.name}")
    for task in SAMPLES
    for candidate in candidates_for(get_task(task))
]


@pytest.fixture
def prepared(sample):
    def prepare(task):
        dataset = sample(SAMPLES[task])
        recipe = propose_recipe(dataset)
        assert recipe.task == task
        table = training_table(dataset, recipe)
        return recipe, table.features(table.train), table.target(table.train)

    return prepare


def contract_of(pipeline, recipe, features):
    classes = getattr(pipeline, "classes_", None)
    labels = None if classes is None else tuple(classes.tolist())
    return learn_contract(features, recipe, model="model", classes=labels)


def fit(candidate: str, recipe: Recipe, features, target, **parameters):
    return make_pipeline(CATALOGUE[candidate], recipe, parameters or None).fit(features, target)


@pytest.mark.parametrize(("task", "candidate"), PAIRS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_answers_as_the_pipeline(prepared, task, candidate):
    recipe, features, target = prepared(task)
    pipeline = fit(candidate, recipe, features, target)
    made = make_plan(pipeline, contract_of(pipeline, recipe, features), features)
    assert made.report.reason == ("KNeighbors" in made.report.reason) * made.report.reason
    assert made.report.how == ("encoded" if candidate in ASKED else "plan")
    assert made.report.rows > len(features)
