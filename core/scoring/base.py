"""What a metric declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.scoring.answers import Answers


@dataclass(frozen=True)
class Metric:
    """One way of judging answers.

    Attributes
    ----------
    name, title, description
        The name in recipes; what a person reads.
    greater_is_better
        Which direction is good.
    score
        `(actual (n,), answers) -> float`, in the metric's natural sign and unit; NaN where the
        rows do not allow a value.
    """

    name: str
    title: str
    description: str
    greater_is_better: bool
    score: Callable[[np.ndarray, Answers], float]

    def sort_key(self, value: float | None) -> float:
        """A number that is larger the better the value is; unknown values come last."""
        if value is None or np.isnan(value):
            return -np.inf
        return value if self.greater_is_better else -value

    def format(self, value: float | None) -> str:
        """The value as text, with as many digits as make sense.

        Examples
        --------
        >>> metric = Metric("mae", "MAE", "Mean absolute error.", False, lambda actual, answers: 0.0)
        >>> metric.format(0.86412), metric.format(4512.3), metric.format(None)
        ('0.864', '4,512', '–')
        """
        if value is None or np.isnan(value):
            return "–"
        if abs(value) >= 1000:
            return f"{value:,.0f}"
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"
