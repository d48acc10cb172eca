"""A form for one row, generated from a contract. A new column kind is a new entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

import streamlit as st

from core.data.dates import EARLIEST, LATEST
from core.serving.contract.kinds import FIELDS, FormHint
from pages._ui.text import escape

if TYPE_CHECKING:
    from core.serving.contract import Contract
    from core.serving.contract.field import Field, Wire

MISSING = "missing"
YES_NO = {True: "True", False: "False"}


def show_inputs(contract: Contract) -> dict[str, Wire]:
    """The row that the form holds, by column; it starts with the contract's example."""
    row: dict[str, Wire] = {}
    with st.grid(2, min_column_width=210, vertical_alignment="bottom"):
        for field in contract.fields:
            key = input_key(contract, field)
            # What may be missing can be emptied, which Streamlit allows for inputs that begin empty.
            if key not in st.session_state:
                st.session_state[key] = to_input(field, field.example)
            row[field.name] = _ask(field, key)
    return row


def current_row(contract: Contract) -> dict[str, Wire]:
    """The row that the form holds, also where it is not shown."""
    return {
        field.name: from_input(
            st.session_state.get(input_key(contract, field), to_input(field, field.example))
        )
        for field in contract.fields
    }


def reset_inputs(contract: Contract) -> None:
    """Fills the form with the contract's example again."""
    for field in contract.fields:
        st.session_state[input_key(contract, field)] = to_input(field, field.example)


def input_key(contract: Contract, field: Field) -> str:
    """The key of a field's input: two versions share what was put into the same column."""
    turns = ("whole" if field.whole else "", "null" if field.nullable else "")
    # A day and a moment are asked for by different inputs, which cannot take each other's values.
    kind = "moment" if field.kind == "date" and has_times(field) else field.kind
    return "_".join(("try", contract.model, kind, *turns, field.name))


def to_input(field: Field, value: Wire) -> object:
    """A value of a row as the field's input holds it."""
    if value is None:
        return None if field.nullable else to_input(field, field.default)
    if field.kind == "date":
        moment = datetime.fromisoformat(str(value))
        return moment if has_times(field) else moment.date()
    if field.kind == "number":
        return int(value) if field.whole else float(value)
    return value


def from_input(value: object) -> Wire:
    """What an input holds as a value of a row."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value  # type: ignore[return-value]  # the other inputs hold what JSON can carry


def has_times(field: Field) -> bool:
    """Whether the dates of a field have a time of the day."""
    seen = (field.minimum, field.maximum, field.example)
    return any("T" in str(value) and not str(value).endswith("T00:00:00") for value in seen)


def _ask(field: Field, key: str) -> Wire:
    hint = FIELDS[field.kind].form(field)
    return from_input(_WIDGETS[hint.widget](field, key, hint))


def _number(field: Field, key: str, hint: FormHint) -> object:
    return st.number_input(
        escape(field.name),
        value=None if field.nullable else "min",
        step=hint.step or _step(field),
        format=None if field.whole else "%g",
        placeholder=MISSING,
        key=key,
        help=escape(hint.help) or None,
        persist_state="session",
    )


def _step(field: Field) -> float:
    """A hundredth of the range, as a power of ten."""
    if field.minimum is None or field.maximum is None:
        return 1.0
    spread = float(field.maximum) - float(field.minimum)
    return float(f"1e{len(str(int(spread / 100))) - 1}") if spread >= 100 else 0.1


def _select(field: Field, key: str, hint: FormHint) -> object:
    options = list(hint.options)
    held = st.session_state.get(key)
    if held is not None and held not in options:
        options.append(held)
    return st.selectbox(
        escape(field.name),
        options,
        index=None if field.nullable else 0,
        placeholder=MISSING if field.nullable else "Choose or type",
        accept_new_options=True,
        key=key,
        help=escape(hint.help) or None,
        persist_state="session",
    )


def _area(field: Field, key: str, hint: FormHint) -> object:
    return st.text_area(
        escape(field.name),
        value=None if field.nullable else "",
        placeholder=MISSING if field.nullable else None,
        key=key,
        help=escape(hint.help) or None,
        persist_state="session",
    )


def _toggle(field: Field, key: str, hint: FormHint) -> object:
    return st.selectbox(
        escape(field.name),
        list(YES_NO),
        index=None if field.nullable else 0,
        format_func=YES_NO.__getitem__,
        placeholder=MISSING,
        key=key,
        help=escape(hint.help) or None,
        persist_state="session",
    )


def _date(field: Field, key: str, hint: FormHint) -> object:
    if has_times(field):
        return st.datetime_input(
            escape(field.name),
            value=None,
            min_value=EARLIEST,
            max_value=LATEST,
            step=60,
            key=key,
            help=escape(hint.help) or None,
            persist_state="session",
        )
    return st.date_input(
        escape(field.name),
        value=None,
        min_value=EARLIEST.date(),
        max_value=LATEST.date(),
        key=key,
        help=escape(hint.help) or None,
        persist_state="session",
    )


_WIDGETS: dict[str, Callable[[Field, str, FormHint], object]] = {
    "number": _number,
    "select": _select,
    "text": _select,
    "area": _area,
    "toggle": _toggle,
    "date": _date,
}
"""By the widget that a field's hint names."""
