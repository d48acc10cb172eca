"""What waits, written: rows and counts in one transaction, and what is too old deleted bit by bit."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from core.errors import StorageError
from core.serving.prediction_log import statements
from core.serving.prediction_log.counts import Counts
from core.serving.prediction_log.databases import AWAY, Connection, Database, Unavailable
from core.serving.prediction_log.rows import BlockMaker, Item, Plan
from core.serving.prediction_log.table import BlockTable
from core.serving.prediction_log.words import Layout, dump, minute_of

logger = logging.getLogger(__name__)

PRUNE_BLOCKS = 50
"""Blocks that are deleted at a time when they are too old: some milliseconds."""

PRUNE_SECONDS = 60
"""How often it is looked for what is too old."""

Losses = Mapping[tuple[int, str], tuple[int, int]]
"""Requests and rows that were not kept, by minute and reason."""


class Refused(Exception):
    """What waits can never be written: trying again would not help."""


class LogWriter:
    """Writes to a database, which it opens when it needs it and again when it was lost. For one thread.

    Parameters
    ----------
    database
        Where to.
    maker
        Makes the blocks.
    days
        After which rows and counts are deleted.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        maker: BlockMaker,
        days: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.database = database
        self._maker = maker
        self._days = days
        self._clock = clock
        self._connection: Connection | None = None
        self._layouts: dict[Layout, int] = {}
        self._pruned_at = 0.0
        self._inherited: LogWriter | None = None

    def write(self, items: Sequence[Item], losses: Losses) -> None:
        """Nothing, once all of it is in the database; otherwise none of it is.

        Raises
        ------
        Unavailable
            When the database takes nothing for now.
        Refused
            When it will never take this.
        """
        try:
            with self.database.guarded():
                self._write(self._connect(), items, losses)
        except StorageError as error:
            self.close()
            if isinstance(error, Unavailable):
                raise
            raise Unavailable(AWAY, error.message, error.hint) from error
        except Exception as error:  # of the database's driver, or of values that nothing can spell
            self.close()
            raise Refused(str(error)) from error

    def _write(self, connection: Connection, items: Sequence[Item], losses: Losses) -> None:
        # Before the transaction: a layout stays, whatever becomes of these rows.
        groups = [
            (self._number(connection, plan.layout), plan, of_plan)
            for plan, of_plan in self._by_plan(items)
        ]
        counts = Counts()
        table = BlockTable(self.database, connection)
        with self.database.transaction(connection):
            for layout, plan, of_plan in groups:
                kept, others = self._maker.sample(of_plan)
                counts.add(kept, layout)
                counts.add(others, layout, is_kept=False)
                for block in self._maker.blocks(kept, plan):
                    table.add(layout, block)
            self._add_counts(connection, counts, losses)

    def _by_plan(self, items: Sequence[Item]) -> list[tuple[Plan, list[Item]]]:
        """The requests to each version, and how its rows are kept."""
        groups: dict[int, list[Item]] = {}
        for item in items:
            groups.setdefault(id(item.answered.contract), []).append(item)
        return [(self._maker.plan(of[0].answered.contract), of) for of in groups.values()]

    def _add_counts(self, connection: Connection, counts: Counts, losses: Losses) -> None:
        # In one order everywhere, so that two processes never wait for each other.
        for statement, found in (
            (statements.ADD_TRAFFIC, [(*key, *value) for key, value in counts.traffic.items()]),
            (statements.ADD_LATENCIES, [(*key, value) for key, value in counts.latencies.items()]),
            (statements.ADD_FLAGS, [(*key, value) for key, value in counts.flags.items()]),
            (statements.ADD_LOSSES, [(*key, *value) for key, value in losses.items()]),
        ):
            if found:
                sql = self.database.spell(statement)
                connection.cursor().executemany(sql, sorted(found))

    def _number(self, connection: Connection, layout: Layout) -> int:
        """The number of a layout in the database, which is given one when it is new."""
        if layout not in self._layouts:
            self._layouts[layout] = self._add_layout(connection, layout)
        return self._layouts[layout]

    def _add_layout(self, connection: Connection, layout: Layout) -> int:
        fingerprint = hashlib.sha256(msgspec.json.encode(layout)).hexdigest()
        connection.execute(
            self.database.spell(statements.ADD_LAYOUT),
            (fingerprint, layout.model, layout.version, dump(layout.columns), dump(layout.classes)),
        )
        sql = self.database.spell(statements.FIND_LAYOUT)
        return int(connection.execute(sql, (fingerprint,)).fetchall()[0][0])

    def prune(self) -> bool:
        """Whether more may be too old than what was deleted now; looks once a minute unless there is.

        Raises
        ------
        Unavailable
            When the database takes nothing for now.
        """
        now = self._clock()
        if now - self._pruned_at < PRUNE_SECONDS or not self.database.exists():
            return False
        try:
            with self.database.guarded():
                is_more = self._prune(self._connect(), now - self._days * 86_400)
        except StorageError:
            self.close()
            raise
        if not is_more:
            self._pruned_at = now
        return is_more

    def _prune(self, connection: Connection, before: float) -> bool:
        numbers = [row[0] for row in connection.execute(statements.LAYOUTS).fetchall()]
        table = BlockTable(self.database, connection)
        left, deleted = PRUNE_BLOCKS, 0
        for number in numbers:
            blocks, rows = table.delete_old(number, before, left)
            left, deleted = left - blocks, deleted + rows
            if left <= 0:
                return True
        deleted += sum(table.shorten_old(number, before) for number in numbers)
        minute = minute_of(before)
        for statement in statements.DELETE_COUNTS:
            for number in numbers:
                connection.execute(self.database.spell(statement), (number, minute))
        connection.execute(self.database.spell(statements.DELETE_LOSSES), (minute,))
        if deleted:
            self.database.scrub(connection)
        return False

    def _connect(self) -> Connection:
        if self._connection is not None and self.database.is_lost(self._connection):
            logger.warning("%s is gone; a new one is begun", self.database.title)
            self.close()
        if self._connection is None:
            self._connection = self.database.connect()
            self.database.is_lost(self._connection)
        return self._connection

    def renewed(self) -> LogWriter:
        """The same for another process; a connection of this one is of no use there."""
        writer = LogWriter(self.database, self._maker, self._days, self._clock)
        # Kept from being closed, which would end the connection of the process that it belongs to.
        writer._inherited = self
        return writer

    def close(self) -> None:
        """Lets go of the database; the next write opens it again."""
        connection, self._connection = self._connection, None
        self._layouts.clear()
        if connection is not None:
            try:
                connection.close()
            except Exception:  # it is being let go of, whatever state it is in
                logger.debug("Closing %s failed", self.database.title, exc_info=True)
