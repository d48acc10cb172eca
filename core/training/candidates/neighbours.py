"""Answers of the most similar known rows."""

from __future__ import annotations

from typing import Any

from core.features.needs import SCALED
from core.training.candidates.base import Candidate, OneOf, Whole


def _classes(seed: int, *, n_neighbors: int = 15, weights: str = "uniform", p: int = 2) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(n_neighbors=n_neighbors, weights=weights, p=p)


def _numbers(seed: int, *, n_neighbors: int = 10, weights: str = "uniform", p: int = 2) -> Any:
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(n_neighbors=n_neighbors, weights=weights, p=p)


KNN = Candidate(
    name="knn",
    title="k-nearest neighbours",
    description="Answers what the most similar known rows answered.",
    for_classes=_classes,
    for_numbers=_numbers,
    needs=SCALED,
    cost=1.0,
    max_rows=20_000,
    space={
        "n_neighbors": Whole(2, 100, log=True),
        "weights": OneOf(("uniform", "distance")),
        "p": OneOf((1, 2)),
    },
    presets=(
        {"n_neighbors": 30, "weights": "distance", "p": 1},
        {"n_neighbors": 5, "weights": "distance"},
    ),
)
