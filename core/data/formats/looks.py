"""What a cell of text looks like, and what the cells of a column have in common, before they are read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from core.data.formats.dialect import TYPED
from core.data.missing import is_marker

BODY_ROWS = 150
"""Rows that are looked at to know what a column holds."""

DOMINANT = 0.8
"""From this share of its filled cells on, a kind of value is what a column holds."""

_TIME = re.compile(
    r".*\d[:/.\-]\d+[:/.\-]\d.*|\d{1,2}:\d{2}.*|\d{1,4}[-/. ]?[A-Za-z]{3,9}[-/. ,]*\d{0,4}.*"
)


def kind_of(cell: str) -> str:
    """What a cell looks like: `number`, `time`, `text`, or empty when it says nothing.

    Examples
    --------
    >>> kind_of("1.5"), kind_of("12:30"), kind_of("x"), kind_of(" "), kind_of("n/a")
    ('number', 'time', 'text', '', '')
    """
    text = cell.strip()
    if not text or is_marker(text):
        return ""
    if TYPED.fullmatch(text) and any(character.isdecimal() for character in text):
        return "time" if _TIME.fullmatch(text) else "number"
    return "text"


def held(rows: Sequence[list[str]], place: int) -> tuple[str, float]:
    """What a column holds, and in which share of its filled cells: `number`, `time`, or empty."""
    kinds = Counter(
        kind for row in rows[:BODY_ROWS] if place < len(row) and (kind := kind_of(row[place]))
    )
    if not kinds:
        return "", 0.0
    kind, count = kinds.most_common(1)[0]
    share = count / kinds.total()
    return (kind, share) if kind != "text" and share >= DOMINANT else ("", share)


def occurs(cell: str, body: Sequence[list[str]], column: int) -> bool:
    """Whether a column has this value in one of the rows."""
    return any(
        column < len(row) and row[column].strip() == cell.strip() for row in body[:BODY_ROWS]
    )


def count_filled(row: Sequence[str]) -> int:
    """How many cells of a row have a value."""
    return sum(bool(cell.strip()) for cell in row)
