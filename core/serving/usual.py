"""The quick ways to read what most rows have: values of the right type, as training had them.

What is not usual goes the way of `core.serving.fields`, which reads it or tells what is wrong with it.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from core.serving.field import Field, Flag, Read, ReadColumn, Value

FINITE = sys.float_info.max

_ODD_STARTS = frozenset(["", *"+-0123456789tTfF"])
"""How a text begins that may have to be spelt otherwise: a number, a truth."""


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


def usual_range(field: Field) -> tuple[float, float]:
    """Between what a number is usual: what training saw, else all that a number can be."""
    has_range = field.minimum is not None and field.maximum is not None
    low, high = (field.minimum, field.maximum) if has_range else (-FINITE, FINITE)
    return float(low or 0), float(high or 0)


def usual_number(field: Field) -> UsualValue:
    """A number within the range of training."""
    low, high = usual_range(field)
    check = f"(type({{v}}) is float or type({{v}}) is int) and {low!r} <= {{v}} <= {high!r}"
    if not field.nullable:
        return UsualValue(check, "float({v})")
    return UsualValue(f"{{v}} is None or ({check})", "None if {v} is None else float({v})")


def usual_level(field: Field) -> UsualValue:
    """A known level."""
    return UsualValue("{v} in {known}", known=_known_levels(field))


def usual_truth(field: Field) -> UsualValue:
    """True or false."""
    return UsualValue("type({v}) is bool or {v} is None" if field.nullable else "type({v}) is bool")


def _known_levels(field: Field) -> frozenset[object]:
    return frozenset((*field.levels, *((None,) if field.nullable else ())))


def quicken_number(field: Field, read: Read) -> Read:
    """The reader, sooner for numbers within the range of training."""
    low, high = usual_range(field)

    def quick(value: object, flags: list[Flag]) -> Value:
        if (type(value) is float or type(value) is int) and low <= value <= high:
            return float(value)
        return read(value, flags)

    return quick


def quicken_category(field: Field, read: Read) -> Read:
    """The reader, sooner for known levels and for texts that are none."""
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


def usual_numbers(field: Field) -> ReadColumn:
    """Reads numbers within the range of training."""
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


def usual_levels(field: Field) -> ReadColumn:
    """Reads known levels and, where not all are known, texts that are none."""
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


def usual_texts(field: Field) -> ReadColumn:
    """Reads texts that are not empty."""

    def read(values: Sequence[object]) -> Sequence[Value] | None:
        if set(map(type, values)) != {str}:
            return None
        texts = list(map(str.strip, values))  # type: ignore[arg-type]  # texts
        return texts if all(texts) else None

    return read


def usual_dates(field: Field) -> ReadColumn:
    """Reads ISO dates within the range of training."""
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


def usual_truths(field: Field) -> ReadColumn:
    """Reads truths."""
    kinds = {bool, type(None)} if field.nullable else {bool}
    return lambda values: values if kinds.issuperset(map(type, values)) else None  # type: ignore[return-value]  # truths


def quicken_boolean(field: Field, read: Read) -> Read:
    """The reader, sooner for truths."""
    return lambda value, flags: value if type(value) is bool else read(value, flags)


def quicken_date(field: Field, read: Read) -> Read:
    """The reader, sooner for ISO dates within the range of training."""
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
