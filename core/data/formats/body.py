"""The rows of a delimited text below its names, as columns of text: exactly, or fast where both are the same."""

from __future__ import annotations

import io
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from core.data.dataset import SkippedRow
from core.data.formats.layout import Layout, is_footer, kind_of
from core.data.formats.markers import MISSING
from core.data.formats.planned import (
    Plan,
    amend_plan,
    are_exact,
    count_codes,
    count_codes_in_text,
)
from core.data.formats.records import Dialect, Record, Splitting, split_records

CHUNK_ROWS = 20_000
"""Rows that are held as Python strings at a time."""

FAST_BYTES = 2 * 2**20
"""From this size on the fast way is tried; below, the exact one is as quick as a blink."""

TAIL_RECORDS = 60
TAIL_BYTES = 64 * 1024
"""How much of the end is looked at for notes and totals."""

BLOCK_BYTES = 2 * 2**20
"""How much pyarrow parses at a time; a value must fit into it."""

MAX_TEXT = 1000
"""Characters that are kept of a line that is not in the table."""

MAX_FAST_MISFITS = 300
"""With more rows that do not fit, looking each up in the text takes longer than the exact way."""


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
        The last records of the text that have a value, those that are no rows included.
    """

    columns: list[pa.ChunkedArray]
    skipped: list[SkippedRow] = field(default_factory=list)
    lines: list[int] | None = None
    tail: list[Record] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.columns[0]) if self.columns else 0


def read_exactly(
    lines: Iterable[str], dialect: Dialect, layout: Layout, first_line: int, begin: int = 1
) -> Body:
    """The rows from a line on, each looked at by itself.

    Parameters
    ----------
    lines
        All lines, with their ends.
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
    fitting = _Fitting(layout, dialect)
    records = split_records(lines, dialect, splitting)
    rows = fitting.take(record for record in records if record.line >= first_line)
    columns = _collect(rows, layout.width)
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


class _Fitting:
    """Sorts records into rows and what does not fit."""

    def __init__(self, layout: Layout, dialect: Dialect) -> None:
        self.layout, self.dialect = layout, dialect
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
        if len(fields) < width and self._agrees(fields):
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


def read_fast(
    data: bytes, start: int, line: int, dialect: Dialect, layout: Layout, plan: Plan
) -> Body | None:
    """The rows from a byte on, by pyarrow in several threads; None where that could differ from `read_exactly`.

    Parameters
    ----------
    data
        Text in UTF-8.
    start, line
        The byte and the line at which the first row begins.
    plan
        What to read the columns as; those of numbers are made so only when nothing is lost by it.
    """
    if not _is_fast(data, dialect):
        return None
    as_text = [pa.string()] * layout.width
    if plan != as_text:
        with ThreadPoolExecutor(1) as pool:
            # Looked for beside the parsing: neither holds Python's lock.
            marks = (dialect.delimiter, dialect.quote)
            codes = pool.submit(count_codes_in_text, data, start, marks)
            body = _read_planned(data, start, line, dialect, layout, plan)
            if body and codes.result() == count_codes(body.columns) and are_exact(body.columns):
                return body
    return _read_planned(data, start, line, dialect, layout, as_text)


def _read_planned(
    data: bytes, start: int, line: int, dialect: Dialect, layout: Layout, plan: Plan
) -> Body | None:
    misfits: list[str] = []

    def note(row: pa_csv.InvalidRow) -> str:
        misfits.append(row.text)
        return "skip" if len(misfits) <= MAX_FAST_MISFITS else "error"

    table = _parse(data, start, dialect, plan, note)
    if isinstance(table, pa.ArrowInvalid):
        amended = amend_plan(plan, table)
        return _read_planned(data, start, line, dialect, layout, amended) if amended else None
    found = _find_lines(data, start, line, misfits)
    fitting = _Fitting(layout, dialect)
    if found is None or any(fitting.fit(_split_line(row, dialect)) for row in found):
        return None
    columns = list(table.columns)
    is_text = columns[0].type == pa.string()
    if fitting.names and is_text and _holds_text(columns[0], fitting.names[0]):
        return None
    return Body(columns, fitting.skipped, None, _read_tail(data, start, line, dialect, layout))


