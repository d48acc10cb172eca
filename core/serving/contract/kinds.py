"""The kinds of columns, as a contract knows them: one entry per column kind that is its own base.

Run-time part: it is carried by every server, so it imports neither scikit-learn nor pandas. What
a kind means for a table is in `core.data.kinds`, under the same names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from core.serving.contract.decoding import (
    Decoder,
    ValueReader,
    decode_boolean,
    decode_category,
    decode_date,
    decode_number,
    decode_text,
)
from core.serving.contract.field import (
    Field,
    Flag,
    Mode,
    ReadColumn,
    Value,
    describe_field,
    plain,
    show,
)
from core.serving.contract.shortcuts import (
    UsualValue,
    usual_dates,
    usual_level,
    usual_levels,
    usual_number,
    usual_numbers,
    usual_truth,
    usual_truths,
)


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
    make_decoder
        Makes what reads any value of the field that is not missing.
    check
        What is unusual about a typed value, or None.
    schema
        The JSON schema of a value.
    form
        How a form asks for it.
    usual_value
        A shortcut for one value of its exact type, as code; None where there is none.
    usual_type
        What a usual value is decoded from JSON as.
    usual_column
        What reads a field's values in many rows at once, as long as none of them is unusual.
    when_missing
        What the model makes of a value that is missing.
    """

    name: str
    make_decoder: Callable[[Field], Decoder]
    check: Callable[[Field, Value], Flag | None]
    schema: Callable[[Field], dict[str, object]]
    form: Callable[[Field], FormHint]
    usual_value: Callable[[Field], UsualValue | None]
    usual_type: type
    usual_column: Callable[[Field], ReadColumn]
    when_missing: str = "the usual value was filled in"


def make_reader(field: Field, missing: tuple[str, ...] = (), mode: Mode = "lenient") -> ValueReader:
    """Make the reader of a field's values.

    Parameters
    ----------
    missing
        Words for a missing value, beside those that always are.
    mode
        Of the contract.
    """
    decoder = FIELDS[field.kind].make_decoder
    return ValueReader(field, decoder, missing, counts_unreadable=mode == "coerce")


def missing_column(name: str) -> Flag:
    """The flag on a column that was not given."""
    return Flag(name, "missing-column", f"{name!r} was not given; it counts as missing.")


def remark_on(field: Field, code: str, value: object, decoded: Value) -> Flag:
    """The flag on how a value was written."""
    said = REMARKS[code].format(
        name=repr(field.name),
        value=show(value),
        decoded=show(decoded),
        unit=field.unit or "no unit",
    )
    return Flag(field.name, code, said)


REMARKS = {
    "coerced": "{name} was read as {decoded}, not {value}.",
    "other-unit": "{name} was in {unit} in training. Got {value}, which was taken as {decoded}.",
    "placeholder": "{name} cannot be {value}: it counts as missing, as in training.",
    "unreadable": "{name} cannot be read. Got {value}, which counts as missing.",
}
"""What flags say of how a value was written, by their code."""


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


def _typed(field: Field, json_type: str, **more: object) -> dict[str, object]:
    schema: dict[str, object] = {"type": [json_type, "null"] if field.nullable else json_type}
    schema.update(more)
    if description := describe_field(field):
        schema["description"] = description
    if field.example is not None:
        schema["examples"] = [field.example]
    return schema


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


def _check_level(field: Field, value: Value) -> Flag | None:
    if not field.has_all_levels or value in field.levels:
        return None
    return Flag(
        field.name,
        "unseen-level",
        f"{field.name!r} was never {show(value)} in training. {describe_field(field)}".rstrip(),
    )


FIELDS: dict[str, FieldKind] = {
    kind.name: kind
    for kind in (
        FieldKind(
            name="boolean",
            make_decoder=decode_boolean,
            check=lambda field, value: None,
            schema=lambda field: _typed(field, "boolean"),
            form=lambda field: FormHint("toggle"),
            usual_value=usual_truth,
            usual_type=bool,
            usual_column=usual_truths,
        ),
        FieldKind(
            name="date",
            make_decoder=decode_date,
            check=_check_range,
            schema=lambda field: _typed(field, "string", format="date-time"),
            form=lambda field: FormHint("date", help=describe_field(field)),
            usual_value=lambda field: None,
            usual_type=str,
            usual_column=usual_dates,
        ),
        FieldKind(
            name="number",
            make_decoder=decode_number,
            check=_check_range,
            # Whole numbers in training do not forbid 22.5 later, so the type stays `number`.
            schema=lambda field: _typed(field, "number"),
            form=lambda field: FormHint(
                "number", step=1 if field.whole else None, help=describe_field(field)
            ),
            usual_value=usual_number,
            usual_type=float,
            usual_column=usual_numbers,
        ),
        FieldKind(
            name="category",
            make_decoder=decode_category,
            check=_check_level,
            schema=lambda field: _typed(field, "string"),
            form=lambda field: FormHint(
                "select" if field.levels and field.has_all_levels else "text",
                options=field.levels,
                help=describe_field(field),
            ),
            usual_value=usual_level,
            usual_type=str,
            usual_column=usual_levels,
        ),
        FieldKind(
            name="text",
            make_decoder=decode_text,
            # No text is like another: none is remarkable.
            check=lambda field, value: None,
            schema=lambda field: _typed(field, "string"),
            form=lambda field: FormHint("area"),
            usual_value=lambda field: None,
            usual_type=str,
            usual_column=lambda field: lambda values: None,
            when_missing="it counts as an empty text",
        ),
    )
}
"""By name: the bases in `core.data.kinds.KINDS`."""
