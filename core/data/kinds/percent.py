"""Shares of a hundred."""

from dataclasses import replace

from core.data.kinds.base import RawColumn
from core.data.kinds.names import split_name
from core.data.kinds.number import NUMBER

NAMES = frozenset({"pct", "perc", "percent", "percentage", "prozent", "pourcentage", "porcentaje"})


def _recognise(column: RawColumn) -> bool:
    if not column.is_number or column.unit:
        return column.is_number and column.unit == "%"
    is_named = "%" in column.name or not NAMES.isdisjoint(split_name(column.name))
    return is_named and bool(column.present.between(0, 100).all())


PERCENT = replace(
    NUMBER,
    name="percent",
    title="Percent",
    icon=":material/percent:",
    recognise=_recognise,
)
