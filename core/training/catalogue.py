"""The candidates: each estimator family that Slipway trains, one entry each."""

from __future__ import annotations

from core.errors import RecipeError
from core.tasks import Task
from core.training.candidates.base import Candidate
from core.training.candidates.baseline import BASELINE
from core.training.candidates.bayes import NAIVE_BAYES
from core.training.candidates.boosting import HIST_GRADIENT_BOOSTING
from core.training.candidates.linear import ELASTIC_NET, LASSO, LINEAR, LOGISTIC, RIDGE
from core.training.candidates.neighbours import KNN
from core.training.candidates.networks import MLP
from core.training.candidates.optional import OPTIONAL, installed
from core.training.candidates.support_vectors import SVM_LINEAR, SVM_RBF
from core.training.candidates.trees import DECISION_TREE, EXTRA_TREES, RANDOM_FOREST

CATALOGUE: dict[str, Candidate] = {
    candidate.name: candidate
    for candidate in (
        BASELINE,
        LINEAR,
        RIDGE,
        LASSO,
        ELASTIC_NET,
        LOGISTIC,
        NAIVE_BAYES,
        DECISION_TREE,
        KNN,
        SVM_LINEAR,
        SVM_RBF,
        HIST_GRADIENT_BOOSTING,
        *installed(),
        RANDOM_FOREST,
        EXTRA_TREES,
        MLP,
    )
}
"""By name, in the order in which they are trained: quick ones first, so that rows appear at once."""


def candidates_for(task: Task) -> list[Candidate]:
    """The candidates that can learn this task, in training order."""
    return [candidate for candidate in CATALOGUE.values() if candidate.maker(task)]


def choose_candidates(names: tuple[str, ...], task: Task) -> list[Candidate]:
    """The named candidates in training order; all that fit the task when none is named.

    Raises
    ------
    RecipeError
        When a name is unknown, its candidate cannot learn the task, or its library is not installed.
    """
    possible = candidates_for(task)
    known = [candidate.name for candidate in possible]
    for name in names:
        if name not in known:
            raise RecipeError(
                f"A candidate for this task must be one of {', '.join(known)}. Got {name!r}.",
                _missing_library(name) or "Correct the name, or name none to train all.",
            )
    return [candidate for candidate in possible if not names or candidate.name in names]


def _missing_library(name: str) -> str:
    """What to do where the candidate only lacks its library; else empty."""
    for candidate in OPTIONAL:
        if candidate.name == name and name not in CATALOGUE:
            return f"Install {candidate.library} for {candidate.title}, or leave it out."
    return ""
