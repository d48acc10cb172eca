"""One column that a model wants, its values, and what is unusual about one of them.

Run-time part: it is carried by every server, so it imports neither scikit-learn nor pandas.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from core.data.cell_style import CellStyle
from core.errors import list_names

Mode = Literal["strict", "lenient", "coerce"]
"""What is done with a row that is unlike those of training: it is refused, or answered and flagged; `coerce` also
counts as missing what cannot be read."""

Value = float | str | bool | datetime | None
"""A parsed value; None is missing."""

Wire = str | int | float | bool | None
"""A value as JSON can carry it."""

Read = Callable[[object, "list[Flag]"], Value]
"""Reads one value; what is unusual about it is added to the flags."""

ReadColumn = Callable[[Sequence[object]], "Sequence[Value] | None"]
"""The typed values of one field in many rows; None where one of them is unusual, or of another type."""

HUGE = 1e100
"""Beyond it, what models compute may overflow: a square, or a division by a small spread."""


class Field(Struct, frozen=True, omit_defaults=True):
    """One column that a model wants, as its training data had it.

    Attributes
    ----------
    name, kind
        The column, and its entry in `FIELDS`: the base of the column's kind.
    levels
        Of a category: the values seen in training, most frequent first, or in the order that they
        have by their meaning.
    has_all_levels
        False when there were too many levels to keep; an unknown one is then not remarkable.
    minimum, maximum
        Of numbers; of dates as ISO text.
    whole
        Whether all numbers were whole.
    nullable
        Whether values were missing in training.
    example
        The value in one real row, of a long text its beginning; all fields' examples are of the same
        row.
    default
        What a form starts with: the middle number or date, the most frequent level.
    unit
        What the values were counted in, as the training file said it.
    style
        How the cells of the training file were read: later ones are read alike.
    """

    name: str
    kind: str
    levels: tuple[str, ...] = ()
    has_all_levels: bool = True
    minimum: float | str | None = None
    maximum: float | str | None = None
    whole: bool = False
    nullable: bool = False
    example: Wire = None
    default: Wire = None
    unit: str = ""
    style: CellStyle = CellStyle()


class Flag(Struct, frozen=True):
    """Something unusual about a row that was answered all the same.

    Attributes
    ----------
    column
        The column it is about.
    code
        One of `FLAGS`.
    message
        For people.
    """

    column: str
    code: str
    message: str


FLAGS = {
    "unseen-level": "has a value never seen in training",
    "out-of-range": "lies outside of what was seen in training",
    "missing-value": "is missing and never was in training",
    "missing-column": "was not given, and counts as missing",
    "extra-column": "is no column of the model",
    "duplicate-column": "stands in the table more than once; the first one counts",
    "coerced": "is written otherwise than in training",
    "other-unit": "is in another unit than in training, and was taken as it is",
    "placeholder": "cannot be a real value, and counts as missing, as in training",
    "unreadable": "cannot be read, and counts as missing",
}
"""Everything that can be unusual about a row that is answered, by its code, as said of many rows."""


def show(value: object) -> str:
    """A value as a message shows it: as JSON, and not too long.

    Examples
    --------
    >>> show(True), show("a" * 100)
    ('true', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…')
    """
    # Of a huge value only the beginning is written down.
    if isinstance(value, str):
        value = value[:42]
    elif isinstance(value, int) and value.bit_length() > 128:
        return f"a number of {value.bit_length()} bits"
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += piece
        if len(text) > 41:
            return f"{text[:40]}…"
    return text


def describe_field(field: Field) -> str:
    """One sentence on what the field's values were in training; empty when there were none."""
    if field.levels:
        return f"Seen in training: {list_names(field.levels, 8)}."
    if field.minimum is not None:
        return f"Seen in training: {plain(field.minimum)} to {plain(field.maximum)}."
    return ""


def plain(bound: Value) -> str:
    """A bound of a field's range, as a message shows it."""
    if isinstance(bound, datetime):
        return bound.isoformat()
    return f"{bound:,.6g}" if isinstance(bound, float | int) else str(bound)
