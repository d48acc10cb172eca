"""The rows that findings about the target look at: those that have one, bounded in number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

MAX_ROWS = 20_000
"""Enough to tell 0.98 from chance, in a hundredth of the time that a million rows take."""

MIN_ROWS = 20
"""In fewer rows, nothing can be told from chance."""

MAX_CLASSES = 50
"""A target of more different texts has no classes that findings could compare."""

MIN_ROWS_OF_CLASS = 3
"""With fewer rows for each class on average, the target names rows."""

MAX_CLASSES_OF_NUMBERS = 20
"""Numbers with more different values are a quantity."""

TOO_LARGE = 1e50
"""Larger numbers are marks for something, and their products have no place in 64 bits."""

MAX_CHANCE = 1e-6
"""What would happen by chance in one table of so many is not reported."""


@dataclass(frozen=True)
class TargetSample:
    """Rows of a table that have a target, in the order of the file.

    Attributes
    ----------
    target
        The name of the column to predict.
    frame
        `(n, n_columns)`, index 0 to n - 1.
    rows
        How many rows of the table have a target.
    values
        `(n,)` the target: of a quantity its numbers, of classes their codes from 0.
    labels
        What the codes mean, as text; empty for a quantity.
    """

    target: str
    frame: pd.DataFrame
    rows: int
    values: np.ndarray
    labels: tuple[str, ...] = ()

    @property
    def has_classes(self) -> bool:
        """Whether the target is one of a few labels; else it is a quantity."""
        return bool(self.labels)

    @property
    def note(self) -> str:
        """That not all rows were looked at, to be put at the end of a message; else nothing."""
        looked = len(self.frame)
        return f" Looked at {looked:,} of {self.rows:,} rows." if looked < self.rows else ""

    @property
    def others(self) -> list[str]:
        """The names of the other columns."""
        return [str(name) for name in self.frame if name != self.target]

    @cached_property
    def codes(self) -> np.ndarray:
        """`(n,)` the class of each row; only for a target that has classes."""
        return self.values.astype("int64")

    @cached_property
    def ranks(self) -> np.ndarray:
        """`(n,)` the place of each row's target among all, so that no outlier outweighs the rest."""
        return pd.Series(self.values).rank().to_numpy()

    @cached_property
    def target_numbers(self) -> np.ndarray | None:
        """`(n,)` the target as numbers, also where few make it classes; None for text."""
        return self.numbers(self.target)

    def is_date(self, name: str) -> bool:
        """Whether a column holds moments."""
        return pd.api.types.is_datetime64_any_dtype(self.frame[name])

    def numbers(self, name: str) -> np.ndarray | None:
        """`(n,)` a column as numbers, days for moments, NaN where there is none; None for text."""
        return as_numbers(self.frame[name])

    def levels(self, name: str) -> tuple[np.ndarray, int]:
        """`(n,)` a code for each different value, -1 for none, and how many there are."""
        return self._levels[name]

    @cached_property
    def _levels(self) -> dict[str, tuple[np.ndarray, int]]:
        found = {str(name): pd.factorize(self.frame[name]) for name in self.frame}
        return {name: (codes, len(values)) for name, (codes, values) in found.items()}


def sample_target(frame: pd.DataFrame, target: str | None) -> TargetSample | None:
    """A bounded sample of the rows that have a target; None when there is no target to learn.

    The same table gives the same sample.
    """
    if target is None or target not in frame:
        return None
    known = np.flatnonzero(_has_value(frame[target]))
    if len(known) < MIN_ROWS:
        return None
    picked = known if len(known) <= MAX_ROWS else known[spread(len(known), MAX_ROWS)]
    rows = frame if len(picked) == len(frame) else frame.take(picked)
    rows = rows.reset_index(drop=True)
    made = _read_target(rows[target])
    return None if made is None else TargetSample(target, rows, len(known), *made)


def spread(count: int, wanted: int) -> np.ndarray:
    """`(wanted,)` ascending positions below `count`, one by chance from each of equal stretches.

    Examples
    --------
    >>> picked = spread(1000, 10)
    >>> [int(position) // 100 for position in picked]
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    edges = np.arange(wanted + 1) * count // wanted
    random = np.random.default_rng(0).random(wanted)
    return np.asarray(edges[:-1] + (random * np.diff(edges)).astype("int64"))


def as_numbers(series: pd.Series) -> np.ndarray | None:
    """`(n,)` a column as numbers, days for moments, NaN where there is none; None for text.

    Examples
    --------
    >>> as_numbers(pd.Series([1.0, float("inf")]))
    array([ 1., nan])
    """
    if pd.api.types.is_datetime64_any_dtype(series):
        days: np.ndarray = ((series - series.min()) / pd.Timedelta(days=1)).to_numpy("float64")
        return days
    if not pd.api.types.is_numeric_dtype(series):
        return None
    numbers = series.to_numpy("float64", na_value=np.nan)
    return np.where(np.abs(numbers) < TOO_LARGE, numbers, np.nan)


def is_beyond_chance(rows: int, part: int) -> bool:
    """Whether it is no chance that `part` of so many rows are exactly those that something tells.

    Examples
    --------
    >>> is_beyond_chance(10, 5), is_beyond_chance(60, 30), is_beyond_chance(500, 3)
    (False, True, True)
    """
    if not 0 < part < rows:
        return False
    ways = math.lgamma(rows + 1) - math.lgamma(part + 1) - math.lgamma(rows - part + 1)
    return ways > -math.log(MAX_CHANCE)


def _has_value(target: pd.Series) -> np.ndarray:
    numbers = None if pd.api.types.is_datetime64_any_dtype(target) else as_numbers(target)
    return target.notna().to_numpy() if numbers is None else ~np.isnan(numbers)


def _read_target(target: pd.Series) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """The target's values and labels; None for one that cannot be learned, or not from here."""
    if pd.api.types.is_datetime64_any_dtype(target):
        return None
    codes, found = pd.factorize(target, sort=False)
    numbers = as_numbers(target)
    if len(found) < 2:
        return None
    if numbers is not None and len(found) > MAX_CLASSES_OF_NUMBERS:
        return numbers, ()
    if len(found) > min(MAX_CLASSES, len(target) / MIN_ROWS_OF_CLASS):
        return None
    return codes.astype("float64"), tuple(show_value(value) for value in found)


def show_value(value: object) -> str:
    """A value as a person writes it: whole numbers without a decimal point.

    Examples
    --------
    >>> show_value(1.0), show_value("yes"), show_value(1.19)
    ('1', 'yes', '1.19')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
