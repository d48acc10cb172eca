import numpy as np
import pytest
from sklearn import metrics as sk

from core.errors import RecipeError
from core.scoring.answers import Answers
from core.scoring.metrics import METRICS, get_metric, score_all
from core.tasks import TASKS

RNG = np.random.default_rng(0)


def _binary(n=200):
    p = RNG.uniform(size=n)
    actual = np.where(RNG.uniform(size=n) < p, "yes", "no").astype(object)
    classes = ("no", "yes")
    values = np.array(classes, dtype=object)[(p > 0.5).astype(int)]
    return actual, Answers(values, np.column_stack([1 - p, p]), classes, "yes")


def test_binary_metrics_are_those_of_scikit_learn():
    actual, answers = _binary()
    happened, p = actual == "yes", answers.positive_probability
    scores = score_all(TASKS["binary"].metrics, actual, answers)
    assert scores["roc_auc"] == pytest.approx(sk.roc_auc_score(happened, p))
    assert scores["average_precision"] == pytest.approx(sk.average_precision_score(happened, p))
    assert scores["precision"] == pytest.approx(sk.precision_score(happened, p > 0.5))
    assert scores["brier"] == pytest.approx(np.mean((happened - p) ** 2))
    assert scores["log_loss"] == pytest.approx(sk.log_loss(happened, p))


def test_the_other_positive_class_turns_precision_around():
    actual, answers = _binary()
    other = Answers(answers.values, answers.probabilities, answers.classes, "no")
    assert METRICS["recall"].score(actual, other) == pytest.approx(
        np.mean(answers.values[actual == "no"] == "no")
    )
    assert METRICS["roc_auc"].score(actual, other) == pytest.approx(
        METRICS["roc_auc"].score(actual, answers)
    )


def test_one_against_the_rest_is_the_mean_over_classes_that_occur():
    classes = ("a", "b", "c")
    p = RNG.dirichlet(np.ones(3), size=100)
    actual = np.array(classes, dtype=object)[RNG.integers(0, 2, size=100)]  # no c
    answers = Answers(np.array(classes, dtype=object)[p.argmax(1)], p, classes)
    expected = np.mean([sk.roc_auc_score(actual == c, p[:, i]) for i, c in enumerate("ab")])
    assert METRICS["roc_auc_ovr"].score(actual, answers) == pytest.approx(expected)


def test_ranking_one_class_only_has_no_value():
    actual, answers = _binary()
    assert np.isnan(METRICS["roc_auc"].score(np.full(len(actual), "yes", dtype=object), answers))


def test_regression_metrics():
    actual, predicted = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0])
    scores = score_all(TASKS["regression"].metrics, actual, Answers(predicted))
    assert scores["mae"] == pytest.approx(2 / 3)
    assert scores["rmse"] == pytest.approx(np.sqrt(4 / 3))
    assert scores["r2"] == pytest.approx(-1.0)
    assert scores["median_ae"] == 0.0


def test_better_sorts_higher_whatever_the_direction():
    assert METRICS["r2"].sort_key(0.9) > METRICS["r2"].sort_key(0.1)
    assert METRICS["mae"].sort_key(1.0) > METRICS["mae"].sort_key(9.0)
    assert METRICS["mae"].sort_key(None) == -np.inf == METRICS["r2"].sort_key(float("nan"))


def test_unknown_metric_is_named():
    with pytest.raises(RecipeError, match="'auc'"):
        get_metric("auc")
