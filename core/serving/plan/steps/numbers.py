"""Steps that change each number by itself.

Run-time part.
"""

from __future__ import annotations

import numpy as np

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.normal import normal_quantile
from core.serving.plan.steps.base import Lines, Step


class Divide(Step, tag="divide"):
    """`(value - middle) / spread`, as standard and robust scaling do it.

    Attributes
    ----------
    middle, spread
        `(n_columns,)` each.
    """

    middle: np.ndarray
    spread: np.ndarray

    def apply(self, matrix: Matrix) -> Matrix:
        """The numbers in spreads from the middle."""
        return np.asarray((as_dense(matrix) - self.middle) / self.spread)

    def bend(self, lines: Lines) -> Lines | None:
        """A line stays one."""
        sizes = zip(lines, self.middle.tolist(), self.spread.tolist(), strict=True)
        return [
            line._replace(
                slope=line.slope / spread,
                start=(line.start - middle) / spread,
                missing=(line.missing - middle) / spread,
            )
            for line, middle, spread in sizes
        ]


class Multiply(Step, tag="multiply"):
    """`value * factor + start`, as scaling to a range does it.

    Attributes
    ----------
    factor, start
        `(n_columns,)` each.
    """

    factor: np.ndarray
    start: np.ndarray

    def apply(self, matrix: Matrix) -> Matrix:
        """The numbers on the scale."""
        return np.asarray(as_dense(matrix) * self.factor + self.start)

    def bend(self, lines: Lines) -> Lines | None:
        """A line stays one."""
        sizes = zip(lines, self.factor.tolist(), self.start.tolist(), strict=True)
        return [
            line._replace(
                slope=line.slope * factor,
                start=line.start * factor + start,
                missing=line.missing * factor + start,
            )
            for line, factor, start in sizes
        ]


class Power(Step, tag="power"):
    """The power of Yeo and Johnson (2000) that makes a skewed column more like a bell.

    Attributes
    ----------
    powers
        `(n_columns,)`.
    """

    powers: np.ndarray

    def apply(self, matrix: Matrix) -> Matrix:
        """The numbers raised to their powers."""
        matrix = as_dense(matrix)
        columns = [
            _raise(c, power) for c, power in zip(matrix.T, self.powers.tolist(), strict=True)
        ]
        return np.column_stack(columns) if columns else matrix


def _raise(column: np.ndarray, power: float) -> np.ndarray:
    tiny = np.finfo(float).eps
    raised = np.zeros_like(column)
    is_up = column >= 0
    up, down = np.log1p(column[is_up]), np.log1p(-column[~is_up])
    raised[is_up] = up if abs(power) < tiny else np.expm1(power * up) / power
    rest = 2 - power
    raised[~is_up] = -np.expm1(rest * down) / rest if abs(power - 2) > tiny else -down
    return raised


class Quantiles(Step, tag="quantiles"):
    """The place among the training rows, spread like a normal distribution.

    Attributes
    ----------
    quantiles
        `(n_quantiles, n_columns)`.
    shares
        `(n_quantiles,)`: the share of rows below each.
    """

    quantiles: np.ndarray
    shares: np.ndarray

    def apply(self, matrix: Matrix) -> Matrix:
        """The numbers in standard deviations."""
        matrix = as_dense(matrix)
        columns = [self._place(c, q) for c, q in zip(matrix.T, self.quantiles.T, strict=True)]
        return np.column_stack(columns) if columns else matrix

    def _place(self, column: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
        # As scikit-learn does it: from both sides, so that repeated values stand in their middle.
        up = np.interp(column, quantiles, self.shares)
        down = np.interp(-column, -quantiles[::-1], -self.shares[::-1])
        shares = np.where(np.isnan(column), np.nan, 0.5 * (up - down))
        shares[column + EDGE > quantiles[-1]] = 1.0
        shares[column - EDGE < quantiles[0]] = 0.0
        return np.asarray(np.clip(normal_quantile(shares), LOWEST, HIGHEST))


EDGE = 1e-7
"""As near to the least or greatest value of training counts as that value."""

LOWEST, HIGHEST = normal_quantile(
    np.array([EDGE - np.spacing(1.0), 1 - (EDGE - np.spacing(1.0))])
).tolist()


class Bins(Step, tag="bins"):
    """A column for each range of a number: 1 where it lies in that, else 0.

    Attributes
    ----------
    edges
        For each column, the borders between its ranges.
    """

    edges: list[np.ndarray]

    def apply(self, matrix: Matrix) -> Matrix:
        """`(n_rows, n_ranges)` of 1 and 0."""
        columns = zip(as_dense(matrix).T, self.edges, strict=True)
        return np.concatenate(
            [np.eye(len(edges) + 1)[np.searchsorted(edges, c, "right")] for c, edges in columns],
            axis=1,
        )
