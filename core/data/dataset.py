"""A table, what is known of its columns, and the fingerprint of its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from core.data.cell_style import CellStyle
from core.errors import UnknownColumn
from core.recipe import ReadOptions

if TYPE_CHECKING:
    import pandas as pd


class Column(Struct, frozen=True):
    """What is known of one column.

    Attributes
    ----------
    kind
        An entry of `core.data.kinds.KINDS`.
    missing, unique
        Counts; `unique` leaves missing values out.
    levels
        The distinct values as text, at most 200, most frequent first, or in the order that they have
        by their meaning; empty for numbers and dates.
    minimum, maximum
        Of numbers; of dates as ISO text; None otherwise.
    whole
        Whether all numbers are whole, and have to be.
    inferred
        The kind that was inferred, before any correction.
    unit
        What the values are counted in, as the file says it: `$`, `%`, `km`.
    style
        How its cells were read.
    """

    name: str
    kind: str
    missing: int
    unique: int
    levels: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    whole: bool = False
    inferred: str = ""
    unit: str = ""
    style: CellStyle = CellStyle()


class SkippedRow(Struct, frozen=True):
    """A line, or a row, of a file that is not in the table.

    Attributes
    ----------
    line
        Where it begins, counted from 1.
    reason
        Why it is not, for people.
    code
        Why it is not: `misfit` for a row that should have been in the table and did not fit;
        `preamble`, `comment` and `footer` for what is around a table; `empty`.
    text
        The beginning of what it says.
    """

    line: int
    reason: str
    code: str = "misfit"
    text: str = ""


class Finding(Struct, frozen=True):
    """A coded observation about the data.

    Attributes
    ----------
    code
        Stable, for example `constant-column`.
    severity
        `error` blocks training, `warning` wants a decision, `info` is good to know.
    message
        What was seen.
    hint
        What it means and what to do.
    column
        The column it is about, or None for the table.
    actions
        What can be done about it with one click: `ignore` the column, `drop` it from the data set,
        `hash` its values, `group` the split by it, split by `time`,
        make it a `feature` again, `keep` its words such as None as text, read the file with a
        `decimal-point` or a `decimal-comma`.
    """

    code: str
    severity: str
    message: str
    hint: str
    column: str | None = None
    actions: tuple[str, ...] = ()


class DatasetInfo(Struct, frozen=True):
    """Everything about a data set but its rows; what is kept beside them as JSON.

    Attributes
    ----------
    id
        12 hexadecimal digits made from `fingerprint` and `source`.
    fingerprint
        SHA-256 of the parsed content: column names, kinds and values.
    name
        For people: the file's name without its ending.
    source
        The file's name, or `sample:NAME`.
    loaded_at
        ISO 8601, UTC.
    skipped
        The first lines of the file that are not in the table, and why.
    misfits
        How many rows of the file did not fit, and were left out.
    renamed
        What each column that was given another name is called in the file.
    sampled_from
        How many rows the file has, where only some of them, drawn at random, were taken.
    """

    id: str
    fingerprint: str
    name: str
    source: str
    loaded_at: str
    rows: int
    size_bytes: int
    read: ReadOptions
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    misfits: int = 0
    renamed: dict[str, str] = {}
    sampled_from: int | None = None

    @property
    def names(self) -> list[str]:
        """The column names, in the table's order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises
        ------
        UnknownColumn
            When there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownColumn(name, self.names)


@dataclass(frozen=True)
class Dataset:
    """A table and what is known of it.

    Attributes
    ----------
    info
        What is known of it.
    frame
        `(n_rows, n_columns)`, index 0 to n_rows - 1, each column in the canonical type of its kind's base:
        number `float64` or `int64`; category pandas `str` with NaN; boolean `bool`, or `object` of
        True, False and NaN; date `datetime64[ns]`.
    """

    info: DatasetInfo
    frame: pd.DataFrame
