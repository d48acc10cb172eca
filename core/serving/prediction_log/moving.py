"""Rows that a Slipway before kept one by one, moved into blocks."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from core.serving.prediction_log import statements
from core.serving.prediction_log.blocks import BLOCK_ROWS, Block
from core.serving.prediction_log.table import BlockTable

if TYPE_CHECKING:
    from core.serving.prediction_log.databases import Connection, Database

MOVE_ROWS = 5_000
"""Rows of one transaction: others can write in between."""


def move_rows(database: Database, connection: Connection) -> bool:
    """Whether all rows are in blocks now, and their table is gone; the oldest are moved unless they are."""
    found = connection.execute(database.spell(statements.TAKE_ROWS), (MOVE_ROWS,)).fetchall()
    if not found:
        connection.execute(statements.DROP_ROWS)
        return True
    table = BlockTable(database, connection)
    for layout, rows in groupby(
        sorted(found, key=lambda row: (row[1], row[0])), lambda row: row[1]
    ):
        of_layout = [row[2:] for row in rows]
        for start in range(0, len(of_layout), BLOCK_ROWS):
            table.add(layout, _block(of_layout[start : start + BLOCK_ROWS]))
    return False


def _block(rows: list[tuple[Any, ...]]) -> Block:
    """These rows, each as if it had been all of its request."""
    ats, ids, positions, inputs, predictions, shares, flags, latencies_ms, sources = zip(
        *rows, strict=True
    )
    decode = msgspec.json.decode
    return Block(
        ids,
        ats,
        latencies_ms,
        sources,
        positions,
        list(range(len(rows))),
        [1] * len(rows),
        [decode(text) for text in inputs],
        [decode(text) for text in predictions],
        [None if text is None else decode(text) for text in shares],
        {
            place: decode(text, type=tuple[tuple[str, str], ...])
            for place, text in enumerate(flags)
            if text is not None
        },
    )
