"""Values of another type that were surely meant as one of the field's: "12", "1,5", "yes".

Run-time part. What could be meant in two ways stays as it is, and is refused by the field.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING

from core.data.truths import WORDS

if TYPE_CHECKING:
    from core.serving.field import Field

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([ \u00a0\u2009\u202f'’]\d{3})+([.,]\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d+)", re.ASCII)
_BOTH_MARKS = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
_THREE_BEHIND = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)

DAYS = (19000101, 22000101)
"""Whole numbers between them may be days: 20240531. Seconds since 1970 are no day for certain."""


def coerce_number(field: Field, value: object) -> object:
    """The number that a text says; the value itself where it says none, or could say two.

    Examples
    --------
    >>> from core.serving.field import Field
    >>> [coerce_number(Field("x", "number"), text) for text in ("12", "1,5", "1 234", "1,500")]
    [12.0, 1.5, 1234.0, '1,500']
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not _PLAIN.fullmatch(text):
        text = _without_marks(text)
    number = float(text) if text else math.nan
    return number if math.isfinite(number) else value


def _without_marks(text: str) -> str:
    """The number without marks between thousands, its decimal mark a point; empty where that is not sure."""
    if _GROUPED.fullmatch(text):
        return re.sub(r"[^\d.,+-]", "", text).replace(",", ".")
    if _BOTH_MARKS.fullmatch(text):
        mark = max(text.rfind(","), text.rfind("."))
        return re.sub("[.,]", "", text[:mark]) + "." + text[mark + 1 :]
    if _DECIMAL_COMMA.fullmatch(text) and not _THREE_BEHIND.fullmatch(text):
        return text.replace(",", ".")
    return ""


def coerce_boolean(field: Field, value: object) -> object:
    """The truth that a word, 1 or 0 says; else the value itself.

    Examples
    --------
    >>> from core.serving.field import Field
    >>> [coerce_boolean(Field("x", "boolean"), said) for said in ("yes", "Nein", 1, 0, 2)]
    [True, False, True, False, 2]
    """
    if isinstance(value, str):
        return WORDS.get(value.strip().lower(), value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value in (0, 1):
        return bool(value)
    return value


def coerce_date(field: Field, value: object) -> object:
    """The day that a number such as 20240531 says; else the value itself."""
    if not isinstance(value, int | float) or not DAYS[0] <= value < DAYS[1] or value != int(value):
        return value
    try:
        return datetime.strptime(str(int(value)), "%Y%m%d")
    except ValueError:
        return value


def coerce_text(field: Field, value: object) -> object:
    """The text of a number or truth that is given for a category or a text.

    Examples
    --------
    >>> from core.serving.field import Field
    >>> coerce_text(Field("x", "category"), 3.0), coerce_text(Field("x", "text"), True)
    ('3', 'True')
    """
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    return value
