"""Every metric that scikit-learn knows by name, made to judge answers."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from core.scoring.answers import Answers
from core.scoring.base import Metric

SPELLINGS = {"roc": "ROC", "auc": "AUC", "ovr": "one against the rest", "ovo": "one against one",
             "f1": "F1", "d2": "D²", "r2": "R²", "corrcoef": "correlation"}  # fmt: skip
"""Words of names as a person writes them."""


class _SaidLabels(ClassifierMixin, BaseEstimator):
    """A classifier that says what was said already, so that a scorer can ask it."""

    def __init__(self, values: np.ndarray, probabilities: np.ndarray) -> None:
        self.values, self.probabilities = values, probabilities
        self.classes_ = np.arange(probabilities.shape[1])

    def predict(self, X: Any) -> np.ndarray:
        return self.values

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.probabilities


class _SaidNumbers(RegressorMixin, BaseEstimator):
    """A regressor that says what was said already."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.is_fitted_ = True

    def predict(self, X: Any) -> np.ndarray:
        return self.values


@lru_cache(maxsize=256)
def sklearn_metric(name: str) -> Metric | None:
    """The metric behind scikit-learn's scorer of this name; None when there is no such scorer.

    Notes
    -----
    A scorer's value is turned back into the metric's own sign: `neg_mean_squared_error` is the mean
    squared error, of which less is better. The metrics of clusters, and those of several labels a
    row, are about other questions and count as unknown.
    """
    if name not in get_scorer_names() or name.endswith("_samples"):
        return None
    scorer = get_scorer(name)
    if ".cluster." in scorer._score_func.__module__:
        return None
    return Metric(
        name,
        spell_title(name),
        f"As scikit-learn works out {name}; {'more' if scorer._sign > 0 else 'less'} is better.",
        scorer._sign > 0,
        lambda actual, answers: _score(scorer, actual, answers),
    )


def sklearn_names() -> tuple[str, ...]:
    """The names of all scorers that are metrics here."""
    return tuple(name for name in get_scorer_names() if sklearn_metric(name) is not None)


def spell_title(name: str) -> str:
    """A scorer's name as a title.

    Examples
    --------
    >>> spell_title("neg_mean_squared_error"), spell_title("d2_log_loss_score")
    ('Mean squared error', 'D² log loss')
    """
    words = name.removeprefix("neg_").removesuffix("_score").split("_")
    title = " ".join(SPELLINGS.get(word, word) for word in words)
    return title[0].upper() + title[1:]


def _score(scorer: Any, actual: np.ndarray, answers: Answers) -> float:
    """The metric's value; NaN for rows that it is not defined for."""
    estimator: BaseEstimator
    if answers.has_classes == scorer._score_func.__module__.endswith("_regression"):
        return float("nan")  # it is about the other kind of answer
    if not answers.has_classes:
        estimator, target = _SaidNumbers(answers.values), actual
    else:
        estimator, target = _as_codes(actual, answers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a value that is not defined is told as one
        try:
            return float(scorer._sign * scorer(estimator, np.zeros((len(actual), 1)), target))
        except ValueError:
            return float("nan")


def _as_codes(actual: np.ndarray, answers: Answers) -> tuple[_SaidLabels, np.ndarray]:
    """The answers and what happened, as 0 and 1 where one class is positive, else numbered."""
    if answers.positive is not None:
        said = answers.positive_probability
        estimator = _SaidLabels(
            (answers.values == answers.positive).astype(int), np.column_stack([1 - said, said])
        )
        return estimator, (actual == answers.positive).astype(int)
    answers = answers.covering(actual)
    assert answers.classes is not None
    assert answers.probabilities is not None
    codes = {label: code for code, label in enumerate(answers.classes)}
    values, target = (
        np.array([codes[label] for label in labels.tolist()], dtype=int)
        for labels in (answers.values, actual)
    )
    return _SaidLabels(values, answers.probabilities), target
