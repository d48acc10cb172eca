"""Steps that are a function of numpy.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.serving.plan.matrices import Matrix, as_dense
from core.serving.plan.steps.base import Lines, Step

FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(np.asarray, np.clip, np.diff, np.digitize, np.full_like, np.interp, np.isin),
        *(np.nan_to_num, np.reshape, np.round, np.sum),
    )
}
"""What may be called: none does more than work with the values that it is given."""


class Call(Step, tag="call"):
    """A function of numpy, called with the matrix and some settings.

    Attributes
    ----------
    function
        A name in `FUNCTIONS`.
    settings, arrays
        Its keyword arguments, plain ones and arrays.
    """

    function: str
    settings: dict[str, Any] = {}  # what numpy's functions take
    arrays: dict[str, np.ndarray] = {}

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise ValueError(f"{self.function!r} is not a function that a plan may call")

    def apply(self, matrix: Matrix) -> Matrix:
        """What the function makes of it."""
        found = FUNCTIONS[self.function](as_dense(matrix), **self.settings, **self.arrays)
        return np.asarray(found)

    def bend(self, lines: Lines) -> Lines | None:
        """Reading values as numbers, and leaving out infinite ones, changes no number of a request."""
        is_number = self.function == "asarray" and self.settings.get("dtype") == "float64"
        return lines if is_number or self.function == "nan_to_num" else None
