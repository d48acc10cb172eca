"""The columns of rows as they were read to those that an engine takes, and what is wrong or unusual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from msgspec import Struct

from core.data.kinds import KINDS
from core.errors import PredictionError
from core.serving.columns import ColumnFlag, check_columns, settle_levels, value_at
from core.serving.contract import Contract
from core.serving.field import EARLIEST, LATEST, Field, show
from core.serving.fields import FIELDS, check_value, parse_value


class Problem(Struct, frozen=True):
    """Why a row has no prediction.

    Attributes
    ----------
    row
        Its position, counted from 0.
    column
        The column at fault, or None.
    message
        For people.
    """

    row: int
    column: str | None
    message: str


@dataclass(frozen=True)
class ReadColumns:
    """The columns of a contract in some rows, in the types that reading gave them.

    Attributes
    ----------
    series
        By the contract's names; those that the table lacks are left out.
    rows
        `(n_rows,)` where these rows stand among all that were looked at.
    before
        How many values of a column are no rows: they stand in front and only show how all are read.
    """

    series: Mapping[str, pd.Series]
    rows: np.ndarray
    before: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """Rows that can be answered, and what is wrong with the others.

    Attributes
    ----------
    rows
        `(n_good,)` where they stand among all that were looked at.
    columns
        `(n_good,)` each, as `Engine.predict_table` takes them.
    flags
        What is unusual about them; positions are those in `columns`.
    problems
        Why other rows cannot be answered, by where they stand.
    """

    rows: np.ndarray
    columns: dict[str, np.ndarray]
    flags: list[ColumnFlag]
    problems: dict[int, Problem]


def check_rows(
    contract: Contract,
    read: ReadColumns,
    problems: Mapping[int, Problem],
) -> Checked:
    """The rows that can be answered, in the forms of `Engine.predict_table`.

    A contract of the mode `strict` sets unusual rows aside too.

    Parameters
    ----------
    problems
        Of rows that are known to be bad and not among these.
    """
    found: dict[int, Problem] = {}
    columns = {}
    for each in contract.fields:
        if each.name in read.series:
            before = read.before.get(each.name, 0)
            columns[each.name] = _read_column(each, read.series[each.name], before, found)
    for each in contract.fields:
        if each.kind == "date" and each.name in columns:
            _refuse_far_dates(each, columns[each.name], found)
    columns, kept = _without(columns, found, len(read.rows))
    flags = check_columns(contract, columns)
    if contract.mode == "strict" and flags:
        refused = _refuse_flagged(contract, columns, flags)
        columns, left = _without(columns, refused, len(kept))
        found |= {int(kept[place]): problem for place, problem in refused.items()}
        kept, flags = kept[left], []
    missing = {f.name: _nothing(f, len(kept)) for f in contract.fields if f.name not in columns}
    placed = {
        int(read.rows[place]): Problem(int(read.rows[place]), problem.column, problem.message)
        for place, problem in found.items()
    }
    return Checked(read.rows[kept], columns | missing, flags, {**problems, **placed})


def _without(
    columns: dict[str, np.ndarray], bad: Mapping[int, object], size: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The columns without these rows, and which are left."""
    is_left = np.ones(size, bool)
    is_left[list(bad)] = False
    left = np.flatnonzero(is_left)
    return (columns if len(left) == size else {n: c[left] for n, c in columns.items()}), left


def _read_column(
    field: Field, series: pd.Series, before: int, problems: dict[int, Problem]
) -> np.ndarray:
    """The column in its canonical form; the first problem of each row is noted."""
    series = _without_unit(field, series.reset_index(drop=True))
    kind = KINDS[field.kind]
    values = kind.coerce(series, field.day_first)
    # A guess from the rows of one file may be another one than training's.
    if kind.find_ambiguous is not None:
        doubtful = kind.find_ambiguous(series, field.day_first).to_numpy()[before:]
        for row in doubtful.nonzero()[0].tolist():
            _note(problems, row, field, _doubt(field, series[before + row]))
    lost = (values.isna() & series.notna()).to_numpy()[before:]
    for row in lost.nonzero()[0].tolist():
        _note(problems, row, field, _complain(field, series[before + row]))
    return _canonical(field, values.iloc[before:])


def _canonical(field: Field, values: pd.Series) -> np.ndarray:
    if field.kind == "number":
        return values.to_numpy("float64")
    if field.kind == "date":
        return values.to_numpy("datetime64[ns]")
    objects: np.ndarray = values.astype(object).where(values.notna(), None).to_numpy(object)
    return settle_levels(field, objects) if FIELDS[field.kind].is_text else objects


def _nothing(field: Field, size: int) -> np.ndarray:
    """A column that the table lacks."""
    if field.kind == "number":
        return np.full(size, np.nan)
    if field.kind == "date":
        return np.full(size, np.datetime64("NaT", "ns"))
    return np.full(size, None, dtype=object)


def _without_unit(field: Field, series: pd.Series) -> pd.Series:
    """The column with the unit of training taken off cells that stand beside others without."""
    if not field.unit or not pd.api.types.is_string_dtype(series):
        return series
    texts = series.astype("str").str.strip()
    bare: pd.Series = texts.str.removeprefix(field.unit).str.removesuffix(field.unit).str.strip()
    return bare


def _refuse_far_dates(field: Field, values: np.ndarray, problems: dict[int, Problem]) -> None:
    is_far = (values < np.datetime64(EARLIEST)) | (values >= np.datetime64(LATEST))
    for row in np.flatnonzero(is_far).tolist():
        _note(problems, row, field, _complain(field, pd.Timestamp(values[row])))


def _refuse_flagged(
    contract: Contract, columns: Mapping[str, np.ndarray], flags: list[ColumnFlag]
) -> dict[int, Problem]:
    fields = {field.name: field for field in contract.fields}
    problems: dict[int, Problem] = {}
    for flag in flags:
        for row in flag.rows.tolist():
            remark = check_value(fields[flag.column], value_at(columns[flag.column], row))
            if remark is not None:
                _note(problems, row, fields[flag.column], remark.message)
    return problems


def _note(problems: dict[int, Problem], row: int, field: Field, message: str) -> None:
    problems.setdefault(row, Problem(row, field.name, message))


def _complain(field: Field, value: object) -> str:
    """Why a cell is not of its column's kind, in the words that a request would be told."""
    if isinstance(value, np.generic):
        value = value.item()
    try:
        parse_value(field, value)
    except PredictionError as error:
        return error.message
    return f"{field.name!r} must be a {field.kind} like those in training. Got {show(value)}."


def _doubt(field: Field, value: object) -> str:
    return (
        f"{field.name!r} must say which part is the day and which the month. Got {show(value)}. "
        'Write it as year-month-day, such as "2024-05-31".'
    )
