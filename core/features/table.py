"""What is done with all prepared columns together, before the estimator."""

from collections.abc import Callable

from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.feature_selection import (
    RFE,
    SelectPercentile,
    VarianceThreshold,
    f_classif,
    f_regression,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from core.features.needs import InputNeeds
from core.features.pieces import Steps, Transformer
from core.recipe import Recipe, TableSteps
from core.tasks import get_task

MIN_VARIANCE = 1e-8
"""Below, a column of any sensible unit holds one value."""

ONE_ROUND = 10**9
"""Columns left out at a time: all that have to go."""

ROUND_SHARE = 0.1
"""Of the columns, left out at a time by `recursive`."""


def needs_complete(choices: TableSteps) -> bool:
    """Whether a step over the whole table cannot take missing values."""
    return choices.interactions or choices.select == "univariate" or choices.reduce != "none"


def table_steps(recipe: Recipe, needs: InputNeeds) -> Steps:
    """The named steps over the whole matrix, in the recipe's order; none where all are switched off."""
    choices = recipe.preparing.table
    steps = [(name, STEP_MAKERS[name](recipe, needs)) for name in choices.order]
    return [(name, step) for name, step in steps if step is not None]


def _interactions(recipe: Recipe, needs: InputNeeds) -> Transformer | None:
    if not recipe.preparing.table.interactions:
        return None
    return PolynomialFeatures(degree=2, interaction_only=True, include_bias=False)


def _select(recipe: Recipe, needs: InputNeeds) -> Transformer | None:
    choices = recipe.preparing.table
    if choices.select == "none":
        return None
    if choices.select == "variance":
        return VarianceThreshold(MIN_VARIANCE)
    # Each feature gives a column or more: so large a share keeps one at least.
    keep = min(1.0, max(choices.keep, 1.001 / len(recipe.features)))
    has_classes = get_task(recipe.task).has_classes
    if choices.select == "univariate":
        # The F test takes milliseconds where mutual information takes minutes on a million rows.
        test = f_classif if has_classes else f_regression
        chosen = SelectPercentile(test, percentile=100 * keep)
        # What does not vary has no F.
        return Pipeline([("varying", VarianceThreshold(MIN_VARIANCE)), ("chosen", chosen)])
    forest = (ExtraTreesClassifier if has_classes else ExtraTreesRegressor)(
        n_estimators=40, max_depth=8, max_features="sqrt"
    )
    step = ONE_ROUND if choices.select == "model" else ROUND_SHARE
    return RFE(forest, n_features_to_select=keep, step=step)


def _reduce(recipe: Recipe, needs: InputNeeds) -> Transformer | None:
    choices = recipe.preparing.table
    if choices.reduce == "none":
        return None
    # What varies most would else be what has the smallest unit.
    return Pipeline([("scale", StandardScaler()), ("pca", PCA(n_components=choices.variance))])


STEP_MAKERS: dict[str, Callable[[Recipe, InputNeeds], Transformer | None]] = {
    "interactions": _interactions,
    "select": _select,
    "reduce": _reduce,
}
"""By the name in the recipe's `order`; None = switched off."""
