"""What decisions are worth: the metric that a business counts in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.scoring.base import Metric

if TYPE_CHECKING:
    from core.recipe import Costs
    from core.scoring.answers import Answers

VALUE_ROWS = 100
"""The value is told per so many rows: the same for a fold and a hold-out, and seldom a tiny fraction."""


def decision_value(happened: np.ndarray, called: np.ndarray, costs: Costs) -> float:
    """What these decisions are worth, for each 100 rows, in the unit of the costs.

    Parameters
    ----------
    happened, called
        `(n,)` of bool: whether the row is positive, and whether it was called so.

    Examples
    --------
    >>> from core.recipe import Costs
    >>> costs = Costs(true_positive=10, false_positive=-1, false_negative=-5)
    >>> decision_value(np.array([True, True, False, False]), np.array([True, False, True, False]), costs)
    100.0
    """
    if not len(happened):
        return float("nan")
    worth = np.where(
        happened,
        np.where(called, costs.true_positive, costs.false_negative),
        np.where(called, costs.false_positive, costs.true_negative),
    )
    return float(worth.mean() * VALUE_ROWS)


def _score(actual: np.ndarray, answers: Answers) -> float:
    if answers.costs is None or answers.positive is None:
        raise ValueError("answers must have costs and a positive class to be valued")
    return decision_value(
        actual == answers.positive, answers.values == answers.positive, answers.costs
    )


VALUE = Metric(
    "value",
    f"Value per {VALUE_ROWS} rows",
    f"What right and wrong decisions are worth together, for each {VALUE_ROWS} rows, in the unit of the costs.",
    True,
    _score,
)
"""Needs `Answers.costs`."""
