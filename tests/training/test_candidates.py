"""What may be tuned of each candidate, and the estimators that are made of it."""

import subprocess
import sys
import warnings
from itertools import chain, product

import numpy as np
import pytest
import scipy.sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

from core.errors import RecipeError
from core.features.pipeline import build_pipeline
from core.recipe import ColumnChoice, Costs, Recipe, Role
from core.tasks import TASKS, get_task
from core.training.candidates.base import MANY_ROWS, VERY_MANY_ROWS, OneOf, Real, Whole
from core.training.candidates.making import make_estimator, making_note
from core.training.candidates.optional import OPTIONAL
from core.training.catalogue import CATALOGUE, candidates_for, choose_candidates

BOOSTING = CATALOGUE["hist_gradient_boosting"]
PAIRS = [
    pytest.param(candidate, task, id=f"{candidate.name}-{task.name}")
    for task in (TASKS["binary"], TASKS["regression"])
    for candidate in candidates_for(task)
]


def recipe(task="binary", **changes):
    columns = {"y": ColumnChoice("category", Role.TARGET), "x": ColumnChoice("number")}
    positive = "yes" if task == "binary" else None
    changes = {"metric": get_task(task).metrics[0], "positive": positive, **changes}
    return Recipe(target="y", task=task, columns=columns, **changes)


def rows(task, n=60, columns=5, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, columns))
    y = X[:, 0] + 0.3 * X[:, 1]
    if not task.has_classes:
        return X, y
    labels = ["no", "yes"] if task.name == "binary" else ["a", "b", "c"]
    place = np.digitize(y, np.quantile(y, np.linspace(0, 1, len(labels) + 1)[1:-1]))
    return X, np.array(labels, dtype=object)[place]


