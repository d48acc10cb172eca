"""What a model may be asked, field by field: one entry per column kind that is its own base.

Run-time part: it is carried by every server, so it imports neither scikit-learn nor pandas. What
a kind means for a table is in `core.data.kinds`, under the same names.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from msgspec import Struct

from core.data.dates import read_date
from core.errors import PredictionError
from core.serving.coercing import coerce_boolean, coerce_date, coerce_number, coerce_text
from core.serving.field import (
    EARLIEST,
    LATEST,
    Field,
    Flag,
    Read,
    ReadColumn,
    Value,
    describe_field,
    plain,
    show,
)
from core.serving.usual import (
    UsualValue,
    quicken_boolean,
    quicken_category,
    quicken_date,
    quicken_number,
    usual_dates,
    usual_level,
    usual_levels,
    usual_number,
    usual_numbers,
    usual_texts,
    usual_truth,
    usual_truths,
)

_RESPELT_NUMBER = re.compile(
    r"[+-]?(0|[1-9]\d*)(\.\d+([eE][+-]?\d+)?|[eE][+-]?\d+)|\+[1-9]\d*", re.ASCII
)
"""Numbers that are spelt otherwise when they are read; a whole one, or a code as 007, never is."""


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
        f"{field.name!r} was {plain(field.minimum)} to {plain(field.maximum)} in training. "
        f"Got {plain(value)}.",
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


FIELDS: dict[str, FieldKind] = {
    kind.name: kind
    for kind in (
        FieldKind(
            name="boolean",
            parse=_parse_boolean,
            check=lambda field, value: None,
            schema=lambda field: _typed(field, "boolean"),
            form=lambda field: FormHint("toggle"),
            quicken=quicken_boolean,
            usual_value=usual_truth,
            usual_type=bool,
            usual_column=usual_truths,
            coerce=coerce_boolean,
        ),
        FieldKind(
            name="date",
            parse=_parse_date,
            check=_check_range,
            schema=lambda field: _typed(field, "string", format="date-time"),
            form=lambda field: FormHint("date", help=describe_field(field)),
            quicken=quicken_date,
            usual_value=lambda field: None,
            usual_type=str,
            usual_column=usual_dates,
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
            quicken=quicken_number,
            usual_value=usual_number,
            usual_type=float,
            usual_column=usual_numbers,
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
            quicken=quicken_category,
            usual_value=usual_level,
            usual_type=str,
            usual_column=usual_levels,
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
            usual_column=usual_texts,
            coerce=coerce_text,
            when_missing="it counts as an empty text",
            is_text=True,
        ),
    )
}
"""By name: the bases in `core.data.kinds.KINDS`."""
