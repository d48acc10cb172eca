"""Columns that name a row and say nothing about it."""

import re
from collections.abc import Iterator

import pandas as pd

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject

MIN_ROWS = 10
"""In fewer rows, values that differ by chance cannot be told from names of rows."""

MIN_UNIQUE_FRACTION = 0.95
"""From this share of different texts on, text names rows: Titanic's names have 1.0, its tickets 0.76."""

MIN_WORDS = 4
"""From this mean number of words on, a value is a text and not a name."""

FREE_TEXT = "It looks like free text, which cannot be learned from here yet. Ignore it."

_NAME = re.compile(
    r"(^|[^a-z])(id|ids|uid|guid|uuid|key|index|idx|no|nr|num|serial|record|row)$", re.IGNORECASE
)
_CAMEL = re.compile(r"[a-z](ID|Id|No|Nr|Key)$")


class IdentifierColumn:
    """A column names rows: unique text, or a unique whole number that is named or runs like one."""

    code = "identifier-column"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that names rows, but for the target."""
        for column in subject.columns:
            if column.name != subject.target and self._names_rows(column, subject):
                yield Finding(
                    self.code,
                    "warning",
                    f"{column.name!r} is different in {'every row' if column.unique == subject.rows else 'nearly every row'}: "
                    f"{column.unique:,} values in {subject.rows:,} rows.",
                    FREE_TEXT
                    if is_free_text(column)
                    else "A model would learn the rows by heart and know nothing about new ones. Ignore it.",
                    column.name,
                )

    def _names_rows(self, column: Column, subject: Subject) -> bool:
        if subject.rows < MIN_ROWS:
            return False
        if column.kind == "category":
            values = subject.rows - column.missing
            # Where most values are missing that is the finding.
            return values * 2 > subject.rows and column.unique >= MIN_UNIQUE_FRACTION * values
        is_unique = column.unique == subject.rows
        return is_unique and column.whole and _counts_rows(column, subject.frame[column.name])


def is_free_text(column: Column) -> bool:
    """Whether the values of a category column are texts of several words."""
    words = [len(level.split()) for level in column.levels]
    return bool(words) and sum(words) / len(words) >= MIN_WORDS


def _counts_rows(column: Column, values: pd.Series) -> bool:
    """Whether whole numbers are named like an identifier, or count the rows from 0 or 1.

    A measurement may be whole and unique too, and a year rises by one from row to row.
    """
    if _NAME.search(column.name) or _CAMEL.search(column.name):
        return True
    runs = bool((values.diff().iloc[1:] == 1).all())
    return runs and column.minimum in (0, 1)
