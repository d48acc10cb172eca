"""Calibration: whether things said to be 80% probable happen 80% of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.one_vs_rest import ClassCurves, one_vs_rest
from core.scoring.answers import Answers

BINS = 10
"""Equal in width; the number that the calibration error of the literature is computed with."""


@dataclass(frozen=True)
class CalibrationCurve:
    """What was said against what happened, in bins of what was said.

    Attributes
    ----------
    label
        The class, as text.
    said, happened
        `(n_bins,)`: mean probability and share that happened; bins without rows are left out.
    low, high
        `(n_bins,)`: the 95% interval of `happened` (Wilson's).
    edges
        `(BINS + 1,)`, from 0 to 1.
    counts
        `(BINS,)`: rows per bin.
    brier
        Mean squared error of the probability: 0 is perfect.
    error
        Expected calibration error: the mean gap between said and happened, weighted by rows.
    """

    label: str
    said: np.ndarray
    happened: np.ndarray
    low: np.ndarray
    high: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    brier: float
    error: float


def calibration_curves(
    actual: np.ndarray, answers: Answers
) -> ClassCurves[CalibrationCurve] | None:
    """The calibration of these answers; None when they have no probabilities or hold one class only.

    Notes
    -----
    Expected calibration error and, for several classes, confidence calibration are those of Guo et
    al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> said = np.array([0.25, 0.25, 0.25, 0.25])
    >>> answers = Answers(np.zeros(4), np.column_stack([1 - said, said]), (0, 1), 1)
    >>> calibration_curves(np.array([0, 0, 0, 1]), answers).headline.error
    0.0
    """
    views = one_vs_rest(actual, answers)
    if not views:
        return None
    curves = tuple(_curve(view.label, view.happened, view.probability) for view in views)
    return ClassCurves(curves, _answer(actual, answers) if len(curves) > 1 else None)


def _answer(actual: np.ndarray, answers: Answers) -> CalibrationCurve:
    assert answers.probabilities is not None
    usable = np.isfinite(answers.probabilities).all(axis=1)
    right = actual[usable] == answers.values[usable]
    return _curve("the answer", np.asarray(right), answers.probabilities[usable].max(axis=1))


def _curve(label: str, happened: np.ndarray, said: np.ndarray) -> CalibrationCurve:
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    used = counts > 0
    rows = counts[used]
    mean_said = np.bincount(bins, said, BINS)[used] / rows
    mean_happened = np.bincount(bins, happened, BINS)[used] / rows
    low, high = wilson_interval(mean_happened, rows)
    return CalibrationCurve(
        label=label,
        said=mean_said,
        happened=mean_happened,
        low=low,
        high=high,
        edges=np.linspace(0.0, 1.0, BINS + 1),
        counts=counts,
        brier=float(np.mean((said - happened) ** 2)),
        error=float(np.average(np.abs(mean_said - mean_happened), weights=rows)),
    )


def wilson_interval(share: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the 95% interval of shares that were seen in so many rows.

    Notes
    -----
    Wilson, "Probable inference", JASA 1927: unlike the normal interval it never leaves 0 to 1 and
    has a width at shares of 0 and 1.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([0.5]), np.array([100]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.404], [0.596])
    """
    z = 1.959964
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
