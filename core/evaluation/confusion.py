"""The confusion matrix: which classes are taken for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.scoring.answers import Answers


@dataclass(frozen=True)
class Confusion:
    """How often each class was answered for each class that happened.

    Attributes
    ----------
    labels
        The classes, as text.
    counts
        `(n_classes, n_classes)`: rows what happened, columns what was answered.
    """

    labels: tuple[str, ...]
    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """`counts` as shares of their row; 0 where a class never happened."""
        totals = self.counts.sum(axis=1, keepdims=True)
        return np.asarray(self.counts / np.maximum(totals, 1))

    @property
    def accuracy(self) -> float:
        """The share of rows on the diagonal."""
        return float(np.trace(self.counts) / max(self.counts.sum(), 1))


def confusion_matrix(actual: np.ndarray, answers: Answers) -> Confusion | None:
    """The confusion matrix of these answers; None when they are not classes, or there are no rows.

    Examples
    --------
    >>> answers = Answers(np.array(["a", "b", "b"]), classes=("a", "b"))
    >>> confusion_matrix(np.array(["a", "a", "b"]), answers).counts.tolist()
    [[1, 1], [0, 1]]
    """
    if answers.classes is None or len(actual) == 0:
        return None
    happened, answered = actual.tolist(), answers.values.tolist()
    # A class that no fold could learn may still have happened.
    labels = list(dict.fromkeys([*answers.classes, *happened, *answered]))
    position = {label: index for index, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(
        counts,
        ([position[label] for label in happened], [position[label] for label in answered]),
        1,
    )
    return Confusion(tuple(str(label) for label in labels), counts)
