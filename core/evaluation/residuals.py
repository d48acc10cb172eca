"""Residuals: what is left between the truth and the prediction, and whether it has a pattern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.predicted_actual import finite_rows
from core.evaluation.thinning import sample_rows
from core.scoring.answers import Answers

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Residuals:
    """Actual minus predicted: above 0 where the model said too little.

    Attributes
    ----------
    predicted, residual
        `(n_points,)`, in the target's unit: a sample of all rows.
    rows
        `(n_points,)`: positions in the data set, counted from 0.
    edges, counts
        `(n_bins + 1,)`, `(n_bins,)`: the histogram of all residuals.
    quantiles
        `(5,)`: below which 5, 25, 50, 75 and 95% of all residuals lie.
    mean
        Of all residuals: the bias.
    total
        How many residuals there are in all.
    """

    predicted: np.ndarray
    residual: np.ndarray
    rows: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    quantiles: np.ndarray
    mean: float
    total: int


def find_residuals(
    actual: np.ndarray, answers: Answers, rows: np.ndarray | None = None
) -> Residuals | None:
    """The residuals; None when the answers are not numbers, or none of them is finite.

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
    >>> find_residuals(np.array([1.0, 2.0]), Answers(np.array([1.0, 4.0]))).mean
    -1.0
    """
    finite = finite_rows(actual, answers)
    if not finite.any():
        return None
    positions = (np.arange(len(actual)) if rows is None else rows)[finite]
    predicted = answers.values[finite]
    residual = actual[finite] - predicted
    quantiles = np.quantile(residual, QUANTILES)
    counts, edges = np.histogram(residual, _bins(residual, quantiles[3] - quantiles[1]))
    keep = sample_rows(len(residual))
    return Residuals(
        predicted=predicted[keep],
        residual=residual[keep],
        rows=positions[keep],
        edges=edges,
        counts=counts,
        quantiles=quantiles,
        mean=float(residual.mean()),
        total=len(residual),
    )


def _bins(residual: np.ndarray, quartile_range: float) -> int:
    """Freedman and Diaconis' number of bins, kept to what can be read on a screen."""
    width = 2 * quartile_range / len(residual) ** (1 / 3)
    if width <= 0:
        return 10
    return int(np.clip(np.ceil(np.ptp(residual) / width), 10, 60))
