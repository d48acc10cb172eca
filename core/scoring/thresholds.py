"""From which probability on a row is called positive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.errors import RecipeError
from core.recipe import Costs, Recipe
from core.scoring.answers import Answers
from core.scoring.metrics import get_metric
from core.scoring.value import VALUE
from core.tasks import get_task

ONE_SIDED = ("precision", "recall")
"""Best at a threshold from which on hardly any row, or every row, is called positive."""

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


def check_threshold(recipe: Recipe) -> None:
    """Nothing, when a threshold can be tuned by this recipe's metric, costs and balance.

    Raises
    ------
    RecipeError
        When it cannot; the message says why.
    """
    if not get_task(recipe.task).has_positive:
        raise RecipeError(
            "A tuned threshold must belong to a question of yes or no. "
            f"The task is {get_task(recipe.task).title.lower()!r}.",
            "Choose a task of two classes, or leave the threshold as it is.",
        )
    metric = threshold_metric(recipe)
    if metric == VALUE.name:
        paying_threshold(recipe)
    elif metric in ONE_SIDED:
        raise RecipeError(
            "The metric that a threshold is tuned by must weigh both kinds of mistakes, as f1 or "
            f"balanced_accuracy does. Got {metric!r}.",
            "Choose another metric, or leave the threshold as it is.",
        )


def paying_threshold(recipe: Recipe) -> float:
    """The probability from which on calling a row positive pays, in (0, 1), by the recipe's costs.

    Raises
    ------
    RecipeError
        When a wrong decision is worth as much as a right one, or the probabilities are not true ones.

    Notes
    -----
    Both answers are worth the same there (Elkan 2001).

    Examples
    --------
    >>> paying_threshold(Recipe("y", "binary", "value", {}, costs=Costs(true_positive=9.0, false_negative=0.0)))
    0.1
    """
    costs = recipe.costs or Costs()
    if recipe.balance != "none":
        raise RecipeError(
            "With a threshold tuned by value, balance must be none, because balanced probabilities are "
            f"not true ones. Got {recipe.balance!r}.",
            "Leave the classes as they are: the costs weigh them already.",
        )
    for_positive = costs.true_positive - costs.false_negative
    for_negative = costs.true_negative - costs.false_positive
    if for_positive <= 0 or for_negative <= 0:
        raise RecipeError(
            "A right decision must be worth more than a wrong one, for both classes. Got "
            f"{costs.true_positive:g} against {costs.false_negative:g} for positive rows, "
            f"{costs.true_negative:g} against {costs.false_positive:g} for the others.",
            "Correct the costs, or leave the threshold as it is.",
        )
    return for_negative / (for_positive + for_negative)


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
