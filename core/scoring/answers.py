"""What a fitted pipeline answers for a table of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from core.recipe import Costs, Label

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
    costs
        What right and wrong decisions are worth; None where nobody said.
    threshold
        From which probability on a row was called positive, in [0, 1]; None where the likeliest
        class was taken.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None
    classes: tuple[Label, ...] | None = None
    positive: Label | None = None
    costs: Costs | None = None
    threshold: float | None = None

    @property
    def has_classes(self) -> bool:
        """Whether these are labels with a probability each, not numbers."""
        return self.classes is not None

    @property
    def positive_probability(self) -> np.ndarray:
        """`(n,)`: the probability of the positive class."""
        if self.probabilities is None or self.classes is None or self.positive is None:
            raise ValueError("only answers of a task with a positive class have this")
        if self.positive not in self.classes:  # never seen while fitting
            return np.zeros(len(self.probabilities))
        return np.asarray(self.probabilities[:, self.classes.index(self.positive)])

    def covering(self, labels: Iterable[Any]) -> Answers:
        """The same answers with a column for each of these labels; an added one has probability 0.

        Where a class did not occur in the rows that were fitted, answers of different fits are made
        comparable by this.

        Examples
        --------
        >>> Answers(np.array(["a"]), np.array([[1.0]]), ("a",)).covering(["b", "a"]).classes
        ('a', 'b')
        """
        if self.probabilities is None or self.classes is None:
            return self
        given = set(labels.tolist() if isinstance(labels, np.ndarray) else labels)
        if given <= set(self.classes):
            return self
        everything = tuple(sorted(given | set(self.classes)))
        wide = np.zeros((len(self.probabilities), len(everything)), self.probabilities.dtype)
        wide[:, [everything.index(label) for label in self.classes]] = self.probabilities
        return replace(self, probabilities=wide, classes=everything)


def answer_rows(
    pipeline: Pipeline,
    frame: pd.DataFrame,
    positive: Label | None = None,
    costs: Costs | None = None,
) -> Answers:
    """What the fitted pipeline answers for these rows.

    Parameters
    ----------
    pipeline
        Fitted; a classifier must offer `predict_proba`.
    frame
        `(n, n_features)`.
    positive
        The label that binary metrics are about.
    costs
        What right and wrong decisions are worth.

    Notes
    -----
    Labels are the classes of highest probability, which is what scikit-learn's `predict` gives for
    every classifier in the catalogue, at half of the price. A model with a threshold of its own calls
    a row positive from that probability on, as its `predict` does.
    """
    classes = getattr(pipeline, "classes_", None)
    if classes is None:
        return Answers(np.asarray(pipeline.predict(frame), dtype=float))
    probabilities = np.asarray(pipeline.predict_proba(frame))
    labels = tuple(classes.tolist())
    cut = find_threshold(pipeline)
    if cut is None:
        values = classes[probabilities.argmax(axis=1)]
        return Answers(values, probabilities, labels, positive, costs)
    called = probabilities[:, cut.column] >= cut.probability
    values = classes[np.where(called, cut.column, 1 - cut.column)]
    threshold = positive_threshold(pipeline, positive)
    return Answers(values, probabilities, labels, positive, costs, threshold)


def positive_threshold(pipeline: Any, positive: Label | None) -> float | None:
    """From which probability on the positive label is answered; None where the model did not move it."""
    cut = find_threshold(pipeline)
    if cut is None:
        return None
    is_positive = positive is None or pipeline.classes_.tolist()[cut.column] == positive
    return cut.probability if is_positive else 1 - cut.probability


class Cut(NamedTuple):
    """From which probability on the class of this column is answered."""

    column: int
    probability: float


def find_threshold(pipeline: Any) -> Cut | None:
    """The threshold of the pipeline's model, where it is scikit-learn's way of moving one; else None."""
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    model = pipeline.steps[-1][1] if hasattr(pipeline, "steps") else pipeline
    if isinstance(model, TunedThresholdClassifierCV):
        threshold = float(model.best_threshold_)
    elif isinstance(model, FixedThresholdClassifier):
        threshold = 0.5 if model.threshold == "auto" else float(model.threshold)
    else:
        return None
    classes = model.classes_.tolist()
    named = (
        model._curve_scorer._get_pos_label()  # the only place where a tuned one keeps it
        if isinstance(model, TunedThresholdClassifierCV)
        else model.pos_label
    )
    # scikit-learn, too, takes the second class where none is named.
    return Cut(1 if named is None else classes.index(named), threshold)
