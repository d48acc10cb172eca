"""A file of rows to predict, with none of its rows lost: those that do not fit are kept in place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import pandas as pd

from core.data.dataset import SkippedRow
from core.data.reading import Reading, Wanted, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions

EMPTY = "The row is empty."

HINTS = ("decimal", "thousands", "day_first", "missing")
"""The read options that say what a value means; where a table is in a file, each file shows by itself."""


LOST = ("misfit", "empty", "footer")
"""What the reader leaves out and could be a row; what looks like a total may be the last customer."""


@dataclass(frozen=True)
class RowsFile:
    """The rows of a file.

    Attributes
    ----------
    frame
        `(n_rows, n_columns)`, in the file's order, one for each row of the file.
    unreadable
        Why a row cannot be predicted, by its position in `frame`.
    units
        What columns are counted in, where the file says so.
    """

    frame: pd.DataFrame
    unreadable: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def read_rows(
    content: bytes,
    filename: str,
    columns: Collection[str],
    options: ReadOptions | None = None,
    text_columns: Collection[str] = (),
) -> RowsFile:
    """The rows of a file, those that do not fit into the table included.

    Parameters
    ----------
    content, filename
        As in `core.data.reading.read_table`.
    columns
        Names to expect; they tell a line of names from a row.
    options
        How the training file was read: what its values mean holds here too, and all of it is tried
        when the file shows no table with the columns by itself.
    text_columns
        Names of columns whose text is not read as numbers or truths.

    Raises
    ------
    UnreadableFile
        When there is no table in the file.
    """
    wanted = Wanted(text_columns, columns, lines=True, pads=False)
    return _put_back(_read_named(content, filename, set(columns), options, wanted)[0])


def choose_reading(
    content: bytes,
    filename: str,
    columns: Collection[str],
    options: ReadOptions | None = None,
    text_columns: Collection[str] = (),
) -> ReadOptions | None:
    """How `read_rows` reads a file, of which this may be the beginning; None = it shows by itself.

    Raises
    ------
    UnreadableFile
        When there is no table in the file.
    """
    wanted = Wanted(text_columns, columns, lines=True, pads=False)
    return _read_named(content, filename, set(columns), options, wanted)[1]


def _read_named(
    content: bytes,
    filename: str,
    columns: set[str],
    options: ReadOptions | None,
    wanted: Wanted,
) -> tuple[Reading, ReadOptions | None]:
    """The table with the most of the expected columns, and how it has to be read."""
    found = None
    for attempt in _attempts(options):
        with suppress(UnreadableFile):
            reading = read_table(content, filename, attempt, wanted)
            if columns <= set(reading.frame.columns):
                return reading, attempt
            if found is None or _count_known(reading, columns) > _count_known(found[0], columns):
                found = reading, attempt
    # The reason that counts is that of a file by itself.
    return found or (read_table(content, filename, None, wanted), None)


def _attempts(options: ReadOptions | None) -> list[ReadOptions | None]:
    """How to read the file, the likeliest first."""
    if options is None:
        return [None]
    known = {
        name: getattr(options, name) for name in HINTS if getattr(options, name) not in (None, ())
    }
    if options.thousands is None and options.decimal == ".":
        # 1,500 may be one and a half here: it stays text, which is a problem of its row.
        del known["decimal"]
    hinted = [ReadOptions(format="", **known)] if known else []
    return [*hinted, None, options]


def _count_known(reading: Reading, columns: set[str]) -> int:
    return len(columns & set(reading.frame.columns))


def _put_back(reading: Reading) -> RowsFile:
    """The table with the rows that reading left out, because they are empty or too long or short."""
    lost = [row for row in reading.skipped if row.code in LOST]
    if reading.lines is None or not lost:
        return RowsFile(reading.frame, units=reading.units)
    lines = [*reading.lines.tolist(), *(row.line for row in lost)]
    order = sorted(range(len(lines)), key=lines.__getitem__)
    places = {source: place for place, source in enumerate(order)}
    kept = [places[row] for row in range(len(reading.frame))]
    # As objects, whole numbers stay whole beside the gaps.
    frame = reading.frame.astype(object).set_axis(kept).reindex(range(len(lines)))
    unreadable = {}
    for number, row in enumerate(lost, start=len(reading.frame)):
        shown = _values(row, reading.options.delimiter, len(frame.columns))
        frame.iloc[places[number], : len(shown)] = shown
        unreadable[places[number]] = _reason(row)
    return RowsFile(frame, unreadable, reading.units)


def _values(row: SkippedRow, delimiter: str | None, width: int) -> list[str | None]:
    """What a row that did not fit says, as far as it can be put into the columns."""
    values = row.text.split(delimiter) if delimiter and row.text else [row.text]
    return [value.strip() or None for value in values[:width]]


def _reason(row: SkippedRow) -> str:
    if row.code == "footer":
        return f"Line {row.line} looks like a note or a total below the table."
    return EMPTY if row.code == "empty" else f"Line {row.line} has {row.reason}."
