"""The learning curve: whether more rows would help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.training.state import LearningCurve


@dataclass(frozen=True)
class LearningBands:
    """Mean and spread over the folds, per number of rows learned from.

    Attributes
    ----------
    metric
        See `core.scoring.metrics.get_metric`.
    sizes
        `(n_sizes,)`: rows fitted, ascending.
    train_mean, train_std, validation_mean, validation_std
        `(n_sizes,)`: on the rows fitted and on rows left out; a std is 0 where one fold is known.
    """

    metric: str
    sizes: np.ndarray
    train_mean: np.ndarray
    train_std: np.ndarray
    validation_mean: np.ndarray
    validation_std: np.ndarray


def summarise_learning(curve: LearningCurve) -> LearningBands | None:
    """Mean and spread of a learning curve; None while no size is finished.

    Examples
    --------
    >>> curve = LearningCurve("ridge", "r2", sizes=(10,), train_scores=((1.0, 0.5),), validation_scores=((0.5, 0.25),))
    >>> summarise_learning(curve).validation_mean.tolist()
    [0.375]
    """
    # While the curve is in the making, the last size may have one side only.
    points = [
        (size, *_mean_std(train), *_mean_std(validation))
        for size, train, validation in zip(
            curve.sizes, curve.train_scores, curve.validation_scores, strict=False
        )
    ]
    known = np.array([point for point in points if np.isfinite(point).all()], dtype=float)
    if not len(known):
        return None
    return LearningBands(curve.metric, known[:, 0].astype(int), *known[:, 1:].T)


def _mean_std(scores: tuple[float | None, ...]) -> tuple[float, float]:
    values = np.array(scores, dtype=float)  # None becomes NaN
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
