"""Many small trees, each mending what those before it missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.features.needs import NATIVE
from core.training.candidates.base import (
    MANY_ROWS,
    VERY_MANY_ROWS,
    Candidate,
    Make,
    Real,
    Whole,
)
from core.training.mapped import mapped_array

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


def fit_in_less_memory(estimator: Any, X: Any, y: Any, folder: Path) -> None:
    """Fits the estimator to what `estimator.fit(X, y)` makes of it, to the last bit.

    Parameters
    ----------
    X
        `(n, n_columns)`.
    y
        `(n,)`.
    folder
        For a file as large as the rows, which is gone afterwards.

    Notes
    -----
    While it is fitted, scikit-learn holds the rows twice: all, and without those that tell when to stop. Given
    the latter apart, it holds them once; what it copies from is in a file.
    """
    parts = _stopping_parts(estimator, X, y)
    if parts is None:
        estimator.fit(X, y)
        return
    learned, watched = parts
    rows, more = (_mapped_rows(X, places, folder) for places in (learned, watched))
    estimator.fit(rows, y[learned], X_val=more, y_val=y[watched])


def _mapped_rows(X: np.ndarray, places: np.ndarray, folder: Path) -> np.ndarray:
    rows = mapped_array(folder, (len(places), X.shape[1]), X.dtype)
    # Other modes make a copy in between.
    return np.take(X, places, axis=0, out=rows, mode="clip")


def _stopping_parts(estimator: Any, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """The rows that histogram boosting learns from, and those that tell it when to stop, as it would part them.

    None where it does not part them, or would learn something from both together.
    """
    from sklearn.base import is_classifier
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state

    boosting = HistGradientBoostingClassifier | HistGradientBoostingRegressor
    if not isinstance(X, np.ndarray) or not isinstance(estimator, boosting):
        return None
    if not estimator.early_stopping or getattr(estimator, "class_weight", None) is not None:
        return None
    # What it draws first from its seed.
    seed = check_random_state(estimator.random_state).randint(np.iinfo(np.uint32).max, dtype="u8")
    learned, watched = train_test_split(
        np.arange(len(X)),
        test_size=estimator.validation_fraction,
        stratify=y if is_classifier(estimator) else None,
        random_state=seed,
    )
    codes = estimator.categorical_features or []
    return (learned, watched) if _knows_all(X, learned, watched, codes) else None


def _knows_all(X: np.ndarray, learned: np.ndarray, watched: np.ndarray, codes: list[int]) -> bool:
    """Whether each level of the watched rows is among the learned ones: it is one that can be told from others."""
    for place in codes:
        column = X[:, place]
        levels = np.unique(column[watched])
        if not np.isin(levels[~np.isnan(levels)], column[learned]).all():
            return False
    return True


HIST_GRADIENT_BOOSTING = Candidate(
    name="hist_gradient_boosting",
    title="Histogram gradient boosting",
    description="Many small trees, each mending what the others missed: usually the best on tables.",
    for_classes=_histogram("HistGradientBoostingClassifier"),
    for_numbers=_histogram("HistGradientBoostingRegressor"),
    needs=NATIVE,
    cost=2.5,
    # Measured from 15,000 to 600,000 rows, later stopping included; up to 60,000 it is 0.5.
    growth=0.7,
    size_growth=0.0,
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
    fit=fit_in_less_memory,
    has_threads=True,
)
