"""What any model must beat."""

from __future__ import annotations

from typing import Any

from core.features.needs import InputNeeds
from core.training.candidates.base import Candidate


def _classes(seed: int) -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _numbers(seed: int) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="mean")


BASELINE = Candidate(
    name="baseline",
    title="Baseline",
    description="Always the most common class, or the mean: what any model must beat.",
    for_classes=_classes,
    for_numbers=_numbers,
    # It looks at nothing; prepared so, its rows are those of boosting, which comes next where time is short.
    needs=InputNeeds(accepts_missing=True),
    cost=0.3,
)
