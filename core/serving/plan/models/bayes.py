"""Columns that vote one by one.

Run-time part.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.models.base import Model


class Bayes(Model, tag="bayes"):
    """How well a row fits the normal distributions of each class: the log of its probability.

    Attributes
    ----------
    priors
        `(n_classes,)`: the share of each class.
    means, variances
        `(n_classes, n_columns)`.
    """

    priors: np.ndarray
    means: np.ndarray
    variances: np.ndarray

    gathers: ClassVar[bool] = True

    def outputs(self, matrix: Matrix) -> np.ndarray:
        """`(n_rows, n_classes)`."""
        matrix = as_dense(matrix)
        columns = []
        for prior, mean, variance in zip(self.priors, self.means, self.variances, strict=True):
            width = -0.5 * np.sum(np.log(2.0 * np.pi * variance))
            distance = 0.5 * np.sum((matrix - mean) ** 2 / variance, axis=1)
            columns.append(np.log(prior) + width - distance)
        return np.column_stack(columns)
