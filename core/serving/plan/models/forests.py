"""Many trees, however large, in flat arrays.

Run-time part.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import Row
from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.models.base import Model, Outputs
from core.serving.plan.models.sums import add_up

FEW_ROWS = 96
"""With fewer rows all trees are walked at once, with more one after the other: measured on 200 trees."""

LANES = 2**13
"""So many walks are made at a time, where all trees are walked at once."""

ROWS = 4096
"""So many rows are walked at a time down one tree."""

LOOK_EVERY = 4
"""After so many steps the walks that have ended are left out."""


class Forest(Model, tag="forest"):
    """Trees in flat arrays, the two children of a node beside each other.

    Attributes
    ----------
    features, thresholds
        `(n_nodes,)`: a row goes to the right child where the feature is larger than the threshold;
        at a leaf the threshold is infinite.
    children
        `(n_nodes,)`: the left child, counted from the root of the tree; at a leaf the leaf itself.
    roots
        `(n_trees,)`.
    leaves
        `(n_nodes,)`: the row of `values`, at a leaf.
    values
        `(n_leaves, n_values)`.
    start
        `(n_outputs,)`: what the sum begins with.
    rounds
        How many trees stand side by side, one for each of the outputs.
    categories
        By the feature's place: the numbers that its categories have.
    asked, sides
        `(n_asked,)` and for each its table: the features whose categories are asked for, and which
        of them go right; at the end, whether any other number does. They stand behind the features.
    is_single
        Whether the features are compared in single precision.

    Notes
    -----
    The features stand twice: with the least number where a value is missing, and after them with
    the largest, so that a node chooses by the feature that it names where such a row goes.
    """

    features: np.ndarray
    thresholds: np.ndarray
    children: np.ndarray
    roots: np.ndarray
    leaves: np.ndarray
    values: np.ndarray
    start: np.ndarray
    rounds: int
    categories: dict[int, np.ndarray]
    asked: list[int]
    sides: list[np.ndarray]
    is_single: bool

    gathers: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self._ends = np.append(self.roots[1:], len(self.features)).tolist()
        self._roots = self.roots.astype(np.intp)
        sizes = np.diff(np.append(self.roots, len(self.features)))
        self._flat = self.children + np.repeat(self.roots, sizes)

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """`(n_rows, n_outputs)`."""
        matrix = self._features(as_dense(matrix))
        if len(matrix) < FEW_ROWS:
            step = max(1, LANES // len(self.roots))
            parts = [
                self._by_rows(matrix[first : first + step]) for first in range(0, len(matrix), step)
            ]
        else:
            parts = [
                self._by_trees(matrix[first : first + ROWS])
                for first in range(0, len(matrix), ROWS)
            ]
        return np.concatenate(parts) if parts else np.empty((0, len(self.start)))

    def _features(self, matrix: np.ndarray) -> np.ndarray:
        dtype = np.float32 if self.is_single else np.float64
        with np.errstate(over="ignore"):
            matrix = matrix.astype(dtype)
        if self.is_single and not self.asked:
            return matrix
        gaps = np.isnan(matrix)
        low, high = np.where(gaps, -np.inf, matrix), np.where(gaps, np.inf, matrix)
        sides = [
            self._side(matrix[:, f], f, s) for f, s in zip(self.asked, self.sides, strict=True)
        ]
        return np.column_stack([low, high, *sides]).astype(dtype)

    def _side(self, column: np.ndarray, feature: int, sides: np.ndarray) -> np.ndarray:
        known = self.categories[feature]
        places = np.searchsorted(known, column)
        is_known = known.take(places, mode="clip") == column
        return np.where(is_known, sides.take(places, mode="clip"), sides[-1])

    def _by_rows(self, matrix: np.ndarray) -> np.ndarray:
        """All trees at once; a walk for each row and tree."""
        n_rows, n_trees = len(matrix), len(self.roots)
        flat = np.ascontiguousarray(matrix).ravel()
        nodes = np.tile(self._roots, n_rows)
        rows = np.repeat(np.arange(n_rows) * matrix.shape[1], n_trees)
        ends = _walk(nodes, rows, flat, self.features, self.thresholds, self._flat)
        leaves = self.leaves.take(ends).reshape(n_rows, n_trees)
        found = self.values.take(leaves.T.ravel(), axis=0)
        return add_up(found.reshape(n_trees, n_rows, -1), self.start, self.rounds)

    def _by_trees(self, matrix: np.ndarray) -> np.ndarray:
        """One tree after the other, whose arrays then stay in the processor's cache."""
        flat = np.ascontiguousarray(matrix).ravel()
        rows = np.arange(len(matrix)) * matrix.shape[1]
        total = np.tile(self.start, (len(matrix), 1))
        width = self.values.shape[1]
        for place, (first, end) in enumerate(zip(self.roots.tolist(), self._ends, strict=True)):
            part = slice(first, end)
            features = self.features[part].astype(np.intp)
            children = self.children[part].astype(np.intp)
            nodes = np.zeros(len(matrix), np.intp)
            ends = _walk(nodes, rows, flat, features, self.thresholds[part], children)
            column = place % self.rounds * width
            total[:, column : column + width] += self.values.take(
                self.leaves[part].take(ends), axis=0
            )
        return total

    def of_row(self, encoder: Encoder) -> Outputs:
        """All trees at once."""
        numbers = encoder.numbers()

        def outputs(row: Row) -> list[float]:
            return self._by_rows(self._features(np.array([numbers(row)])))[0].tolist()  # type: ignore[no-any-return]  # numpy cannot say that these are floats

        return outputs


def _walk(
    nodes: np.ndarray,
    rows: np.ndarray,
    flat: np.ndarray,
    features: np.ndarray,
    thresholds: np.ndarray,
    children: np.ndarray,
) -> np.ndarray:
    """The leaf that each walk ends at.

    Parameters
    ----------
    nodes
        `(n_walks,)`: where each begins.
    rows
        `(n_walks,)`: where the features of its row begin in `flat`.
    """
    ends = nodes
    walks: np.ndarray | None = None  # None = all
    steps = 0
    while True:
        after = children.take(nodes)
        after = after + (flat.take(rows + features.take(nodes)) > thresholds.take(nodes))
        steps += 1
        if steps % LOOK_EVERY == 0:
            going = after != nodes
            count = np.count_nonzero(going)
            if count < 0.8 * len(nodes):
                if walks is None:
                    ends, walks = after.copy(), np.arange(len(nodes))
                else:
                    ends[walks] = after
                if count == 0:
                    return ends
                walks, after, rows = walks[going], after[going], rows[going]
        nodes = after
