"""Weighted sums of the columns.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import AnyGroup, Columns
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

    def of_columns(self, encoder: Encoder) -> Callable[[Columns], np.ndarray]:
        """Group by group where that can be, without the matrix, which is wide where there are many levels."""
        if len(self.widths) != len(encoder.groups):
            return super().of_columns(encoder)
        parts = [group.sums(weights) for group, weights in self._by_group(encoder)]
        return lambda columns: np.asarray(sum([part(columns) for part in parts]) + self.start)

    def of_row(self, encoder: Encoder) -> Outputs:
        """For a single output a function written for it: a number for each column or level, without numpy."""
        if len(self.start) != 1 or len(self.widths) != len(encoder.groups):
            return self._of_encoded_row(encoder)
        code = [repr(float(self.start[0]))]
        names: dict[str, Any] = {}
        for place, (group, weights) in enumerate(self._by_group(encoder)):
            terms = group.terms(weights[:, 0], f"group{place}_")
            code += terms.code
            names |= terms.names
        lines = "".join(f"    total += {term}\n" for term in code)
        exec(f"def outputs(row):\n    total = 0.0\n{lines}    return [total]\n", names)
        made: Outputs = names["outputs"]  # the function just made
        return made

    def _by_group(self, encoder: Encoder) -> list[tuple[AnyGroup, np.ndarray]]:
        """Each group with the weights of its numbers."""
        parts = np.split(self.weights, np.cumsum(self.widths)[:-1])
        return list(zip(encoder.groups, parts, strict=True))

    def _of_encoded_row(self, encoder: Encoder) -> Outputs:
        """By way of the matrix, which may be sparse."""
        return lambda row: self.outputs(encoder.encode({n: [v] for n, v in row.items()}))[
            0
        ].tolist()
