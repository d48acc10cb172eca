"""The matrices that steps hand on: numpy's arrays, or rows that are mostly zero.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sparse:
    """A matrix of which only what is not zero is kept, as words of texts give it.

    Attributes
    ----------
    rows, columns, values
        `(n_kept,)`: where each number stands, and the number; rows in rising order.
    shape
        `(n_rows, n_columns)`.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    shape: tuple[int, int]

    def times(self, weights: np.ndarray) -> np.ndarray:
        """`(n_rows, n_outputs)`: the product with weights of `(n_columns, n_outputs)`."""
        product = np.empty((self.shape[0], weights.shape[1]))
        for place in range(weights.shape[1]):
            parts = self.values * weights[:, place].take(self.columns)
            product[:, place] = np.bincount(self.rows, parts, minlength=self.shape[0])
        return product

    def choose(self, places: np.ndarray) -> Sparse:
        """The columns at these places, in their order."""
        found = np.full(self.shape[1], -1)
        found[places] = np.arange(len(places))
        columns = found[self.columns]
        kept = columns >= 0
        shape = (self.shape[0], len(places))
        return Sparse(self.rows[kept], columns[kept], self.values[kept], shape)

    def dense(self) -> np.ndarray:
        """The same as an array."""
        matrix = np.zeros(self.shape)
        matrix[self.rows, self.columns] = self.values
        return matrix


Matrix = np.ndarray | Sparse
"""`(n_rows, n_columns)`."""


def join_columns(matrices: Sequence[Matrix]) -> Matrix:
    """The columns of all of them side by side.

    Examples
    --------
    >>> join_columns([np.ones((1, 1)), np.zeros((1, 2))]).tolist()
    [[1.0, 0.0, 0.0]]
    """
    if len(matrices) == 1:
        return matrices[0]
    dense = [matrix for matrix in matrices if isinstance(matrix, np.ndarray)]
    if len(dense) == len(matrices):
        return np.concatenate(dense, axis=1)
    return _join_sparse([_sparse(matrix) for matrix in matrices])


def times(matrix: Matrix, weights: np.ndarray) -> np.ndarray:
    """`(n_rows, n_outputs)`: the product with weights of `(n_columns, n_outputs)`."""
    return matrix.times(weights) if isinstance(matrix, Sparse) else matrix @ weights


def as_dense(matrix: Matrix) -> np.ndarray:
    """The matrix as an array."""
    return matrix.dense() if isinstance(matrix, Sparse) else matrix


def _sparse(matrix: Matrix) -> Sparse:
    if isinstance(matrix, Sparse):
        return matrix
    rows, columns = np.nonzero(matrix)
    return Sparse(rows, columns, matrix[rows, columns].astype(float), matrix.shape)


def _join_sparse(matrices: Sequence[Sparse]) -> Sparse:
    starts = np.cumsum([0, *(matrix.shape[1] for matrix in matrices)])
    rows = np.concatenate([matrix.rows for matrix in matrices])
    columns = np.concatenate(
        [matrix.columns + start for matrix, start in zip(matrices, starts, strict=False)]
    )
    values = np.concatenate([matrix.values for matrix in matrices])
    order = np.argsort(rows, kind="stable")
    shape = (matrices[0].shape[0], int(starts[-1]))
    return Sparse(rows[order], columns[order], values[order], shape)
