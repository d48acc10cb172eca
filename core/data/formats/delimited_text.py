"""A delimited text before its values are read: encoding, dialect and layout, by its beginning."""

from __future__ import annotations

import codecs
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from core.data.doubts import EncodingDoubt
from core.data.formats.base import Wanted
from core.data.formats.dialect import (
    SAMPLE_CHARACTERS,
    SAMPLE_RECORDS,
    detect_dialect,
    read_hint,
)
from core.data.formats.encoding import Guess, check_text, decode, guess_encoding
from core.data.formats.layout import Layout, detect_layout
from core.data.formats.records import Dialect, Record, Splitting, split_records
from core.errors import UnreadableFile
from core.recipe import ReadOptions

CHECKED_BYTES = 100_000
"""How much of a text is looked through for characters that no text has."""

_UTF8 = ("utf-8", "utf-8-sig", "ascii")
_PADDING = (b"\0", b"\x1a")


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
    first
        The first rows as they stand, those that are as wide as the table.
    """

    dialect: Dialect
    layout: Layout
    place: Place
    first: list[list[str]]


def understand(text: Text, given: ReadOptions, wanted: Wanted) -> Understanding:
    """What the beginning of a text shows; raises `UnreadableFile` when it is no table's."""
    dialect = _dialect(text, given)
    layout, place, first = _find_table(text, dialect, given, wanted.names)
    return Understanding(dialect, layout, place, first)


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
