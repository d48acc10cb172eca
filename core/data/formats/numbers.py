"""Text to numbers as people write them: marks between thousands, decimal commas, money, percent, units."""

from dataclasses import dataclass

import pyarrow.compute as pc

from core.data.formats.affixes import spell
from core.data.formats.casting import Cells, all_match, any_match, cast_numbers
from core.data.numerals import POINT_MONEY, Marks, marks_pattern, possible_marks


@dataclass(frozen=True)
class Numbers:
    """Numbers, what all of them are counted in, "" for nothing, and the marks that they were written with."""

    values: Cells
    unit: str
    marks: Marks


def parse_numbers(cells: Cells, decimal: str | None, thousands: str | None) -> Numbers | None:
    """The numbers in trimmed cells, null where they are; None when not all cells are numbers alike.

    Parameters
    ----------
    decimal, thousands
        The table's marks, for a column whose own cells could mean both; None = not known.

    Notes
    -----
    `1,234` alone means 1234 or 1.234. With `12,345,678` or `1,5` in the same column it is decided;
    else by the table's marks; else the cells stay text.

    Examples
    --------
    >>> import pyarrow as pa
    >>> numbers = parse_numbers(pa.array(["$1,234.50", "($3)"]), None, None)
    >>> numbers.values.to_pylist(), numbers.unit
    ([1234.5, -3.0], '$')
    """
    spelling = spell(cells)
    if spelling is None:
        return None
    if decimal is None and thousands is None and spelling.unit in POINT_MONEY:
        decimal = "."
    marks = choose_marks(spelling.bodies, decimal, thousands)
    if marks is None or _looks_like_codes(spelling.bodies, marks):
        return None
    bodies = _as_python_writes(spelling.bodies, marks)
    minus = pc.if_else(spelling.is_negative, "-", "")
    values = cast_numbers(pc.binary_join_element_wise(minus, bodies, ""))
    return None if values is None else Numbers(values, spelling.unit, marks)


def choose_marks(bodies: Cells, decimal: str | None, thousands: str | None) -> Marks | None:
    """The marks with which all of these are numbers; None when there are none, or two readings.

    Examples
    --------
    >>> import pyarrow as pa
    >>> choose_marks(pa.array(["1.234,5", "7"]), None, None)
    Marks(decimal=',', thousands='.')
    >>> choose_marks(pa.array(["1,234", "7"]), None, None) is None
    True
    >>> choose_marks(pa.array(["1,234", "7"]), ".", None)
    Marks(decimal='.', thousands=',')
    """
    fitting = _fitting_marks(bodies)
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    if thousands is not None:
        told = [marks for marks in fitting if marks.thousands == thousands]
        if len(told) == 1:
            return told[0]
    told = [marks for marks in fitting if marks.decimal == decimal]
    if len(told) == 1:
        return told[0]
    # 1.234 is what programs write: the point is a decimal mark unless something speaks against it.
    return fitting[0] if fitting[0] == Marks(".", "") else None


def certain_marks(bodies: Cells) -> Marks | None:
    """The marks that these cells show without doubt; None when they show none."""
    fitting = _fitting_marks(bodies)
    has_marks = any_match(bodies, "[.,' ]")
    return fitting[0] if len(fitting) == 1 and has_marks else None


def _fitting_marks(bodies: Cells) -> list[Marks]:
    seen = {mark for mark in ".,' " if pc.any(pc.match_substring(bodies, mark)).as_py()}
    return [m for m in possible_marks(seen) if all_match(bodies, marks_pattern(m))]


def _looks_like_codes(bodies: Cells, marks: Marks) -> bool:
    """Whether groups of three are those of phone numbers or network addresses, not of thousands."""
    if marks.thousands not in (" ", "."):
        return False
    same_shape = rf"^\d{{3}}(\{marks.thousands}\d{{3}}){{2,3}}$"
    lengths = pc.min_max(pc.utf8_length(bodies)).as_py()
    return lengths["min"] == lengths["max"] and all_match(bodies, same_shape)


def _as_python_writes(bodies: Cells, marks: Marks) -> Cells:
    if marks.thousands:
        bodies = pc.replace_substring(bodies, marks.thousands, "")
    return pc.replace_substring(bodies, ",", ".") if marks.decimal == "," else bodies
