"""Numbers far beyond all others."""

from collections.abc import Iterator

import numpy as np

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject, show_number, show_rows
from core.data.findings.sentinel_values import find_sentinels, may_have_sentinels

MIN_ROWS = 50
MIN_UNIQUE = 20
"""Fewer different values are a scale or a count of few things, whose ends are no outliers."""

FENCE = 10.0
"""So many robust standard deviations from the median."""

MAD_TO_DEVIATION = 1.4826
"""The standard deviation of normally distributed numbers by their median absolute deviation."""

SHOWN = 3


class Outliers:
    """A few numbers of a column lie far beyond what its spread and its tails explain."""

    code = "outliers"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each number column with a few values beyond a robust fence."""
        if subject.rows < MIN_ROWS:
            return
        for column in subject.numbers:
            if column.unique < MIN_UNIQUE:
                continue
            values = subject.frame[column.name].to_numpy(dtype="float64")
            if may_have_sentinels(column):
                values = np.where(np.isin(values, find_sentinels(values)), np.nan, values)
            low, high = find_fences(values[subject.places], subject.rows)
            places = np.flatnonzero((values < low) | (values > high))
            if len(places):
                yield self._explain(column, values, places)

    def _explain(self, column: Column, values: np.ndarray, places: np.ndarray) -> Finding:
        present = values[~np.isnan(values)]
        middle = np.quantile(present, (0.005, 0.995))
        furthest = places[np.argsort(-np.abs(values[places] - np.median(present)))][:SHOWN]
        shown = ", ".join(f"{show_number(values[place])} (row {place + 1:,})" for place in furthest)
        return Finding(
            self.code,
            "info",
            f"{column.name!r} is far beyond all other values in {show_rows(len(places))}: {shown}. "
            f"99% of its values are between {show_number(middle[0])} and {show_number(middle[1])}.",
            "Often a slip in typing, a wrong unit or a rare event. Correct what is wrong; what is right may stay, "
            "but linear models and errors that are squared follow such rows most: scale robustly, or prefer trees.",
            column.name,
        )


def find_fences(sample: np.ndarray, rows: int) -> tuple[float, float]:
    """Below and above which a value is further out than the spread and the tails of the others explain.

    Parameters
    ----------
    sample
        Some values of the column, missing ones among them.
    rows
        How many the column has: of more values, the largest is larger.

    Notes
    -----
    The spread is the median absolute deviation, which outliers do not stretch. A tail is taken to fall
    like a power of the distance, by how far apart its 95% and 99% quantiles are, and the fence is where
    one column in a hundred has a value beyond it. That is far out for prices and incomes, which differ
    by factors, and close for what is normally distributed.

    Examples
    --------
    >>> low, high = find_fences(np.arange(100.0), 100)
    >>> low < -200, 200 < high < 1000
    (True, True)
    """
    values = sample[~np.isnan(sample)]
    if not len(values):
        return -np.inf, np.inf
    center = float(np.median(values))
    deviation = float(np.median(np.abs(values - center))) * MAD_TO_DEVIATION
    # Where more than half of the values are the same, nothing says how far the others usually are.
    if deviation == 0:
        return -np.inf, np.inf
    low = max(FENCE * deviation, _reach(center - values, rows))
    high = max(FENCE * deviation, _reach(values - center, rows))
    return center - low, center + high


def _reach(distances: np.ndarray, rows: int) -> float:
    """How far a tail reaches in so many rows."""
    near, far = np.quantile(distances, (0.95, 0.99), method="lower")
    if near <= 0:
        return 0.0 if far <= 0 else np.inf
    power = np.log(far / near) / np.log(0.05 / 0.01)
    return float(far * float(rows) ** power)
