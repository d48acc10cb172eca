"""The rows of a delimited text below its names, as columns of text, each row looked at by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa

from core.data.dataset import SkippedRow
from core.data.formats.footer import is_footer
from core.data.formats.layout import Layout
from core.data.formats.looks import kind_of
from core.data.formats.records import Dialect, Record, Splitting, split_records

CHUNK_ROWS = 20_000
"""Rows that are held as Python strings at a time."""

TAIL_RECORDS = 60

MAX_TEXT = 1000
"""Characters that are kept of a line that is not in the table."""


@dataclass
class Body:
    """The rows of a table.

    Attributes
    ----------
    columns
        `(width,)` columns of text, as they stand.
    skipped
        The lines that are not among the rows, or not as they stand, in no order.
    lines
        The line on which each row begins, where it was noted.
    tail
        The last records of the text, those that are no rows included.
    """

    columns: list[pa.ChunkedArray]
    skipped: list[SkippedRow] = field(default_factory=list)
    lines: list[int] | None = None
    tail: list[Record] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.columns[0]) if self.columns else 0


def read_exactly(lines: Iterable[str], fitting: Fitting, first_line: int, begin: int = 1) -> Body:
    """The rows from a line on, each looked at by itself.

    Parameters
    ----------
    lines
        All lines, with their ends.
    fitting
        Takes the rows; a new one.
    first_line
        Where the first row begins.
    begin
        The number of the first of the lines.

    Raises
    ------
    UnreadableFile
        When a field is too long.
    """
    splitting = Splitting(first_line=begin)
    records = split_records(lines, fitting.dialect, splitting)
    rows = fitting.take(record for record in records if record.line >= first_line)
    columns = _collect(rows, fitting.layout.width)
    body = Body(columns, fitting.skipped, fitting.lines, list(fitting.tail))
    body.skipped += [
        SkippedRow(line, "a comment", "comment", text[:MAX_TEXT])
        for line, text in splitting.comments
    ]
    body.skipped += [
        SkippedRow(line, "read, with a stray quote taken for text", "repaired", text[:MAX_TEXT])
        for line, text in splitting.repaired
        if line >= first_line
    ]
    if splitting.cut_off:
        line, text = splitting.cut_off
        reason = "cut off: the text ends within quotes"
        body.skipped.append(SkippedRow(line, reason, "misfit", text[:MAX_TEXT]))
    return body


class Fitting:
    """Sorts records into rows and what does not fit."""

    def __init__(self, layout: Layout, dialect: Dialect, pads: bool = True) -> None:
        self.layout, self.dialect = layout, dialect
        # Among runs of spaces nothing shows which value is missing.
        self.pads = pads and dialect.is_plain
        self.names = [name.strip() for name in layout.names] if layout.header == 1 else []
        self.skipped: list[SkippedRow] = []
        self.lines: list[int] = []
        self.tail: deque[Record] = deque(maxlen=TAIL_RECORDS)

    def take(self, records: Iterable[Record]) -> Iterator[list[str]]:
        """The rows, each as long as the table is wide."""
        width = self.layout.width
        first_name = self.names[0] if self.names else None
        for record in records:
            fields = record.fields
            self.tail.append(record)
            if len(fields) != width or fields[0].strip() == first_name:
                fitted = self.fit(record)
                if fitted is None:
                    continue
                fields = fitted
            self.lines.append(record.line)
            yield fields

    def fit(self, record: Record) -> list[str] | None:
        """The record as a row; None, and a note why, when it is none."""
        fields, width = record.fields, self.layout.width
        if self.names and [value.strip() for value in fields] == self.names:
            self._skip(record, "the names again", "comment")
            return None
        if len(fields) == width:
            return fields
        if not any(value.strip() for value in fields):
            return None
        if len(fields) > width and not any(value.strip() for value in fields[width:]):
            return fields[:width]
        plural = "s" if len(fields) != 1 else ""
        reason = f"{len(fields)} value{plural} where {width} are expected"
        if self.pads and len(fields) < width and self._agrees(fields):
            self._skip(record, f"read, with the last values missing: {reason}", "padded")
            return fields + [""] * (width - len(fields))
        self._skip(record, reason, "misfit")
        return None

    def _agrees(self, fields: Sequence[str]) -> bool:
        """Whether the values of a short row are what their columns hold, one of them tellingly."""
        held = zip(map(kind_of, fields), self.layout.holds, strict=False)
        told = [(kind, hold) for kind, hold in held if kind and hold]
        return len(fields) > 1 and bool(told) and all(kind == hold for kind, hold in told)

    def _skip(self, record: Record, reason: str, code: str) -> None:
        text = self.dialect.delimiter.join(record.fields)[:MAX_TEXT]
        self.skipped.append(SkippedRow(record.line, reason, code, text))


def _collect(rows: Iterator[list[str]], width: int) -> list[pa.ChunkedArray]:
    """`width` columns of text."""
    chunks: list[list[pa.Array]] = [[] for _ in range(width)]
    while block := list(islice(rows, CHUNK_ROWS)):
        for column, values in zip(chunks, zip(*block, strict=True), strict=True):
            column.append(pa.array(values, pa.string()))
    return [pa.chunked_array(column, pa.string()) for column in chunks]


def drop_footer(body: Body, layout: Layout, given: int | None) -> int:
    """How many notes and totals stood below the rows; they are no longer in the body.

    Parameters
    ----------
    given
        How many they are, when that is known.
    """
    below = find_footer(body.tail, layout, given)
    if not below:
        return 0
    first = below[0].line
    others = {row.line for row in body.skipped if row.code in ("misfit", "comment")}
    rows = [r for r in body.tail if r.line >= first and r.line not in others]
    kept = body.rows - len(rows)
    body.columns = [column.slice(0, kept) for column in body.columns]
    body.lines = body.lines[:kept] if body.lines is not None else None
    lines = {record.line for record in below}
    body.skipped = [row for row in body.skipped if row.line not in lines]
    body.skipped += [
        SkippedRow(r.line, "below the table", "footer", " ".join(filter(None, r.fields))[:MAX_TEXT])
        for r in below
    ]
    return len(below)


def find_footer(tail: Sequence[Record], layout: Layout, given: int | None) -> list[Record]:
    """The notes and totals among the last records of a text.

    Parameters
    ----------
    given
        How many they are, when that is known.
    """
    filled = [record for record in tail if any(value.strip() for value in record.fields)]
    if given is None:
        given = 0
        for record in reversed(filled[1:]):
            if not is_below(record, layout):
                break
            given += 1
    return filled[-given:] if 0 < given < len(filled) else []


def is_below(record: Record, layout: Layout) -> bool:
    """Whether the last record of a text is a note or a total below the table."""
    if len(record.fields) == 1 and layout.width > 1:
        return True
    return len(record.fields) <= layout.width and is_footer(record.fields, layout.holds)
