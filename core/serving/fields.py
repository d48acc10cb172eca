"""What a model may be asked, field by field: one entry per column kind that is its own base.

Run-time part: it is carried by every server, so it imports neither scikit-learn nor pandas. What
a kind means for a table is in `core.data.kinds`, under the same names.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from msgspec import Struct

from core.data.dates import read_date
from core.errors import PredictionError, list_names
from core.serving.coercing import coerce_boolean, coerce_date, coerce_number, coerce_text

Value = float | str | bool | datetime | None
"""A parsed value; None is missing."""

Wire = str | int | float | bool | None
"""A value as JSON can carry it."""

Read = Callable[[object, "list[Flag]"], Value]
"""The typed value of one JSON value; what is unusual about it is added to the flags."""

ReadColumn = Callable[[Sequence[object]], "Sequence[Value] | None"]
"""The typed values of one field in many rows; None where one of them is unusual, or of another type."""

EARLIEST, LATEST = datetime(1678, 1, 1), datetime(2262, 1, 1)
"""What a date column can hold: 64 bits of nanoseconds around 1970."""


_RESPELT_NUMBER = re.compile(
    r"[+-]?(0|[1-9]\d*)(\.\d+([eE][+-]?\d+)?|[eE][+-]?\d+)|\+[1-9]\d*", re.ASCII
)
"""Numbers that are spelt otherwise when they are read; a whole one, or a code as 007, never is."""


FINITE = sys.float_info.max

_ODD_STARTS = frozenset(["", *"+-0123456789tTfF"])
"""How a text begins that may have to be spelt otherwise: a number, a truth."""


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
    day_first
        Of dates: whether 03/04/2024 was the third of April in the training file; None = not known.
    unit
        What the values were counted in, as the training file said it.
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
    day_first: bool | None = None
    unit: str = ""


class Flag(Struct, frozen=True):
    """Something unusual about a row that was answered all the same.

    Attributes
    ----------
    column
        The column it is about.
    code
        `unseen-level`, `out-of-range`, `missing-value`, `missing-column`, `extra-column` or, where
        a contract reads values of other types too, `coerced`.
    message
        For people.
    """

    column: str
    code: str
    message: str


class FormHint(Struct, frozen=True):
    """How a form asks for a field.

    Attributes
    ----------
    widget
        `number`, `select`, `text` (a name or a word), `area` (sentences), `toggle` or `date`.
    options
        Of a `select`; other values are allowed too.
    step
        Of a `number`: 1 for whole numbers, else None.
    help
        What was seen in training. Values outside of it are answered, and flagged.
    """

    widget: str
    options: tuple[str, ...] = ()
    step: int | None = None
    help: str = ""


class UsualValue(NamedTuple):
    """How a field's value is seen to be usual, and read, in the code of `core.serving.row_code`.

    Attributes
    ----------
    check
        An expression of `{v}`, the value, and `{known}`.
    value
        An expression of what it is read as.
    known
        What `{known}` stands for.
    """

    check: str
    value: str = "{v}"
    known: object = None


@dataclass(frozen=True)
class FieldKind:
    """What a column kind means for a request.

    Attributes
    ----------
    name
        The same as in `core.data.kinds.KINDS`, where it is its own base.
    parse
        The typed value of one JSON value that is not null; raises `PredictionError`.
    check
        What is unusual about a typed value, or None.
    schema
        The JSON schema of a value.
    form
        How a form asks for it.
    quicken
        A reader that does as the given one does, sooner for the values that most rows have.
    usual_value
        A shorter way still, as code; None where there is none.
    usual_type
        What a usual value is decoded from JSON as.
    usual_column
        What reads a field's values in many rows at once, as long as none of them is unusual.
    coerce
        What a value of another type was surely meant as, for a contract that reads it; else the
        value itself.
    when_missing
        What the model makes of a value that is missing.
    is_text
        Whether its values are text, whatever they look like.
    """

    name: str
    parse: Callable[[Field, object], Value]
    check: Callable[[Field, Value], Flag | None]
    schema: Callable[[Field], dict[str, object]]
    form: Callable[[Field], FormHint]
    quicken: Callable[[Field, Read], Read]
    usual_value: Callable[[Field], UsualValue | None]
    usual_type: type
    usual_column: Callable[[Field], ReadColumn]
    coerce: Callable[[Field, object], object]
    when_missing: str = "the usual value was filled in"
    is_text: bool = False


def parse_value(field: Field, value: object) -> Value:
    """The typed value of one JSON value; null, NaN and the empty text are missing.

    A category's text is trimmed, as a table's cells are. JSON has types, so here, unlike in a
    file, a number or truth in quotes is refused, and words such as NA are text. A date such as
    03/04/2024 is refused unless the training file told which part is the day.

    Raises
    ------
    PredictionError
        When it is not of the field's kind.

    Examples
    --------
    >>> parse_value(Field("age", "number"), 22)
    22.0
    """
    if value is None or value == "" or value != value:
        return None
    return FIELDS[field.kind].parse(field, value)


def check_value(field: Field, value: Value) -> Flag | None:
    """What is unusual about a typed value of this field, or None."""
    if value is not None:
        return FIELDS[field.kind].check(field, value)
    if field.nullable:
        return None
    return Flag(
        field.name,
        "missing-value",
        f"{field.name!r} is missing here and never was in training; "
        f"{FIELDS[field.kind].when_missing}.",
    )


def make_reader(field: Field, *, coerces: bool = False) -> Read:
    """What reads this field's values as `parse_value` does, and flags them as `check_value` does.

    Parameters
    ----------
    coerces
        Whether it reads values of other types, where it is sure what was meant, and flags them.
    """
    kind = FIELDS[field.kind]

    def read(value: object, flags: list[Flag]) -> Value:
        parsed = parse_value(field, value)
        flag = check_value(field, parsed)
        if flag is not None:
            flags.append(flag)
        return parsed

    def read_coerced(value: object, flags: list[Flag]) -> Value:
        meant = kind.coerce(field, value)
        if meant is value:
            return read(value, flags)
        parsed = read(meant, flags)
        flags.append(
            Flag(
                field.name,
                "coerced",
                f"{field.name!r} was read as {show(parsed)}, not {show(value)}.",
            )
        )
        return parsed

    return kind.quicken(field, read_coerced if coerces else read)


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
        return f"Seen in training: {_plain(field.minimum)} to {_plain(field.maximum)}."
    return ""


def _plain(bound: Value) -> str:
    if isinstance(bound, datetime):
        return bound.isoformat()
    return f"{bound:,.6g}" if isinstance(bound, float | int) else str(bound)


def _misfit(field: Field, expected: str, value: object, hint: str = "") -> PredictionError:
    return PredictionError(
        f"{field.name!r} must be {expected}. Got {show(value)}.",
        hint or describe_field(field),
        column=field.name,
    )


def _typed(field: Field, json_type: str, **more: object) -> dict[str, object]:
    schema: dict[str, object] = {"type": [json_type, "null"] if field.nullable else json_type}
    schema.update(more)
    if description := describe_field(field):
        schema["description"] = description
    if field.example is not None:
        schema["examples"] = [field.example]
    return schema


def _parse_number(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _misfit(field, "a number", value, _unquote_hint(value))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _misfit(field, "a finite number", value)
    return number


def _unquote_hint(value: object) -> str:
    """A hint when only the quotes are wrong."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return ""
    return f"Send it without quotes: {value}." if math.isfinite(number) else ""


