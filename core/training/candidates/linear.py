"""Weighted sums of the features."""

from __future__ import annotations

from typing import Any

from core.features.needs import SCALED, InputNeeds
from core.training.candidates.base import Candidate, Real

SPARSE = InputNeeds(scaling=True, indicators=True, accepts_sparse=True)
"""As `SCALED`, and columns that are mostly zero, as those of words, are no burden."""


def _logistic(seed: int, *, C: float = 1.0) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=C, max_iter=1000, random_state=seed)


def _linear(seed: int) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def _ridge(seed: int) -> Any:
    import numpy as np
    from sklearn.linear_model import RidgeCV

    # With no folds it would need a square matrix of all columns or all rows, and sparse ones have many.
    return RidgeCV(alphas=np.logspace(-2, 4, 7), cv=5, scoring="neg_mean_squared_error")


def _lasso(seed: int) -> Any:
    from sklearn.linear_model import LassoCV

    return LassoCV(cv=5, max_iter=5000, random_state=seed)


def _elastic_net(seed: int) -> Any:
    from sklearn.linear_model import ElasticNetCV

    return ElasticNetCV(l1_ratio=[0.5, 0.9, 0.99], eps=1e-4, cv=5, max_iter=5000, random_state=seed)


LINEAR = Candidate(
    name="linear",
    title="Linear regression",
    description="A weighted sum of the features: quick, and explains itself.",
    for_classes=None,
    for_numbers=_linear,
    needs=SCALED,
    cost=0.4,
)

RIDGE = Candidate(
    name="ridge",
    title="Ridge regression",
    description="Linear, with weights kept small; the strength is cross-validated.",
    for_classes=None,
    for_numbers=_ridge,
    needs=SPARSE,
    cost=0.5,
)

LASSO = Candidate(
    name="lasso",
    title="Lasso regression",
    description="Linear, with useless weights set to zero; the strength is cross-validated.",
    for_classes=None,
    for_numbers=_lasso,
    needs=SCALED,
    cost=0.7,
)

ELASTIC_NET = Candidate(
    name="elastic_net",
    title="Elastic net",
    description="Between ridge and lasso; mix and strength are cross-validated.",
    for_classes=None,
    for_numbers=_elastic_net,
    needs=SCALED,
    cost=1.2,
)

LOGISTIC = Candidate(
    name="logistic",
    title="Logistic regression",
    description="A weighted sum turned into probabilities: quick, and explains itself.",
    for_classes=_logistic,
    for_numbers=None,
    needs=SPARSE,
    cost=0.5,
    max_classes=1_000,
    space={"C": Real(1e-4, 1e3, log=True)},
    presets=({"C": 0.1}, {"C": 0.01}),
    balanced={"class_weight": "balanced"},
)
