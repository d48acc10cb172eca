"""The metrics: how well answers fit what really happened."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from core.errors import RecipeError
from core.recipe import Costs, Recipe
from core.scoring.answers import Answers
from core.scoring.base import Metric
from core.scoring.value import VALUE
from core.tasks import Task, get_task


def _sk(name: str, **options: Any) -> Callable[[np.ndarray, np.ndarray], float]:
    """A scikit-learn metric of (actual, predicted), imported when it is first needed."""

    def score(actual: np.ndarray, predicted: np.ndarray) -> float:
        import sklearn.metrics

        return float(getattr(sklearn.metrics, name)(actual, predicted, **options))

    return score


def _of_values(name: str, **options: Any) -> Callable[[np.ndarray, Answers], float]:
    function = _sk(name, **options)
    return lambda actual, answers: function(actual, answers.values)


def _of_positive(name: str) -> Callable[[np.ndarray, Answers], float]:
    """A metric of whether the positive class happened and was predicted."""
    function = _sk(name, zero_division=0.0)

    def score(actual: np.ndarray, answers: Answers) -> float:
        if answers.positive is None:
            return float("nan")  # there is no class that it could be about
        return function(actual == answers.positive, answers.values == answers.positive)

    return score


def _of_ranking(name: str) -> Callable[[np.ndarray, Answers], float]:
    """A metric of whether the positive class happened and how probable it was said to be."""
    function = _sk(name)

    def score(actual: np.ndarray, answers: Answers) -> float:
        happened = actual == answers.positive
        if happened.all() or not happened.any():
            return float("nan")  # a part with one class only cannot be ranked
        return function(happened, answers.positive_probability)

    return score


def _log_loss(actual: np.ndarray, answers: Answers) -> float:
    from sklearn.metrics import log_loss

    answers = answers.covering(actual)  # a class that no fitted row had was held for impossible
    return float(log_loss(actual, answers.probabilities, labels=list(answers.classes or ())))


def _roc_auc_ovr(actual: np.ndarray, answers: Answers) -> float:
    """Mean over the classes that occur of the area under one-against-the-rest."""
    from sklearn.metrics import roc_auc_score

    if answers.probabilities is None or answers.classes is None:
        raise ValueError("only answers of a task with classes have this")
    answers = answers.covering(actual)
    assert answers.probabilities is not None
    assert answers.classes is not None
    areas = [
        roc_auc_score(actual == label, answers.probabilities[:, column])
        for column, label in enumerate(answers.classes)
        if 0 < np.count_nonzero(actual == label) < len(actual)
    ]
    return float(np.mean(areas)) if areas else float("nan")


def _r2(actual: np.ndarray, answers: Answers) -> float:
    if len(actual) < 2:
        return float("nan")  # one row has no variance to explain
    return _sk("r2_score")(actual, answers.values)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "roc_auc", "ROC AUC",
            "How often a random positive row is ranked above a random negative one; 0.5 is chance.",
            True, _of_ranking("roc_auc_score"),
        ),
        Metric(
            "average_precision", "Average precision",
            "Area under the precision-recall curve; for rare positives more telling than ROC AUC.",
            True, _of_ranking("average_precision_score"),
        ),
        Metric(
            "accuracy", "Accuracy", "The share of rows with the right label.",
            True, _of_values("accuracy_score"),
        ),
        Metric(
            "balanced_accuracy", "Balanced accuracy",
            "The mean over the classes of the share found; rare classes count as much as common ones.",
            True, _of_values("balanced_accuracy_score"),
        ),
        Metric(
            "f1", "F1", "Harmonic mean of precision and recall of the positive class.",
            True, _of_positive("f1_score"),
        ),
        Metric(
            "precision", "Precision", "Of the rows called positive, the share that are.",
            True, _of_positive("precision_score"),
        ),
        Metric(
            "recall", "Recall", "Of the positive rows, the share that were found.",
            True, _of_positive("recall_score"),
        ),
        Metric(
            "log_loss", "Log loss", "How surprised the probabilities are by what happened; 0 is perfect.",
            False, _log_loss,
        ),
        Metric(
            "brier", "Brier score", "Mean squared error of the positive class's probability; 0 is perfect.",
            False, _of_ranking("brier_score_loss"),
        ),
        Metric(
            "f1_macro", "F1 (macro)", "F1 averaged over the classes; rare classes count as much as common ones.",
            True, _of_values("f1_score", average="macro", zero_division=0.0),
        ),
        Metric(
            "roc_auc_ovr", "ROC AUC (one against the rest)",
            "Mean over the classes of how well each is ranked above the others; 0.5 is chance.",
            True, _roc_auc_ovr,
        ),
        Metric(
            "r2", "R²", "The share of the target's variance that is explained; 0 is no better than the mean.",
            True, _r2,
        ),
        Metric(
            "rmse", "RMSE", "Root of the mean squared error, in the target's unit; large errors weigh more.",
            False, _of_values("root_mean_squared_error"),
        ),
        Metric(
            "mae", "MAE", "Mean absolute error, in the target's unit.",
            False, _of_values("mean_absolute_error"),
        ),
        Metric(
            "median_ae", "Median absolute error", "Half of the errors are smaller, in the target's unit.",
            False, _of_values("median_absolute_error"),
        ),
        Metric(
            "mape", "MAPE", "Mean absolute error as a share of the actual value; huge when that is near 0.",
            False, _of_values("mean_absolute_percentage_error"),
        ),
    )
}  # fmt: skip
"""Those that are shown for a task by themselves, by name; `get_metric` knows more."""

OFFERED_TWICE = frozenset({
    "neg_log_loss", "neg_brier_score", "neg_root_mean_squared_error", "neg_mean_absolute_error",
    "neg_median_absolute_error", "neg_mean_absolute_percentage_error",
})  # fmt: skip
"""scikit-learn's names of what is in `METRICS` under a shorter one."""