def fit(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Got `batch_size` less than 1 or larger")
        return estimator.fit(X, y)


def is_within(dimension, value):
    if isinstance(dimension, OneOf):
        return value in dimension.values
    return dimension.low <= value <= dimension.high


def corner(dimension, last):
    if isinstance(dimension, OneOf):
        return dimension.values[-1 if last else 0]
    return dimension.high if last else dimension.low


def quick(settings):
    """With fewer trees: their number is no corner worth the time."""
    return {k: min(v, 20) if k in ("n_estimators", "max_iter", "iterations") else v
            for k, v in settings.items()}  # fmt: skip


@pytest.mark.parametrize("last", [False, True], ids=["low", "high"])
@pytest.mark.parametrize(("candidate", "task"), PAIRS)
def test_the_corners_of_a_space_make_estimators_that_fit(candidate, task, last):
    settings = {k: corner(d, last) for k, d in candidate.space_for(task).items()}
    X, y = rows(task, n=120)  # the most neighbours that may be asked
    answers = fit(make_estimator(candidate, recipe(task.name), quick(settings)), X, y).predict(X)
    assert len(answers) == len(X)


@pytest.mark.parametrize("candidate", [*CATALOGUE.values(), *OPTIONAL], ids=lambda c: c.name)
def test_defaults_and_presets_are_within_the_space(candidate):
    for task in TASKS.values():
        space = candidate.space_for(task)
        for number in (10, MANY_ROWS + 1, VERY_MANY_ROWS + 1):
            defaults = candidate.defaults_for(task, number)
            assert all(is_within(space[k], v) for k, v in defaults.items() if k in space)
        for preset in candidate.presets_for(task):
            assert all(is_within(space[k], v) for k, v in preset.items())
        if candidate.maker(task):
            known = candidate.defaults_for(task)
            assert {*space, *chain(*candidate.by_rows.values())} <= set(known)
    assert all(any(k in candidate.space_for(t) for t in TASKS.values()) for k in candidate.space)


@pytest.mark.parametrize(("candidate", "task"), PAIRS)
def test_the_defaults_are_those_of_the_maker(candidate, task):
    named = make_estimator(candidate, recipe(task.name), candidate.defaults_for(task))
    assert str(named.get_params()) == str(candidate.maker(task)(42).get_params())


def test_a_space_has_room():
    for candidate in [*CATALOGUE.values(), *OPTIONAL]:
        for dimension in candidate.space.values():
            if isinstance(dimension, Real | Whole):
                assert dimension.low < dimension.high
                assert not dimension.log or dimension.low > 0
            else:
                assert len(set(dimension.values)) > 1


@pytest.mark.parametrize(("candidate", "task"), PAIRS)
def test_more_columns_than_rows_are_no_hindrance(candidate, task):
    X, y = rows(task, n=40, columns=60)
    settings = quick(candidate.defaults_for(task))
    assert len(fit(make_estimator(candidate, recipe(task.name), settings), X, y).predict(X)) == 40


@pytest.mark.parametrize(
    ("candidate", "task"), [p for p in PAIRS if p.values[0].needs.accepts_sparse]
)
def test_a_candidate_that_accepts_sparse_rows_answers_as_on_dense_ones(candidate, task):
    X, y = rows(task, n=60)
    X[np.abs(X) < 0.3] = 0.0
    made = make_estimator(candidate, recipe(task.name))
    dense = fit(made, X, y).predict(X)
    sparse = fit(made, scipy.sparse.csr_array(X), y).predict(scipy.sparse.csr_array(X))
    if task.has_classes:
        assert (dense == sparse).mean() > 0.95
    else:
        assert sparse == pytest.approx(dense, abs=0.05)


@pytest.mark.parametrize(
    "candidate",
    [
        c for c in candidates_for(TASKS["regression"]) if not c.library
    ],  # CatBoost refuses it in words
    ids=lambda c: c.name,
)
def test_a_target_that_is_constant_in_a_fold_is_answered_with_it(candidate):
    X, _ = rows(TASKS["regression"], n=40)
    settings = quick(candidate.defaults_for(TASKS["regression"]))
    made = make_estimator(candidate, recipe("regression"), settings)
    with np.errstate(all="ignore"):
        assert fit(made, X, np.full(40, 3.5)).predict(X) == pytest.approx(np.full(40, 3.5), abs=0.5)


def test_the_same_seed_makes_the_same_answers():
    X, y = rows(TASKS["binary"], n=200)
    for candidate in candidates_for(TASKS["binary"]):
        preset = quick(candidate.defaults_for(TASKS["binary"]))
        first, second = (
            fit(make_estimator(candidate, recipe(), preset), X, y).predict_proba(X) for _ in "12"
        )
        assert (first == second).all(), candidate.name


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_boosting_that_stops_early_is_the_same_in_less_memory(task, tmp_path):
    X, y = rows(task, n=600)
    X[:, 0] = np.digitize(X[:, 0], [-1, 0, 1])
    X[::7, 0] = X[::5, 3] = np.nan
    rare = X.copy()
    rare[0, 0] = 9.0  # in one seed or another only the watched rows have it
    settings = {"early_stopping": True, "max_iter": 30}
    for seed, table in product(range(8), (X, rare)):
        plain, lean = (
            BOOSTING.maker(task)(seed, **settings).set_params(categorical_features=[0])
            for _ in range(2)
        )
        plain.fit(table, y)
        BOOSTING.fit(lean, table, y, tmp_path)
        np.testing.assert_array_equal(lean.predict(X), plain.predict(X))
        np.testing.assert_array_equal(lean.validation_score_, plain.validation_score_)
    assert not list(tmp_path.iterdir())


def test_many_rows_change_the_defaults_but_not_what_was_named():
    few, many, very_many = (
        make_estimator(BOOSTING, recipe(), rows=rows)
        for rows in (MANY_ROWS, MANY_ROWS + 1, VERY_MANY_ROWS + 1)
    )
    assert few.max_iter < many.max_iter < very_many.max_iter
    assert (few.early_stopping, many.early_stopping, very_many.early_stopping) == (
        False,
        False,
        True,
    )
    named = make_estimator(BOOSTING, recipe(), {"max_iter": 60}, rows=MANY_ROWS + 1)
    assert named.max_iter == 60


def test_a_setting_that_is_not_known_is_refused():
    with pytest.raises(
        RecipeError, match=r"A setting of Naive Bayes must be var_smoothing\. Got 'C'"
    ):
        make_estimator(CATALOGUE["naive_bayes"], recipe(), {"C": 1.0})
    with pytest.raises(RecipeError, match="must be one that can learn the task regression"):
        make_estimator(CATALOGUE["logistic"], recipe("regression"))


@pytest.mark.parametrize("candidate", candidates_for(TASKS["binary"]), ids=lambda c: c.name)
def test_rare_classes_weigh_more_or_a_note_says_that_they_do_not(candidate):
    weighted = recipe(balance="weights")
    made = make_estimator(candidate, weighted).get_params()
    assert all(made[key] == value for key, value in candidate.balanced.items())
    assert bool(making_note(candidate, weighted)) != bool(candidate.balanced)
    assert making_note(candidate, recipe()) == ""


def test_weights_find_more_of_a_rare_class():
    X, _ = rows(TASKS["binary"], n=400)
    rare = np.where(X[:, 0] + np.random.default_rng(1).normal(size=400) > 2.2, "yes", "no")
    found = [
        (make_estimator(BOOSTING, recipe(balance=balance)).fit(X, rare).predict(X) == "yes").sum()
        for balance in ("none", "weights")
    ]
    assert found[1] > found[0]


def test_numbers_have_no_class_weights():
    made = make_estimator(BOOSTING, recipe("regression", balance="weights"))
    assert "class_weight" not in made.get_params()
    assert making_note(BOOSTING, recipe("regression", balance="weights")) == ""


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy", "accuracy", "roc_auc"])
def test_a_tuned_threshold_is_found_by_the_metric_within_the_fit(metric):
    X, y = rows(TASKS["binary"], n=200)
    made = make_estimator(
        CATALOGUE["logistic"], recipe(metric=metric, threshold="tuned", balance="weights")
    )
    fitted = made.fit(X, y)
    assert isinstance(fitted, TunedThresholdClassifierCV)
    assert 0 < fitted.best_threshold_ < 1
    assert fitted.estimator.class_weight == "balanced"
    assert set(fitted.predict(X)) == {"no", "yes"}


def test_a_threshold_is_about_the_positive_class_whichever_it_is():
    X, _ = rows(TASKS["binary"], n=300)
    noise = np.random.default_rng(1).normal(size=300)
    y = np.where(X[:, 0] + noise > 1.5, "rare", "some")
    tuned = recipe(metric="f1", threshold="tuned", positive="rare")
    called = make_estimator(CATALOGUE["logistic"], tuned).fit(X, y).predict(X)
    plain = make_estimator(CATALOGUE["logistic"], recipe()).fit(X, y).predict(X)
    assert (called == "rare").sum() > (plain == "rare").sum()


def test_many_rows_tune_a_threshold_on_one_part():
    tuned = recipe(metric="f1", threshold="tuned")
    assert make_estimator(BOOSTING, tuned, rows=MANY_ROWS).cv == 5
    assert make_estimator(BOOSTING, tuned, rows=MANY_ROWS + 1).cv == 0.2


def test_by_value_a_row_is_called_positive_from_where_that_pays():
    costs = Costs(true_positive=7.0, false_positive=-1.0, false_negative=-2.0, true_negative=0.0)
    made = make_estimator(
        CATALOGUE["logistic"], recipe(metric="value", costs=costs, threshold="tuned")
    )
    assert isinstance(made, FixedThresholdClassifier)
    assert made.threshold == pytest.approx(0.1)
    X, y = rows(TASKS["binary"])
    assert (made.fit(X, y).predict(X) == "yes").sum() > (y == "yes").sum()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "multiclass"}, "must belong to a question of yes or no"),
        ({"metric": "recall"}, "must weigh both kinds of mistakes"),
        ({"metric": "value", "costs": Costs(), "balance": "weights"}, "balance must be none"),
        ({"metric": "value", "costs": Costs(true_positive=-2.0)}, "worth more than a wrong one"),
    ],
)
def test_a_threshold_that_cannot_be_tuned_is_refused_in_words(changes, message):
    with pytest.raises(RecipeError, match=message):
        make_estimator(CATALOGUE["logistic"], recipe(**changes, threshold="tuned"))


