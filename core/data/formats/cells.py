"""Cells to typed columns: text that is all numbers becomes numbers, but a code such as 00123 stays text."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.cell_style import CellStyle, Form
from core.data.formats.affixes import spell
from core.data.formats.casting import (
    MAX_INTEGER_DIGITS,
    Cells,
    all_match,
    cast_numbers,
    compose,
    has_blanks,
    has_codes,
    have_groups,
    sample,
)
from core.data.formats.markers import (
    clear_gaps,
    count_words,
    has_markers,
    null_gaps,
    null_missing,
    null_symbols,
    null_weak,
)
from core.data.formats.numbers import choose_marks, parse_numbers
from core.data.missing import Gaps, is_marker
from core.data.numerals import PLAIN, Marks

_TRUTHS = ("True", "TRUE", "true", "False", "FALSE", "false")
_DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|^\d{4}-\d{2}$"
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
    keeps_words
        Whether a column of text keeps words such as `None` and `NA`.
    """

    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    keeps_words: bool = False


@dataclass(frozen=True)
class TypedCells:
    """`(n_rows,)` booleans, numbers or text, NaN where missing, what all are counted in, and how they were read."""

    values: pd.Series
    unit: str = ""
    style: CellStyle = CellStyle()


TRUTHS = CellStyle("truth", gaps="symbols")
"""How a column of true and false is read."""

GAPS_OF_FORM: dict[Form, Gaps] = {
    "text": "empty",
    "truth": "symbols",
    "number": "words",
    "date": "words",
}
"""Which texts are missing values in a column whose type its file declares, should there be texts later."""


def read_cells(cells: Cells, style: ValueStyle | None = None) -> TypedCells:
    """The values of a column's text cells: booleans, numbers, or text, with NaN where missing.

    A column becomes numbers only when all its cells are, with one unit or none. Markers such as
    `?` and `-` are missing among numbers, truths and dates; in a column of words only where they
    cannot be one of its levels (see `core.data.formats.markers`).

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
    if not style.missing and (plain := _plain_numbers(cells, style)) is not None:
        return plain
    return _typed(_trim(cells), style)


def _plain_numbers(cells: Cells, style: ValueStyle) -> TypedCells | None:
    """The cells as a program writes numbers; None when one is not."""
    if cells.null_count == len(cells):
        return None
    numbers = cast_numbers(cells)
    if numbers is None or (_may_be_grouped(numbers, style) and _means_thousands(cells, style)):
        return None
    return as_numbers(numbers, style)


def _may_be_grouped(numbers: Cells, style: ValueStyle) -> bool:
    return (style.decimal == "," or style.thousands == ".") and pa.types.is_floating(numbers.type)


def _means_thousands(cells: Cells, style: ValueStyle) -> bool:
    """Whether points in numbers stand between thousands, as the rest of the table has it."""
    if not have_groups(cells):
        return False
    marks = choose_marks(pc.utf8_ltrim(cells, characters="+-"), style.decimal, style.thousands)
    return marks is not None and marks.thousands == "."


def _typed(cells: Cells, style: ValueStyle) -> TypedCells:
    """The values of trimmed cells."""
    is_marked = has_markers(cells, style.missing)
    known = null_missing(cells, style.missing) if is_marked else cells
    # Most columns of words show it in a few cells, which spares looking for numbers in all.
    looks = _looks_like(null_weak(sample(known)).drop_null())
    if looks == "text":
        return _texts(cells, known, style)
    if looks in ("truth", "") and _are_truths(truths := null_symbols(known)):
        return TypedCells(_truths(truths), style=TRUTHS)
    strict = null_weak(known)
    values = strict.drop_null()
    if looks != "date" and len(values):
        plain = _plain_numbers(strict, style)
        if plain is not None:
            return plain
        numbers = parse_numbers(strict, style.decimal, style.thousands)
        if numbers is not None:
            return as_numbers(numbers.values, style, numbers.marks, numbers.unit)
    if len(values) and all_match(values, _DATE):
        return TypedCells(_to_text(strict), style=CellStyle(gaps="words"))
    return _texts(cells, known, style)


def _texts(cells: Cells, known: Cells, style: ValueStyle) -> TypedCells:
    """The values of a column of text, of which `known` has nulls for words that are missing values elsewhere."""
    if style.keeps_words:
        kept = null_missing(cells, style.missing, keeps_words=True)
        return TypedCells(_to_text(kept), style=CellStyle(gaps="empty"))
    words = {} if known is cells else count_words(cells)
    told = {word: count for word, count in words.items() if word not in style.missing}
    gaps = clear_gaps(known)
    return TypedCells(_to_text(null_gaps(known, gaps)), style=CellStyle(gaps=gaps, kept_out=told))


def as_numbers(
    numbers: Cells, table: ValueStyle, marks: Marks = PLAIN, unit: str = ""
) -> TypedCells:
    """A column of numbers; later cells are read by its own marks, and where it shows none by the table's."""
    shows_none = marks == PLAIN and pa.types.is_integer(numbers.type)
    decimal = (table.decimal if shows_none else None) or marks.decimal
    thousands = marks.thousands or table.thousands
    if thousands is None:
        thousands = "." if decimal == "," else ""
    style = CellStyle("number", decimal, "" if thousands == decimal else thousands, "words")
    return TypedCells(pd.Series(numbers.to_pandas()), unit, style)


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
    return pd.Series(compose(cells).to_pandas()).astype("str")


