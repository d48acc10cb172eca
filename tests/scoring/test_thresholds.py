import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline

from core.errors import RecipeError
from core.recipe import Costs, Recipe
from core.scoring.answers import answer_rows
from core.scoring.metrics import get_metric
from core.scoring.thresholds import (
    call_from,
    check_threshold,
    paying_threshold,
    threshold_metric,
)

GREEDY = Costs(true_positive=10, false_positive=-1, false_negative=-10, true_negative=0)


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 2))
    y = np.where(x[:, 0] + random.normal(size=400) > 1, "yes", "no").astype(object)
    return x, y


@pytest.mark.parametrize(
    "model",
    [
        FixedThresholdClassifier(LogisticRegression(), threshold=0.2, pos_label="yes"),
        FixedThresholdClassifier(LogisticRegression(), threshold=0.7, pos_label="no"),
        FixedThresholdClassifier(LogisticRegression(), pos_label="yes"),
        TunedThresholdClassifierCV(LogisticRegression(), cv=3),
    ],
    ids=["fixed", "of the other class", "automatic", "tuned"],
)
def test_a_model_with_a_threshold_answers_as_its_predict_does(table, model):
    x, y = table
    pipeline = Pipeline([("model", model)])
    labels = y if "Fixed" in type(model).__name__ else (y == "yes").astype(int)
    pipeline.fit(x, labels)
    answers = answer_rows(pipeline, x, pipeline.classes_[1])
    assert answers.values.tolist() == pipeline.predict(x).tolist()
    assert answers.threshold is not None
    assert call_from(answers, answers.threshold).values.tolist() == answers.values.tolist()


def test_a_model_without_a_threshold_has_none(table):
    x, y = table
    answers = answer_rows(LogisticRegression().fit(x, y), x, "yes", GREEDY)
    assert (answers.threshold, answers.costs) == (None, GREEDY)


def test_no_threshold_is_worth_more_than_the_one_that_pays(table):
    x, y = table
    answers = answer_rows(LogisticRegression().fit(x, y), x, "yes", GREEDY)
    score = get_metric("value").score
    pays = paying_threshold(Recipe("y", "binary", "value", {}, costs=GREEDY))
    assert pays == pytest.approx(1 / 21)  # missing one costs twenty times a false alarm
    reached = score(y, call_from(answers, pays))
    best = max(score(y, call_from(answers, cut)) for cut in np.linspace(0, 1, 50))
    assert reached == pytest.approx(best, rel=0.05)
    assert reached > score(y, answers)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metric": "recall"}, "must weigh both kinds of mistakes.* Got 'recall'"),
        ({"metric": "roc_auc", "costs": Costs(1, 1, 1, 1)}, "worth more than a wrong one"),
        ({"metric": "value", "costs": GREEDY, "balance": "weights"}, "balance must be none"),
        ({"task": "multiclass", "metric": "accuracy"}, "must belong to a question of yes or no"),
    ],
)
def test_a_threshold_that_cannot_be_tuned_is_refused(changes, said):
    with pytest.raises(RecipeError, match=said):
        check_threshold(Recipe(**{"target": "y", "task": "binary", "columns": {}, **changes}))


@pytest.mark.parametrize(
    ("metric", "costs", "by"),
    [
        ("f1", None, "f1"),
        ("matthews_corrcoef", GREEDY, "matthews_corrcoef"),
        ("roc_auc", None, "balanced_accuracy"),
        ("log_loss", GREEDY, "value"),
    ],
)
def test_a_threshold_is_tuned_by_a_metric_that_depends_on_it(metric, costs, by):
    assert threshold_metric(Recipe("y", "binary", metric, {}, costs=costs)) == by
