"""Steps over the whole table.

Run-time part.
"""

from __future__ import annotations

import numpy as np

from core.serving.plan.matrices import Matrix, Sparse, as_dense, times
from core.serving.plan.steps.base import Lines, Step


class Choose(Step, tag="choose"):
    """Some of the columns.

    Attributes
    ----------
    columns
        Their places.
    """

    columns: np.ndarray

    def apply(self, matrix: Matrix) -> Matrix:
        """These columns."""
        return (
            matrix.choose(self.columns) if isinstance(matrix, Sparse) else matrix[:, self.columns]
        )

    def bend(self, lines: Lines) -> Lines | None:
        """Their lines."""
        return [lines[place] for place in self.columns.tolist()]


class Pairs(Step, tag="pairs"):
    """All columns, and then the product of each pair of them."""

    def apply(self, matrix: Matrix) -> Matrix:
        """`(n_rows, n * (n + 1) / 2)`."""
        matrix = as_dense(matrix)
        products = [
            matrix[:, place : place + 1] * matrix[:, place + 1 :]
            for place in range(matrix.shape[1] - 1)
        ]
        return np.concatenate([matrix, *products], axis=1)


class Project(Step, tag="project"):
    """Fewer columns, each a weighted sum of all.

    Attributes
    ----------
    weights
        `(n_columns, n_outputs)`.
    start
        `(n_outputs,)`: added to the sums; empty = nothing is.
    """

    weights: np.ndarray
    start: np.ndarray

    def apply(self, matrix: Matrix) -> Matrix:
        """The sums."""
        sums = times(matrix, self.weights)
        return sums + self.start if len(self.start) else sums
