"""Weighted sums of the columns.

Run-time part.
"""

from __future__ import annotations

import numpy as np

from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import Row
from core.serving.plan.matrices import Matrix, times
from core.serving.plan.models.base import Model, Outputs


class Linear(Model, tag="linear"):
    """A weighted sum for each output.

    Attributes
    ----------
    weights
        `(n_columns, n_outputs)`.
    start
        `(n_outputs,)`.
    widths
        How many of the columns each group of the encoder gives, where nothing is done with them
        before the sum; else empty.
    """

    weights: np.ndarray
    start: np.ndarray
    widths: list[int] = []

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """The sums."""
        return np.asarray(times(matrix, self.weights) + self.start)

    def of_row(self, encoder: Encoder) -> Outputs:
        """Without numpy for a single output: a number for each column or level."""
        if len(self.start) != 1 or len(self.widths) != len(encoder.groups):
            return self._of_encoded_row(encoder)
        start, first = float(self.start[0]), 0
        scores = []
        for group, width in zip(encoder.groups, self.widths, strict=True):
            scores.append(group.score(self.weights[first : first + width, 0]))
            first += width

        def outputs(row: Row) -> list[float]:
            total = start
            for score in scores:
                total += score(row)
            return [total]

        return outputs

    def _of_encoded_row(self, encoder: Encoder) -> Outputs:
        """By way of the matrix, which may be sparse."""
        return lambda row: self.outputs(encoder.encode({n: [v] for n, v in row.items()}))[
            0
        ].tolist()
