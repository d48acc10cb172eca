"""Trees of yes/no questions: one, or the mean of many."""

from __future__ import annotations

from typing import Any

from core.features.needs import CODES
from core.training.candidates.base import Candidate, OneOf, Space, Whole

MAX_FOREST_CLASSES = 1_000
"""Each leaf of each tree holds a number for each class."""


def _tree_classes(
    seed: int, *, max_depth: int = 6, min_samples_leaf: int = 5, criterion: str = "gini"
) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        criterion=criterion,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
    )


def _tree_numbers(seed: int, *, max_depth: int = 6, min_samples_leaf: int = 5) -> Any:
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(
        max_depth=max_depth, min_samples_leaf=min_samples_leaf, random_state=seed
    )


def _forest_classes(
    seed: int,
    *,
    n_estimators: int = 200,
    max_features: str | float = "sqrt",
    min_samples_leaf: int = 2,
    criterion: str = "gini",
) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=n_estimators,
        criterion=criterion,
        max_features=max_features,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
    )


def _forest_numbers(
    seed: int,
    *,
    n_estimators: int = 200,
    max_features: str | float = 1.0,
    min_samples_leaf: int = 3,
) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(
        n_estimators=n_estimators,
        max_features=max_features,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
    )


def _extra_trees_classes(
    seed: int,
    *,
    n_estimators: int = 200,
    max_features: str | float = "sqrt",
    min_samples_leaf: int = 2,
    criterion: str = "gini",
) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(
        n_estimators=n_estimators,
        criterion=criterion,
        max_features=max_features,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
    )


def _extra_trees_numbers(
    seed: int,
    *,
    n_estimators: int = 200,
    max_features: str | float = 1.0,
    min_samples_leaf: int = 3,
) -> Any:
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(
        n_estimators=n_estimators,
        max_features=max_features,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
    )


FOREST_SPACE: Space = {
    "n_estimators": Whole(50, 500, log=True),
    "max_features": OneOf(("sqrt", 0.25, 0.5, 0.75, 1.0)),
    "min_samples_leaf": Whole(1, 50, log=True),
    "criterion": OneOf(("gini", "entropy")),
}

DECISION_TREE = Candidate(
    name="decision_tree",
    title="Decision tree",
    description="A short list of yes/no questions that a person can follow.",
    for_classes=_tree_classes,
    for_numbers=_tree_numbers,
    needs=CODES,
    cost=0.4,
    space={
        "max_depth": Whole(2, 16),
        "min_samples_leaf": Whole(1, 200, log=True),
        "criterion": OneOf(("gini", "entropy")),
    },
    presets=({"max_depth": 8, "min_samples_leaf": 40},),
    balanced={"class_weight": "balanced"},
)

RANDOM_FOREST = Candidate(
    name="random_forest",
    title="Random forest",
    description="The mean of many trees on random samples: strong with no tuning.",
    for_classes=_forest_classes,
    for_numbers=_forest_numbers,
    needs=CODES,
    cost=5.0,
    growth=1.1,
    max_classes=MAX_FOREST_CLASSES,
    space=FOREST_SPACE,
    presets=(
        {"min_samples_leaf": 8, "criterion": "entropy"},
        {"max_features": 0.5, "min_samples_leaf": 2, "criterion": "entropy"},
    ),
    balanced={"class_weight": "balanced"},
)

EXTRA_TREES = Candidate(
    name="extra_trees",
    title="Extra trees",
    description="A forest with random cuts: quicker, often as good.",
    for_classes=_extra_trees_classes,
    for_numbers=_extra_trees_numbers,
    needs=CODES,
    cost=3.5,
    growth=1.1,
    max_classes=MAX_FOREST_CLASSES,
    space=FOREST_SPACE,
    presets=(
        {"min_samples_leaf": 6},
        {"max_features": 1.0, "min_samples_leaf": 2},
    ),
    balanced={"class_weight": "balanced"},
)
