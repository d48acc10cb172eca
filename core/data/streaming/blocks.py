"""A text file cut into blocks of whole records, each of which can be read by itself."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.data.formats.records import RUNS_OF_SPACES, Dialect, RecordSplitter, Splitting

BLOCK_BYTES = 4 * 2**20
"""About forty thousand rows of a usual table."""

PIECE_BYTES = 2**18

_NEWLINE, _RETURN = b"\n\r"


@dataclass(frozen=True)
class Block:
    """Whole records of a text file.

    Attributes
    ----------
    begin, end
        Its bytes in the file.
    line
        On which it begins.
    is_regular
        Whether every quote in it wraps a whole field and all lines end alike, so that any reader
        of delimited text finds the same fields.
    is_last
        Whether nothing comes behind it.
    """

    begin: int
    end: int
    line: int
    is_regular: bool
    is_last: bool

    def read(self, path: Path) -> bytes:
        """Its content."""
        with path.open("rb") as file:
            file.seek(self.begin)
            return file.read(self.end - self.begin)


def cut_blocks(
    path: Path, begin: int, end: int, line: int, dialect: Dialect, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    """The blocks of a text from a byte, which begins this line, to another.

    Parameters
    ----------
    size
        About how many bytes a block has.

    Raises
    ------
    UnreadableFile
        When a field is too long.
    """
    with path.open("rb") as file:
        while begin < end:
            file.seek(begin)
            data = file.read(min(size, end - begin))
            is_last = begin + len(data) >= end
            cut = find_end(data, dialect, is_last)
            lines = data.count(b"\n", 0, cut)
            is_regular = cut > 0 and is_simple(dialect)
            if not cut:
                cut, lines = _exact_end(file, begin, end, line, dialect, size)
            yield Block(begin, begin + cut, line, is_regular, begin + cut >= end)
            begin, line = begin + cut, line + lines


def is_simple(dialect: Dialect) -> bool:
    """Whether other readers of delimited text know such a dialect."""
    marks = (dialect.delimiter, dialect.quote)
    return (
        dialect.is_plain
        and not dialect.escape
        and dialect.delimiter != RUNS_OF_SPACES
        and all(len(mark.encode()) < 2 for mark in marks)
    )


def find_end(data: bytes, dialect: Dialect, is_last: bool) -> int:
    r"""How many of these bytes are whole records for certain; 0 where that takes a closer look.

    Parameters
    ----------
    data
        Begins with a record.
    is_last
        Whether the text ends with these bytes.

    Examples
    --------
    >>> find_end(b'1,"a\nb"\n2,c', Dialect(), False), find_end(b'1,5" pipe\n', Dialect(), True)
    (8, 0)
    """
    cut = len(data) if is_last else data.rfind(b"\n") + 1
    if data.count(b"\r", 0, cut) != data.count(b"\r\n", 0, cut):
        return 0
    if dialect.escape and dialect.escape.encode() in data:
        return 0
    quote = dialect.quote.encode()
    if not quote or quote not in data:
        return cut
    return _quoted_end(data, dialect, is_last) if is_simple(dialect) else 0


def _quoted_end(data: bytes, dialect: Dialect, is_last: bool) -> int:
    """As `find_end`, of bytes with quotes: they all have to open or close a whole field."""
    codes = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(codes == ord(dialect.quote))
    breaks = np.flatnonzero(codes == _NEWLINE)
    closed = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    if is_last and len(quotes) % 2 == 0:
        cut = len(data)
    else:
        cut = int(closed[-1]) + 1 if len(closed) else 0
    quotes = quotes[quotes < cut]
    opening, closing = quotes[::2], quotes[1::2]
    around = np.array([ord(dialect.delimiter), _NEWLINE, _RETURN], np.uint8)
    padded = np.concatenate([[_NEWLINE], codes[:cut], [_NEWLINE]]).astype(np.uint8)
    # A doubled quote closes and opens again.
    again = closing[:-1] + 1 == opening[1:]
    opens = np.isin(padded[opening], around)
    opens[1:] |= again[: len(opening) - 1]
    closes = np.isin(padded[closing + 2], around)
    closes[:-1] |= again
    return cut if opens.all() and closes.all() else 0


def _exact_end(
    file: BinaryIO, begin: int, end: int, line: int, dialect: Dialect, size: int
) -> tuple[int, int]:
    """How many bytes and lines the records have that reach to about this size, each looked at."""
    file.seek(begin)
    lengths: list[int] = []

    def lines() -> Iterator[str]:
        for text in _lines(file, end - begin):
            lengths.append(len(text.encode()))
            yield text

    splitter = RecordSplitter(lines(), dialect, Splitting(first_line=line))
    cut = taken = 0
    for _ in splitter:
        behind = splitter.next_line - line
        cut += sum(lengths[taken:behind])
        taken = behind
        if cut >= size:
            return cut, taken
    return end - begin, len(lengths)


def _lines(file: BinaryIO, size: int) -> Iterator[str]:
    """The lines of the next bytes, with their ends."""
    decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
    while size > 0 and (piece := file.read(min(PIECE_BYTES, size))):
        size -= len(piece)
        lines = list(io.StringIO(rest + decoder.decode(piece), newline=""))
        # A line may go on, and a carriage return may have its newline in the next piece.
        rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
        yield from lines
    if rest:
        yield from io.StringIO(rest, newline="")
