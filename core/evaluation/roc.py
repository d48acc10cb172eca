"""The ROC curve: how many of a class are found for how many false alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.one_vs_rest import ClassCurves, OneVsRest, one_vs_rest
from core.evaluation.thinning import thin_curve
from core.scoring.answers import Answers


@dataclass(frozen=True)
class RocCurve:
    """One class against the rest.

    Attributes
    ----------
    label
        The class, as text.
    false_positive_rate, true_positive_rate
        `(n_points,)`, both from 0 to 1, ascending.
    threshold
        `(n_points,)`: rows at least this probable are called positive; NaN on an average of curves.
    area
        Under the curve before thinning; 0.5 is chance.
    """

    label: str
    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    threshold: np.ndarray
    area: float


def roc_curves(actual: np.ndarray, answers: Answers) -> ClassCurves[RocCurve] | None:
    """The ROC curves of these answers; None when they have no probabilities or hold one class only.

    Examples
    --------
    >>> answers = Answers(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), (0, 1), 1)
    >>> roc_curves(np.array([0, 1]), answers).headline.area
    1.0
    """
    curves = tuple(_curve(view) for view in one_vs_rest(actual, answers))
    if not curves:
        return None
    return ClassCurves(curves, _macro(curves) if len(curves) > 1 else None)


def _curve(view: OneVsRest) -> RocCurve:
    from sklearn.metrics import auc, roc_curve

    false_rate, true_rate, threshold = roc_curve(view.happened, view.probability)
    keep = thin_curve(false_rate, true_rate)
    # The first threshold is infinite by definition: nothing is called positive.
    threshold = np.minimum(threshold, 1.0)
    area = float(auc(false_rate, true_rate))
    return RocCurve(view.label, false_rate[keep], true_rate[keep], threshold[keep], area)


def _macro(curves: tuple[RocCurve, ...]) -> RocCurve:
    """The mean height of the curves; its area is the mean of theirs, as in the leaderboard's metric."""
    x = np.unique(np.concatenate([curve.false_positive_rate for curve in curves]))
    y = np.mean(
        [np.interp(x, curve.false_positive_rate, curve.true_positive_rate) for curve in curves],
        axis=0,
    )
    x, y = np.concatenate([[0.0], x]), np.concatenate([[0.0], y])
    keep = thin_curve(x, y)
    area = float(np.mean([curve.area for curve in curves]))
    return RocCurve("all classes", x[keep], y[keep], np.full(len(keep), np.nan), area)
