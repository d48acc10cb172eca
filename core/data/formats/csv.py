"""Delimited text: what its beginning shows about dialect and layout, then all of its rows."""

import codecs
import io
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import msgspec
import pandas as pd
import pyarrow as pa

from core.data.doubts import Doubt, EncodingDoubt
from core.data.formats.base import Format, RawTable, Wanted, stay_text
from core.data.formats.body import Body, Fitting, drop_footer, read_exactly
from core.data.formats.cells import TypedCells, ValueStyle, read_cells
from core.data.formats.dialect import (
    SAMPLE_CHARACTERS,
    SAMPLE_RECORDS,
    detect_dialect,
    read_hint,
)
from core.data.formats.encoding import Guess, check_text, decode, guess_encoding
from core.data.formats.fast import FAST_BYTES, read_fast
from core.data.formats.layout import Layout, detect_layout
from core.data.formats.marks import TableMarks, given_marks
from core.data.formats.planned import Plan, plan_types
from core.data.formats.records import Dialect, Record, Splitting, split_records
from core.errors import UnreadableFile
from core.recipe import ReadOptions

CHECKED_BYTES = 100_000
"""How much of a text is looked through for characters that no text has."""

_UTF8 = ("utf-8", "utf-8-sig", "ascii")
_PADDING = (b"\0", b"\x1a")

THREADS = 2
"""Columns that are made numbers at a time; pyarrow works without Python's lock."""


THREADED_ROWS = 50_000
"""With fewer rows, starting threads takes longer than they save."""


@dataclass(frozen=True)
class Text:
    """A delimited text in UTF-8, and where its records begin.

    Attributes
    ----------
    encoding
        That it was in.
    start, line
        The byte and the line behind a byte order mark and a hint at the delimiter.
    delimiter
        That the hint names; empty when there is none.
    doubts
        About the encoding.
    """

    data: bytes
    encoding: str
    start: int
    line: int
    delimiter: str
    doubts: tuple[EncodingDoubt, ...] = ()

    @property
    def head(self) -> str:
        """The beginning of its records."""
        # The last character may be cut; a sample does not need it.
        return self.data[self.start : self.start + 4 * SAMPLE_CHARACTERS].decode(errors="ignore")

    def lines(self) -> Iterator[str]:
        """All lines of the records, with their ends."""
        stream = io.BytesIO(self.data)
        stream.seek(self.start)
        return iter(io.TextIOWrapper(stream, encoding="utf-8", newline=""))


def read_delimited(
    content: bytes,
    options: ReadOptions | None,
    wanted: Wanted,
    fast_bytes: int = FAST_BYTES,
) -> RawTable:
    """The table in a delimited text.

    Parameters
    ----------
    fast_bytes
        From which size on the fast way is tried.

    Raises
    ------
    UnreadableFile
        When there is none; the message names the line.
    """
    given = options or ReadOptions()
    text = to_text(content, given.encoding)
    del content
    found = understand(text, given, wanted)
    dialect, layout, place, style = found.dialect, found.layout, found.place, found.style
    doubts: tuple[Doubt, ...] = (*text.doubts, *found.marks.list_doubts(layout.names))
    is_large = len(text.data) >= fast_bytes and not wanted.lines and wanted.pads
    plan = _plan(found.first, style, found.are_text) if is_large else None
    body = _read_body(text, dialect, layout, place, plan, wanted.pads)
    footer = drop_footer(body, layout, given.skip_footer)
    check_share(sum(row.code == "misfit" for row in body.skipped), body.rows, layout.width)
    encoding = text.encoding
    del text
    if is_large:
        pa.default_memory_pool().release_unused()
    columns = _to_columns(body.columns, style, found.are_text)
    read = msgspec.structs.replace(
        given,
        format="csv",
        encoding=encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        comment=dialect.comment,
        skip_lines=place.above,
        skip_footer=footer,
        header=layout.header,
        decimal=style.decimal,
        thousands=style.thousands,
        sheet=None,
    )
    skipped = sorted([*layout.preamble, *body.skipped], key=lambda row: row.line)
    return RawTable(
        layout.names,
        [column.values for column in columns],
        read,
        tuple(skipped),
        tuple(column.unit for column in columns),
        body.lines,
        doubts,
    )


def to_text(content: bytes, encoding: str | None) -> Text:
    """The text in these bytes; raises `UnreadableFile` when they are none."""
    guess = Guess(encoding) if encoding else guess_encoding(content)
    name = guess.encoding
    if encoding is None and name in _UTF8 and content[-1:] not in _PADDING:
        # It is checked already; made text at once, it would take several times its size.
        check_text(content[:CHECKED_BYTES].decode(errors="ignore"))
        data, start = content, len(codecs.BOM_UTF8) * content.startswith(codecs.BOM_UTF8)
    else:
        text, name = decode(content, name)
        data, start = text.encode(), 0
    delimiter, length = read_hint(data[start : start + 32].decode(errors="ignore"))
    line = 2 if length else 1
    return Text(data, name, start + length, line, delimiter, guess.list_doubts())


