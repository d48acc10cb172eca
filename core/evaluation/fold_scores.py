"""Scores per fold: how much a candidate's score depends on which rows it was judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.scoring.metrics import get_metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.training.state import CandidateState


@dataclass(frozen=True)
class FoldScores:
    """One metric of one candidate in each fold.

    Attributes
    ----------
    metric
        See `core.scoring.metrics.get_metric`.
    values
        `(n_folds,)`, in the order of the folds; NaN where a fold could not be scored.
    mean, std
        Over the folds that could be scored; `std` (n - 1) is NaN before the second.
    """

    metric: str
    values: np.ndarray
    mean: float
    std: float


def fold_scores(scores: Mapping[str, tuple[float | None, ...]], metric: str) -> FoldScores | None:
    """The scores of one metric; None when no fold has been scored.

    Parameters
    ----------
    scores
        Per metric, one value per finished fold.
    metric
        The one to take.

    Examples
    --------
    >>> fold_scores({"accuracy": (0.5, 0.75)}, "accuracy").mean
    0.625
    """
    values = np.array(scores.get(metric, ()), dtype=float)  # None becomes NaN
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    std = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    return FoldScores(metric, values, float(known.mean()), std)


def rank_candidates(candidates: Iterable[CandidateState], metric: str) -> dict[str, FoldScores]:
    """The fold scores of every candidate that has some, by title, the best mean first.

    Raises
    ------
    RecipeError
        When there is no such metric.
    """
    scored = {
        candidate.title: scores
        for candidate in candidates
        if (scores := fold_scores(candidate.fold_scores, metric))
    }
    sort_key = get_metric(metric).sort_key
    return dict(sorted(scored.items(), key=lambda item: sort_key(item[1].mean), reverse=True))