def find_metric(name: str) -> Metric | None:
    """The metric of this name, or None: one of `METRICS`, `value`, or the name of a scikit-learn scorer."""
    if name == VALUE.name:
        return VALUE
    if name in METRICS or not name:
        return METRICS.get(name)
    from core.scoring.sklearn_metrics import sklearn_metric

    return sklearn_metric(name)


def get_metric(name: str) -> Metric:
    """The metric of this name: one of `METRICS`, `value`, or the name of a scikit-learn scorer.

    Raises
    ------
    RecipeError
        When there is none.
    """
    metric = find_metric(name)
    if metric is None:
        raise RecipeError(
            f"The metric must be one of {', '.join(METRICS)}, {VALUE.name}, or the name of a "
            f"scikit-learn scorer. Got {name!r}."
        )
    return metric


def task_metrics(recipe: Recipe) -> tuple[str, ...]:
    """The names of all metrics that are worked out for this recipe: the task's own, and what it asks for."""
    valued = (VALUE.name,) if recipe.costs is not None else ()
    asked = (*get_task(recipe.task).metrics, *recipe.metrics, recipe.metric, *valued)
    return tuple(dict.fromkeys(asked))


@lru_cache(maxsize=16)
def known_metrics(task: Task) -> tuple[str, ...]:
    """The names of all metrics that suit the task, its own first; `value` where it can be had."""
    from core.scoring.sklearn_metrics import sklearn_names

    names = dict.fromkeys((*task.metrics, VALUE.name, *METRICS, *sklearn_names()))
    return tuple(
        name
        for name in names
        if name in task.metrics or (name not in OFFERED_TWICE and suits_task(name, task))
    )


@lru_cache(maxsize=256)
def suits_task(name: str, task: Task) -> bool:
    """Whether the metric has a value for answers of this task; false for an unknown one.

    Notes
    -----
    It is tried on a few rows: whether a metric takes more than two classes, or numbers only, is told
    by nothing else that all of scikit-learn's have. One that finds wrong answers as good as right ones
    tells nothing.
    """
    metric = find_metric(name)
    if name in task.metrics or metric is None:
        return metric is not None
    if not task.has_classes:
        numbers = np.array([1.25, 2.5, 4.0, 3.5])
        return _tells(metric, numbers, Answers(numbers), Answers(numbers[::-1].copy()))
    labels = ("a", "b") if task.has_positive else ("a", "b", "c")
    actual = np.array(labels * 2, dtype=object)
    right = np.arange(len(actual)) % len(labels)
    return _tells(metric, actual, _say(labels, right, task), _say(labels, np.roll(right, 1), task))


def score_all(names: tuple[str, ...], actual: np.ndarray, answers: Answers) -> dict[str, float]:
    """The value of each named metric for these answers."""
    return {name: get_metric(name).score(actual, answers) for name in names}


def _say(labels: tuple[str, ...], said: np.ndarray, task: Task) -> Answers:
    """Answers of these classes, sure of each, and surer of the next one than of others."""
    places = (np.arange(len(labels)) - said[:, None]) % len(labels)
    shares = np.array([0.7, 0.2, 0.1] if len(labels) > 2 else [0.7, 0.3])[places]
    values = np.array(labels, dtype=object)[said]
    costs = Costs() if task.has_positive else None
    return Answers(values, shares, labels, labels[1] if task.has_positive else None, costs)


def _tells(metric: Metric, actual: np.ndarray, right: Answers, wrong: Answers) -> bool:
    """Whether the metric has a value for wrong answers, and another one for right ones."""
    try:
        value = metric.score(actual, wrong)
        return not np.isnan(value) and value != metric.score(actual, right)
    except (ValueError, TypeError):
        return False
