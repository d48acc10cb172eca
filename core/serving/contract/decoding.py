"""The one reader of values: any value of a request, a form or a file to what training would have made of it.

Run-time part. A text is read as the cells of the training file were: with its marks in numbers, its words for
missing values, its order of day and month. So a value means the same alone and in a file, in quotes and without.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from core.data.boolean_words import BOOLEAN_WORDS
from core.data.dates import EARLIEST, LATEST, is_placeholder_date, read_date
from core.data.missing import WORDS, missing_texts
from core.data.numerals import infinite, read_numeral, same_unit
from core.errors import PredictionError
from core.serving.contract.field import HUGE, Field, Value, describe_field, show


class Decoded(NamedTuple):
    """A typed value, and the code of the flag on how it was written; empty for nothing remarkable."""

    value: Value
    remark: str = ""


Decoder = Callable[[object], Decoded]
"""Reads a value of a field that is not missing; a text comes trimmed. Raises `PredictionError`."""


class ValueReader:
    """Reads the values of one field.

    Parameters
    ----------
    field
        Of the contract.
    make_decoder
        Of the field's kind.
    missing
        Words for a missing value, beside those that always are.
    counts_unreadable
        Whether a value that cannot be read counts as missing, rather than being refused.
    """

    def __init__(
        self,
        field: Field,
        make_decoder: Callable[[Field], Decoder],
        missing: tuple[str, ...] = (),
        *,
        counts_unreadable: bool = False,
    ) -> None:
        self._decode = make_decoder(field)
        gaps = field.style.gaps if is_text(field) else "words"
        # What is a level, or was one in training, is none of the words for nothing.
        self._missing = missing_texts(gaps, missing) - set(field.levels)
        self._counts_words = not is_text(field) or gaps == "words"
        self._levels = frozenset(field.levels)
        self._counts_unreadable = counts_unreadable or field.style.lost > 0

    def decode(self, value: object) -> Decoded:
        """Read one value; null, NaN, an empty text and a word for nothing are missing.

        Raises
        ------
        PredictionError
            When it is not of the field's kind.
        """
        if value is None or value != value:
            return MISSING
        if isinstance(value, str):
            value = clean(value)
            if self._is_missing(value):
                return MISSING
        try:
            return self._decode(value)
        except PredictionError:
            if not self._counts_unreadable:
                raise
        return UNREADABLE

    def _is_missing(self, text: str) -> bool:
        if text in self._missing:
            return True
        return self._counts_words and text.lower() in WORDS and text not in self._levels


MISSING, UNREADABLE, PLACEHOLDER = (
    Decoded(None),
    Decoded(None, "unreadable"),
    Decoded(None, "placeholder"),
)


def clean(text: str) -> str:
    """Trim a text, and compose its letters as those of training were (Unicode NFC)."""
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_text(field: Field) -> bool:
    """Whether the field's values are text, whatever they look like."""
    return field.kind in ("category", "text")


def misfit(field: Field, expected: str, value: object, hint: str = "") -> PredictionError:
    """The error that says what a value of the field must be."""
    return PredictionError(
        f"{field.name!r} must be {expected}. Got {show(value)}.",
        hint or describe_field(field),
        column=field.name,
    )


def decode_number(field: Field) -> Decoder:
    """Make the reader of a field of numbers.

    Examples
    --------
    >>> read = decode_number(Field("price", "number", unit="$"))
    >>> read(22), read("$1,234.50"), read("5 km")
    (Decoded(value=22.0, remark=''), Decoded(value=1234.5, remark='coerced'), Decoded(value=5.0, remark='other-unit'))
    """
    marks, unit = field.style.marks, field.unit
    # Where training read truths, and a person made numbers of them.
    truths = {"true": 1.0, "false": 0.0} if field.style.form == "truth" else {}

    def decode(value: object) -> Decoded:
        if truths and str(value).lower() in truths:
            return Decoded(truths[str(value).lower()])
        if isinstance(value, str):
            return _numeral(value)
        if isinstance(value, timedelta):
            value = value.total_seconds()
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise misfit(field, "a number", value)
        try:
            number = float(value)
        except OverflowError:
            raise misfit(field, "a number that can be held", value) from None
        # No model can learn from an infinite number: training took it for missing.
        return _checked(number, value) if math.isfinite(number) else _nothing(number)

    def _numeral(text: str) -> Decoded:
        found = read_numeral(text, marks, unit)
        if found is None:
            word = infinite(text)
            if word is None:
                raise misfit(field, "a number", text, _two_numbers(text))
            return _nothing(word)
        if found.unit and not same_unit(found.unit, unit):
            return _checked(found.number, text, "other-unit")
        return _checked(found.number, text, "" if found.marks == marks else "coerced")

    def _checked(number: float, value: object, remark: str = "") -> Decoded:
        if abs(number) <= HUGE:
            return Decoded(number, remark)
        raise misfit(
            field,
            f"a number that the model can compute with, between {-HUGE:g} and {HUGE:g}",
            value,
        )

    return decode


def _nothing(number: float) -> Decoded:
    return MISSING if math.isnan(number) else PLACEHOLDER


