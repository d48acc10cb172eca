import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, SplineTransformer
from sklearn.svm import SVC

from core.exports.estimator_code import CodeWriter, import_lines, public_module
from core.features.pipeline import build_pipeline
from core.recipe import ColumnChoice, Recipe, Role
from core.tasks import TASKS
from core.training.catalogue import CATALOGUE, candidates_for


def rebuild(estimator, **constants):
    writer = CodeWriter({tuple(value): name for name, value in constants.items()}, seed=11)
    code = writer.write(estimator)
    namespace = {"SEED": 11, **constants}
    exec("\n".join(import_lines(writer.imports)), namespace)
    return eval(code, namespace)


def as_text(estimator):
    with config_context(print_changed_only=False):
        return repr(clone(estimator).get_params())


RECIPE = Recipe(
    target="y",
    task="binary",
    metric="roc_auc",
    columns={
        "y": ColumnChoice("number", Role.TARGET),
        "size": ColumnChoice("number"),
        "colour": ColumnChoice("category"),
        "fragile": ColumnChoice("boolean"),
        "made": ColumnChoice("date"),
    },
)


@pytest.mark.parametrize(
    ("task", "candidate"),
    [(task, candidate) for task in TASKS.values() for candidate in candidates_for(task)],
    ids=lambda value: value.name,
)
def test_the_code_of_every_candidate_makes_an_equal_pipeline(task, candidate):
    pipeline = build_pipeline(RECIPE, candidate.maker(task)(11), candidate.needs)
    assert as_text(rebuild(pipeline, NUMBERS=["size"])) == as_text(pipeline)


@pytest.mark.parametrize(
    "estimator",
    [
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        FunctionTransformer(np.log1p, kw_args={"where": True}, inverse_func=np.expm1),
        SplineTransformer(knots=np.array([[0.0], [1.0], [5.0]])),
        SplineTransformer(knots=np.linspace(0.0, 7.0, 5)[:, None]),
        RidgeCV(alphas=np.logspace(-3, 3, 13)),
        RidgeCV(alphas=np.array([0.1, 0.5, 0.7, 3.0])),
        RidgeCV(alphas=(0.5,)),
        SVC(C=2.5, class_weight={"it's": 1.0, 'a "b"': 2.0}, max_iter=5),
        SVC(tol=1e20, gamma=float("inf"), coef0=-np.inf),
        HistGradientBoostingClassifier(categorical_features=[0, 2], random_state=11),
        FeatureUnion([("a", "passthrough"), ("b", "drop")]),
        Pipeline([("only", make_pipeline(SVC()))]),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_the_code_of_an_odd_parameter_makes_an_equal_one(estimator):
    assert as_text(rebuild(estimator)) == as_text(estimator)


def test_only_what_differs_from_the_defaults_is_written():
    assert CodeWriter().write(SVC(C=1.0, kernel="rbf")) == "SVC()"
    assert CodeWriter().write(SVC(C=2)) == "SVC(C=2)"


def test_numbers_that_are_evenly_spaced_are_written_as_such():
    writer = CodeWriter()
    assert writer.write(np.logspace(-3, 3, 13)) == "np.logspace(-3, 3, 13)"
    assert writer.write(np.linspace(0, 8, 5)[:, None]) == "np.linspace(0.0, 8.0, 5).reshape(-1, 1)"
    assert writer.imports == {("numpy", "")}


def test_numbers_of_numpy_are_written_as_plain_ones():
    assert (
        CodeWriter().write(SVC(C=np.float64(2.5), max_iter=np.int64(5))) == "SVC(C=2.5, max_iter=5)"
    )


def test_the_seed_is_written_as_the_constant():
    assert CodeWriter(seed=5).write(SVC(random_state=5)) == "SVC(random_state=SEED)"
    assert CodeWriter(seed=5).write(SVC(random_state=6)) == "SVC(random_state=6)"


@pytest.mark.parametrize("name", CATALOGUE)
def test_classes_are_imported_from_where_people_import_them(name):
    candidate = CATALOGUE[name]
    maker = candidate.for_classes or candidate.for_numbers
    module = public_module(type(maker(0)))
    assert module.split(".")[0] in ("sklearn", candidate.library)
    assert "_" not in module.replace("naive_bayes", "").replace("linear_model", "").replace(
        "neural_network", ""
    )


def test_a_long_import_is_broken_into_lines():
    names = {("sklearn.metrics", f"a_rather_long_metric_name_{number}") for number in range(4)}
    (line,) = import_lines(names)
    assert line.startswith("from sklearn.metrics import (\n    a_rather")
    assert line.endswith(",\n)")
