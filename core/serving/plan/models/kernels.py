"""Likeness to known rows, weighed.

Run-time part.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.models.base import Model

CELLS = 2**22
"""So many likenesses are worked out at a time: 32 MB."""


class Kernel(Model, tag="kernel"):
    """Weighted sums of how alike a row is to known ones, by their distance (RBF).

    Attributes
    ----------
    known
        `(n_known, n_columns)`.
    width
        The likeness is `exp(-width * distance²)`.
    weights
        `(n_known, n_sums)`.
    start
        `(n_sums,)`.
    classes
        More than 2 = each sum is a vote between two of so many classes; else the sums are the outputs.
    """

    known: np.ndarray
    width: float
    weights: np.ndarray
    start: np.ndarray
    classes: int

    gathers: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self._lengths = np.einsum("ij,ij->i", self.known, self.known)

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """The sums, or what each class has of the votes."""
        matrix = as_dense(matrix)
        step = max(1, CELLS // max(1, len(self.known)))
        parts = [self._sums(matrix[first : first + step]) for first in range(0, len(matrix), step)]
        sums = np.concatenate(parts) if parts else np.empty((0, len(self.start)))
        return self._votes(sums) if self.classes > 2 else sums

    def _sums(self, matrix: np.ndarray) -> np.ndarray:
        lengths = np.einsum("ij,ij->i", matrix, matrix)
        distances = lengths[:, None] + self._lengths - 2 * (matrix @ self.known.T)
        likeness = np.exp(-self.width * np.maximum(distances, 0))
        return np.asarray(likeness @ self.weights + self.start)

    def _votes(self, sums: np.ndarray) -> np.ndarray:
        """How many duels each class wins, and by how much, which counts for less than one duel."""
        votes = np.zeros((len(sums), self.classes))
        margins = np.zeros((len(sums), self.classes))
        place = 0
        for one in range(self.classes):
            for other in range(one + 1, self.classes):
                duel = sums[:, place]
                margins[:, one] += duel
                margins[:, other] -= duel
                votes[duel >= 0, one] += 1
                votes[duel < 0, other] += 1
                place += 1
        return np.asarray(votes + margins / (3 * (np.abs(margins) + 1)))
