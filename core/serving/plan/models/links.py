"""What is made of an estimator's outputs: probabilities of margins, true units of scaled ones.

Run-time part.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

LARGEST = 709.0
"""The exponential of more is no number any more."""


class Link(Struct, tag=True):
    """A function of the outputs.

    A new one is a class here, an entry in `AnyLink`, and its use in
    `core.serving.compiling.estimators`.
    """

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """What becomes of `(n_rows, n_outputs)`."""
        raise NotImplementedError

    def apply_one(self, outputs: list[float]) -> list[float]:
        """What becomes of the outputs of one row."""
        return self.apply(np.array([outputs]))[0].tolist()  # type: ignore[no-any-return]  # numpy cannot say that these are floats


class Sigmoid(Link, tag="sigmoid"):
    """The probabilities of two classes, from the log of their ratio."""

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """`(n_rows, 2)`."""
        positive = sigmoid(outputs[:, 0])
        return np.column_stack([1 - positive, positive])

    def apply_one(self, outputs: list[float]) -> list[float]:
        """Both probabilities."""
        z = outputs[0]
        if z != z:
            return [z, z]
        positive = 1 / (1 + math.exp(-z)) if z > -LARGEST else 0.0
        return [1 - positive, positive]


class Softmax(Link, tag="softmax"):
    """The probabilities of several classes, from the logs of their sizes."""

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """`(n_rows, n_classes)`."""
        sizes = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(sizes / sizes.sum(axis=1, keepdims=True))


class Platt(Link, tag="platt"):
    """Probabilities of margins: a sigmoid each, which sum to 1 (Platt 1999).

    Attributes
    ----------
    slopes, starts
        `(n_outputs,)` each.
    """

    slopes: np.ndarray
    starts: np.ndarray

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """`(n_rows, n_classes)`."""
        found = sigmoid(-(self.slopes * outputs + self.starts))
        if found.shape[1] == 1:
            return np.column_stack([1 - found[:, 0], found[:, 0]])
        total = found.sum(axis=1, keepdims=True)
        even = np.full_like(found, 1 / found.shape[1])
        shares = np.divide(found, total, out=even, where=total != 0)
        shares[(shares > 1.0) & (shares <= 1.0 + 1e-5)] = 1.0
        return np.asarray(shares)


class Rescale(Link, tag="rescale"):
    """`value * factor + start`."""

    factor: float
    start: float

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """In the target's own unit."""
        return outputs * self.factor + self.start

    def apply_one(self, outputs: list[float]) -> list[float]:
        """In the target's own unit."""
        return [value * self.factor + self.start for value in outputs]


class Divide(Link, tag="divide"):
    """The mean, of a sum of so many."""

    by: float

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """Each divided."""
        return outputs / self.by

    def apply_one(self, outputs: list[float]) -> list[float]:
        """Each divided."""
        by = self.by
        return [value / by for value in outputs]


def sigmoid(z: np.ndarray) -> np.ndarray:
    """`1 / (1 + exp(-z))`, without a warning where that is 0."""
    return np.asarray(1 / (1 + np.exp(-np.maximum(z, -LARGEST))))


AnyLink = Sigmoid | Softmax | Platt | Rescale | Divide
"""Every kind of link that a plan's file can hold."""
