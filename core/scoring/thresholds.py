"""From which probability on a row is called positive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.recipe import Costs, Recipe
from core.scoring.answers import Answers
from core.scoring.metrics import get_metric
from core.scoring.value import VALUE

MAX_THRESHOLDS = 200
"""More are not told apart by the rows that there are; each costs a look at the metric."""

BY_DEFAULT = "balanced_accuracy"
"""Decides on the threshold where the run's metric cannot: ROC AUC has the same value at each."""


def threshold_metric(recipe: Recipe) -> str:
    """The name of the metric that a threshold is tuned by.

    The deciding one where it changes with the threshold; else the value where costs are given, and
    else balanced accuracy.
    """
    if _changes(recipe.metric):
        return recipe.metric
    return VALUE.name if recipe.costs is not None else BY_DEFAULT


def tune_threshold(metric: str, actual: np.ndarray, answers: Answers) -> float:
    """The probability of the positive class from which on calling a row positive is best, in [0, 1].

    Parameters
    ----------
    metric
        What is best: a metric that changes with the threshold.
    actual
        `(n,)`: what happened, in rows that the fit has not seen.
    answers
        For these rows, with a positive class.

    Notes
    -----
    Tried are quantiles of the probabilities that were said. Of those that are equally good, the one
    nearest to a half is taken: it is the least surprising.
    """
    said = answers.positive_probability
    tried = np.unique(
        np.append(np.quantile(said, np.linspace(0, 1, MAX_THRESHOLDS), method="higher"), 0.5)
    )
    known = get_metric(metric)
    keys = np.array([known.sort_key(known.score(actual, call_from(answers, cut))) for cut in tried])
    best = tried[keys >= keys.max()]
    return float(best[np.abs(best - 0.5).argmin()])


def call_from(answers: Answers, threshold: float) -> Answers:
    """The same answers, every row called positive whose probability is at least the threshold.

    Examples
    --------
    >>> said = np.array([[0.8, 0.2], [0.4, 0.6]])
    >>> answers = Answers(np.array([0, 1]), said, (0, 1), positive=1)
    >>> call_from(answers, 0.1).values.tolist()
    [1, 1]
    """
    assert answers.classes is not None
    other = next(label for label in answers.classes if label != answers.positive)
    labels = np.array([other, answers.positive], dtype=np.asarray(answers.values).dtype)
    called = answers.positive_probability >= threshold
    return replace(answers, values=labels[called.astype(int)], threshold=threshold)


def _changes(metric: str) -> bool:
    """Whether the metric's value depends on which rows are called positive: tried on four of them."""
    said = np.array([0.1, 0.4, 0.45, 0.8])
    actual = np.array([0, 1, 0, 1])
    answers = Answers(
        actual, np.column_stack([1 - said, said]), (0, 1), 1, Costs(true_positive=1.0)
    )
    score = get_metric(metric).score
    values = {score(actual, call_from(answers, cut)) for cut in (0.2, 0.42, 0.6)}
    return len(values) > 1
