import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression, Ridge

from core.recipe import Costs, Recipe
from core.scoring.answers import Answers, answer_rows
from core.scoring.metrics import find_metric, get_metric, known_metrics, score_all, task_metrics
from core.tasks import TASKS


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 3))
    return x, x[:, 0] + random.normal(size=300)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_of_classes_are_those_of_the_scorers(table, n_classes):
    x, y = table
    labels = np.array(["a", "b", "c"], dtype=object)[np.digitize(y, [0, 1][: n_classes - 1])]
    model = LogisticRegression().fit(x, labels)
    task = TASKS["binary" if n_classes == 2 else "multiclass"]
    positive = "b" if n_classes == 2 else None
    answers = answer_rows(model, x, positive, Costs())
    names = [n for n in known_metrics(task) if n in sk.get_scorer_names()]
    assert {"matthews_corrcoef", "f1_weighted", "d2_log_loss_score"} <= set(names)
    assert not {"rand_score", "f1_samples", "r2", "explained_variance"} & set(names)
    codes = (labels == "b").astype(int) if positive else labels
    twin = LogisticRegression().fit(x, codes)
    for name in names:
        scorer = sk.get_scorer(name)
        found = get_metric(name).score(labels, answers)
        assert found == pytest.approx(abs(scorer(twin, x, codes)), abs=1e-4), name


def test_scores_of_numbers_are_those_of_the_scorers_with_their_own_sign(table):
    x, y = table
    model = Ridge().fit(x, y)
    names = known_metrics(TASKS["regression"])
    assert "neg_mean_squared_error" in names
    assert "accuracy" not in names
    assert "neg_mean_absolute_error" not in names  # it is `mae` already
    metric = get_metric("neg_mean_squared_error")
    assert metric.score(y, answer_rows(model, x)) == pytest.approx(
        sk.mean_squared_error(y, model.predict(x))
    )
    assert (metric.title, metric.greater_is_better) == ("Mean squared error", False)
    assert np.isnan(get_metric("neg_mean_gamma_deviance").score(y, answer_rows(model, x)))


def test_a_class_that_the_fit_never_saw_has_a_score():
    said = np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])
    answers = Answers(np.array(["a", "b", "a"], dtype=object), said, ("a", "b"))
    actual = np.array(["a", "b", "new"], dtype=object)
    scores = score_all(
        ("log_loss", "accuracy", "matthews_corrcoef", "roc_auc_ovr"), actual, answers
    )
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["log_loss"] > 5
    assert np.isfinite(list(scores.values())).all()
    wide = answers.covering(["b", "new"])
    assert wide.classes == ("a", "b", "new")
    assert wide.probabilities[:, 2].tolist() == [0, 0, 0]


def test_what_is_worked_out_is_the_tasks_own_and_what_is_asked_for():
    recipe = Recipe("y", "binary", "f1_weighted", {}, metrics=("jaccard", "f1"), costs=Costs())
    own = TASKS["binary"].metrics
    assert task_metrics(recipe) == (*own, "jaccard", "f1_weighted", "value")


def test_unknown_names_are_no_metric():
    assert [find_metric(name) for name in ("", "rand_score", "nonsense")] == [None] * 3


def test_every_known_metric_says_what_it_is():
    for task in TASKS.values():
        for name in known_metrics(task):
            metric = get_metric(name)
            assert metric.name == name
            assert metric.title[0].isupper()
            assert metric.description.endswith(".")
