"""A candidate, a recipe and a setting to an estimator."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from core.errors import RecipeError
from core.recipe import Recipe
from core.scoring.thresholds import check_threshold, paying_threshold, threshold_metric
from core.scoring.value import VALUE
from core.tasks import get_task
from core.training.candidates.base import MANY_ROWS, Candidate, Value

THRESHOLD_FOLDS = 5
"""A threshold is tuned on the answers for all rows, each from a fit without it."""

THRESHOLD_FRACTION = 0.2
"""Of many rows, this share tells it well enough, for a third of the time."""


def make_estimator(
    candidate: Candidate,
    recipe: Recipe,
    parameters: Mapping[str, Value] | None = None,
    rows: int | None = None,
) -> Any:
    """The candidate's estimator for this recipe, not fitted.

    Parameters
    ----------
    parameters
        Settings that are not its defaults.
    rows
        How many rows the training part has, which decides some defaults: the same number for the
        fit on all of it and on each fold, so that they make the same model.

    Raises
    ------
    RecipeError
        When the candidate cannot learn the task, does not know a parameter, or the recipe asks for
        a threshold that cannot be tuned.
    """
    task = get_task(recipe.task)
    maker = candidate.maker(task)
    if maker is None:
        raise RecipeError(
            f"A candidate must be one that can learn the task {task.name}. Got {candidate.name!r}.",
            "Leave it out, or change the task.",
        )
    settings = {**candidate.defaults_for(task, rows), **(parameters or {})}
    _check_names(candidate, maker, settings)
    estimator = maker(recipe.seed, **settings)
    if _weighs_classes(recipe) and candidate.balanced:
        estimator.set_params(**candidate.balanced)
    return _with_threshold(estimator, recipe, rows) if recipe.threshold == "tuned" else estimator


def making_note(candidate: Candidate, recipe: Recipe) -> str:
    """What a reader of the scores should know of how the estimator is made; mostly empty."""
    if _weighs_classes(recipe) and not candidate.balanced:
        return "fitted without class weights, which it does not know"
    return ""


def _weighs_classes(recipe: Recipe) -> bool:
    return recipe.balance == "weights" and get_task(recipe.task).has_classes


def _check_names(candidate: Candidate, maker: Any, settings: Mapping[str, Value]) -> None:
    known = list(inspect.signature(maker).parameters)[1:]
    for name in settings:
        if name not in known:
            raise RecipeError(
                f"A setting of {candidate.title} must be {', '.join(known) or 'none, it has none'}. "
                f"Got {name!r}."
            )


def _with_threshold(classifier: Any, recipe: Recipe, rows: int | None) -> Any:
    """A classifier whose threshold is the best by the recipe's metric on rows that it has not seen.

    Notes
    -----
    By value, no fit is needed to find it: where probabilities are true, calling a row positive pays
    from the probability on at which both answers are worth the same (Elkan 2001).
    """
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    check_threshold(recipe)
    metric = threshold_metric(recipe)
    if metric == VALUE.name:
        return FixedThresholdClassifier(
            classifier,
            threshold=paying_threshold(recipe),
            pos_label=recipe.positive,
            response_method="predict_proba",
        )
    is_many = rows is not None and rows > MANY_ROWS
    return TunedThresholdClassifierCV(
        classifier,
        scoring=_threshold_scorer(metric, recipe),
        response_method="predict_proba",
        cv=THRESHOLD_FRACTION if is_many else THRESHOLD_FOLDS,
        random_state=recipe.seed,
    )


def _threshold_scorer(metric: str, recipe: Recipe) -> Any:
    """A scorer made of scikit-learn's own functions, so that a saved pipeline loads anywhere."""
    from sklearn.metrics import get_scorer, make_scorer

    scorer = get_scorer(metric)
    options = dict(scorer._kwargs)  # the only place where a scorer keeps them
    known = inspect.signature(scorer._score_func).parameters
    if "pos_label" in known and options.get("average", "binary") == "binary":
        options["pos_label"] = recipe.positive
    if "zero_division" in known:
        options["zero_division"] = 0.0
    return make_scorer(scorer._score_func, greater_is_better=scorer._sign > 0, **options)
