"""The widest margin between classes, or a robust line through numbers."""

from __future__ import annotations

from typing import Any

from core.features.needs import SCALED
from core.training.candidates.base import Candidate, OneOf, Real
from core.training.candidates.linear import SPARSE
from core.training.candidates.wrapping import with_probabilities, with_scaled_target


def _linear_classes(seed: int, *, C: float = 0.1) -> Any:
    from sklearn.svm import LinearSVC

    return with_probabilities(LinearSVC(C=C, max_iter=5000, random_state=seed))


def _linear_numbers(seed: int, *, C: float = 1.0, epsilon: float = 0.0) -> Any:
    from sklearn.svm import LinearSVR

    return with_scaled_target(LinearSVR(C=C, epsilon=epsilon, max_iter=5000, random_state=seed))


def _rbf_classes(seed: int, *, C: float = 1.0, gamma: str | float = "scale") -> Any:
    from sklearn.svm import SVC

    return with_probabilities(SVC(C=C, gamma=gamma, random_state=seed))


def _rbf_numbers(
    seed: int, *, C: float = 1.0, gamma: str | float = "scale", epsilon: float = 0.1
) -> Any:
    from sklearn.svm import SVR

    return with_scaled_target(SVR(C=C, gamma=gamma, epsilon=epsilon))


SVM_LINEAR = Candidate(
    name="svm_linear",
    title="SVM, linear",
    description="The widest margin between the classes, or a robust line through numbers.",
    for_classes=_linear_classes,
    for_numbers=_linear_numbers,
    needs=SPARSE,
    cost=1.0,
    max_classes=200,
    space={"C": Real(1e-4, 10.0, log=True), "epsilon": Real(0.0, 0.5)},
    presets=({"C": 0.01},),
)

SVM_RBF = Candidate(
    name="svm_rbf",
    title="SVM, RBF kernel",
    description="Margins that bend; strong on small tables, too slow on large ones.",
    for_classes=_rbf_classes,
    for_numbers=_rbf_numbers,
    needs=SCALED,
    cost=3.0,
    growth=2.0,
    max_rows=5_000,
    max_classes=100,
    space={
        "C": Real(1e-2, 1e3, log=True),
        "gamma": OneOf(("scale", 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)),
        "epsilon": Real(1e-3, 0.5, log=True),
    },
    presets=({"C": 10.0, "gamma": 0.01}, {"gamma": 0.01}),
)
