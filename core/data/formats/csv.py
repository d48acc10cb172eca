"""Delimited text: what its beginning shows about dialect and layout, then all of its rows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import pyarrow as pa

from core.data.doubts import Doubt
from core.data.formats.base import Format, RawTable, Wanted, are_chosen
from core.data.formats.body import Body, Fitting, drop_footer, read_exactly
from core.data.formats.cells import TypedCells, ValueStyle, as_numbers, read_cells
from core.data.formats.delimited_text import Place, Text, check_share, to_text, understand
from core.data.formats.fast import FAST_BYTES, read_fast
from core.data.formats.layout import Layout
from core.data.formats.marks import given_marks
from core.data.formats.planned import Plan, plan_types
from core.data.formats.records import Dialect
from core.recipe import ReadOptions

THREADS = 2
"""Columns that are made numbers at a time; pyarrow works without Python's lock."""


THREADED_ROWS = 50_000
"""With fewer rows, starting threads takes longer than they save."""


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
    dialect, layout, place = found.dialect, found.layout, found.place
    # By the first rows, which is what both ways to read the others know.
    shown = [pa.array(column, pa.string()) for column in zip(*found.first, strict=True)]
    marks = given_marks(shown, dialect.delimiter, given)
    style = marks.style
    doubts: tuple[Doubt, ...] = (*text.doubts, *marks.list_doubts(layout.names))
    is_large = len(text.data) >= fast_bytes and not wanted.lines and wanted.pads
    plan = _plan(found.first, layout.width, style) if is_large else None
    body = _read_body(text, dialect, layout, place, plan, wanted.pads)
    footer = drop_footer(body, layout, given.skip_footer)
    check_share(sum(row.code == "misfit" for row in body.skipped), body.rows, layout.width)
    encoding = text.encoding
    del text
    if is_large:
        pa.default_memory_pool().release_unused()
    keeps = are_chosen(layout.names, given.keep_text)
    columns = _to_columns(body.columns, [replace(style, keeps_words=keep) for keep in keeps])
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
        columns,
        read,
        tuple(skipped),
        body.lines,
        doubts,
    )


def _read_body(
    text: Text, dialect: Dialect, layout: Layout, place: Place, plan: Plan | None, pads: bool
) -> Body:
    if plan is not None:
        body = read_fast(text.data, place.byte, place.line, dialect, layout, plan)
        if body is not None:
            return body
    fitting = Fitting(layout, dialect, pads)
    return read_exactly(text.lines(), fitting, place.line, text.line)


def _plan(rows: list[list[str]], width: int, style: ValueStyle) -> Plan:
    # Points in numbers may stand between thousands; words for nothing are no numbers.
    is_plain = style.decimal != "," and style.thousands in (None, "", ",") and not style.missing
    return plan_types(rows, width) if is_plain else [pa.string()] * width


def _to_columns(columns: list[pa.ChunkedArray], styles: list[ValueStyle]) -> list[TypedCells]:
    """The typed columns; the text of each is let go of as soon as it is read."""

    def convert(place: int) -> TypedCells:
        held, columns[place] = [columns[place]], None
        if held[0].type != pa.string():
            return as_numbers(held.pop(), styles[place])
        typed = read_cells(held.pop(), styles[place])
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
