"""Numbers and dates that stand for something else."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject, show_number, show_rows
from core.data.kinds.spelling import spell

SENTINELS = frozenset(
    float(sign * value)
    for digits in range(2, 10)
    for value in (10**digits - 1, 10**digits - 2, 10**digits - 3, 8 * (10**digits - 1) // 9)
    for sign in (1, -1)
) | {-9.0, -8.0}
"""What people and devices write for `not known` or `does not apply`: 99, 998, -9999, 88888."""

PLACEHOLDER_DAYS = tuple(
    pd.Timestamp(day)
    for day in (
        *("1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01"),
        *("1970-01-01", "2099-12-31", "2100-01-01", "2199-12-31", "2200-01-01"),
    )
)
"""The first and last days of calendars and programs."""

MIN_OTHER_DAYS = 3
"""So many other days are needed to say where the others are."""


class SentinelValues:
    """A number such as -999, or a day such as 1900-01-01, stands far apart from all other values."""

    code = "sentinel-values"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column whose smallest or largest value says that there is no value."""
        for column in subject.columns:
            values = subject.frame[column.name]
            if values.dtype.kind == "M":
                yield from self._find_days(subject, column, values)
            elif values.dtype.kind in "iuf" and may_have_sentinels(column):
                yield from self._find_numbers(column, values.to_numpy(dtype="float64"))

    def _find_numbers(self, column: Column, values: np.ndarray) -> Iterator[Finding]:
        _, low, high = _peel(values)
        for sentinel in find_sentinels(values):
            span = f"{show_number(low)} and {show_number(high)}"
            yield self._explain(
                column, show_number(sentinel), int((values == sentinel).sum()), span
            )

    def _find_days(self, subject: Subject, column: Column, values: pd.Series) -> Iterator[Finding]:
        ends = {values.min(), values.max()}
        for day in (day for day in PLACEHOLDER_DAYS if day in ends):
            rest = values[~values.isin(PLACEHOLDER_DAYS)].dropna()
            if rest.nunique() < MIN_OTHER_DAYS:
                continue
            low, high = rest.min(), rest.max()
            if max(low - day, day - high) > high - low:
                span = f"{low.date()} and {high.date()}"
                is_day = (values == day).to_numpy()
                yield self._explain(
                    column, _as_written(subject, column, is_day), int(is_day.sum()), span
                )

    def _explain(self, column: Column, value: str, count: int, span: str) -> Finding:
        return Finding(
            self.code,
            "warning",
            f"{column.name!r} is {value} in {show_rows(count)}, and between {span} in all others.",
            "So far apart it is rarely a true value: it often stands for one that is not known, or capped. "
            f"If it does, name {value} as missing under how the file is read.",
            column.name,
            ("ignore",),
        )


def _as_written(subject: Subject, column: Column, is_one: np.ndarray) -> str:
    """The value of these rows as it mostly stands in the file."""
    table = subject.frame if subject.raw is None else subject.raw
    return str(spell(table[column.name][is_one]).mode()[0])


def may_have_sentinels(column: Column) -> bool:
    """Whether the smallest or the largest value is one that people write for something else."""
    return column.minimum in SENTINELS or column.maximum in SENTINELS


def find_sentinels(values: np.ndarray) -> list[float]:
    """The values that are written for something else and stand apart from all the rest.

    A value stands apart when it is further from the others than these are from each other.

    Examples
    --------
    >>> find_sentinels(np.array([20.5, 21.0, -999.0, 19.5, np.nan]))
    [-999.0]
    >>> find_sentinels(np.array([97.0, 98.0, 99.0, 100.0]))
    []
    """
    suspects, low, high = _peel(values)
    # A third value says that the two are the ends of something.
    if not ((values > low) & (values < high)).any():
        return []
    return [value for value in suspects if max(low - value, value - high) > high - low]


def _peel(values: np.ndarray) -> tuple[list[float], float, float]:
    """The sentinels that are the smallest and the largest values, and where the others begin and end."""
    suspects = []
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    while low in SENTINELS and low < high:
        suspects.append(low)
        low = float(values[values > low].min())
    while high in SENTINELS and low < high:
        suspects.append(high)
        high = float(values[values < high].max())
    return sorted(suspects), low, high
