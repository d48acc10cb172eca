"""Cells to typed columns: text that is all numbers becomes numbers, but a code such as 00123 stays text."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.affixes import spell
from core.data.formats.casting import (
    MAX_INTEGER_DIGITS,
    Cells,
    all_match,
    cast_numbers,
    has_blanks,
    has_codes,
    sample,
)
from core.data.formats.markers import (
    MISSING,
    has_markers,
    is_marker,
    null_clear,
    null_missing,
    null_symbols,
    null_weak,
)
from core.data.formats.numbers import choose_marks, parse_numbers

_TRUTHS = ("True", "TRUE", "true", "False", "FALSE", "false")
_DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|^\d{4}-\d{2}$"
_GROUPED = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_PLAIN = r"(?i)^([+-]?(inf|infinity)|[+-]?[\d.]+(e[+-]?\d+)?)$"


@dataclass(frozen=True)
class ValueStyle:
    """How a table writes its values, where a column's own cells leave it open.

    Attributes
    ----------
    decimal, thousands
        The marks in numbers; None = not known; thousands "" = none.
    missing
        Words for a missing value, beside those that always are.
    """

    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class TypedCells:
    """`(n_rows,)` booleans, numbers or text, NaN where missing, and what all are counted in."""

    values: pd.Series
    unit: str = ""


def read_cells(cells: Cells, style: ValueStyle | None = None, is_text: bool = False) -> TypedCells:
    """The values of a column's text cells: booleans, numbers, or text, with NaN where missing.

    A column becomes numbers only when all its cells are, with one unit or none. Markers such as
    `?` and `-` are missing among numbers, truths and dates; in a column of words only where they
    cannot be one of its levels (see `core.data.formats.markers`).

    Parameters
    ----------
    is_text
        Whether all cells stay text, whatever they look like.

    Examples
    --------
    >>> read_cells(pa.array(["1", "NA", " 3 "])).values.tolist()
    [1.0, nan, 3.0]
    >>> read_cells(pa.array(["007", "012"])).values.tolist()
    ['007', '012']
    >>> read_cells(pa.array(["12 km", "1,5 km", "-"])).unit
    'km'
    """
    style = style or ValueStyle()
    if not is_text and not style.missing and (plain := _plain_numbers(cells, style)) is not None:
        return plain
    cells = _trim(cells)
    is_marked = has_markers(cells, style.missing)
    cells = null_missing(cells, style.missing) if is_marked else cells
    return TypedCells(_to_text(cells)) if is_text else _typed(cells, style, is_marked)


def _plain_numbers(cells: Cells, style: ValueStyle) -> TypedCells | None:
    """The cells as a program writes numbers; None when one is not."""
    if cells.null_count == len(cells):
        return None
    numbers = cast_numbers(cells)
    if numbers is None or (_may_be_grouped(numbers, style) and _means_thousands(cells, style)):
        return None
    return TypedCells(_as_series(numbers))


def _may_be_grouped(numbers: Cells, style: ValueStyle) -> bool:
    return (style.decimal == "," or style.thousands == ".") and pa.types.is_floating(numbers.type)


def _means_thousands(cells: Cells, style: ValueStyle) -> bool:
    """Whether points in numbers stand between thousands, as the rest of the table has it."""
    with_point = cells.filter(pc.match_substring(cells, ".")).drop_null()
    # Most columns are decided by their first values.
    for part in (with_point.slice(0, 10), with_point):
        if not len(part) or not all_match(part, _GROUPED):
            return False
    marks = choose_marks(pc.utf8_ltrim(cells, characters="+-"), style.decimal, style.thousands)
    return marks is not None and marks.thousands == "."


def _typed(cells: Cells, style: ValueStyle, is_marked: bool) -> TypedCells:
    """The values of trimmed cells, null where they are missing for certain."""
    # Most columns of words show it in a few cells, which spares looking for numbers in all.
    looks = _looks_like(null_weak(sample(cells)).drop_null())
    if looks == "text":
        return TypedCells(_to_text(null_clear(cells) if is_marked else cells))
    if looks in ("truth", "") and _are_truths(truths := null_symbols(cells)):
        return TypedCells(_truths(truths))
    strict = null_weak(cells)
    values = strict.drop_null()
    if looks != "date" and len(values):
        plain = _plain_numbers(strict, style)
        if plain is not None:
            return plain
        numbers = parse_numbers(strict, style.decimal, style.thousands)
        if numbers is not None:
            return TypedCells(_as_series(numbers.values), numbers.unit)
    if strict is cells or (len(values) and all_match(values, _DATE)):
        return TypedCells(_to_text(strict))
    return TypedCells(_to_text(null_clear(cells)))


def _looks_like(values: Cells) -> str:
    """What a few cells can be: `truth`, `date`, `number`, `text`; empty where there are none."""
    if not len(values):
        return ""
    if _are_truths(values):
        return "truth"
    if has_codes(values) and all_match(values, r"^\d+$"):
        return "text"
    if all_match(values, _DATE):
        return "date"
    is_number = all_match(values, _PLAIN) or spell(values) is not None
    return "number" if is_number else "text"


def _are_truths(cells: Cells) -> bool:
    """Whether all cells that are not null are true or false, spelled so, and at least one is."""
    is_one = pc.is_in(cells, value_set=pa.array(_TRUTHS, cells.type), skip_nulls=False)
    count = len(cells) - cells.null_count
    return count > 0 and bool(pc.sum(is_one).as_py() == count)


def _trim(cells: Cells) -> Cells:
    return pc.utf8_trim_whitespace(cells) if has_blanks(cells) else cells


def _to_text(cells: Cells) -> pd.Series:
    return pd.Series(cells.to_pandas()).astype("str")


def _as_series(numbers: Cells) -> pd.Series:
    return pd.Series(numbers.to_pandas())


def _truths(cells: Cells) -> pd.Series:
    truths = pc.equal(pc.utf8_lower(cells), "true")
    return _with_gaps(truths.to_pylist()) if truths.null_count else pd.Series(truths.to_pandas())


def from_objects(values: Sequence[object], is_text: bool = False) -> pd.Series:
    """The values alone of `read_objects`."""
    return read_objects(values, is_text=is_text).values


def read_objects(
    values: Sequence[object], style: ValueStyle | None = None, is_text: bool = False
) -> TypedCells:
    """The values of a column of Python objects as a workbook or JSON holds them.

    Text is read as in `read_cells`, and stays text when `is_text`; so do numbers among which some
    are text. Any other mixture of types becomes text. Markers of missing values do not mix.

    Examples
    --------
    >>> read_objects([1, "-", 2.5]).values.tolist()
    [1.0, nan, 2.5]
    """
    cells = [None if _is_gap(value) else value for value in values]
    kinds = {_type_of(value) for value in cells if value is not None}
    if str in kinds and len(kinds) > 1 and not is_text:
        bare = [None if isinstance(cell, str) and is_marker(cell) else cell for cell in cells]
        if not any(isinstance(cell, str) for cell in bare):
            return read_objects(bare)
        if kinds == {str, float}:
            cells, kinds = [None if cell is None else _spell(cell) for cell in cells], {str}
    if kinds <= {str}:
        return read_cells(pa.array(cells, pa.string()), style, is_text)
    if kinds == {bool}:
        return TypedCells(_with_gaps(cells))
    if kinds == {float}:
        return TypedCells(_from_numbers(cells))
    if kinds == {dt.datetime}:
        moments = pd.to_datetime(pd.Series(cells, dtype=object), errors="coerce")
        return TypedCells(pd.Series(moments))
    spelt = [None if cell is None else _spell(cell) for cell in cells]
    return TypedCells(pd.Series(spelt, dtype="str"))


def _is_gap(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _type_of(value: object) -> type:
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    if isinstance(value, dt.date):
        return dt.datetime
    return str if isinstance(value, str) else object


def _from_numbers(cells: Sequence[object]) -> pd.Series:
    numbers = pd.Series(list(cells), dtype=object)
    if any(isinstance(cell, int) and abs(cell) >= 10**MAX_INTEGER_DIGITS for cell in cells):
        return numbers.map(_spell, na_action="ignore").astype("str")
    is_whole = all(isinstance(cell, int) for cell in cells)
    return numbers.astype("int64" if is_whole else "float64")


def _spell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _with_gaps(cells: Sequence[object]) -> pd.Series:
    if None not in cells:
        return pd.Series(list(cells), dtype=bool)
    return pd.Series([np.nan if cell is None else cell for cell in cells], dtype=object)


__all__ = [
    "MISSING",
    "TypedCells",
    "ValueStyle",
    "from_objects",
    "read_cells",
    "read_objects",
]
