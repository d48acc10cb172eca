"""Columns that pyarrow may turn into numbers while it parses, without a difference to what is made of their text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.casting import MAX_EXACT_DIGITS, cast_numbers
from core.data.formats.markers import null_missing

_FAILED = re.compile(r"In CSV column #(\d+)")

Plan = list[pa.DataType]
"""`(width,)` the type of each column: string or float64.

Whole numbers are parsed as text: a code such as 007 among a million of them must not become one.
"""


def plan_types(rows: Sequence[Sequence[str]], width: int) -> Plan:
    """What each column is parsed as, judged by its first rows.

    Examples
    --------
    >>> plan = plan_types([["1", "x", "1.5", "07"], ["2", "y", "2", "08"]], 4)
    >>> [str(kind) for kind in plan]
    ['string', 'string', 'double', 'string']
    """
    return [_plan(column) for column in list(zip(*rows, strict=True)) or [()] * width]


def _plan(column: Sequence[str]) -> pa.DataType:
    cells = null_missing(pa.array(column, pa.string()))
    numbers = cast_numbers(cells) if cells.null_count < len(cells) else None
    is_float = numbers is not None and numbers.type == pa.float64()
    return pa.float64() if is_float else pa.string()


def amend_plan(plan: Plan, error: pa.ArrowInvalid) -> Plan | None:
    """The plan without the column that is not as planned; None when the error is another one."""
    match = _FAILED.search(str(error))
    if match is None or plan[int(match[1])] == pa.string():
        return None
    place = int(match[1])
    return [*plan[:place], pa.string(), *plan[place + 1 :]]


def are_exact(columns: Sequence[pa.ChunkedArray]) -> bool:
    """Whether no number is infinite, or so large that it may be a code."""
    for column in columns:
        if column.type == pa.float64():
            bounds = pc.min_max(column).as_py()
            largest = max(-(bounds["min"] or 0), bounds["max"] or 0)
            if not largest < 10**MAX_EXACT_DIGITS:
                return False
    return True
