"""The rows of a large delimited text by pyarrow, where it reads them as `core.data.formats.body` does."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from core.data.formats.body import TAIL_RECORDS, Body, Fitting, is_below
from core.data.formats.layout import Layout
from core.data.formats.planned import Plan, amend_plan, are_exact
from core.data.formats.records import Dialect, Record, Splitting, split_records
from core.data.missing import MISSING

FAST_BYTES = 2 * 2**20
"""From this size on the fast way is tried; below, the exact one is as quick as a blink."""

BLOCK_BYTES = 2 * 2**20
"""How much pyarrow parses at a time; a value must fit into it."""

TAIL_BYTES = 64 * 1024
"""How much of the end is looked at for notes and totals."""

MAX_FAST_MISFITS = 300
"""With more rows that do not fit, looking each up in the text takes longer than the exact way."""

_ENDS = (b"\n", b"\r", b"")


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
    body = _read_planned(data, start, line, dialect, layout, plan)
    if plan == as_text or (body is not None and are_exact(body.columns)):
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
    fitting = Fitting(layout, dialect)
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
                # Which words of a column of text are missing values is told by all of it.
                strings_can_be_null=False,
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
    if not any(is_below(record, layout) for record in records):
        return records  # nobody asks for their lines, and counting takes time
    first = line + data.count(mark, start, begin)
    return [Record(first + record.line - 1, record.fields) for record in records]
