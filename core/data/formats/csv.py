"""Delimited text: records by the csv module, laid out by what the first of them show."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from core.data.dataset import SkippedRow
from core.data.formats.base import Format, RawTable, stay_text
from core.data.formats.cells import from_text, uses_decimal_comma
from core.data.formats.dialect import SAMPLE_RECORDS, detect_dialect, detect_layout, is_comment
from core.data.formats.encoding import decode
from core.errors import UnreadableFile
from core.recipe import ReadOptions

CHUNK_ROWS = 20_000
"""Rows that are held as Python strings at a time."""

Record = tuple[int, list[str]]
"""The line, counted from 1, on which a record begins, and its fields."""


@dataclass
class _Lines:
    """A text's lines, remembering those of the current record."""

    lines: Iterator[str]
    taken: list[str]

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.taken.append(line)
            yield line


def split_records(text: str, delimiter: str, quote: str) -> Iterator[Record]:
    """The records that are not empty.

    Raises
    ------
    UnreadableFile
        When a quote is opened and not closed; the message names the line.
    """
    source = _Lines(iter(io.StringIO(text, newline="")), [])
    reader = csv.reader(
        source, delimiter=delimiter, quotechar=quote, skipinitialspace=True, strict=True
    )
    begin = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fields = _tolerate(source.taken, begin, error, delimiter, quote)
        if fields:
            yield begin, fields
        begin += len(source.taken)
        source.taken.clear()


def _tolerate(
    lines: list[str], begin: int, error: csv.Error, delimiter: str, quote: str
) -> list[str]:
    """The fields of a line with text after a closing quote; over several lines, the quote is the error."""
    is_closed = "expected after" in str(error)
    if len(lines) > 1 or not is_closed:
        if "field limit" in str(error) and len(lines) == 1:
            raise UnreadableFile(
                f"A field must be at most {csv.field_size_limit():,} characters long. "
                f"Line {begin} has a longer one.",
                "Shorten or remove it.",
            ) from error
        raise UnreadableFile(
            f"Each quote must be closed. The one opened in line {begin} is not.",
            f"Close or remove the {quote} in line {begin}. When the file simply ends there, it was cut off: "
            "copy or download it again.",
        ) from error
    return next(csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True))


def _read(content: bytes, options: ReadOptions | None, text_columns: Collection[str]) -> RawTable:
    text, encoding = decode(content, options.encoding if options else None)
    given = options or ReadOptions()
    delimiter, quote = given.delimiter, given.quote
    if delimiter is None or quote is None:
        delimiter, quote = detect_dialect(text, quote)
    comments: list[SkippedRow] = []
    records = _without_comments(split_records(text, delimiter, quote), comments)
    first = list(islice(records, SAMPLE_RECORDS))
    layout = detect_layout(first, None if given.header is None else bool(given.header))
    misfits: list[SkippedRow] = []
    body = chain(first[layout.first_row :], records)
    cells = _collect(_fitting(body, layout.width, misfits), layout.width)
    _check_share(len(misfits), len(cells[0]), layout.width)
    decimal = given.decimal or _decimal(cells, delimiter)
    read = msgspec.structs.replace(
        given,
        format="csv",
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        quote=quote,
        header=int(layout.has_header),
        sheet=None,
    )
    mark = "." if decimal == "." else None
    are_text = stay_text(layout.names, text_columns)
    columns = [
        from_text(column, mark, is_text) for column, is_text in zip(cells, are_text, strict=True)
    ]
    preamble = [
        SkippedRow(line, reason, "preamble", delimiter.join(fields))
        for (line, reason), (_, fields) in zip(layout.preamble, first, strict=False)
    ]
    skipped = sorted([*comments, *preamble, *misfits], key=lambda row: row.line)
    return RawTable(layout.names, columns, read, tuple(skipped))


def _without_comments(
    records: Iterator[Record], comments: list[SkippedRow]
) -> Iterator[Record]:
    """The records but for lines such as `# a remark`, which are noted in `comments`."""
    start = list(islice(records, SAMPLE_RECORDS))
    # In a table of one column a value may begin with a number sign.
    has_comments = any(len(fields) > 1 for _, fields in start)
    for line, fields in chain(start, records):
        if has_comments and is_comment(fields):
            comments.append(SkippedRow(line, "a comment", "comment", fields[0]))
        else:
            yield line, fields


def _fitting(
    records: Iterable[Record], width: int, misfits: list[SkippedRow]
) -> Iterator[list[str]]:
    """The rows of the right width; the others are noted in `misfits`."""
    for line, fields in records:
        if len(fields) > width and not any(field.strip() for field in fields[width:]):
            fields = fields[:width]
        if len(fields) == width:
            yield fields
        elif any(field.strip() for field in fields):
            plural = "s" if len(fields) != 1 else ""
            reason = f"{len(fields)} value{plural} where {width} are expected"
            misfits.append(SkippedRow(line, reason, "misfit", ",".join(fields)))


def _collect(rows: Iterator[list[str]], width: int) -> list[pa.ChunkedArray]:
    """`width` columns of text."""
    chunks: list[list[pa.Array]] = [[] for _ in range(width)]
    while block := list(islice(rows, CHUNK_ROWS)):
        for column, values in zip(chunks, zip(*block, strict=True), strict=True):
            column.append(pa.array(values, pa.string()))
    return [pa.chunked_array(column, pa.string()) for column in chunks]


def _check_share(left_out: int, kept: int, width: int) -> None:
    if left_out > kept:
        raise UnreadableFile(
            f"Most rows must have as many values as there are columns, {width}. "
            f"{left_out:,} of {left_out + kept:,} rows have another number.",
            "Check the delimiter, and that the first line names every column.",
        )


def _decimal(cells: list[pa.ChunkedArray], delimiter: str) -> Literal[".", ","]:
    """The decimal mark; a comma that is also the delimiter stays ambiguous, and its column text."""
    if delimiter == ",":
        return "."
    sample = [column.slice(0, 1000) for column in cells]
    return (
        "," if any(uses_decimal_comma(column.filter(_filled(column))) for column in sample) else "."
    )


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.not_equal(column, "")


CSV = Format(
    name="csv",
    title="Delimited text",
    suffixes=(".csv", ".tsv", ".tab", ".psv", ".txt", ".data"),
    matches=lambda content, suffix: True,
    read=_read,
)
