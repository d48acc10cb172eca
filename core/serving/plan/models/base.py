"""What a model of a plan is: a few arrays, and what they make of an encoded matrix.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from msgspec import Struct

from core.serving.plan.encoder import Encoder
from core.serving.plan.groups import Columns, Row
from core.serving.plan.matrices import Matrix

Outputs = Callable[[Row], list[float]]
OutputsOfRows = Callable[[Sequence[Row]], np.ndarray]


class Model(Struct, tag=True, dict=True):
    """A fitted estimator.

    A new one is a class of a module in this folder, an entry in `AnyModel`, and an entry for the
    estimator that it stands for in `core.serving.compiling.estimators`.
    """

    gathers: ClassVar[bool] = False
    """Whether several rows are answered sooner in one call than one by one."""

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """`(n_rows, n_outputs)`: a number for each row, or one for each class."""
        raise NotImplementedError

    def of_columns(self, encoder: Encoder) -> Callable[[Columns], np.ndarray]:
        """What gives `(n_rows, n_outputs)` of many rows."""
        return lambda columns: self.outputs(encoder.encode(columns))

    def of_row(self, encoder: Encoder) -> Outputs:
        """What gives the outputs of one row, as quickly as they can be had."""
        numbers = encoder.numbers()
        return lambda row: self.outputs(np.array([numbers(row)]))[0].tolist()

    def of_rows(self, encoder: Encoder) -> OutputsOfRows | None:
        """What gives `(n_rows, n_outputs)` of a few rows sooner than by way of a table; None = nothing does."""
        return None
