"""The precision-recall curve: how many of a class are found, and how many of the found are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.one_vs_rest import ClassCurves, OneVsRest, one_vs_rest
from core.evaluation.thinning import thin_curve
from core.scoring.answers import Answers


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """One class against the rest.

    Attributes
    ----------
    label
        The class, as text.
    recall, precision
        `(n_points,)`: the corners of a staircase from recall 0 to 1, to be joined by straight lines.
    threshold
        `(n_points,)`: rows at least this probable are called positive; NaN on an average of curves.
    average_precision
        The area under the staircase before thinning.
    prevalence
        The share of rows of this class: the precision of guessing.
    """

    label: str
    recall: np.ndarray
    precision: np.ndarray
    threshold: np.ndarray
    average_precision: float
    prevalence: float


@dataclass(frozen=True)
class _Steps:
    """Precision as a step function of recall: `precision[i]` holds up to `recall[i]`."""

    recall: np.ndarray
    precision: np.ndarray
    threshold: np.ndarray

    @property
    def area(self) -> float:
        return float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision))

    def at(self, recall: np.ndarray) -> np.ndarray:
        return self.precision[np.searchsorted(self.recall, recall, side="left")]


def precision_recall_curves(
    actual: np.ndarray, answers: Answers
) -> ClassCurves[PrecisionRecallCurve] | None:
    """The curves of these answers; None when they have no probabilities or hold one class only.

    Examples
    --------
    >>> answers = Answers(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), (0, 1), 1)
    >>> curve = precision_recall_curves(np.array([0, 1]), answers).headline
    >>> curve.average_precision, curve.prevalence
    (1.0, 0.5)
    """
    views = one_vs_rest(actual, answers)
    if not views:
        return None
    steps = [_steps(view) for view in views]
    curves = tuple(
        _curve(view.label, step, float(view.happened.mean()))
        for view, step in zip(views, steps, strict=True)
    )
    return ClassCurves(curves, _macro(curves, steps) if len(curves) > 1 else None)


def _steps(view: OneVsRest) -> _Steps:
    from sklearn.metrics import precision_recall_curve

    precision, recall, threshold = precision_recall_curve(
        view.happened, view.probability, drop_intermediate=True
    )
    # scikit-learn runs from all rows to none, and ends in (0, 1), which no threshold reaches.
    return _Steps(recall[-2::-1], precision[-2::-1], threshold[::-1])


def _curve(label: str, steps: _Steps, prevalence: float) -> PrecisionRecallCurve:
    left = np.concatenate([[0.0], steps.recall[:-1]])
    recall = np.column_stack([left, steps.recall]).ravel()
    precision, threshold = np.repeat(steps.precision, 2), np.repeat(steps.threshold, 2)
    keep = thin_curve(recall, precision)
    return PrecisionRecallCurve(
        label, recall[keep], precision[keep], threshold[keep], steps.area, prevalence
    )


def _macro(curves: tuple[PrecisionRecallCurve, ...], steps: list[_Steps]) -> PrecisionRecallCurve:
    recall = np.unique(np.concatenate([step.recall for step in steps]))
    precision = np.mean([step.at(recall) for step in steps], axis=0)
    mean = _Steps(recall, precision, np.full(len(recall), np.nan))
    prevalence = float(np.mean([curve.prevalence for curve in curves]))
    return _curve("all classes", mean, prevalence)
