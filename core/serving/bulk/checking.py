"""The rows of a file that a model can answer, and what is wrong with the others.

Run-time part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from msgspec import Struct

from core.errors import PredictionError
from core.serving.contract import Contract, ParsedRows
from core.serving.contract.columns import Cells, ColumnFlag, as_values, find_missing, read_columns
from core.serving.contract.field import Flag
from core.serving.contract.rows import empty_row, refused


class Problem(Struct, frozen=True):
    """Why a row has no prediction.

    Attributes
    ----------
    row
        Its position, counted from 0.
    column
        The column at fault, or None.
    message, hint
        For people.
    """

    row: int
    column: str | None
    message: str
    hint: str = ""

    def behind(self, rows: int) -> Problem:
        """The same, of a row before which so many more stand."""
        return Problem(self.row + rows, self.column, self.message, self.hint)


@dataclass(frozen=True)
class PartRows:
    """Some rows of a file that stand one behind the other.

    Attributes
    ----------
    table
        All of them, as they stand in the file.
    cells
        `(n_rows,)` each: the contract's columns; those that the file lacks are left out.
    problems
        Why some are no rows, by their position.
    twice
        Columns of the contract whose name another column has too.
    """

    table: pa.Table
    cells: Mapping[str, Cells]
    problems: Mapping[int, Problem]
    twice: tuple[str, ...] = ()


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

    def take(self, places: np.ndarray) -> Checked:
        """Some of the rows that can be answered, `(n_some,)` ascending, and the problems of the others."""
        columns = {name: column[places] for name, column in self.columns.items()}
        flags = [flag for each in self.flags if len((flag := each.take(places)).rows)]
        return Checked(self.rows[places], columns, flags, self.problems)

    def without(self, refused: Mapping[int, PredictionError]) -> Checked:
        """The same without some of the rows, which have become problems."""
        if not refused:
            return self
        found = {int(self.rows[place]): error for place, error in refused.items()}
        problems = {
            row: Problem(row, error.column, error.message, error.hint)
            for row, error in found.items()
        }
        left = self.take(_others(len(self.rows), refused))
        return Checked(left.rows, left.columns, left.flags, {**self.problems, **problems})

    def parsed(self) -> ParsedRows:
        """The rows as a request would have given them."""
        found: dict[int, list[Flag]] = {}
        for flag in self.flags:
            for row in flag.rows.tolist():
                found.setdefault(row, []).append(flag.of_row(row))
        values = {name: as_values(column) for name, column in self.columns.items()}
        return ParsedRows(values, found, {})


def check_rows(contract: Contract, part: PartRows) -> Checked:
    """The rows that can be answered, in the forms of `Engine.predict_table`.

    A contract of the mode `strict` sets unusual rows aside too.
    """
    size = part.table.num_rows
    readable = _others(size, part.problems)
    cells = {name: _take(column, readable, size) for name, column in part.cells.items()}
    read = read_columns(contract, cells, len(readable))
    found: dict[int, PredictionError] = {}
    for column in read.values():
        for row, error in column.problems.items():
            found.setdefault(row, error)
    missing = [find_missing(column.values) for column in read.values()]
    for row in np.flatnonzero(np.logical_and.reduce(missing)).tolist():
        found.setdefault(row, empty_row())
    flags = [flag for column in read.values() for flag in column.flags]
    flags += [_twice(name, len(readable)) for name in part.twice]
    if contract.mode == "strict":
        for flag in flags:
            for row in flag.rows.tolist():
                found.setdefault(row, refused(flag.of_row(row)))
    columns = {name: column.values for name, column in read.items()}
    return Checked(readable, columns, flags, dict(part.problems)).without(found)


def _others(size: int, rows: Mapping[int, object]) -> np.ndarray:
    """All positions but these."""
    are_left = np.ones(size, bool)
    are_left[list(rows)] = False
    return np.flatnonzero(are_left)


def _take(cells: Cells, rows: np.ndarray, size: int) -> Cells:
    if len(rows) == size:
        return cells
    if isinstance(cells, pa.Array):
        return cells.take(pa.array(rows))
    return [cells[row] for row in rows.tolist()]


def _twice(name: str, size: int) -> ColumnFlag:
    flag = Flag(
        name,
        "duplicate-column",
        f"{name!r} stands in the table more than once; the first one counts.",
    )
    return ColumnFlag(name, flag.code, np.arange(size), lambda row: flag)
