"""What waits, written: rows and counts in one transaction, and what is too old deleted bit by bit."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from core.errors import StorageError
from core.serving.prediction_log import statements
from core.serving.prediction_log.databases import AWAY, Connection, Database, Unavailable
from core.serving.prediction_log.rows import Counts, Item, Plan, Row, RowMaker
from core.serving.prediction_log.words import Layout, dump, minute_of

logger = logging.getLogger(__name__)

PIECE_ROWS = 200
"""Rows that are made before they are given to the database, which lets the server's threads run meanwhile."""

PRUNE_ROWS = 2_000
"""Rows that are deleted at a time when they are too old: some milliseconds."""

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
        Makes the rows.
    days
        After which rows and counts are deleted.
    clock
        Seconds since 1970.
    """

    def __init__(
        self, database: Database, maker: RowMaker, days: int, clock: Callable[[], float] = time.time
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
        plans = self._plans(connection, items)
        counts = Counts()
        made: list[Row] = []
        with self.database.transaction(connection):
            for item in items:
                plan, number = plans[id(item.answered.contract)]
                rows = self._maker.rows(item.answered, plan, number)
                counts.add(item, number, len(rows))
                made += rows
                if len(made) >= PIECE_ROWS:
                    self.database.insert(connection, made)
                    made = []
            self.database.insert(connection, made)
            self._add_counts(connection, counts, losses)

    def _plans(self, connection: Connection, items: Sequence[Item]) -> dict[int, tuple[Plan, int]]:
        """How the rows of each contract are kept, and its layout's number, by the contract's address."""
        # By address: a contract is long, and comparing it would cost more than writing the row.
        contracts = {id(item.answered.contract): item.answered.contract for item in items}
        plans = {at: self._maker.plan(contract) for at, contract in contracts.items()}
        return {at: (plan, self._number(connection, plan.layout)) for at, plan in plans.items()}

    def _add_counts(self, connection: Connection, counts: Counts, losses: Losses) -> None:
        # In one order everywhere, so that two processes never wait for each other.
        for statement, found in (
            (statements.ADD_TRAFFIC, ((*key, *value) for key, value in counts.traffic.items())),
            (statements.ADD_LATENCIES, ((*key, value) for key, value in counts.latencies.items())),
            (statements.ADD_FLAGS, ((*key, value) for key, value in counts.flags.items())),
            (statements.ADD_LOSSES, ((*key, *value) for key, value in losses.items())),
        ):
            sql = self.database.spell(statement)
            for values in sorted(found):
                connection.execute(sql, values)

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
        left = PRUNE_ROWS
        sql = self.database.spell(statements.DELETE_ROWS)
        for number in numbers:
            left -= connection.execute(sql, (number, before, left)).rowcount
            if left <= 0:
                return True
        minute = minute_of(before)
        for statement in statements.DELETE_COUNTS:
            for number in numbers:
                connection.execute(self.database.spell(statement), (number, minute))
        connection.execute(self.database.spell(statements.DELETE_LOSSES), (minute,))
        if left < PRUNE_ROWS:
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
