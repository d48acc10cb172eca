"""Features that vote one by one."""

from __future__ import annotations

from typing import Any

from core.features.needs import SCALED
from core.training.candidates.base import Candidate, Real


def _classes(seed: int, *, var_smoothing: float = 1e-3) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=var_smoothing)


NAIVE_BAYES = Candidate(
    name="naive_bayes",
    title="Naive Bayes",
    description="Each feature votes by itself: very quick, probabilities too sure.",
    for_classes=_classes,
    for_numbers=None,
    needs=SCALED,
    cost=0.4,
    space={"var_smoothing": Real(1e-9, 1.0, log=True)},
    presets=({"var_smoothing": 0.1},),
)
