"""Predicted against actual: where a model of numbers is near the truth and where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.thinning import sample_rows
from core.scoring.answers import Answers


@dataclass(frozen=True)
class PredictedActual:
    """Pairs of what was and what was predicted, a sample of all.

    Attributes
    ----------
    actual, predicted
        `(n_points,)`, in the target's unit.
    rows
        `(n_points,)`: positions in the data set, counted from 0.
    total
        How many pairs there are in all.
    left_out
        How many rows have no finite prediction and are in no number here.
    mean_absolute_error, r2
        Of all pairs; `r2` is NaN when the actual values are all the same.
    """

    actual: np.ndarray
    predicted: np.ndarray
    rows: np.ndarray
    total: int
    left_out: int
    mean_absolute_error: float
    r2: float


def pair_predictions(
    actual: np.ndarray, answers: Answers, rows: np.ndarray | None = None
) -> PredictedActual | None:
    """Predicted against actual; None when the answers are not numbers, or none of them is finite.

    Parameters
    ----------
    actual
        `(n,)` numbers.
    answers
        Of the same rows.
    rows
        `(n,)`: where they are in the data set; their own positions when left out.

    Examples
    --------
    >>> pair_predictions(np.array([1.0, 2.0]), Answers(np.array([1.0, 4.0]))).mean_absolute_error
    1.0
    """
    finite = finite_rows(actual, answers)
    if not finite.any():
        return None
    positions = np.arange(len(actual)) if rows is None else rows
    truth, predicted, positions = actual[finite], answers.values[finite], positions[finite]
    errors = predicted - truth
    spread = np.sum((truth - truth.mean()) ** 2)
    keep = sample_rows(len(truth))
    return PredictedActual(
        actual=truth[keep],
        predicted=predicted[keep],
        rows=positions[keep],
        total=len(truth),
        left_out=int(len(actual) - len(truth)),
        mean_absolute_error=float(np.abs(errors).mean()),
        r2=float(1 - np.sum(errors**2) / spread) if spread else float("nan"),
    )


def finite_rows(actual: np.ndarray, answers: Answers) -> np.ndarray:
    """`(n,)` bool: the rows with a finite number on both sides; none when the answers are classes."""
    if answers.classes is not None:
        return np.zeros(len(actual), dtype=bool)
    return np.asarray(np.isfinite(actual) & np.isfinite(answers.values))
