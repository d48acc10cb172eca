"""A file of rows to predict, with none of its rows lost: those that do not fit are kept in place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import pandas as pd

from core.data.formats.csv import split_records
from core.data.formats.encoding import decode
from core.data.reading import Reading, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions

EMPTY = "The row is empty."


@dataclass(frozen=True)
class RowsFile:
    """The rows of a file.

    Attributes
    ----------
    frame
        `(n_rows, n_columns)`, in the file's order, one for each row of the file.
    unreadable
        Why a row cannot be predicted, by its position in `frame`.
    """

    frame: pd.DataFrame
    unreadable: Mapping[int, str] = field(default_factory=dict)


def read_rows(
    content: bytes,
    filename: str,
    columns: Iterable[str],
    options: ReadOptions | None = None,
    text_columns: Collection[str] = (),
) -> RowsFile:
    """The rows of a file, those that do not fit into the table included.

    Parameters
    ----------
    content, filename, options, text_columns
        As in `core.data.reading.read_table`.
    columns
        Names to expect; they tell a first line of names from a first row.

    Raises
    ------
    UnreadableFile
        When there is no table in the file.
    """
    reading = _read_with_header(content, filename, set(columns), options, text_columns)
    if reading.options.format != "csv":
        return RowsFile(reading.frame)
    return _put_back(reading, content)


def _read_with_header(
    content: bytes,
    filename: str,
    columns: set[str],
    options: ReadOptions | None,
    text_columns: Collection[str],
) -> Reading:
    reading = read_table(content, filename, options, text_columns)
    if options is not None or columns & set(reading.frame.columns) or reading.options.header:
        return reading
    # One row of text under names that are text too is easily taken for two rows without names.
    try:
        named = msgspec.structs.replace(reading.options, header=1)
        second = read_table(content, filename, named, text_columns)
    except UnreadableFile:
        return reading
    return second if columns & set(second.frame.columns) else reading


def _put_back(reading: Reading, content: bytes) -> RowsFile:
    """The table with the rows that reading left out, because they are empty or too long or short."""
    options = reading.options
    left_out = {row.line: row.reason for row in reading.skipped if row.code == "misfit"}
    text, _ = decode(content, options.encoding)
    others = {row.line for row in reading.skipped} - left_out.keys()
    records = [
        record
        for record in split_records(text, options.delimiter or ",", options.quote or '"')
        if record[0] not in others
    ]
    records = records[1:] if options.header else records
    lost = {
        position: (fields, _reason(line, fields, left_out))
        for position, (line, fields) in enumerate(records)
        if line in left_out or not any(value.strip() for value in fields)
    }
    # A record that reading treats otherwise than is thought here must not shift the rest.
    if not lost or len(records) - len(lost) != len(reading.frame):
        return RowsFile(reading.frame)
    kept = [position for position in range(len(records)) if position not in lost]
    # As objects, whole numbers stay whole beside the gaps.
    frame = reading.frame.astype(object).set_axis(kept).reindex(range(len(records)))
    width = len(frame.columns)
    for position, (fields, _) in lost.items():
        shown = [value.strip() or None for value in fields[:width]]
        frame.iloc[position, : len(shown)] = shown
    return RowsFile(frame, {position: reason for position, (_, reason) in lost.items()})


def _reason(line: int, fields: list[str], left_out: Mapping[int, str]) -> str:
    if line in left_out:
        return f"Line {line} has {left_out[line]}."
    return EMPTY
