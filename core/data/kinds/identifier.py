"""Values that name a row and say nothing about it."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from core.data.kinds.base import RawColumn
from core.data.kinds.category import CATEGORY

MIN_ROWS = 10
"""In fewer rows, values that differ by chance cannot be told from names of rows."""

MIN_UNIQUE_FRACTION = 0.95
"""From this share of different texts on, text names rows: Titanic's names have 1.0, its tickets 0.76."""

MAX_NUMBERS_FRACTION = 0.8
"""From this share of numbers on, text is a column of quantities with some words in it."""

_NAME = re.compile(
    r"(^|[^a-z])(id|ids|uid|guid|uuid|key|index|idx|no|nr|num|serial|record|row)$", re.IGNORECASE
)
_CAMEL = re.compile(r"[a-z](ID|Id|No|Nr|Key)$")


def _recognise(column: RawColumn) -> bool:
    rows = len(column.values)
    # What is counted in something is a quantity.
    if rows < MIN_ROWS or column.unit:
        return False
    if column.is_text:
        values = len(column.present)
        # Where most values are missing that is what to say of the column.
        return (
            values * 2 > rows
            and column.sample.nunique() >= MIN_UNIQUE_FRACTION * len(column.sample)
            and column.unique >= MIN_UNIQUE_FRACTION * values
            and not _is_mostly_numbers(column)
        )
    if not column.is_whole or len(column.present) < rows:
        return False
    return _counts_rows(column) or (_is_named_so(column.name) and column.unique == rows)


def _is_mostly_numbers(column: RawColumn) -> bool:
    """Whether text is text only for a few words among numbers, which are mixed types and no names."""
    numbers = pd.to_numeric(column.sample, errors="coerce").notna()
    is_code = column.sample.astype("str").str.match(r"[+-]?0\d")
    return bool((numbers & ~is_code).mean() >= MAX_NUMBERS_FRACTION) and not bool(numbers.all())


def _is_named_so(name: str) -> bool:
    return bool(_NAME.search(name) or _CAMEL.search(name))


def _counts_rows(column: RawColumn) -> bool:
    """Whether whole numbers count the rows from 0 or 1.

    A measurement may be whole and unique too, and a year rises by one from row to row.
    """
    if column.values.iloc[0] not in (0, 1):
        return False
    return bool((np.diff(column.values.to_numpy(dtype="float64")) == 1).all())


IDENTIFIER = replace(
    CATEGORY,
    name="identifier",
    title="Identifier",
    icon=":material/fingerprint:",
    recognise=_recognise,
    is_feature=False,
)