def _check_range(field: Field, value: Value) -> Flag | None:
    if field.minimum is None or field.maximum is None:
        return None
    if isinstance(value, datetime):
        first, last = (datetime.fromisoformat(str(b)) for b in (field.minimum, field.maximum))
        is_inside = first <= value <= last
    else:
        is_inside = float(field.minimum) <= float(value or 0) <= float(field.maximum)
    if is_inside:
        return None
    return Flag(
        field.name,
        "out-of-range",
        f"{field.name!r} was {_plain(field.minimum)} to {_plain(field.maximum)} in training. "
        f"Got {_plain(value)}.",
    )


def _parse_category(field: Field, value: object) -> str | None:
    if isinstance(value, str):
        return value if value in field.levels else _meant_level(field, value.strip()) or None
    if isinstance(value, bool):
        text = _meant_level(field, str(value))
        if text in field.levels:
            return text
    elif isinstance(value, int | float) and _has_text_numbers(field, value):
        return str(value) if isinstance(value, int) else _spell_number(value)
    raise _misfit(field, "text", value)


def _meant_level(field: Field, text: str) -> str:
    """The level that a text means when it is only spelt otherwise, else the text.

    A table's numbers and truths that were made levels are spelt `3` and `True` in training,
    whatever the file had: `3.0` and `true` mean them. A level that is text is never a number, so
    that `5.10` is not `5.1`.
    """
    if text in field.levels:
        return text
    if text.lower() in ("true", "false"):
        return next((level for level in field.levels if level.lower() == text.lower()), text)
    if not _RESPELT_NUMBER.fullmatch(text) or not _is_number(text):
        return text
    are_numbers = all(_is_number(n) and _spell_number(float(n)) == n for n in field.levels)
    return _spell_number(float(text)) if are_numbers else text