def _two_numbers(text: str) -> str:
    """A hint for a text that could be two numbers."""
    bare = text.replace(",", "").replace(".", "")
    if not bare.isdecimal():
        return ""
    return f"It could be {bare} or a fraction: write it without a mark between thousands."


def decode_boolean(field: Field) -> Decoder:
    """Make the reader of a field of truths.

    Examples
    --------
    >>> read = decode_boolean(Field("member", "boolean"))
    >>> [read(said).value for said in (True, "yes", "Nein", 1, "0")]
    [True, True, False, True, False]
    """

    def decode(value: object) -> Decoded:
        if isinstance(value, str):
            truth = BOOLEAN_WORDS.get(value.lower())
        elif isinstance(value, int | float) and value in (0, 1):
            truth = bool(value)
        else:
            truth = None
        if truth is None:
            raise misfit(field, "true or false", value, "Send true or false.")
        return Decoded(truth)

    return decode


def decode_date(field: Field) -> Decoder:
    """Make the reader of a field of dates, in UTC without a zone.

    Examples
    --------
    >>> read = decode_date(Field("since", "date"))
    >>> read("2024-05-31").value, read(20240531).value, read("9999-12-31")
    (datetime.datetime(2024, 5, 31, 0, 0), datetime.datetime(2024, 5, 31, 0, 0), Decoded(value=None, remark='placeholder'))
    """
    day_first = field.style.day_first

    def decode(value: object) -> Decoded:
        moment = _moment(value, day_first)
        if moment is None:
            if isinstance(value, str) and is_placeholder_date(value):
                return PLACEHOLDER
            hint = 'Write it as year-month-day, such as "2024-05-31" or "2024-05-31T18:30:00".'
            raise misfit(field, "a date that says which part is the day", value, hint)
        # What cannot be held stands for no date: 9999-12-31. Training took it for missing.
        return Decoded(moment) if EARLIEST <= moment < LATEST else PLACEHOLDER

    return decode


def _moment(value: object, day_first: bool | None) -> datetime | None:
    if isinstance(value, str):
        if len(value) == 8 and value.isdecimal() and value.isascii():
            return _compact(int(value))
        return _iso(value) or read_date(value, day_first)
    if isinstance(value, datetime):
        try:
            return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        except OverflowError:
            return datetime.max
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return _compact(int(value))


def _compact(number: int) -> datetime | None:
    """The day that a number such as 20240531 says; seconds since 1970 are no day for certain."""
    if not 19000101 <= number < 21010101:
        return None
    try:
        return datetime(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    """The moment of a text in the form that most files have; None for any other, which may be a date too."""
    if len(text) not in (10, 19) or text[4:8:3] != "--" or text[10:11] not in ("", "T", " "):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def decode_category(field: Field) -> Decoder:
    """Make the reader of a field of levels.

    Examples
    --------
    >>> read = decode_category(Field("grade", "category", levels=("3", "2.5")))
    >>> read(3.0).value, read("2.5").value, read(True).value
    ('3', '2.5', 'True')
    """
    known = frozenset(field.levels)
    truths = {level.lower(): level for level in field.levels if level.lower() in _TRUTHS}
    spell_again = _SPELLINGS.get(field.style.form)

    def decode(value: object) -> Decoded:
        text = value if isinstance(value, str) else spell(field, value)
        if text in known or (not isinstance(value, str) and not truths):
            return Decoded(text)
        # A text that a program wrote for true or false, and the level that another did.
        if text.lower() in truths:
            return Decoded(truths[text.lower()])
        return Decoded(text if spell_again is None else spell_again(field, text))

    return decode


_TRUTHS = frozenset(["true", "false"])


def _spell_number(field: Field, text: str) -> str:
    """The level that a text means where training read numbers, and made levels of them."""
    found = read_numeral(text, field.style.marks, field.unit)
    if found is None or not math.isfinite(found.number):
        return text
    return spell(field, found.number)


def _spell_truth(field: Field, text: str) -> str:
    return text.capitalize() if text.lower() in _TRUTHS else text


def _spell_date(field: Field, text: str) -> str:
    moment = _moment(text, field.style.day_first)
    return text if moment is None else spell(field, moment)


_SPELLINGS = {"number": _spell_number, "truth": _spell_truth, "date": _spell_date}
"""By what the cells were before a person made levels of them."""


def decode_text(field: Field) -> Decoder:
    """Make the reader of a field of free text."""
    return lambda value: Decoded(value if isinstance(value, str) else spell(field, value))


def spell(field: Field, value: object) -> str:
    """A value of another type as `core.data.kinds.spelling` makes a text of it.

    Raises
    ------
    PredictionError
        When it is a list or an object, and no level.
    """
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        if text in field.levels:
            return text
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        has_time = any("T" in level for level in field.levels[:1])
        is_midnight = value.time() == datetime.min.time()
        return value.strftime("%Y-%m-%dT%H:%M:%S" if has_time or not is_midnight else "%Y-%m-%d")
    if isinstance(value, date | time):
        return value.isoformat()
    if not isinstance(value, bool | int | float | timedelta | bytes):
        raise misfit(field, "text", value)
    return str(value)
