"""What a fitted pipeline answers for a table of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.recipe import Label

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Answers:
    """Predictions for n rows.

    Attributes
    ----------
    values
        `(n,)`: the predicted labels or numbers.
    probabilities
        `(n, n_classes)`, rows sum to 1, columns in the order of `classes`; None for numbers.
    classes
        The labels, in the order of the columns of `probabilities`; None for numbers.
    positive
        The label that binary metrics and curves are about; None where that has no meaning.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None
    classes: tuple[Label, ...] | None = None
    positive: Label | None = None

    @property
    def positive_probability(self) -> np.ndarray:
        """`(n,)`: the probability of the positive class."""
        if self.probabilities is None or self.classes is None or self.positive is None:
            raise ValueError("only answers of a task with a positive class have this")
        return np.asarray(self.probabilities[:, self.classes.index(self.positive)])


def answer_rows(pipeline: Pipeline, frame: pd.DataFrame, positive: Label | None = None) -> Answers:
    """What the fitted pipeline answers for these rows.

    Parameters
    ----------
    pipeline
        Fitted; a classifier must offer `predict_proba`.
    frame
        `(n, n_features)`.
    positive
        The label that binary metrics are about.

    Notes
    -----
    Labels are the classes of highest probability, which is what scikit-learn's `predict` gives for
    every classifier in the catalogue, at half of the price.
    """
    classes = getattr(pipeline, "classes_", None)
    if classes is None:
        return Answers(np.asarray(pipeline.predict(frame), dtype=float))
    probabilities = np.asarray(pipeline.predict_proba(frame))
    values = classes[probabilities.argmax(axis=1)]
    return Answers(values, probabilities, tuple(classes.tolist()), positive)
