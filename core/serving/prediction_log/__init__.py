"""The prediction log: every answered row, kept for a while, without an answer ever waiting for it.

Run-time part. A server adds what it answered to a bounded queue; a thread of its own writes it to SQLite
in `SLIPWAY_HOME`, or to the PostgreSQL of `DATABASE_URL`. What is kept is read by `core.monitoring`.
"""

from __future__ import annotations

from core.serving.prediction_log.databases import Database, open_database
from core.serving.prediction_log.log import LogStatus, PredictionLog
from core.serving.prediction_log.privacy import Privacy
from core.serving.prediction_log.rows import BlockMaker
from core.serving.prediction_log.writer import LogWriter
from core.settings import Settings

__all__ = ["Database", "LogStatus", "PredictionLog", "open_database", "open_prediction_log"]


def open_prediction_log(settings: Settings) -> PredictionLog | None:
    """The log that these settings describe; None where predictions are not logged.

    It opens its database when it first writes, so a database that is away keeps nobody from answering.
    """
    if not settings.log.is_on:
        return None
    privacy = Privacy(settings.log.left_out, settings.log.hashed, settings.home)
    maker = BlockMaker(privacy, settings.log.share)
    writer = LogWriter(open_database(settings), maker, settings.log.days)
    return PredictionLog(writer, settings.log.queue_rows)
