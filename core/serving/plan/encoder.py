"""From a request's values to the matrix that an estimator learned from.

Run-time part.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from core.serving.plan.groups import AnyGroup, Columns, Numbers, Row
from core.serving.plan.matrices import Matrix, join_columns
from core.serving.plan.steps.joining import Chain


class Encoder(Struct):
    """How columns become the estimator's matrix.

    Attributes
    ----------
    groups
        In the order of their outputs.
    table
        What is done with all outputs together.
    """

    groups: list[AnyGroup]
    table: Chain

    def encode(self, columns: Columns) -> Matrix:
        """`(n_rows, n_outputs)`."""
        return self.table.apply(join_columns([group.encode(columns) for group in self.groups]))

    def numbers(self) -> Numbers:
        """What gives the numbers of one row, as quickly as they can be had."""
        parts = [group.numbers() for group in self.groups]

        def numbers(row: Row) -> list[float]:
            found: list[float] = []
            for part in parts:
                found += part(row)
            return found

        if not self.table.steps:
            return parts[0] if len(parts) == 1 else numbers
        return lambda row: np.asarray(self.table.apply(np.array([numbers(row)])))[0].tolist()
