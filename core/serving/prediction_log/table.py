"""The blocks of a database: added, read the newest first, found by a request's id, and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import pack
from typing import TYPE_CHECKING, Any

from core.serving.prediction_log import statements
from core.serving.prediction_log.blocks import Block, KeptRow, decode_block, encode_block
from core.serving.prediction_log.words import cut_id, id_number

if TYPE_CHECKING:
    from core.serving.prediction_log.databases import Connection, Database

READ_BLOCKS = 16
"""Blocks that are read at a time."""

AFTER_ALL = 2.0**62
"""A time that no block ends at or after."""

_Ending = tuple[float, Iterator[KeptRow]]
"""The time of a block's last row, and all of its rows."""


class BlockTable:
    """The table of blocks, by a connection that is open.

    Parameters
    ----------
    database
        Where it is kept.
    connection
        To that database.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    def add(self, layout: int, block: Block) -> None:
        """Adds a block of rows of this layout."""
        values = (layout, *_head(block), encode_block(block))
        self._connection.execute(self._database.spell(statements.ADD_BLOCK), values)

    def rows(self, layout: int, since: float, until: float, flag: str = "") -> Iterator[KeptRow]:
        """The rows of a layout and a time, the newest first; with a flag, those that have it."""
        return (
            row
            for row in _newest_first(self._blocks(layout, since, until, flag))
            if since <= row.at < until and (not flag or any(code == flag for _, code in row.flags))
        )

    def _blocks(self, layout: int, since: float, until: float, flag: str) -> Iterator[_Ending]:
        """The blocks that may have such rows, the latest end first."""
        end, number = AFTER_ALL, 0
        while found := self._query(
            statements.BLOCKS, layout, since, until, f"%{flag}%", end, number, READ_BLOCKS
        ):
            for number, end, body in found:
                yield end, decode_block(body).rows(number, layout)

    def rows_of_request(self, request_id: str) -> Iterator[KeptRow]:
        """The rows of a request, of whatever layout, the newest first."""
        known = cut_id(request_id)
        blocks = (
            (end, block.rows(number, layout))
            for number, layout, end in self._query(statements.BLOCKS_OF_REQUEST, _mark(known))
            if (block := self._read(statements.BLOCK, number)) is not None
        )
        return (row for row in _newest_first(blocks) if row.request_id == known)

    def count_request(self, request_id: str) -> int:
        """How many rows of a request there are."""
        return sum(1 for _ in self.rows_of_request(request_id))

    def count_before(self, layout: int, before: float) -> int:
        """How many rows of a layout were answered before this time."""
        ((whole,),) = self._query(statements.COUNT_OLD, layout, before)
        straddling = self._query(statements.STRADDLING, layout, before, before)
        blocks = (self._read(statements.BLOCK, number) for (number,) in straddling)
        return int(whole) + sum(
            size
            for block in blocks
            if block is not None
            for at, size in zip(block.ats, block.sizes, strict=True)
            if at < before
        )

    def delete_request(self, request_id: str) -> int:
        """How many rows of a request were deleted: all of them."""
        known = cut_id(request_id)
        found = self._query(statements.BLOCKS_OF_REQUEST, _mark(known))
        return sum(
            self._shorten(number, lambda block: [other != known for other in block.request_ids])
            for number, _, _ in found
        )

    def delete_old(self, layout: int, before: float, blocks: int) -> tuple[int, int]:
        """How many blocks of a layout were deleted that are older, at most so many, and their rows."""
        sizes = self._query(statements.DELETE_OLD, layout, before, blocks)
        return len(sizes), sum(size for (size,) in sizes)

    def shorten_old(self, layout: int, before: float) -> int:
        """How many rows that are older were taken out of blocks that have others too."""
        found = self._query(statements.STRADDLING, layout, before, before)
        return sum(
            self._shorten(number, lambda block: [at >= before for at in block.ats])
            for (number,) in found
        )

    def _shorten(self, number: int, keeps: Callable[[Block], list[bool]]) -> int:
        """How many rows were taken out of a block, of which only some requests are to stay."""
        with self._database.transaction(self._connection):
            block = self._read(statements.LOCKED_BLOCK, number)
            if block is None:  # somebody else was faster
                return 0
            rest = block.only(keeps(block))
            if rest.sizes:
                values = (*_head(rest), encode_block(rest), number)
                self._connection.execute(self._database.spell(statements.REPLACE_BLOCK), values)
            else:
                self._connection.execute(self._database.spell(statements.DELETE_BLOCK), (number,))
            return sum(block.sizes) - sum(rest.sizes)

    def _read(self, statement: str, number: int) -> Block | None:
        found = self._query(statement, number)
        return decode_block(found[0][0]) if found else None

    def _query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(
            self._database.spell(statement), values
        ).fetchall()
        return found


def _newest_first(blocks: Iterator[_Ending]) -> Iterator[KeptRow]:
    """The rows of blocks whose ends go back in time; no more of them are read than it takes."""
    waiting: list[KeptRow] = []
    for end, rows in blocks:
        # Blocks overlap where several processes write: a row goes out when no block to come has a later one.
        yield from sorted((row for row in waiting if row.at > end), reverse=True)
        waiting = [row for row in waiting if row.at <= end]
        waiting += rows
    yield from sorted(waiting, reverse=True)


def _head(block: Block) -> tuple[float, float, int, str, bytes]:
    """What a block is found by; see `statements.HEAD`."""
    return min(block.ats), max(block.ats), sum(block.sizes), block.codes, block.id_numbers


def _mark(known: str) -> bytes:
    """The bytes by which the blocks of a request are found; a few others may have them too."""
    return pack("<I", id_number(known))
