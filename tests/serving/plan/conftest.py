"""Plans of small real models."""

import warnings
from collections.abc import Callable

import pytest
from sklearn.pipeline import Pipeline

from core.data.dataset import Dataset
from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.recipe import Recipe
from core.scoring.answers import positive_threshold
from core.serving.compiling.making import make_plan
from core.serving.contract import Contract
from core.serving.contract.inference import learn_contract
from core.training.catalogue import CATALOGUE
from core.training.fitting import make_pipeline
from core.training.table import training_table
from tests.thorough import cases

SAMPLES = {"binary": "titanic", "multiclass": "penguins", "regression": "mpg"}
ROWS = cases(1_000, 300)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory) -> dict[str, Dataset]:
    """The bundled sample of each task."""
    store = DatasetStore(tmp_path_factory.mktemp("samples"), 2**24)
    return {task: store.load(store.add_sample(name).id) for task, name in SAMPLES.items()}


@pytest.fixture
def prepared(loaded):
    """For a task: a recipe, the features and the target of a bundled sample."""

    def prepare(task: str, **choices):
        dataset = loaded[task]
        recipe = propose_recipe(dataset)
        for name, value in choices.items():
            recipe = _replace(recipe, name, value)
        table = training_table(dataset, recipe)
        rows = table.train[:ROWS]
        return recipe, table.features(rows), table.target(rows)

    return prepare


def _replace(recipe: Recipe, name: str, value: object) -> Recipe:
    import msgspec

    return msgspec.structs.replace(recipe, **{name: value})


@pytest.fixture
def fit() -> Callable[..., Pipeline]:
    """A candidate fitted by a recipe."""

    def fit_(candidate, recipe, features, target, **parameters) -> Pipeline:
        pipeline = make_pipeline(CATALOGUE[candidate], recipe, parameters)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it could be fitted better, which does not matter
            return pipeline.fit(features, target)

    return fit_


@pytest.fixture
def contract_of() -> Callable[..., Contract]:
    """The contract of a fitted pipeline."""

    def contract_(pipeline, recipe, features) -> Contract:
        classes = getattr(pipeline, "classes_", None)
        return learn_contract(
            features,
            recipe,
            model="model",
            classes=None if classes is None else tuple(classes.tolist()),
            threshold=positive_threshold(pipeline, recipe.positive),
        )

    return contract_


@pytest.fixture
def planned(prepared, fit, contract_of):
    """For a task and candidate: pipeline, contract, features and what came of compiling them."""

    def plan(task, candidate, choices=None, **parameters):
        recipe, features, target = prepared(task, **(choices or {}))
        pipeline = fit(candidate, recipe, features, target, **parameters)
        contract = contract_of(pipeline, recipe, features)
        return pipeline, contract, features, make_plan(pipeline, contract, features)

    return plan