def declared(values: pd.Series) -> TypedCells:
    """A column whose type the file declares: of text, no word is a missing value."""
    form = _form_of(values)
    return TypedCells(values, style=CellStyle(form, gaps=GAPS_OF_FORM[form]))


def _form_of(values: pd.Series) -> Form:
    dtype = values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "truth"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(dtype):
        return "number"
    if (
        pd.api.types.is_object_dtype(dtype)
        and pd.api.types.infer_dtype(values, skipna=True) == "boolean"
    ):
        return "truth"
    return "text"


def _truths(cells: Cells) -> pd.Series:
    truths = pc.equal(pc.utf8_lower(cells), "true")
    return _with_gaps(truths.to_pylist()) if truths.null_count else pd.Series(truths.to_pandas())


def read_objects(values: Sequence[object], style: ValueStyle | None = None) -> TypedCells:
    """The values of a column of Python objects as a workbook or JSON holds them.

    Text is read as in `read_cells`, and numbers among which some are text are read as text. Any
    other mixture of types becomes text. Markers of missing values do not mix.

    Examples
    --------
    >>> read_objects([1, "-", 2.5]).values.tolist()
    [1.0, nan, 2.5]
    """
    cells = [None if _is_gap(value) else value for value in values]
    kinds = {_type_of(value) for value in cells if value is not None}
    if str in kinds and len(kinds) > 1:
        bare = [None if isinstance(cell, str) and is_marker(cell) else cell for cell in cells]
        if not any(isinstance(cell, str) for cell in bare):
            return read_objects(bare)
        if kinds == {str, float}:
            cells, kinds = [None if cell is None else _spell(cell) for cell in cells], {str}
    if kinds <= {str}:
        return read_cells(pa.array(cells, pa.string()), style)
    return declared(_of_types(cells, kinds))


def raw_cells(values: Sequence[object]) -> TypedCells:
    """The cells of a column as they stand in a workbook or JSON, missing where they have no value."""
    cells: list[Any] = list(values)
    return TypedCells(pd.Series(cells, dtype=object))


def _of_types(cells: Sequence[object], kinds: Collection[type]) -> pd.Series:
    """The values of cells of one type, or as text where they have several."""
    if kinds == {bool}:
        return _with_gaps(cells)
    if kinds == {float}:
        return _from_numbers(cells)
    if kinds == {dt.datetime}:
        return pd.Series(pd.to_datetime(pd.Series(list(cells), dtype=object), errors="coerce"))
    spelt = [None if cell is None else _spell(cell) for cell in cells]
    return pd.Series(spelt, dtype="str")


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
    "TypedCells",
    "ValueStyle",
    "as_numbers",
    "declared",
    "raw_cells",
    "read_cells",
    "read_objects",
]
