"""A table, what is known of its columns, and the fingerprint of its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from core.errors import UnknownColumn
from core.recipe import ReadOptions

if TYPE_CHECKING:
    import pandas as pd


class Column(Struct, frozen=True):
    """What is known of one column.

    Attributes
    ----------
    kind
        An entry of `core.data.kinds.KINDS`: `number`, `category`, `boolean` or `date`.
    missing, unique
        Counts; `unique` leaves missing values out.
    levels
        The distinct values as text, most frequent first, at most 200; empty for numbers and dates.
    minimum, maximum
        Of numbers; of dates as ISO text; None otherwise.
    whole
        Whether all numbers are whole.
    inferred
        The kind that was inferred, before any correction.
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
    """

    code: str
    severity: str
    message: str
    hint: str
    column: str | None = None


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
        Rows of the file that did not fit and were left out: (line number counted from 1, reason).
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
    skipped: tuple[tuple[int, str], ...] = ()

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
        `(n_rows, n_columns)`, index 0 to n_rows - 1, each column in the canonical type of its kind:
        number `float64` or `int64`; category pandas `str` with NaN; boolean `bool`, or `object` of
        True, False and NaN; date `datetime64[ns]`.
    """

    info: DatasetInfo
    frame: pd.DataFrame
