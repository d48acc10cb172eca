"""The metrics: how well answers fit what really happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import RecipeError
from core.scoring.answers import Answers


@dataclass(frozen=True)
class Metric:
    """One way of judging answers.

    Attributes
    ----------
    name, title, description
        The name in recipes; what a person reads.
    greater_is_better
        Which direction is good.
    score
        `(actual (n,), answers) -> float`, in the metric's natural sign and unit.
    """

    name: str
    title: str
    description: str
    greater_is_better: bool
    score: Callable[[np.ndarray, Answers], float]

    def sort_key(self, value: float | None) -> float:
        """A number that is larger the better the value is; unknown values come last."""
        if value is None or np.isnan(value):
            return -np.inf
        return value if self.greater_is_better else -value

    def format(self, value: float | None) -> str:
        """The value as text, with as many digits as make sense.

        Examples
        --------
        >>> METRICS["roc_auc"].format(0.86412), METRICS["rmse"].format(4512.3), METRICS["r2"].format(None)
        ('0.864', '4,512', '–')
        """
        if value is None or np.isnan(value):
            return "–"
        if abs(value) >= 1000:
            return f"{value:,.0f}"
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"


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
    return lambda actual, answers: function(
        actual == answers.positive, answers.values == answers.positive
    )


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

    return float(log_loss(actual, answers.probabilities, labels=list(answers.classes or ())))


def _roc_auc_ovr(actual: np.ndarray, answers: Answers) -> float:
    """Mean over the classes that occur of the area under one-against-the-rest."""
    from sklearn.metrics import roc_auc_score

    assert answers.probabilities is not None
    assert answers.classes is not None
    areas = [
        roc_auc_score(actual == label, answers.probabilities[:, column])
        for column, label in enumerate(answers.classes)
        if 0 < np.count_nonzero(actual == label) < len(actual)
    ]
    return float(np.mean(areas)) if areas else float("nan")


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
            True, _of_values("r2_score"),
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
"""By name."""


def get_metric(name: str) -> Metric:
    """The metric of this name.

    Raises
    ------
    RecipeError
        When there is none.
    """
    if name not in METRICS:
        raise RecipeError(f"The metric must be one of {', '.join(METRICS)}. Got {name!r}.")
    return METRICS[name]


def score_all(names: tuple[str, ...], actual: np.ndarray, answers: Answers) -> dict[str, float]:
    """The value of each named metric for these answers."""
    return {name: METRICS[name].score(actual, answers) for name in names}