def _spell_number(number: float) -> str:
    """A number as `core.data.kinds.category` spells it.

    Examples
    --------
    >>> _spell_number(3.0), _spell_number(2.5)
    ('3', '2.5')
    """
    return str(int(number)) if number.is_integer() else str(number)


def _has_text_numbers(field: Field, value: int | float) -> bool:
    """Whether the levels are numbers kept as text (codes), so that a bare number is meant as one."""
    is_finite = isinstance(value, int) or math.isfinite(value)
    return is_finite and any(_is_number(level) for level in field.levels)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _check_level(field: Field, value: Value) -> Flag | None:
    if not field.has_all_levels or value in field.levels:
        return None
    return Flag(
        field.name,
        "unseen-level",
        f"{field.name!r} was never {show(value)} in training. {describe_field(field)}".rstrip(),
    )


def _parse_text(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise _misfit(field, "text", value)
    return value.strip() or None


def _parse_boolean(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _misfit(field, "true or false", value, "Send true or false, without quotes.")
    return value


def _parse_date(field: Field, value: object) -> datetime:
    try:
        moment = _read_moment(value, field.day_first)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        hint = 'Send text such as "2024-05-31" or "2024-05-31T18:30:00".'
        raise _misfit(field, "a date in ISO 8601 form", value, hint)
    if not EARLIEST <= moment < LATEST:
        raise _misfit(field, "a date between the years 1678 and 2261", value)
    return moment


def _read_moment(value: object, day_first: bool | None) -> datetime | None:
    if isinstance(value, str):
        value = _read_text(value, day_first)
    if isinstance(value, datetime):
        # A moment with a zone is compared as UTC, as the training data was.
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


def _read_text(text: str, day_first: bool | None) -> datetime | None:
    """The moment in any form that a training file may have, unless it could be two days."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return read_date(text, day_first)


def usual_range(field: Field) -> tuple[float, float]:
    """Between what a number is usual: what training saw, else all that a number can be."""
    has_range = field.minimum is not None and field.maximum is not None
    low, high = (field.minimum, field.maximum) if has_range else (-FINITE, FINITE)
    return float(low or 0), float(high or 0)


def _usual_number(field: Field) -> UsualValue:
    low, high = usual_range(field)
    check = f"(type({{v}}) is float or type({{v}}) is int) and {low!r} <= {{v}} <= {high!r}"
    if not field.nullable:
        return UsualValue(check, "float({v})")
    return UsualValue(f"{{v}} is None or ({check})", "None if {v} is None else float({v})")


def _usual_level(field: Field) -> UsualValue:
    return UsualValue("{v} in {known}", known=_known_levels(field))


def _usual_truth(field: Field) -> UsualValue:
    return UsualValue("type({v}) is bool or {v} is None" if field.nullable else "type({v}) is bool")


def _known_levels(field: Field) -> frozenset[object]:
    return frozenset((*field.levels, *((None,) if field.nullable else ())))


def _quicken_number(field: Field, read: Read) -> Read:
    low, high = usual_range(field)

    def quick(value: object, flags: list[Flag]) -> Value:
        if (type(value) is float or type(value) is int) and low <= value <= high:
            return float(value)
        return read(value, flags)

    return quick


def _quicken_category(field: Field, read: Read) -> Read:
    known, any_level = frozenset(field.levels), not field.has_all_levels

    def quick(value: object, flags: list[Flag]) -> Value:
        if type(value) is str:
            if value in known:
                return value
            # What cannot be a level that is spelt otherwise.
            if any_level and _is_plain_level(value):
                return value
        return read(value, flags)

    return quick


def _usual_numbers(field: Field) -> ReadColumn:
    low, high = usual_range(field)
    usual_kinds = {int, float, type(None)} if field.nullable else {int, float}

    def read(values: Sequence[Any]) -> Sequence[Value] | None:  # numbers, as is seen
        kinds = set(map(type, values))
        if not kinds <= usual_kinds:
            return None
        has_gaps = type(None) in kinds
        present = [value for value in values if value is not None] if has_gaps else values
        if not present:
            return None
        try:
            total = sum(present)
        except OverflowError:
            return None
        # A sum tells of what is not a number, which is neither the least nor the largest.
        if total != total or min(present) < low or max(present) > high:
            return None
        if int not in kinds:
            return values
        if not has_gaps:
            return list(map(float, values))
        return [None if value is None else float(value) for value in values]

    return read


def _usual_levels(field: Field) -> ReadColumn:
    known = _known_levels(field)
    any_level = not field.has_all_levels

    def read(values: Sequence[object]) -> Sequence[Value] | None:
        try:
            if known.issuperset(values):
                return values  # type: ignore[return-value]  # levels
            is_usual = any_level and all(map(_is_plain_level, {*values} - known))
        except TypeError:  # a list has no hash
            return None
        return values if is_usual else None  # type: ignore[return-value]  # levels

    return read


def _is_plain_level(value: object) -> bool:
    """Whether a value is a text that cannot be a level that is spelt otherwise."""
    return type(value) is str and value[:1] not in _ODD_STARTS and value.strip() == value


def _usual_texts(field: Field) -> ReadColumn:
    def read(values: Sequence[object]) -> Sequence[Value] | None:
        if set(map(type, values)) != {str}:
            return None
        texts = list(map(str.strip, values))  # type: ignore[arg-type]  # texts
        return texts if all(texts) else None

    return read


def _usual_dates(field: Field) -> ReadColumn:
    if field.minimum is None or field.maximum is None:
        return lambda values: None
    low, high = (datetime.fromisoformat(str(b)) for b in (field.minimum, field.maximum))

    def read(values: Sequence[object]) -> Sequence[Value] | None:
        try:
            moments = list(map(datetime.fromisoformat, values))  # type: ignore[arg-type]  # others raise
            is_usual = low <= min(moments) and max(moments) <= high
        except (TypeError, ValueError):  # no text, no date, or with a time zone
            return None
        return moments if is_usual else None

    return read


def _usual_truths(field: Field) -> ReadColumn:
    kinds = {bool, type(None)} if field.nullable else {bool}
    return lambda values: values if kinds.issuperset(map(type, values)) else None  # type: ignore[return-value]  # truths


def _quicken_boolean(field: Field, read: Read) -> Read:
    return lambda value, flags: value if type(value) is bool else read(value, flags)


def _quicken_date(field: Field, read: Read) -> Read:
    if field.minimum is None or field.maximum is None:
        return read
    low, high = (datetime.fromisoformat(str(b)) for b in (field.minimum, field.maximum))

    def quick(value: object, flags: list[Flag]) -> Value:
        if type(value) is str:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return read(value, flags)
            if moment.tzinfo is None and low <= moment <= high:
                return moment
        return read(value, flags)

    return quick


FIELDS: dict[str, FieldKind] = {
    kind.name: kind
    for kind in (
        FieldKind(
            name="boolean",
            parse=_parse_boolean,
            check=lambda field, value: None,
            schema=lambda field: _typed(field, "boolean"),
            form=lambda field: FormHint("toggle"),
            quicken=_quicken_boolean,
            usual_value=_usual_truth,
            usual_type=bool,
            usual_column=_usual_truths,
            coerce=coerce_boolean,
        ),
        FieldKind(
            name="date",
            parse=_parse_date,
            check=_check_range,
            schema=lambda field: _typed(field, "string", format="date-time"),
            form=lambda field: FormHint("date", help=describe_field(field)),
            quicken=_quicken_date,
            usual_value=lambda field: None,
            usual_type=str,
            usual_column=_usual_dates,
            coerce=coerce_date,
        ),
        FieldKind(
            name="number",
            parse=_parse_number,
            check=_check_range,
            # Whole numbers in training do not forbid 22.5 later, so the type stays `number`.
            schema=lambda field: _typed(field, "number"),
            form=lambda field: FormHint(
                "number", step=1 if field.whole else None, help=describe_field(field)
            ),
            quicken=_quicken_number,
            usual_value=_usual_number,
            usual_type=float,
            usual_column=_usual_numbers,
            coerce=coerce_number,
        ),
        FieldKind(
            name="category",
            parse=_parse_category,
            check=_check_level,
            schema=lambda field: _typed(field, "string"),
            form=lambda field: FormHint(
                "select" if field.levels and field.has_all_levels else "text",
                options=field.levels,
                help=describe_field(field),
            ),
            quicken=_quicken_category,
            usual_value=_usual_level,
            usual_type=str,
            usual_column=_usual_levels,
            coerce=coerce_text,
            is_text=True,
        ),
        FieldKind(
            name="text",
            parse=_parse_text,
            # No text is like another: none is remarkable.
            check=lambda field, value: None,
            schema=lambda field: _typed(field, "string"),
            form=lambda field: FormHint("area"),
            quicken=lambda field, read: read,
            usual_value=lambda field: None,
            usual_type=str,
            usual_column=_usual_texts,
            coerce=coerce_text,
            when_missing="it counts as an empty text",
            is_text=True,
        ),
    )
}
"""By name: the bases in `core.data.kinds.KINDS`."""
