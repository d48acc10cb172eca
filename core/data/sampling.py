"""Rows drawn at random from a file that is too large to be loaded, in one pass and little memory.

The sample is a file of the same format, with the rows as they stand in the large one.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from core.data.memory import PLAIN_CELL_BYTES
from core.recipe import ReadOptions

SEED = 42
PIECE_BYTES = 2**23
TAIL_BYTES = 2**18
"""How much of a file's end is looked at for what stands below the table."""

MAX_RECORD_BYTES = 2**20
"""Where a row seems to be longer, a quote is none, and each line is a row."""

BATCH_ROWS, FIRST_ROWS = 32_768, 1_000

_WIDE = ("utf_16", "utf_32", "iso2022", "hz")
"""Encodings in which the bytes of a line break may be part of another character."""


def outline(path: Path) -> bytes:
    """The beginning and the end of a text file, cut at line breaks: enough to detect how it is read."""
    with path.open("rb") as file:
        head = file.read(PIECE_BYTES)
        size = file.seek(0, os.SEEK_END)
        if size <= PIECE_BYTES + TAIL_BYTES:
            file.seek(len(head))
            return head + file.read()
        if b"\0" in head[:4096]:  # wide characters, which a cut at a byte would spoil
            return head
        file.seek(size - TAIL_BYTES)
        tail = file.read()
    end = head.rfind(b"\n") + 1
    return head[:end] + tail[tail.find(b"\n") + 1 :] if end else head


def sample_text(
    path: Path, target: Path, share: float, options: ReadOptions
) -> tuple[int, ReadOptions]:
    """How many rows a text file has, and how the sample of it is read that is written to `target`.

    Each row is drawn or not by itself, with the same chance, and they stay in their order. What is
    above and below the table is kept.

    Parameters
    ----------
    share
        The chance of each row, from 0 to 1.
    options
        How the file is read, everything detected.
    """
    if (options.encoding or "").lower().replace("-", "_").startswith(_WIDE):
        narrow = target.with_name(f"{target.name}.utf8")
        _to_utf8(path, narrow, str(options.encoding))
        try:
            return sample_text(
                narrow, target, share, msgspec.structs.replace(options, encoding="utf-8")
            )
        finally:
            narrow.unlink()
    generator = np.random.default_rng(SEED)
    rows = 0
    with path.open("rb") as source, target.open("wb") as out:
        begin, end = _table_span(source, options)
        source.seek(0)
        out.write(source.read(begin))
        for piece, ends in _records(_pieces(source, end - begin), options):
            data = np.frombuffer(piece, np.uint8)
            lengths = np.diff(ends, prepend=0)
            are_rows = _are_rows(data, ends - lengths, lengths, options.comment)
            are_drawn = are_rows & (generator.random(len(ends)) < share)
            out.write(data[np.repeat(are_drawn, lengths)].tobytes())
            rows += int(are_rows.sum())
        out.write(source.read())
    return rows, options


def sample_parquet(path: Path, target: Path, share: float) -> int:
    """How many rows a Parquet file has, of which a sample is written to `target`, as `sample_text` does."""
    import pyarrow as pa
    from pyarrow import parquet

    generator = np.random.default_rng(SEED)
    with parquet.ParquetFile(path) as file:
        with parquet.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                are_drawn = pa.array(generator.random(batch.num_rows) < share)
                writer.write_batch(batch.filter(are_drawn))
        return int(file.metadata.num_rows)


def needed_for_parquet(path: Path) -> int:
    """How much memory loading a Parquet file takes, by its first rows; few bytes may stand for many."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        rows, width = file.metadata.num_rows, file.metadata.num_columns
        first = next(file.iter_batches(batch_size=FIRST_ROWS), None)
        if first is None or not first.num_rows:
            return 0
        plain = sum(max(column.nbytes, 8 * first.num_rows) for column in first.columns)
        return int(rows * (2 * plain / first.num_rows + PLAIN_CELL_BYTES * width))


def _to_utf8(path: Path, target: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as source, target.open("wb") as out:
        while piece := source.read(PIECE_BYTES):
            out.write(decoder.decode(piece).encode())
        out.write(decoder.decode(b"", final=True).encode())


def _table_span(source: BinaryIO, options: ReadOptions) -> tuple[int, int]:
    """Where the first row begins, and where the last one ends."""
    head = source.read(PIECE_BYTES)
    end = source.seek(0, os.SEEK_END)
    return _head_bytes(head, options), end - _foot_bytes(source, end, options)


def _head_bytes(head: bytes, options: ReadOptions) -> int:
    """How long the lines above the table and those that name its columns are."""
    mark = _line_end(head)
    begin = 0
    for _ in range(options.skip_lines or 0):
        begin = head.find(mark, begin) + 1
    ends = _record_ends(head[begin:], mark, options)
    names, place = int(options.header or 0), 0
    for end in ends.tolist():
        if not names:
            break
        line = head[begin + place : begin + end].strip()
        if line and not _is_comment(line, options.comment):
            names -= 1
        place = end
    return begin + place


def _foot_bytes(source: BinaryIO, size: int, options: ReadOptions) -> int:
    """How long the lines below the table are."""
    source.seek(max(0, size - TAIL_BYTES))
    lines = source.read().splitlines(keepends=True)
    below, length = options.skip_footer or 0, 0
    while below and lines:
        line = lines.pop()
        length += len(line)
        below -= bool(line.strip())
    return length


def _pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := source.read(min(PIECE_BYTES, size))):
        size -= len(piece)
        yield piece


def _records(pieces: Iterator[bytes], options: ReadOptions) -> Iterator[tuple[bytes, np.ndarray]]:
    """Bytes of whole rows, and where each row in them ends."""
    rest, mark = b"", b""
    for read in pieces:
        piece = rest + read
        mark = mark or _line_end(piece)
        ends = _record_ends(piece, mark, options)
        if len(ends):
            yield piece[: ends[-1]], ends
        rest = piece[ends[-1] :] if len(ends) else piece
    if rest:
        yield rest, np.array([len(rest)])


def _line_end(piece: bytes) -> bytes:
    return b"\r" if b"\r" in piece and b"\n" not in piece else b"\n"


def _record_ends(piece: bytes, mark: bytes, options: ReadOptions) -> np.ndarray:
    """Where rows end: at the line breaks before which as many quotes were opened as closed."""
    data = np.frombuffer(piece, np.uint8)
    breaks = np.flatnonzero(data == mark[0])
    quote, escape = (options.quote or "").encode(), (options.escape or "").encode()
    if len(quote) != 1 or quote not in piece:
        return breaks + 1
    quotes = np.flatnonzero(data == quote[0])
    if len(escape) == 1 and escape != quote:
        quotes = quotes[data[quotes - 1] != escape[0]]
    closed = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    is_plausible = len(closed) and np.diff(closed, prepend=0, append=len(piece)).max() < (
        MAX_RECORD_BYTES
    )
    return (closed if is_plausible or len(piece) < MAX_RECORD_BYTES else breaks) + 1


def _are_rows(
    data: np.ndarray, begins: np.ndarray, lengths: np.ndarray, comment: str | None
) -> np.ndarray:
    """Which lines are neither blank nor remarks."""
    first = data[begins]
    are_blank = np.isin(first, [10, 13]) & (lengths <= 2)
    if comment and len(comment.encode()) == 1:
        are_blank |= first == ord(comment)
    return ~are_blank


def _is_comment(line: bytes, comment: str | None) -> bool:
    return bool(comment) and line.startswith(str(comment).encode())
