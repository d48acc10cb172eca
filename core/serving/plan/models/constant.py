"""The same answer for every row.

Run-time part.
"""

from __future__ import annotations

import numpy as np

from core.serving.plan.encoder import Encoder
from core.serving.plan.matrices import Matrix
from core.serving.plan.models.base import Model, Outputs


class Constant(Model, tag="constant"):
    """The same outputs for every row.

    Attributes
    ----------
    values
        `(n_outputs,)`.
    """

    values: np.ndarray

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """The values, once a row."""
        return np.tile(self.values, (matrix.shape[0], 1))

    def of_row(self, encoder: Encoder) -> Outputs:
        """The values."""
        values = self.values.tolist()
        return lambda row: list(values)
