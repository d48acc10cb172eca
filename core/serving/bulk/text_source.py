"""Rows of a delimited text, block by block, as text: what it means is up to the contract.

Run-time part. Encoding, dialect and layout are detected by the beginning of the file, or are those of training.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import msgspec
import pyarrow as pa

from core.data.formats.base import Wanted, no_rows
from core.data.formats.delimited_text import Understanding, understand
from core.data.formats.encoding import are_utf8
from core.data.streaming.blocks import BLOCK_BYTES, Block
from core.data.streaming.delimited import (
    BlockPlan,
    DelimitedFile,
    cut_delimited,
    plain_names,
    read_block,
)
from core.data.streaming.plain_text import PlainText, to_plain_text
from core.errors import PredictionError, UnreadableFile
from core.recipe import ReadOptions
from core.serving.bulk.checking import PartRows, Problem
from core.serving.bulk.noticing import find_twice
from core.serving.contract import Contract
from core.serving.contract.kinds import make_reader

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True)
class TextPart:
    """A block of a text with its content."""

    block: Block
    content: bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return self.block.end - self.block.begin


@dataclass(frozen=True)
class TextSource:
    """How any block of a text is read.

    Attributes
    ----------
    names
        Of the columns that are kept, in the file's order.
    first
        The place of the first of them.
    places
        Where the contract's columns are, by name.
    twice
        As in `PartRows`.
    """

    plan: BlockPlan
    names: list[str]
    first: int
    places: Mapping[str, int]
    twice: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """Text throughout."""
        return pa.schema([(name, pa.string()) for name in self.names])

    def read(self, part: TextPart) -> PartRows:
        """The rows of a block."""
        rows = read_block(part.content, part.block, self.plan)
        own = rows.columns[self.first : self.first + len(self.names)]
        return PartRows(
            pa.Table.from_arrays(own, schema=self.schema),
            {name: rows.columns[place] for name, place in self.places.items()},
            {row: Problem(row, None, reason) for row, reason in rows.unreadable.items()},
            self.twice,
        )


@dataclass(frozen=True)
class OpenedText:
    """A text whose rows can be read block by block."""

    file: DelimitedFile
    source: TextSource

    @property
    def size(self) -> int:
        """Of its rows, in bytes."""
        return sum(block.end - block.begin for block in self.file.blocks)

    def parts(self) -> Iterator[TextPart]:
        """All blocks, in their order."""
        for block in self.file.blocks:
            yield TextPart(block, block.read(self.file.path))


def open_text(
    path: Path,
    contract: Contract,
    work: Path,
    *,
    encoding: str | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> OpenedText:
    """Open a delimited text whose columns are those of a contract.

    Parameters
    ----------
    work
        A folder for its translation, where it is not in UTF-8.
    encoding
        Its encoding, where that was told.
    block_bytes
        How large the blocks are.

    Raises
    ------
    UnreadableFile
        When there is no table in it.
    """
    text = to_plain_text(path, encoding or _known_encoding(path, contract.read), work)
    given, found = _best_reading(text, contract)
    places, names = _find_columns(found, contract)
    file = cut_delimited(text, given, found, block_bytes)
    kept = _kept(found)
    source = TextSource(
        file.plan,
        names[kept.start : kept.stop],
        kept.start,
        places,
        find_twice(contract, found.layout.names, names),
    )
    return OpenedText(file, source)


def _known_encoding(path: Path, read: ReadOptions) -> str | None:
    """The encoding of the training file, where this file can be in it and in no plainer one; None = it is detected."""
    name = (read.encoding or "").lower()
    if not name or name.replace("_", "-").startswith(("utf", "ascii")):
        return None
    with path.open("rb") as file:
        if file.read(4).startswith(_WIDE_MARKS):
            return None
        file.seek(0)
        if are_utf8(iter(lambda: file.read(2**20), b"")):
            return None
        file.seek(0)
        decoder = codecs.getincrementaldecoder(name)()
        try:
            while piece := file.read(2**20):
                decoder.decode(piece)
        except UnicodeError:
            return None
    return name


def _best_reading(text: PlainText, contract: Contract) -> tuple[ReadOptions, Understanding]:
    """How the text is read with the most of the contract's columns: as it shows by itself, or as the training file was."""
    wanted = Wanted(contract.names, lines=True, pads=False)
    trained = msgspec.structs.replace(contract.read, encoding=None)
    reason, best, most = None, None, -1
    for given in (ReadOptions(), trained):
        try:
            found = understand(text.head, given, wanted)
        except UnreadableFile as error:
            reason = reason or error
            continue
        known = len(set(plain_names(found.layout)) & set(contract.names))
        if known > most:
            best, most = (given, found), known
        if known == len(contract.names):
            break
    if best is not None and most == 0:
        with suppress(UnreadableFile):
            best = _without_names(text, contract, wanted, best[1]) or best
    if best is None:
        raise reason or no_rows(has_names=False)
    return best


def _without_names(
    text: PlainText, contract: Contract, wanted: Wanted, found: Understanding
) -> tuple[ReadOptions, Understanding] | None:
    """The reading of a text that has no line of names, and all columns of the contract in order."""
    given = ReadOptions(delimiter=found.dialect.delimiter, header=0)
    bare = understand(text.head, given, wanted)
    if bare.layout.width != len(contract.fields) or not bare.first:
        return None
    try:
        for field, cell in zip(contract.fields, bare.first[0], strict=True):
            make_reader(field, contract.read.missing).decode(cell)
    except PredictionError:  # names, and not those of the contract
        return None
    return given, bare


def _find_columns(found: Understanding, contract: Contract) -> tuple[dict[str, int], list[str]]:
    """Where the contract's columns are, and what all are called."""
    names = plain_names(found.layout)
    if found.layout.header == 0 and len(names) == len(contract.names):
        names = contract.names
    return {name: names.index(name) for name in contract.names if name in names}, names


def _kept(found: Understanding) -> range:
    """The places of the columns but for empty ones without a name at the edges: rows may begin or end in a delimiter."""
    names = [name.strip() for name in found.layout.names]
    if found.layout.header == 0:
        return range(len(names))
    are_meant = [
        bool(name) or any(row[place].strip() for row in found.first)
        for place, name in enumerate(names)
    ]
    left, right = (_leading_gaps(each) for each in (are_meant, are_meant[::-1]))
    return range(left, len(names) - right)


def _leading_gaps(are_meant: Sequence[bool]) -> int:
    return sum(1 for _ in takewhile(lambda is_meant: not is_meant, are_meant))