def _dialect(text: Text, given: ReadOptions) -> Dialect:
    delimiter = given.delimiter or text.delimiter or None
    found = detect_dialect(text.head, delimiter, given.quote, given.escape)
    comment = found.comment if given.comment is None else given.comment
    return Dialect(found.delimiter, found.quote, found.escape, comment)


@dataclass(frozen=True)
class Place:
    """Where the rows begin: the byte, the line, and the lines above the names."""

    byte: int
    line: int
    above: int


@dataclass(frozen=True)
class Understanding:
    """What the beginning of a delimited text shows, by which all of it is read.

    Attributes
    ----------
    marks
        The style of its numbers, and the columns that could be read otherwise.
    first
        The first rows as they stand, those that are as wide as the table.
    are_text
        `(width,)` whether a column's cells stay text.
    """

    dialect: Dialect
    layout: Layout
    place: Place
    marks: TableMarks
    first: list[list[str]]
    are_text: list[bool]

    @property
    def style(self) -> ValueStyle:
        """How the table writes its values."""
        return self.marks.style


def understand(text: Text, given: ReadOptions, wanted: Wanted) -> Understanding:
    """What the beginning of a text shows; raises `UnreadableFile` when it is no table's."""
    dialect = _dialect(text, given)
    layout, place, first = _find_table(text, dialect, given, wanted.names)
    # By the first rows, which is what both ways to read the others know.
    columns = [pa.array(column, pa.string()) for column in zip(*first, strict=True)]
    marks = given_marks(columns, dialect.delimiter, given)
    are_text = stay_text(layout.names, wanted.text_columns)
    return Understanding(dialect, layout, place, marks, first, are_text)


def _find_table(
    text: Text, dialect: Dialect, given: ReadOptions, expected: Collection[str]
) -> tuple[Layout, Place, list[list[str]]]:
    """The layout, where the rows begin, and the first of them."""
    head = text.head
    splitting = Splitting(is_sample=True, first_line=text.line)
    lines = io.StringIO(head, newline="").readlines()
    records = list(islice(split_records(lines, dialect, splitting), SAMPLE_RECORDS))
    remarks = [
        Record(line, fields)
        for line, remark in splitting.comments
        for _, fields in split_records(
            [remark.lstrip(dialect.comment)], replace(dialect, comment="")
        )
    ]
    header = None if given.header is None else int(given.header)
    layout = detect_layout(records, header, given.skip_lines, expected, remarks)
    begins = [record.line for record in records] + [text.line + len(lines)]
    first = begins[layout.first_row]
    byte = text.start + sum(len(line.encode()) for line in lines[: first - text.line])
    rows = [r.fields for r in records[layout.first_row :] if len(r.fields) == layout.width]
    return layout, Place(byte, first, begins[layout.first_row - layout.header] - 1), rows


def _read_body(
    text: Text, dialect: Dialect, layout: Layout, place: Place, plan: Plan | None, pads: bool
) -> Body:
    if plan is not None:
        body = read_fast(text.data, place.byte, place.line, dialect, layout, plan)
        if body is not None:
            return body
    fitting = Fitting(layout, dialect, pads)
    return read_exactly(text.lines(), fitting, place.line, text.line)


def check_share(left_out: int, rows: int, width: int) -> None:
    """Nothing, when most rows are in the table.

    Raises
    ------
    UnreadableFile
        When more were left out.
    """
    if left_out > rows:
        raise UnreadableFile(
            f"Most rows must have as many values as there are columns, {width}. "
            f"{left_out:,} of {left_out + rows:,} rows have another number.",
            "Check the delimiter, and that the first line names every column.",
        )


def _plan(rows: list[list[str]], style: ValueStyle, are_text: list[bool]) -> Plan:
    # Points in numbers may stand between thousands; words for nothing are no numbers.
    is_plain = style.decimal != "," and style.thousands in (None, "", ",") and not style.missing
    return plan_types(rows, are_text if is_plain else [True] * len(are_text))


def _to_columns(
    columns: list[pa.ChunkedArray], style: ValueStyle, are_text: list[bool]
) -> list[TypedCells]:
    """The typed columns; the text of each is let go of as soon as it is read."""

    def convert(place: int) -> TypedCells:
        held, columns[place] = [columns[place]], None
        if held[0].type != pa.string():
            return TypedCells(pd.Series(held.pop().to_pandas()))
        typed = read_cells(held.pop(), style, are_text[place])
        if len(typed.values) >= THREADED_ROWS:
            pa.default_memory_pool().release_unused()
        return typed

    if len(columns[0]) < THREADED_ROWS:
        return [convert(place) for place in range(len(columns))]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(convert, range(len(columns))))


CSV = Format(
    name="csv",
    title="Delimited text",
    suffixes=(".csv", ".tsv", ".tab", ".psv", ".txt", ".data"),
    matches=lambda content, suffix: True,
    read=read_delimited,
)
