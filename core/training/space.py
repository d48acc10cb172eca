"""What a search may change: the settings of a candidate and the preparing steps left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.features.needs import InputNeeds
from core.recipe import Preparing, Recipe
from core.tasks import get_task
from core.training.candidates.base import Candidate, Dimension, OneOf, Real, Space, Value, Whole

STEP = "steps."
"""How the name of a preparing step begins where it stands beside an estimator's settings."""

SCALED_STEPS: Space = {
    "number.transform": OneOf(("none", "power", "quantile")),
    "number.expand": OneOf(("none", "splines")),
    "category.encode": OneOf(("auto", "target")),
}
"""What can help a candidate that weighs its inputs."""

TREE_STEPS: Space = {"category.encode": OneOf(("auto", "target"))}
"""Trees only compare: what keeps the order of the numbers changes nothing for them."""


def steps_space(recipe: Recipe, needs: InputNeeds) -> Space:
    """The preparing steps that a search may change: those that the recipe leaves as they come.

    By the path of each below `recipe.preparing`, for the kinds of columns that there are.
    """
    from core.features.pipeline import group_features

    groups = {name.split("_")[0] for name in group_features(recipe)}
    space = SCALED_STEPS if needs.scaling else TREE_STEPS
    return {
        path: dimension
        for path, dimension in space.items()
        if path.split(".")[0] in groups and _is_open(recipe.preparing, path)
    }


def full_space(candidate: Candidate, recipe: Recipe) -> dict[str, Dimension]:
    """The settings of a candidate, and the steps under names that begin with `STEP`."""
    space = dict(candidate.space_for(get_task(recipe.task)))
    if recipe.search.steps and space:
        steps = steps_space(recipe, candidate.needs)
        space |= {STEP + path: dimension for path, dimension in steps.items()}
    return space


def with_steps(recipe: Recipe, steps: Mapping[str, Value]) -> Recipe:
    """The recipe with these preparing steps, by their paths.

    Examples
    --------
    >>> from core.recipe import Recipe
    >>> recipe = Recipe(target="y", task="binary", metric="roc_auc", columns={})
    >>> with_steps(recipe, {"number.transform": "power"}).preparing.number.transform
    'power'
    """
    preparing = recipe.preparing
    for path, value in steps.items():
        kind, field = path.split(".")
        changed = msgspec.structs.replace(getattr(preparing, kind), **{field: value})
        preparing = msgspec.structs.replace(preparing, **{kind: changed})
    return msgspec.structs.replace(recipe, preparing=preparing)


def split_settings(chosen: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """The settings of the estimator, and the preparing steps by their paths.

    Examples
    --------
    >>> split_settings({"alpha": 0.5, "steps.number.transform": "power"})
    ({'alpha': 0.5}, {'number.transform': 'power'})
    """
    parameters = {name: value for name, value in chosen.items() if not name.startswith(STEP)}
    steps = {n.removeprefix(STEP): value for n, value in chosen.items() if n.startswith(STEP)}
    return parameters, steps


def as_distribution(dimension: Dimension) -> Any:
    """The dimension in Optuna's words, which have no common public type."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    match dimension:
        case Real(low, high, log):
            return FloatDistribution(low, high, log=log)
        case Whole(low, high, log):
            return IntDistribution(low, high, log=log)
        case OneOf(values):
            return CategoricalDistribution(values)


def contains(dimension: Dimension, value: Value) -> bool:
    """Whether the value lies within the dimension.

    Examples
    --------
    >>> contains(Real(0.1, 1.0), 0.5), contains(Whole(1, 9), None), contains(OneOf(("a", None)), None)
    (True, False, True)
    """
    if isinstance(dimension, OneOf):
        return value in dimension.values
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and dimension.low <= value <= dimension.high  # type: ignore[operator]


def _is_open(preparing: Preparing, path: str) -> bool:
    kind, field = path.split(".")
    steps = getattr(preparing, kind)
    return bool(getattr(steps, field) == getattr(type(steps)(), field))
