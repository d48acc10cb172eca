"""Columns of a table to those that an engine takes, by the reader of values: each different value is read once.

Run-time part. Columns that have the exact Arrow type of their field are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.dates import EARLIEST, LATEST
from core.errors import PredictionError
from core.serving.contract.contract import Contract
from core.serving.contract.decoding import Decoded, ValueReader
from core.serving.contract.field import HUGE, Field, Flag, Value
from core.serving.contract.kinds import check_value, make_reader, missing_column, remark_on

Cells: TypeAlias = pa.Array | Sequence[object]
"""`(n_rows,)` the values of a column as its file has them."""


@dataclass(frozen=True)
class ColumnFlag:
    """One kind of remark on some rows of a column.

    Attributes
    ----------
    column, code
        As in `Flag`.
    rows
        `(n_flagged,)` their positions, ascending.
    of_row
        The flag of one of them.
    """

    column: str
    code: str
    rows: np.ndarray
    of_row: Callable[[int], Flag]

    def take(self, kept: np.ndarray) -> ColumnFlag:
        """The same for some of the rows, `(n_kept,)` ascending, which are counted anew."""
        rows = np.flatnonzero(np.isin(kept, self.rows))
        return ColumnFlag(self.column, self.code, rows, lambda row: self.of_row(int(kept[row])))


@dataclass(frozen=True)
class ReadColumn:
    """A column that was read.

    Attributes
    ----------
    values
        `(n_rows,)` as `Engine.predict_table` takes them.
    flags
        What is unusual about some rows.
    problems
        Why other values cannot be read, by their position; they are missing in `values`.
    """

    values: np.ndarray
    flags: list[ColumnFlag]
    problems: Mapping[int, PredictionError]


def read_columns(
    contract: Contract, cells: Mapping[str, Cells], size: int
) -> dict[str, ReadColumn]:
    """Read the columns of a table.

    Parameters
    ----------
    cells
        By the contract's names; columns that the table lacks are left out.
    size
        The number of rows.
    """
    found = {}
    for field in contract.fields:
        if field.name in cells:
            reader = make_reader(field, contract.read.missing, contract.mode)
            found[field.name] = read_column(field, reader, cells[field.name])
        else:
            found[field.name] = _lacking(field, size)
    return found


def read_column(field: Field, reader: ValueReader, cells: Cells) -> ReadColumn:
    """Read the values of one column.

    Examples
    --------
    >>> field = Field("size", "number", minimum=0, maximum=9, nullable=True)
    >>> column = read_column(field, make_reader(field), pa.array(["1", "?", "12", "x"]))
    >>> column.values.tolist(), [(flag.code, flag.rows.tolist()) for flag in column.flags]
    ([1.0, nan, 12.0, nan], [('out-of-range', [2])])
    >>> list(column.problems)
    [3]
    """
    values = _exact(field, cells)
    remarks: list[ColumnFlag] = []
    problems: dict[int, PredictionError] = {}
    if values is None:
        values, remarks, problems = _decode(field, reader, cells)
    settled = [flag.rows for flag in remarks if flag.code in ("placeholder", "unreadable")]
    known = np.array([*problems, *(row for rows in settled for row in rows.tolist())], int)
    return ReadColumn(values, [*remarks, *_check(field, values, known)], problems)


def _exact(field: Field, cells: Cells) -> np.ndarray | None:
    """The values of a column that has the type of its field; None for any other, or where one is unusual."""
    if not isinstance(cells, pa.Array):
        return None
    if field.kind == "number":
        return _exact_numbers(field, cells)
    if field.kind == "date":
        return _exact_dates(cells)
    if field.kind == "boolean" and pa.types.is_boolean(cells.type):
        return _objects(cells.to_pylist())
    return None


def _exact_numbers(field: Field, cells: pa.Array) -> np.ndarray | None:
    kind = cells.type
    if _is_text(kind):
        # With other marks, 1.234 may be a whole number.
        if field.style.decimal != "." or field.style.thousands == ".":
            return None
        cells = _blank_as_null(cells)
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None
    try:
        numbers = pc.cast(cells, pa.float64(), safe=_is_text(kind))
    except pa.ArrowInvalid:
        return None
    values: np.ndarray = numbers.to_numpy(zero_copy_only=False)
    is_given = ~numbers.is_null(nan_is_null=not _is_text(kind)).to_numpy(zero_copy_only=False)
    return values if (np.abs(values[is_given]) <= HUGE).all() else None


def _exact_dates(cells: pa.Array) -> np.ndarray | None:
    if _is_text(cells.type):
        # Other lengths may be other forms, which the reader knows.
        cells = _blank_as_null(cells)
        if not pc.all(
            pc.is_in(pc.binary_length(cells.drop_null()), pa.array(_ISO_LENGTHS))
        ).as_py():
            return None
    elif not pa.types.is_timestamp(cells.type) and not pa.types.is_date(cells.type):
        return None
    try:
        moments = pc.cast(cells, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    values: np.ndarray = moments.to_numpy(zero_copy_only=False)
    given = values[~np.isnat(values)]
    is_held = (given >= np.datetime64(EARLIEST)) & (given < np.datetime64(LATEST))
    return values.astype("datetime64[ns]") if is_held.all() else None


_ISO_LENGTHS = [len("2024-05-31"), len("2024-05-31 18:30:00")]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _blank_as_null(cells: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, cells.type), cells)


def _decode(
    field: Field, reader: ValueReader, cells: Cells
) -> tuple[np.ndarray, list[ColumnFlag], dict[int, PredictionError]]:
    """The values, the remarks on how they were written, and why others cannot be read."""
    distinct, places = _distinct(cells)
    decoded: list[Decoded] = []
    wrong: dict[int, PredictionError] = {}
    for place, value in enumerate(distinct):
        try:
            decoded.append(reader.decode(value))
        except PredictionError as error:
            decoded.append(Decoded(None))
            wrong[place] = error
    # A gap is the last: its place is -1.
    values = _as_array(field, [*(each.value for each in decoded), None])[places]
    remarks = []
    for code in dict.fromkeys(each.remark for each in decoded if each.remark):
        said = np.array([each.remark == code for each in decoded] + [False])
        rows = np.flatnonzero(said[places])

        def of_row(row: int, code: str = code) -> Flag:
            place = int(places[row])
            return remark_on(field, code, distinct[place], decoded[place].value)

        remarks.append(ColumnFlag(field.name, code, rows, of_row))
    is_wrong = np.isin(places, list(wrong)) if wrong else np.zeros(len(places), bool)
    return (
        values,
        remarks,
        {row: wrong[int(places[row])] for row in np.flatnonzero(is_wrong).tolist()},
    )


def _distinct(cells: Cells) -> tuple[list[object], np.ndarray]:
    """The different values of a column, and `(n_rows,)` which of them each row has; -1 where it has none."""
    if isinstance(cells, pa.Array):
        try:
            encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        except pa.ArrowNotImplementedError:
            return _distinct(cells.to_pylist())
        places = pc.fill_null(encoded.indices.cast(pa.int64()), -1)
        return encoded.dictionary.to_pylist(), places.to_numpy(zero_copy_only=False)
    known: dict[object, int] = {}
    distinct: list[object] = []
    places = np.empty(len(cells), np.int64)
    for row, value in enumerate(cells):
        key = (type(value), value if isinstance(value, str | int | float | bool) else repr(value))
        place = -1 if value is None else known.get(key)
        if place is None:
            place = known[key] = len(distinct)
            distinct.append(value)
        places[row] = place
    return distinct, places


def _as_array(field: Field, values: Sequence[Value]) -> np.ndarray:
    if field.kind == "number":
        return np.array([np.nan if value is None else value for value in values], float)
    if field.kind == "date":
        return np.array(values, "datetime64[us]").astype("datetime64[ns]")
    return _objects(values)


def _objects(values: Sequence[object]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _lacking(field: Field, size: int) -> ReadColumn:
    """A column that the table lacks."""
    values = np.repeat(_as_array(field, [None]), size)
    flag = missing_column(field.name)
    flags = [ColumnFlag(field.name, flag.code, np.arange(size), lambda row: flag)] if size else []
    return ReadColumn(values, flags, {})


def _check(field: Field, values: np.ndarray, known: np.ndarray) -> Iterable[ColumnFlag]:
    """What is unusual about values, but for rows of which it is known why they have none."""

    def of_row(row: int) -> Flag:
        flag = check_value(field, value_at(values, row))
        assert flag is not None  # only such rows are asked about
        return flag

    missing = find_missing(values)
    if not field.nullable and missing.any():
        lacking = missing.copy()
        lacking[known] = False
        if lacking.any():
            yield ColumnFlag(field.name, "missing-value", np.flatnonzero(lacking), of_row)
    odd = (
        _odd_values(field, values) if values.dtype == object else _outside(field, values) & ~missing
    )
    if odd is not None and odd.any():
        code = "unseen-level" if values.dtype == object else "out-of-range"
        yield ColumnFlag(field.name, code, np.flatnonzero(odd), of_row)


def _odd_values(field: Field, values: np.ndarray) -> np.ndarray | None:
    """`(n_rows,)` whether a level is unusual; None when none is."""
    if not field.levels:
        return None
    flagged = {v for v in set(values.tolist()) - {None} if check_value(field, v) is not None}
    return np.array([value in flagged for value in values.tolist()], bool) if flagged else None


def _outside(field: Field, values: np.ndarray) -> np.ndarray:
    if field.minimum is None or field.maximum is None:
        return np.zeros(len(values), bool)
    if values.dtype.kind == "M":
        low, high = (np.datetime64(str(bound)) for bound in (field.minimum, field.maximum))
        return np.asarray((values < low) | (values > high))
    return np.asarray((values < float(field.minimum)) | (values > float(field.maximum)))


def find_missing(values: np.ndarray) -> np.ndarray:
    """`(n_rows,)` whether a value is missing.

    Examples
    --------
    >>> find_missing(np.array([1.0, np.nan])).tolist(), find_missing(np.array(["a", None])).tolist()
    ([False, True], [False, True])
    """
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], bool)
    missing: np.ndarray = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    return missing


def as_values(values: np.ndarray) -> list[Value]:
    """The values of a column as parsed rows have them.

    Examples
    --------
    >>> as_values(np.array([np.nan, 2.0])), as_values(np.array(["a", None], dtype=object))
    ([None, 2.0], ['a', None])
    """
    if values.dtype.kind == "M":
        moments: list[Value] = values.astype("datetime64[us]").tolist()
        return moments
    plain: list[Value] = values.tolist()
    return (
        [None if value != value else value for value in plain] if values.dtype != object else plain
    )


def value_at(values: np.ndarray, row: int) -> Value:
    """One value of a column as a parsed row has it.

    Examples
    --------
    >>> value_at(np.array([np.nan, 2.0]), 0), value_at(np.array(["2024-05-31"], "datetime64[ns]"), 0)
    (None, datetime.datetime(2024, 5, 31, 0, 0))
    """
    return as_values(values[row : row + 1])[0]
