"""Many small trees, each mending what those before it missed."""

from __future__ import annotations

from typing import Any

from core.features.needs import NATIVE
from core.training.candidates.base import (
    MANY_ROWS,
    VERY_MANY_ROWS,
    Candidate,
    Make,
    Real,
    Whole,
)

PATIENCE = 20
"""So many rounds without progress end the fitting, where it may end early."""


def _histogram(estimator: str) -> Make:
    def make(
        seed: int,
        *,
        learning_rate: float = 0.06,
        max_iter: int = 100,
        max_leaf_nodes: int = 31,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        max_features: float = 1.0,
        max_bins: int = 255,
        early_stopping: bool = False,
    ) -> Any:
        import sklearn.ensemble

        return getattr(sklearn.ensemble, estimator)(
            learning_rate=learning_rate,
            max_iter=max_iter,
            max_leaf_nodes=max_leaf_nodes,
            min_samples_leaf=min_samples_leaf,
            l2_regularization=l2_regularization,
            max_features=max_features,
            max_bins=max_bins,
            early_stopping=early_stopping,
            n_iter_no_change=PATIENCE,
            random_state=seed,
        )

    return make


HIST_GRADIENT_BOOSTING = Candidate(
    name="hist_gradient_boosting",
    title="Histogram gradient boosting",
    description="Many small trees, each mending what the others missed: usually the best on tables.",
    for_classes=_histogram("HistGradientBoostingClassifier"),
    for_numbers=_histogram("HistGradientBoostingRegressor"),
    needs=NATIVE,
    cost=2.5,
    max_classes=200,
    space={
        "learning_rate": Real(0.01, 0.3, log=True),
        "max_iter": Whole(50, 1000, log=True),
        "max_leaf_nodes": Whole(4, 255, log=True),
        "min_samples_leaf": Whole(2, 200, log=True),
        "l2_regularization": Real(0.0, 50.0),
        "max_features": Real(0.2, 1.0),
        "max_bins": Whole(32, 255),
    },
    quick={
        "learning_rate": 0.2,
        "max_iter": 100,
        "max_leaf_nodes": 15,
        "min_samples_leaf": 20,
        "l2_regularization": 10.0,
        "max_features": 0.4,
    },
    presets=(
        {"learning_rate": 0.05, "max_iter": 600, "max_leaf_nodes": 6, "min_samples_leaf": 10},
        {
            "learning_rate": 0.1,
            "max_iter": 800,
            "max_leaf_nodes": 8,
            "min_samples_leaf": 5,
            "l2_regularization": 5.0,
            "max_features": 0.5,
        },
        {
            "learning_rate": 0.05,
            "max_iter": 500,
            "min_samples_leaf": 60,
            "l2_regularization": 20.0,
            "max_features": 0.4,
        },
        {
            "learning_rate": 0.08,
            "max_iter": 300,
            "max_leaf_nodes": 63,
            "min_samples_leaf": 5,
            "l2_regularization": 1.0,
            "max_features": 0.4,
        },
    ),
    by_rows={
        MANY_ROWS: {"learning_rate": 0.08, "max_iter": 150},
        # Small trees that look at some of the columns each time learn more of so many rows, in less time.
        VERY_MANY_ROWS: {
            "learning_rate": 0.1,
            "max_iter": 400,
            "max_leaf_nodes": 15,
            "min_samples_leaf": 40,
            "l2_regularization": 10.0,
            "max_features": 0.4,
            "early_stopping": True,
        },
    },
    balanced={"class_weight": "balanced"},
)
