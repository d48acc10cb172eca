"""Steps that deal with missing values.

Run-time part.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.steps.base import Line, Lines, Step


class Fill(Step, tag="fill"):
    """A number in place of each missing one.

    Attributes
    ----------
    values
        `(n_columns,)`.
    mark
        The number that means missing.
    """

    values: np.ndarray
    mark: float = float("nan")

    def apply(self, matrix: Matrix) -> Matrix:
        """The numbers without gaps."""
        matrix = as_dense(matrix)
        gaps = np.isnan(matrix) if self.mark != self.mark else matrix == self.mark
        return np.where(gaps, self.values, matrix)

    def bend(self, lines: Lines) -> Lines | None:
        """A line with a gap has the number there."""
        if self.mark == self.mark or len(lines) != len(self.values):
            return None
        return [
            line._replace(missing=value) if line.missing != line.missing else line
            for line, value in zip(lines, self.values.tolist(), strict=True)
        ]


class FillText(Step, tag="fill_text"):
    """A text in place of each missing one."""

    value: str

    def apply(self, matrix: Matrix) -> Matrix:
        """The texts without gaps."""
        filled: np.ndarray = np.array(matrix, dtype=object)
        filled[[[cell is None for cell in row] for row in filled.tolist()]] = self.value
        return filled


class Gaps(Step, tag="gaps"):
    """1 where a column is missing, else 0; for some of the columns.

    Attributes
    ----------
    columns
        Their places.
    """

    columns: list[int]

    def apply(self, matrix: Matrix) -> Matrix:
        """`(n_rows, n_columns)` of 1 and 0."""
        return np.asarray(np.isnan(as_dense(matrix)[:, self.columns]), dtype=float)

    def bend(self, lines: Lines) -> Lines | None:
        """A flat line each."""
        chosen = [lines[place] for place in self.columns]
        if any(line.missing == line.missing for line in chosen):
            return None
        return [Line(line.column, 0.0, 0.0, 1.0) for line in chosen]


class Guess(Struct):
    """A column that is told from others where it is missing.

    Attributes
    ----------
    column, others
        Their places.
    weights, start
        It is the weighted sum of the others, and this.
    low, high
        It stays between them.
    """

    column: int
    others: np.ndarray
    weights: np.ndarray
    start: float
    low: float
    high: float


class FillFromOthers(Step, tag="fill_from_others"):
    """Missing numbers told from the other columns, again and again.

    A row is filled alike alone and among others. scikit-learn leaves the first values where all
    rows that it is given at a time lack all columns.

    Attributes
    ----------
    values
        `(n_columns,)`: what stands there at first.
    guesses
        In their order, a column several times.
    """

    values: np.ndarray
    guesses: list[Guess]

    def apply(self, matrix: Matrix) -> Matrix:
        """The numbers without gaps."""
        matrix = as_dense(matrix)
        gaps = np.isnan(matrix)
        filled = np.where(gaps, self.values, matrix)
        for guess in self.guesses:
            rows = gaps[:, guess.column]
            if rows.any():
                told = filled[rows][:, guess.others] @ guess.weights + guess.start
                filled[rows, guess.column] = np.clip(told, guess.low, guess.high)
        return filled
