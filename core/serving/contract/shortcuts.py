"""Shortcuts past the reader for values that have their exact JSON type, and are as training had them.

Whatever is not fully recognised goes to `core.serving.contract.decoding`, which gives such values the same result.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from core.serving.contract.field import HUGE, Field, ReadColumn, Value


class UsualValue(NamedTuple):
    """How a field's value is seen to be usual, and read, in the code of `core.serving.contract.row_code`.

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
    """Between what a number is usual: what training saw, else all that a model can compute with."""
    if field.minimum is None or field.maximum is None:
        return -HUGE, HUGE
    return max(float(field.minimum), -HUGE), min(float(field.maximum), HUGE)


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
    """Reads known levels."""
    known = _known_levels(field)

    def read(values: Sequence[object]) -> Sequence[Value] | None:
        try:
            return values if known.issuperset(values) else None  # type: ignore[return-value]  # levels
        except TypeError:  # a list has no hash
            return None

    return read


def usual_dates(field: Field) -> ReadColumn:
    """Reads ISO dates within the range of training."""
    if field.minimum is None or field.maximum is None:
        return lambda values: None
    low, high = (datetime.fromisoformat(str(b)) for b in (field.minimum, field.maximum))

    def read(values: Sequence[object]) -> Sequence[Value] | None:
        try:
            if not all(map(_is_iso, values)):
                return None
            moments = list(map(datetime.fromisoformat, values))  # type: ignore[arg-type]  # others raise
            is_usual = low <= min(moments) and max(moments) <= high
        except (TypeError, ValueError):  # no text, no date, or with a time zone
            return None
        return moments if is_usual else None

    return read


def _is_iso(value: Any) -> bool:  # others raise
    return len(value) in (10, 19) and value[4:8:3] == "--" and value[10:11] in ("", "T", " ")


def usual_truths(field: Field) -> ReadColumn:
    """Reads truths."""
    kinds = {bool, type(None)} if field.nullable else {bool}
    return lambda values: values if kinds.issuperset(map(type, values)) else None  # type: ignore[return-value]  # truths
