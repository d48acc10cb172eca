"""Where in a text or a sheet the table is: what stands above it, and where its names and rows begin.

It works on rows of text, so that delimited text and workbooks share it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.data.dataset import SkippedRow
from core.data.formats.dialect import table_width
from core.data.formats.header import (
    count_names,
    groups,
    join_names,
    match_width,
    misnamed,
    named_by,
)
from core.data.formats.looks import count_filled, held, kind_of
from core.data.formats.records import Record
from core.errors import UnreadableFile

MIN_TABLE_ROWS = 8
"""So many rows of one width above a table are a table too."""


@dataclass(frozen=True)
class Layout:
    """Where a table has its names and its rows.

    Attributes
    ----------
    names
        One per column; empty where there is none.
    header
        How many rows name the columns.
    first_row
        The position of the first row of values among the records.
    preamble
        What stands above the names.
    holds
        What each column holds: `number`, `time`, or empty for anything else.
    """

    names: list[str]
    header: int
    first_row: int
    preamble: tuple[SkippedRow, ...]
    holds: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)


def detect_layout(
    records: Sequence[Record],
    header: int | None = None,
    skip_lines: int | None = None,
    expected: Collection[str] = (),
    remarks: Sequence[Record] = (),
) -> Layout:
    """Where the table is among the first records.

    Parameters
    ----------
    header
        How many rows name the columns, when that is known.
    skip_lines
        How many lines stand above the names, when that is known.
    expected
        Names that a row of names should have.
    remarks
        The remarks between the records, split like them: the last one above may hold the names.

    Raises
    ------
    UnreadableFile
        When there are no records, or the names are not as many as the values of a row.
    """
    begin = sum(record.line <= (skip_lines or 0) for record in records)
    if begin == len(records):
        raise UnreadableFile(
            f"The table must begin after line {skip_lines}. Nothing is below it."
            if begin
            else "The file must hold a table. It has no values.",
            "Leave fewer lines out." if begin else "Choose another file.",
        )
    rows = [record.fields for record in records]
    width = table_width(len(row) for row in rows[begin:])
    start = _find_expected(rows, begin, expected)
    if start is None:
        start = begin if skip_lines is not None else begin + _find_start(rows[begin:], width)
    if header is None:
        header = count_names(rows[start:], width, set(expected))
        apart = _count_apart(records[start : start + header])
        start, header = start + apart, header - apart
    _check_above(records, begin, start, header, width)
    first = start + header
    body = [row for row in rows[first:] if len(row) == width] or rows[first:]
    holds = tuple(held(body, place)[0] for place in range(width))
    if header == 0:
        names = named_by(remarks, records[start], width, holds) or [""] * len(rows[start])
    else:
        if skip_lines is None and start > begin and groups(rows[start - 1], rows[start], width):
            start -= 1
        names = match_width(join_names(rows[start:first]), rows[first:], records[start].line)
    preamble = tuple(
        SkippedRow(line, "above the table", "preamble", " ".join(filter(None, fields)))
        for line, fields in records[:start]
    )
    holds = (*holds[: len(names)], *[""] * (len(names) - len(holds)))
    return Layout(names, first - start, first, preamble, holds)


def _check_above(
    records: Sequence[Record], begin: int, start: int, header: int, width: int
) -> None:
    """Refuses a table below rows that are more, or that name more columns than it has."""
    rows = [record.fields for record in records]
    above = [row for row in rows[begin:start] if count_filled(row) > 1]
    # Numbers that count the columns are names only where no words are.
    named = any(kind_of(cell) == "text" for row in rows[start : start + header] for cell in row)
    names = rows[start - 1] if start > begin and not named else []
    are_words = all(kind_of(name) in ("text", "") for name in names)
    if are_words and count_filled(names) > 1 and len(names) >= width - 1:
        raise misnamed(records[start - 1], width)
    size, count = Counter(len(row) for row in above).most_common(1)[0] if above else (0, 0)
    if count >= MIN_TABLE_ROWS and count * 5 >= len(rows) - start:
        raise UnreadableFile(
            f"The file must hold one table. Above the one that begins in line {records[start].line} "
            f"there is another, of {size} columns and {count} rows.",
            "Save each table in a file of its own.",
        )
    # Of a handful of rows one may be odd.
    if len(above) > len(rows) - start and len(above) * 2 >= max(len(rows), 6):
        raise UnreadableFile(
            "Rows must have the same number of values. Those of this file have "
            f"{min(map(len, rows))} to {max(map(len, rows))}, and no number is the most common.",
            "Save it so that each line has as many values as there are columns.",
        )


def _find_expected(rows: Sequence[list[str]], begin: int, expected: Collection[str]) -> int | None:
    """The first row that holds most of the expected names."""
    for place, row in enumerate(rows[begin:], start=begin):
        names = {" ".join(cell.split()) for cell in row}
        if expected and len(names & set(expected)) * 2 > len(expected):
            return place
    return None


def _find_start(rows: Sequence[list[str]], width: int) -> int:
    """The first row of the table: about as wide and as filled as the rows below, and not alone."""
    if width == 1:
        return 0
    counts = sorted(count_filled(row) for row in rows if len(row) == width)
    typical = counts[len(counts) // 2]
    need = min(typical, max(2, (typical + 1) // 2))
    for place, row in enumerate(rows):
        filled = count_filled(row)
        # R writes no name for the row names; spreadsheets end a line with empty cells.
        is_wide = len(row) == width or (
            filled == len(row) == width - 1 and _name_rows(rows[place + 1 :], width)
            if len(row) < width
            else not any(cell.strip() for cell in row[width:])
        )
        if len(row) < width and place:
            continue
        following = rows[place + 1 : place + 6]
        in_table = sum(len(other) == width for other in following)
        if is_wide and filled >= need and in_table * 5 >= 2 * len(following):
            return place
    return next(place for place, row in enumerate(rows) if len(row) == width)


def _count_apart(names: Sequence[Record]) -> int:
    """How many of these rows stand above a blank line, and so do not name the columns with the others."""
    gaps = [
        place
        for place, (row, following) in enumerate(pairwise(names), start=1)
        if following.line - row.line > 1 + sum(cell.count("\n") for cell in row.fields)
    ]
    return gaps[-1] if gaps else 0


def _name_rows(rows: Sequence[list[str]], width: int) -> bool:
    """Whether rows of the table follow, whose first column holds their names: each another."""
    names = [row[0] for row in rows if len(row) == width]
    if not rows or len(rows[0]) != width:
        return False
    has_values = any(kind_of(cell) in ("number", "time") for cell in rows[0])
    return has_values and len(set(names)) == len(names)