def test_the_names_of_our_metrics_are_those_of_scikit_learn():
    assert {"f1", "accuracy", "balanced_accuracy"} <= set(get_scorer_names())


def test_columns_of_codes_are_told_through_what_stands_around_the_estimator():
    columns = {"y": ColumnChoice("category", Role.TARGET), "c": ColumnChoice("category")}
    tuned = Recipe(
        target="y", task="binary", metric="f1", columns=columns, positive="yes", threshold="tuned"
    )
    model = build_pipeline(tuned, make_estimator(BOOSTING, tuned), BOOSTING.needs)[-1]
    assert isinstance(model.estimator, HistGradientBoostingClassifier)
    assert model.estimator.categorical_features == [0]


def test_optional_candidates_are_there_where_their_library_is_and_nothing_is_imported_for_that():
    code = (
        "import sys; from core.training.catalogue import CATALOGUE; "
        "print(*[n for n in ('sklearn', 'lightgbm', 'xgboost', 'catboost') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("candidate", OPTIONAL, ids=lambda c: c.name)
def test_a_library_that_is_not_installed_is_named(candidate):
    if candidate.name in CATALOGUE:
        pytest.skip(f"{candidate.library} is installed")
    with pytest.raises(RecipeError) as caught:
        choose_candidates((candidate.name,), get_task("binary"))
    assert (
        caught.value.hint == f"Install {candidate.library} for {candidate.title}, or leave it out."
    )


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda t: t.name)
@pytest.mark.parametrize("candidate", OPTIONAL, ids=lambda c: c.name)
def test_an_optional_candidate_learns_from_gaps_and_codes(candidate, task, tmp_path, monkeypatch):
    pytest.importorskip(candidate.library)
    monkeypatch.chdir(tmp_path)
    X, y = rows(task, n=150)
    X[:, 4] = np.arange(150) % 3
    X[5:20, 3] = np.nan
    made = make_estimator(candidate, recipe(task.name), quick(candidate.defaults_for(task)))
    if candidate.needs.names_categories:
        made.set_params(categorical_features=[4])
    assert fit(made, X, y).predict(X).shape == (150,)
    if task.has_classes:
        assert list(made.classes_) == sorted(set(y))
        assert made.predict_proba(X).sum(axis=1) == pytest.approx(np.ones(150), abs=1e-5)
    else:
        assert getattr(made, "classes_", None) is None
    assert list(tmp_path.iterdir()) == []
