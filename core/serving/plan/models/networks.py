"""Layers of weighted sums that bend.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.models.base import Model
from core.serving.plan.models.links import sigmoid

BENDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda values: values,
    "logistic": sigmoid,
    "tanh": np.tanh,
    "relu": lambda values: np.maximum(values, 0),
}
"""By scikit-learn's word for it."""


class Network(Model, tag="network"):
    """Layers of weighted sums, all but the last bent.

    Attributes
    ----------
    weights, starts
        Of each layer, `(n_inputs, n_outputs)` and `(n_outputs,)`.
    bend
        A name in `BENDS`.
    """

    weights: list[np.ndarray]
    starts: list[np.ndarray]
    bend: str

    gathers: ClassVar[bool] = True

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """What the last layer gives."""
        found, bend = as_dense(matrix), BENDS[self.bend]
        last = len(self.weights) - 1
        for place, (weights, start) in enumerate(zip(self.weights, self.starts, strict=True)):
            found = found @ weights + start
            found = found if place == last else bend(found)
        return found
