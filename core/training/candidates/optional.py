"""Boosting of other libraries: offered where they are installed, imported when they are made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from core.features.needs import NATIVE, InputNeeds
from core.training.candidates.base import MANY_ROWS, Candidate, Make, Real, Whole
from core.training.candidates.wrapping import with_numbered_classes, with_scaled_target

Wrap = Callable[[Any], Any]
"""An estimator to one around it; they have no common type."""

GAPS = InputNeeds(accepts_missing=True)
"""Codes of categories are read as numbers; missing values may stay."""


def _lightgbm(estimator: str) -> Make:
    def make(
        seed: int,
        *,
        learning_rate: float = 0.05,
        n_estimators: int = 200,
        num_leaves: int = 31,
        min_child_samples: int = 20,
        reg_lambda: float = 0.0,
        colsample_bytree: float = 0.8,
        subsample: float = 1.0,
    ) -> Any:
        return getattr(import_module("lightgbm"), estimator)(
            learning_rate=learning_rate,
            n_estimators=n_estimators,
            num_leaves=num_leaves,
            min_child_samples=min_child_samples,
            reg_lambda=reg_lambda,
            colsample_bytree=colsample_bytree,
            subsample=subsample,
            subsample_freq=1,
            categorical_features="",  # `build_pipeline` says which they are
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
            n_jobs=1,
            random_state=seed,
        )

    return make


def _xgboost(estimator: str, wrap: Wrap) -> Make:
    def make(
        seed: int,
        *,
        learning_rate: float = 0.05,
        n_estimators: int = 200,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        reg_lambda: float = 1.0,
        colsample_bytree: float = 0.8,
        subsample: float = 0.9,
    ) -> Any:
        return wrap(
            getattr(import_module("xgboost"), estimator)(
                learning_rate=learning_rate,
                n_estimators=n_estimators,
                max_depth=max_depth,
                min_child_weight=min_child_weight,
                reg_lambda=reg_lambda,
                colsample_bytree=colsample_bytree,
                subsample=subsample,
                verbosity=0,
                n_jobs=1,
                random_state=seed,
            )
        )

    return make


def _catboost(estimator: str, wrap: Wrap) -> Make:
    def make(
        seed: int,
        *,
        learning_rate: float = 0.05,
        iterations: int = 300,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        random_strength: float = 1.0,
    ) -> Any:
        return wrap(
            getattr(import_module("catboost"), estimator)(
                learning_rate=learning_rate,
                iterations=iterations,
                depth=depth,
                l2_leaf_reg=l2_leaf_reg,
                random_strength=random_strength,
                allow_writing_files=False,
                verbose=False,
                thread_count=1,
                random_seed=seed,
            )
        )

    return make


def _as_it_is(estimator: Any) -> Any:
    return estimator


LIGHTGBM = Candidate(
    name="lightgbm",
    title="LightGBM",
    description="Gradient boosting of the LightGBM library: trees that grow where they help most.",
    for_classes=_lightgbm("LGBMClassifier"),
    for_numbers=_lightgbm("LGBMRegressor"),
    needs=NATIVE,
    cost=2.5,
    max_classes=200,
    space={
        "learning_rate": Real(0.01, 0.3, log=True),
        "n_estimators": Whole(50, 1000, log=True),
        "num_leaves": Whole(4, 255, log=True),
        "min_child_samples": Whole(2, 200, log=True),
        "reg_lambda": Real(0.0, 50.0),
        "colsample_bytree": Real(0.2, 1.0),
        "subsample": Real(0.5, 1.0),
    },
    presets=(
        {"n_estimators": 600, "num_leaves": 6, "min_child_samples": 10},
        {
            "n_estimators": 500,
            "min_child_samples": 60,
            "reg_lambda": 20.0,
            "colsample_bytree": 0.4,
        },
    ),
    by_rows={MANY_ROWS: {"n_estimators": 500}},
    balanced={"class_weight": "balanced"},
    library="lightgbm",
)

XGBOOST = Candidate(
    name="xgboost",
    title="XGBoost",
    description="Gradient boosting of the XGBoost library: trees that grow level by level.",
    for_classes=_xgboost("XGBClassifier", with_numbered_classes),
    for_numbers=_xgboost("XGBRegressor", _as_it_is),
    needs=GAPS,
    cost=3.0,
    max_classes=200,
    space={
        "learning_rate": Real(0.01, 0.3, log=True),
        "n_estimators": Whole(50, 1000, log=True),
        "max_depth": Whole(2, 10),
        "min_child_weight": Real(0.1, 100.0, log=True),
        "reg_lambda": Real(0.01, 100.0, log=True),
        "colsample_bytree": Real(0.2, 1.0),
        "subsample": Real(0.5, 1.0),
    },
    presets=(
        {"n_estimators": 600, "max_depth": 3, "colsample_bytree": 0.5},
        {
            "n_estimators": 400,
            "min_child_weight": 20.0,
            "reg_lambda": 20.0,
            "colsample_bytree": 0.4,
        },
    ),
    by_rows={MANY_ROWS: {"n_estimators": 500}},
    library="xgboost",
)

CATBOOST = Candidate(
    name="catboost",
    title="CatBoost",
    description="Gradient boosting of the CatBoost library: symmetric trees that seldom overfit.",
    for_classes=_catboost("CatBoostClassifier", with_numbered_classes),
    # By itself its classifier answers in two dimensions, and its regressor has an empty list of classes.
    for_numbers=_catboost("CatBoostRegressor", with_scaled_target),
    needs=GAPS,
    cost=4.0,
    max_classes=100,
    space={
        "learning_rate": Real(0.01, 0.3, log=True),
        "iterations": Whole(50, 1000, log=True),
        "depth": Whole(2, 10),
        "l2_leaf_reg": Real(0.5, 50.0, log=True),
        "random_strength": Real(0.1, 10.0, log=True),
    },
    presets=(
        {"iterations": 800, "depth": 4},
        {"iterations": 500, "depth": 8, "l2_leaf_reg": 10.0},
    ),
    by_rows={MANY_ROWS: {"learning_rate": 0.08, "iterations": 600}},
    balanced={"only__auto_class_weights": "Balanced"},
    library="catboost",
)

OPTIONAL: tuple[Candidate, ...] = (LIGHTGBM, XGBOOST, CATBOOST)
"""All of them, whether their libraries are installed or not."""


def installed() -> tuple[Candidate, ...]:
    """Those whose libraries are installed; none of them is imported for that."""
    return tuple(candidate for candidate in OPTIONAL if find_spec(candidate.library))