def _is_fast(data: bytes, dialect: Dialect) -> bool:
    """Whether pyarrow splits this text as `split_records` does."""
    if not dialect.is_plain or dialect.escape or dialect.comment or not dialect.delimiter.isascii():
        return False
    quote = dialect.quote.encode()
    if not quote or quote not in data:
        return True
    # After a delimiter, spaces before a quote are skipped by one and text for the other.
    mark = dialect.delimiter.encode()
    return mark + b" " + quote not in data and b"\n " + quote not in data


def _parse(
    data: bytes, start: int, dialect: Dialect, plan: Plan, note: Callable[..., str]
) -> pa.Table | pa.ArrowInvalid:
    """The rows, or why they cannot be read so."""
    names = [str(place) for place in range(len(plan))]
    quote = dialect.quote if dialect.quote.encode() in data else ""
    try:
        return pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start)),
            pa_csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES),
            pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=quote or False,
                newlines_in_values=bool(quote),
                invalid_row_handler=note,
            ),
            pa_csv.ConvertOptions(
                column_types=dict(zip(names, plan, strict=True)),
                null_values=sorted(MISSING),
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        return error


def _split_line(row: Record, dialect: Dialect) -> Record:
    parts = list(split_records(row.fields, dialect, Splitting(is_sample=True)))
    return Record(row.line, parts[0].fields if parts else [])


def _find_lines(data: bytes, start: int, line: int, texts: Sequence[str]) -> list[Record] | None:
    """Where these whole lines stand, in order; None when that is not certain."""
    places = []
    for text, count in Counter(texts).items():
        wanted, place = text.encode(), start
        found = 0
        while wanted and (place := data.find(wanted, place)) >= 0:
            end = place + len(wanted)
            if (place == start or data[place - 1 : place] in _ENDS) and data[
                end : end + 1
            ] in _ENDS:
                places.append((place, text))
                found += 1
            place = end
        if wanted.strip() and found != count:
            return None
    end_mark = b"\n" if b"\n" in data else b"\r"
    records, last = [], start
    for place, text in sorted(places):
        line += data.count(end_mark, last, place)
        records.append(Record(line, [text]))
        last = place
    return records


_ENDS = (b"\n", b"\r", b"")


def _holds_text(column: pa.ChunkedArray, text: str) -> bool:
    return bool(pc.any(pc.equal(pc.utf8_trim_whitespace(column), text)).as_py())


def _read_tail(
    data: bytes, start: int, line: int, dialect: Dialect, layout: Layout
) -> list[Record]:
    """The last records."""
    mark = b"\n" if b"\n" in data else b"\r"
    begin = start
    if len(data) - start > TAIL_BYTES:
        begin = data.find(mark, len(data) - TAIL_BYTES) + 1
    lines = io.StringIO(data[begin:].decode(errors="replace"), newline="")
    splitting = Splitting(is_sample=True)
    records = list(split_records(lines, dialect, splitting))[-TAIL_RECORDS:]
    if not any(_is_below(record, layout) for record in records):
        return records  # nobody asks for their lines, and counting takes time
    first = line + data.count(mark, start, begin)
    return [Record(first + record.line - 1, record.fields) for record in records]


def drop_footer(body: Body, layout: Layout, given: int | None) -> int:
    """How many notes and totals stood below the rows; they are no longer in the body.

    Parameters
    ----------
    given
        How many they are, when that is known.
    """
    filled = [record for record in body.tail if any(value.strip() for value in record.fields)]
    if given is None:
        given = 0
        for record in reversed(filled[1:]):
            if not _is_below(record, layout):
                break
            given += 1
    if not given or given >= len(filled):
        return 0
    first = filled[-given].line
    others = {row.line for row in body.skipped if row.code in ("misfit", "comment")}
    rows = [r for r in body.tail if r.line >= first and r.line not in others]
    kept = body.rows - len(rows)
    body.columns = [column.slice(0, kept) for column in body.columns]
    body.lines = body.lines[:kept] if body.lines is not None else None
    body.skipped = [row for row in body.skipped if row.line < first]
    body.skipped += [
        SkippedRow(r.line, "below the table", "footer", " ".join(filter(None, r.fields))[:MAX_TEXT])
        for r in filled[-given:]
    ]
    return given


def _is_below(record: Record, layout: Layout) -> bool:
    if len(record.fields) == 1 and layout.width > 1:
        return True
    return len(record.fields) <= layout.width and is_footer(record.fields, layout.holds)
