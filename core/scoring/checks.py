"""Whether a recipe's choices of judging fit its task and its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import RecipeError
from core.recipe import Recipe
from core.scoring.answers import Answers
from core.scoring.metrics import METRICS, get_metric, suits_task
from core.scoring.thresholds import check_threshold
from core.scoring.value import VALUE
from core.tasks import Task, get_task

if TYPE_CHECKING:
    import pandas as pd

TRIED_ROWS = 1_000
"""A metric is tried on so many values of the target."""


def check_judging(recipe: Recipe, frame: pd.DataFrame | None = None) -> None:
    """Nothing, when the metrics, costs, threshold, balance and split make sense for the task.

    Parameters
    ----------
    recipe
        Of a known task.
    frame
        Holds the prepared target; None = the values of the target are not looked at.

    Raises
    ------
    RecipeError
        For what does not; the message says what.
    """
    task = get_task(recipe.task)
    _check_metrics(recipe, task)
    if recipe.costs is not None and not task.has_positive:
        raise RecipeError(
            f"Costs must belong to a question of yes or no. The task is {task.title.lower()!r}.",
            "Leave them out, or change the task.",
        )
    if recipe.threshold == "tuned":
        check_threshold(recipe)
    if not task.has_classes and recipe.balance != "none":
        raise RecipeError(
            f"Balancing must belong to a task with classes. The task is {task.title.lower()!r}.",
            "Set the balance to none.",
        )
    if recipe.split.nested == 1:
        raise RecipeError(
            "The outer folds of nested judging must be at least two, or none. Got 1.",
            "Set split.nested to 0, or to 3 or more.",
        )
    if frame is not None:
        _check_target(recipe, task, frame[recipe.target])


def check_metric(name: str, task: Task | None = None) -> None:
    """Nothing, when there is such a metric, and it suits the task where that is known.

    Raises
    ------
    RecipeError
        When it does not.
    """
    get_metric(name)
    if task is not None and not suits_task(name, task):
        raise RecipeError(
            f"The metric for this task must be one that suits it, such as {', '.join(task.metrics)}. "
            f"Got {name!r}."
        )


def _check_metrics(recipe: Recipe, task: Task) -> None:
    for name in dict.fromkeys((recipe.metric, *recipe.metrics)):
        check_metric(name, task)
        if name == VALUE.name and recipe.costs is None:
            raise RecipeError(
                f"The metric {name!r} must be given what decisions are worth. There are no costs.",
                "Say what right and wrong decisions are worth, or choose another metric.",
            )


def _check_target(recipe: Recipe, task: Task, target: pd.Series) -> None:
    """Raises `RecipeError` when the deciding metric has no value even for perfect answers."""
    if task.has_classes or recipe.metric in METRICS:
        return
    values = target.iloc[:: max(1, len(target) // TRIED_ROWS)].to_numpy()
    if np.isnan(get_metric(recipe.metric).score(values, Answers(values))):
        raise RecipeError(
            f"The metric {recipe.metric!r} must be one that has a value for {recipe.target!r}. "
            "It has none, most likely because some values are zero or negative.",
            f"Choose another metric, such as {task.metrics[1]}.",
        )
