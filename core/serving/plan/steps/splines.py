"""Smooth pieces of a number, without scipy.

Run-time part.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.steps.base import Step


class Curve(Struct):
    """The pieces of one column.

    Attributes
    ----------
    knots
        `(n_knots,)`, in rising order.
    weights
        `(n_knots - degree - 1, n_outputs)`: of each basis function in each output.
    degree
        3 = cubic.
    """

    knots: np.ndarray
    weights: np.ndarray
    degree: int

    @property
    def ends(self) -> tuple[float, float]:
        """Between which the pieces are defined."""
        return float(self.knots[self.degree]), float(self.knots[-self.degree - 1])

    def values(self, x: np.ndarray) -> np.ndarray:
        """`(n, n_outputs)`: the pieces at numbers between the ends.

        Notes
        -----
        De Boor's recursion, in the order of scipy's own, so that the last bit agrees too.
        """
        first, last = self.degree, len(self.knots) - self.degree - 2
        spans = np.clip(np.searchsorted(self.knots, x, "right") - 1, first, last)
        basis = self._basis(x, spans)
        total = np.zeros((len(x), self.weights.shape[1]))
        for place in range(self.degree + 1):
            total += basis[place][:, None] * self.weights[spans - self.degree + place]
        return total

    def _basis(self, x: np.ndarray, spans: np.ndarray) -> list[np.ndarray]:
        basis = [np.ones(len(x))]
        for degree in range(1, self.degree + 1):
            before = basis
            basis = [np.zeros(len(x)) for _ in range(degree + 1)]
            for place in range(1, degree + 1):
                above = self.knots[spans + place]
                below = self.knots[spans + place - degree]
                width = above - below
                is_wide = width != 0
                share = np.divide(before[place - 1], width, out=np.zeros(len(x)), where=is_wide)
                basis[place - 1] += share * (above - x)
                basis[place] = share * (x - below)
        return basis


class Splines(Step, tag="splines"):
    """Smooth pieces of each column.

    Attributes
    ----------
    curves
        One a column.
    kept
        Of all their outputs, the places of those that are kept.
    is_periodic
        Whether the end joins the beginning; else a curve is flat beyond its ends.
    """

    curves: list[Curve]
    kept: list[int]
    is_periodic: bool

    def apply(self, matrix: Matrix) -> Matrix:
        """The pieces of all columns, side by side."""
        columns = zip(self.curves, as_dense(matrix).T, strict=True)
        pieces = [curve.values(self._bring_in(column, *curve.ends)) for curve, column in columns]
        return np.concatenate(pieces, axis=1)[:, self.kept]

    def _bring_in(self, column: np.ndarray, low: float, high: float) -> np.ndarray:
        if not self.is_periodic:
            return np.asarray(np.clip(column, low, high))
        if high <= low:
            return np.zeros_like(column)
        return np.asarray(low + (column - low) % (high - low))
