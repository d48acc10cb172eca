"""An engine whose answers are recorded: for the page, for files and for the command line."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

from core.serving.answered import Answered
from core.serving.contract import Contract, ParsedRow
from core.serving.engine import Answer, Engine, TableAnswer
from core.serving.prediction_log.log import PredictionLog

SAMPLE_ROWS = 1_000
"""Rows that are kept of each piece of a file that is predicted at once, evenly spread; all are counted.

A file may have a million rows: keeping them all would push everything else out of the queue, and say
little more about what a model is asked than this does."""


class RecordingEngine:
    """Answers as another engine does, and records it.

    Parameters
    ----------
    engine
        The one that answers.
    log
        Takes what it answered.
    source
        `page`, `file` or `command line`.
    request_id
        Under which all of it is found; made up when it is empty.
    """

    def __init__(
        self, engine: Engine, log: PredictionLog, source: str, request_id: str = ""
    ) -> None:
        self._engine = engine
        self._log = log
        self._source = source
        self.request_id = request_id or uuid.uuid4().hex

    @property
    def contract(self) -> Contract:
        """As of the engine that answers."""
        return self._engine.contract

    @property
    def is_fast(self) -> bool:
        """As of the engine that answers."""
        return self._engine.is_fast

    @property
    def gathers(self) -> bool:
        """As of the engine that answers."""
        return self._engine.gathers

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        """The answers to these rows, in their order."""
        began, at = time.perf_counter(), time.time()
        answer = self._engine.predict(rows)
        places = spread_rows(len(rows))
        shares = answer.probabilities
        sample = Answer(
            [answer.values[place] for place in places],
            None if shares is None else [shares[place] for place in places],
        )
        self._record([rows[place] for place in places], sample, at, began, len(rows))
        return answer

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        """The answers to the rows of a table; see `Engine.predict_table`."""
        return self._engine.predict_table(columns)

    def _record(
        self, rows: Sequence[ParsedRow], answer: Answer, at: float, began: float, n_rows: int
    ) -> None:
        if not rows:
            return
        seconds = time.perf_counter() - began
        self._log.add_sample(
            Answered(self.contract, rows, answer, at, seconds, self.request_id, self._source),
            n_rows,
        )


def recording(engine: Engine, log: PredictionLog | None, source: str) -> Engine:
    """The engine, recorded where there is a log."""
    return engine if log is None else RecordingEngine(engine, log, source)


def count_file(
    log: PredictionLog | None, contract: Contract, source: str, n_rows: int, seconds: float
) -> None:
    """Counts a file that was predicted by other processes, of which no rows are kept."""
    if log is not None:
        answer = Answer([], None if contract.classes is None else [])
        at = time.time() - seconds
        log.add_sample(
            Answered(contract, (), answer, at, seconds, uuid.uuid4().hex, source), n_rows
        )


def spread_rows(n_rows: int) -> list[int]:
    """The positions of the rows to keep.

    Examples
    --------
    >>> spread_rows(3), len(spread_rows(20_000)), spread_rows(20_000)[:3]
    ([0, 1, 2], 1000, [0, 20, 40])
    """
    if n_rows <= SAMPLE_ROWS:
        return list(range(n_rows))
    return [place * n_rows // SAMPLE_ROWS for place in range(SAMPLE_ROWS)]
