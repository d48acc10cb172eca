"""A delimited text on disk: what is known of all of it, and the rows of one block of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from core.data.formats.base import fill_names, unique_names
from core.data.formats.body import TAIL_RECORDS, Fitting, find_footer
from core.data.formats.delimited_text import Understanding
from core.data.formats.layout import Layout
from core.data.formats.records import Dialect, Record, Splitting, split_records
from core.data.streaming.blocks import BLOCK_BYTES, Block, cut_blocks
from core.data.streaming.plain_text import PlainText
from core.recipe import ReadOptions

TAIL_BYTES = 2**17
"""So much of the end of a text holds its last records, unless they are very long."""

_RULES = (b"--", b"==")
"""What drawn lines are made of, which are left out where bars divide the fields."""


@dataclass(frozen=True)
class BlockPlan:
    """What is needed to read any block of a text.

    Attributes
    ----------
    footers
        The lines below the table that are notes or totals.
    """

    dialect: Dialect
    layout: Layout
    footers: frozenset[int]


@dataclass(frozen=True)
class DelimitedFile:
    """A delimited text on disk.

    Attributes
    ----------
    path
        In UTF-8.
    blocks
        All of its rows, in their order.
    """

    path: Path
    plan: BlockPlan
    blocks: tuple[Block, ...]


@dataclass
class BlockRows:
    """The rows of a block, one for each record that could be one.

    Attributes
    ----------
    columns
        `(width,)` columns of text as they stand, null where a record is too short.
    unreadable
        Why a row is none, by its position.
    misfits
        How many of these are too long, too short or cut off.
    """

    columns: list[pa.Array]
    unreadable: dict[int, str] = field(default_factory=dict)
    misfits: int = 0

    def __len__(self) -> int:
        return len(self.columns[0])


def cut_delimited(
    text: PlainText, given: ReadOptions, found: Understanding, block_bytes: int = BLOCK_BYTES
) -> DelimitedFile:
    """The blocks of a delimited text, and what is needed to read any of them.

    Parameters
    ----------
    given
        How it is read, as far as that was told.
    found
        What its beginning shows.
    """
    dialect, layout, place = found.dialect, found.layout, found.place
    blocks = tuple(cut_blocks(text.path, place.byte, text.end, place.line, dialect, block_bytes))
    below = find_footer(_tail(text.path, blocks, dialect), layout, given.skip_footer)
    plan = BlockPlan(
        dialect,
        layout,
        frozenset(record.line for record in below),
    )
    return DelimitedFile(text.path, plan, blocks)


def plain_names(layout: Layout) -> list[str]:
    """`(width,)` the names of the columns, made unique.

    Examples
    --------
    >>> plain_names(Layout(["a", "", "a"], 1, 1, (), ("", "", "")))
    ['a', 'column_2', 'a_2']
    """
    return unique_names(fill_names(layout.names))


def read_block(content: bytes, block: Block, plan: BlockPlan) -> BlockRows:
    """The rows of a block with this content."""
    columns = _split_fast(content, plan) if _is_fast(content, block, plan) else None
    return _split_exactly(content, block, plan) if columns is None else BlockRows(columns)


def _is_fast(content: bytes, block: Block, plan: BlockPlan) -> bool:
    """Whether pyarrow finds the same records as `split_records`."""
    comment = plan.dialect.comment.encode()
    if not block.is_regular or (comment and comment in content):
        return False
    if any(line >= block.line for line in plan.footers):
        return False
    return plan.dialect.delimiter != "|" or not any(rule in content for rule in _RULES)


def _split_fast(content: bytes, plan: BlockPlan) -> list[pa.Array] | None:
    """The columns of a block in which every record is a row; None when one is not."""
    names = [str(place) for place in range(plan.layout.width)]
    quote = plan.dialect.quote if plan.dialect.quote.encode() in content else ""
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(content),
            pa_csv.ReadOptions(
                use_threads=False, column_names=names, block_size=max(len(content), 1)
            ),
            pa_csv.ParseOptions(
                delimiter=plan.dialect.delimiter,
                quote_char=quote or False,
                newlines_in_values=bool(quote),
            ),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    columns = [column.combine_chunks() for column in table.columns]
    first_name = Fitting(plan.layout, plan.dialect).names[:1]
    if first_name and pc.any(pc.equal(pc.utf8_trim_whitespace(columns[0]), first_name[0])).as_py():
        return None
    return columns


def _split_exactly(content: bytes, block: Block, plan: BlockPlan) -> BlockRows:
    fitting = Fitting(plan.layout, plan.dialect, pads=False)
    splitting = Splitting(is_part=not block.is_last, first_line=block.line)
    width, rows = plan.layout.width, list[list[str | None]]()
    result = BlockRows([])
    for record in _records(content, plan.dialect, splitting):
        fields, reason = _fit(record, fitting, plan)
        if reason:
            result.unreadable[len(rows)] = reason
            result.misfits += record.line not in plan.footers
        if fields is not None:
            rows.append([*fields[:width], *[None] * (width - len(fields))])
    if splitting.cut_off:
        line, text = splitting.cut_off
        result.unreadable[len(rows)] = f"Line {line} has cut off: the text ends within quotes."
        result.misfits += 1
        rows.append([text, *[None] * (width - 1)])
    columns = zip(*rows, strict=True) if rows else [()] * width
    result.columns = [pa.array(column, pa.string()) for column in columns]
    return result


def _fit(record: Record, fitting: Fitting, plan: BlockPlan) -> tuple[list[str] | None, str]:
    """The fields of a record that could be a row, and why it is none; None for what is not meant as one."""
    if record.line in plan.footers:
        return record.fields, f"Line {record.line} looks like a note or a total below the table."
    fitted = fitting.fit(record)
    if fitted is None and fitting.skipped and fitting.skipped[-1].line == record.line:
        skipped = fitting.skipped[-1]
        return (
            (record.fields, f"Line {record.line} has {skipped.reason}.")
            if skipped.code == "misfit"
            else (None, "")
        )
    return fitted, ""


def _records(content: bytes, dialect: Dialect, splitting: Splitting) -> Iterator[Record]:
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    return split_records(lines, dialect, splitting)


def _tail(path: Path, blocks: tuple[Block, ...], dialect: Dialect) -> list[Record]:
    """The last records of a text."""
    tail: list[Record] = []
    for block in reversed(blocks):
        tail = [*_last_records(block, block.read(path), dialect), *tail][-TAIL_RECORDS:]
        if len(tail) == TAIL_RECORDS:
            break
    return tail


def _last_records(block: Block, content: bytes, dialect: Dialect) -> list[Record]:
    """The last records of a block; all of them, where they are few or it takes that to tell."""
    quote = dialect.quote.encode()
    if block.is_regular and not (quote and quote in content):
        begin = content.rfind(b"\n", 0, max(0, len(content) - TAIL_BYTES)) + 1
        splitting = Splitting(first_line=block.line + content.count(b"\n", 0, begin))
        found = list(_records(content[begin:], dialect, splitting))
        if len(found) >= TAIL_RECORDS:
            return found
    splitting = Splitting(is_part=not block.is_last, first_line=block.line)
    return list(_records(content, dialect, splitting))
