"""Cells to typed columns: text that is all numbers becomes numbers, but a code such as 00123 stays text."""

import datetime as dt
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"]
    + ["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)
"""The texts that mean a missing value, as in `pandas.read_csv`."""

_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|Inf|INF|Infinity|infinity)$"
_WHOLE = r"^[+-]?\d+$"
_CODE = r"^[+-]?0\d"
_DECIMAL_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?$"
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+$"
_TRUTH = r"^(True|TRUE|true|False|FALSE|false)$"

MAX_INTEGER_DIGITS = 18
"""Longer whole numbers do not fit 64 bits; they are codes, and stay text."""

MAX_EXACT_DIGITS = 15
"""Longer whole numbers are not exact as floats, which is what a column with gaps becomes."""


def from_text(
    cells: pa.Array | pa.ChunkedArray, decimal: str | None = ".", is_text: bool = False
) -> pd.Series:
    """`(n_rows,)` values of trimmed text cells: booleans, numbers, or text, with NaN where missing.

    Parameters
    ----------
    decimal
        The decimal mark of numbers; None = point or comma, whichever all cells of the column agree with.
    is_text
        Whether all cells stay text, whatever they look like.

    Examples
    --------
    >>> from_text(pa.array(["1", "NA", " 3 "])).tolist()
    [1.0, nan, 3.0]
    >>> from_text(pa.array(["007", "012"])).tolist()
    ['007', '012']
    """
    cells = pc.utf8_trim_whitespace(cells)
    is_missing = pc.is_in(cells, value_set=pa.array(sorted(MISSING)))
    cells = pc.if_else(is_missing, pa.scalar(None, pa.string()), cells)
    if is_text:
        return pd.Series(cells.to_pandas()).astype("str")
    values = cells.drop_null()
    if len(values) and _all_match(values, _TRUTH):
        return _truths(cells)
    if decimal != "." and uses_decimal_comma(values, certain=decimal is None):
        cells = pc.replace_substring(pc.replace_substring(cells, ".", ""), ",", ".")
        values = cells.drop_null()
    if len(values) and _all_match(values, _NUMBER) and not _any_match(values, _CODE):
        numbers = _numbers(cells, values)
        if numbers is not None:
            return numbers
    return pd.Series(cells.to_pandas()).astype("str")


def uses_decimal_comma(values: pa.Array | pa.ChunkedArray, certain: bool = True) -> bool:
    """Whether all cells are numbers with a comma as decimal mark.

    When `certain`, not when all could as well be whole numbers with commas between the thousands.
    """
    if not len(values) or not _all_match(values, _DECIMAL_COMMA) or not _any_match(values, ","):
        return False
    with_comma = values.filter(pc.match_substring(values, ","))
    return not certain or not _all_match(with_comma, _THOUSANDS)


def from_objects(values: Sequence[object], is_text: bool = False) -> pd.Series:
    """`(n_rows,)` values of Python objects as a workbook or JSON holds them.

    Text is read as in `from_text`, and stays text when `is_text`; a mixture of types becomes text.
    """
    cells = [None if _is_gap(value) else value for value in values]
    kinds = {_type_of(value) for value in cells if value is not None}
    if kinds <= {str}:
        return from_text(pa.array(cells, pa.string()), is_text=is_text)
    if kinds == {bool}:
        return _with_gaps(cells)
    if kinds == {float}:
        return _from_numbers(cells)
    if kinds == {dt.datetime}:
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object), errors="coerce"))
    return pd.Series([None if cell is None else _spell(cell) for cell in cells], dtype="str")


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


def _truths(cells: pa.Array | pa.ChunkedArray) -> pd.Series:
    texts = pc.utf8_lower(cells).to_pylist()
    return _with_gaps([None if text is None else text == "true" for text in texts])


def _with_gaps(cells: Sequence[object]) -> pd.Series:
    if None not in cells:
        return pd.Series(list(cells), dtype=bool)
    return pd.Series([np.nan if cell is None else cell for cell in cells], dtype=object)


def _numbers(
    cells: pa.Array | pa.ChunkedArray, values: pa.Array | pa.ChunkedArray
) -> pd.Series | None:
    """The cells as numbers; None when they would not be exact."""
    cells = pc.utf8_ltrim(cells, characters="+")
    if not _all_match(values, _WHOLE):
        return pd.Series(cells.cast(pa.float64()).to_pandas())
    digits = pc.max(pc.utf8_length(pc.utf8_ltrim(values, characters="+-"))).as_py()
    if digits > (MAX_EXACT_DIGITS if cells.null_count else MAX_INTEGER_DIGITS):
        return None
    return pd.Series(cells.cast(pa.int64()).to_pandas())


def _all_match(values: pa.Array | pa.ChunkedArray, pattern: str) -> bool:
    # Most columns are decided by their first value.
    first = pc.match_substring_regex(values.slice(0, 1), pattern)
    return bool(pc.all(first).as_py() and pc.all(pc.match_substring_regex(values, pattern)).as_py())


def _any_match(values: pa.Array | pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())
