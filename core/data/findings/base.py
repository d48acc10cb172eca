"""What a finding looks at, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from core.data.dataset import Column, Finding, SkippedRow
from core.data.doubts import Doubt
from core.data.findings.formulas import Formula, find_formulas
from core.data.findings.target_sample import TargetSample, sample_target, spread
from core.data.kinds.spelling import spell
from core.recipe import Role, Split

SHOWN_VALUES = 3
"""So many different values are named with their rows; the others are counted."""

SAMPLE_ROWS = 50_000
"""So many rows are looked at where a share of them is enough."""


@dataclass(frozen=True)
class Subject:
    """What findings are looked for in.

    Attributes
    ----------
    frame
        The table in canonical types.
    columns
        What is known of its columns.
    target
        The column to predict, when it is chosen already.
    roles, split
        What columns are for and how rows are set aside, when that is chosen already.
    raw
        The table as it was read, before its columns got the canonical type of their kind.
    renamed
        What each column that was given another name is called in the file.
    skipped
        The lines of the file that are not in the table, or not as they stand.
    doubts
        What the file leaves open about how it is to be read.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    target: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    split: Split | None = None
    raw: pd.DataFrame | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    skipped: Sequence[SkippedRow] = ()
    doubts: Sequence[Doubt] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.frame)

    @cached_property
    def places(self) -> np.ndarray:
        """`(n_sampled,)` the places of at most `SAMPLE_ROWS` rows, in order, evenly spread."""
        return spread_rows(self.rows, SAMPLE_ROWS)

    @cached_property
    def sample(self) -> pd.DataFrame:
        """At most `SAMPLE_ROWS` rows of the table, evenly spread."""
        return self.frame if self.rows <= SAMPLE_ROWS else self.frame.iloc[self.places]

    @cached_property
    def numbers(self) -> tuple[Column, ...]:
        """The columns that hold numbers, whatever they count."""
        return tuple(c for c in self.columns if self.frame[c.name].dtype.kind in "iuf")

    @cached_property
    def texts(self) -> tuple[Column, ...]:
        """The columns that hold text: categories, and what shares their canonical type."""
        return tuple(c for c in self.columns if self.frame[c.name].dtype == "str")

    @property
    def target_column(self) -> Column | None:
        """What is known of the target, when it is chosen already."""
        return next((column for column in self.columns if column.name == self.target), None)

    @cached_property
    def labelled(self) -> TargetSample | None:
        """A bounded sample of the rows that have a target; None when there is no target to learn."""
        return sample_target(self.frame, self.target)

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas that make the target out of a few other columns."""
        return find_formulas(self.labelled) if self.labelled else ()

    def is_ignored(self, name: str) -> bool:
        """Whether the recipe leaves this column out already."""
        return self.roles.get(name) == Role.IGNORE


def spread_rows(rows: int, limit: int) -> np.ndarray:
    """`(min(rows, limit),)` places of rows in order: one by chance from each stretch of equal length.

    Evenly spaced ones would miss what comes round after so many rows.

    Examples
    --------
    >>> spread_rows(3, 5).tolist()
    [0, 1, 2]
    >>> len(spread_rows(1000, 5))
    5
    """
    return np.arange(rows) if rows <= limit else spread(rows, limit)


class Check(Protocol):
    """One thing to look for."""

    @property
    def code(self) -> str:
        """The stable code of its findings."""

    def find(self, subject: Subject) -> Iterator[Finding]:
        """What was found."""


def find_lost(subject: Subject, column: Column) -> pd.Series:
    """`(n_lost,)` as text, by row: the values of a column in the file that are missing in the table."""
    if subject.raw is None or not column.missing:
        return spell(subject.frame[column.name].iloc[:0])
    raw = subject.raw[column.name]
    is_lost = subject.frame[column.name].isna().to_numpy() & raw.notna().to_numpy()
    return spell(raw[is_lost]).str.strip()


def explain_lost(code: str, column: Column, lost: pd.Series, what: str, hint: str) -> Finding:
    """A finding that values of a file are missing in the table.

    Parameters
    ----------
    lost
        Of `find_lost`, at least one.
    what
        What they are.
    """
    return Finding(
        code,
        "warning",
        f"{column.name!r} is {count_values(lost)}, row {int(lost.index[0]) + 1:,} the first: {what}.",
        hint,
        column.name,
        ("ignore",),
    )


def count_values(texts: pd.Series) -> str:
    """The most frequent of these texts with their rows, and how many others there are, in words.

    Examples
    --------
    >>> count_values(pd.Series(["inf", "-inf", "inf"]))
    'inf in 2 rows, -inf in 1 row'
    >>> count_values(pd.Series(["a", "a", "b", "b", "c", "c", "d", "e"]))
    'a in 2 rows, b in 2 rows, c in 2 rows, 2 other values in 2 rows'
    """
    counts = texts.value_counts()
    shown, others = counts.iloc[:SHOWN_VALUES], counts.iloc[SHOWN_VALUES:]
    parts = [f"{text} in {show_rows(count)}" for text, count in shown.items()]
    if len(others):
        values = "value" if len(others) == 1 else "values"
        parts.append(f"{len(others):,} other {values} in {show_rows(int(others.sum()))}")
    return ", ".join(parts)


def show_rows(count: int) -> str:
    """A number of rows, in words.

    Examples
    --------
    >>> show_rows(1), show_rows(1200)
    ('1 row', '1,200 rows')
    """
    return f"{count:,} row{'s' if count != 1 else ''}"


def show_value(value: object, longest: int = 40) -> str:
    """A value in quotes, cut where it is long.

    Examples
    --------
    >>> show_value("Braund, Mr. Owen Harris", 10)
    "'Braund, Mr…'"
    """
    text = str(value)
    return repr(text if len(text) <= longest else f"{text[:longest]}…")


def show_number(value: float) -> str:
    """A number as it stands in a file when it is whole, else with at most six digits that count.

    Examples
    --------
    >>> show_number(99999.0), show_number(0.125), show_number(1e30)
    ('99999', '0.125', '1e+30')
    """
    is_whole = abs(value) < 1e15 and float(value).is_integer()
    return f"{value:.0f}" if is_whole else f"{value:.6g}"
