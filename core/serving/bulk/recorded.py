"""Files that are predicted and put on record."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from core.serving.answered import Answered
from core.serving.bulk.checking import Checked
from core.serving.bulk.places import Here, Place
from core.serving.bulk.running import Outcome, Target, predict_path
from core.serving.contract import Contract
from core.serving.engine import Engine, TableAnswer, as_answer
from core.serving.prediction_log.log import PredictionLog
from core.serving.prediction_log.recording import count_file, spread_rows


class FileRecorder:
    """Keeps a sample of what was answered to a file, part by part, and counts all of it.

    Parameters
    ----------
    log
        Takes it.
    contract
        Of the version that answers.
    source
        `file` or `command line`.
    """

    def __init__(self, log: PredictionLog, contract: Contract, source: str) -> None:
        self._log, self._contract, self._source = log, contract, source
        self._request_id = uuid.uuid4().hex
        self._since = time.perf_counter()

    def __call__(self, checked: Checked, answer: TableAnswer) -> None:
        """Takes what was answered to a part."""
        now, n_rows = time.perf_counter(), len(checked.rows)
        seconds, self._since = now - self._since, now
        if not n_rows:
            return
        places = spread_rows(n_rows)
        rows = checked.take(np.array(places)).parsed()
        kept = as_answer(self._contract, answer, places)
        at = time.time() - seconds
        self._log.add_sample(
            Answered(self._contract, rows, kept, at, seconds, self._request_id, self._source),
            n_rows,
        )


def predict_recorded(
    engine: Engine,
    log: PredictionLog | None,
    source: str,
    path: Path,
    target: Target,
    *,
    place: Place,
    **options: Any,  # those of `predict_path`
) -> Outcome:
    """What came of a file, as `predict_path` tells it, put on record where there is a log.

    Of what is predicted here some rows are kept and all are counted; of what other processes predict
    all are counted.

    Parameters
    ----------
    log
        None = nothing is put on record.
    source
        `file` or `command line`.
    """
    started = time.perf_counter()
    is_here = log is not None and isinstance(place, Here)
    note = FileRecorder(log, engine.contract, source) if log is not None and is_here else None
    outcome = predict_path(engine, path, target, place=place, note=note, **options)
    if not is_here:
        seconds = time.perf_counter() - started
        count_file(log, engine.contract, source, outcome.tally.predicted, seconds)
    return outcome
