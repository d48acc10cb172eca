"""Files that are predicted and put on record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from core.serving.bulk.places import Here, Place
from core.serving.bulk.running import Outcome, Target, predict_path
from core.serving.engine import Engine
from core.serving.prediction_log.log import PredictionLog
from core.serving.prediction_log.recording import count_file, recording


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
    recorded = recording(engine, log, source) if isinstance(place, Here) else engine
    outcome = predict_path(recorded, path, target, place=place, **options)
    if recorded is engine:
        seconds = time.perf_counter() - started
        count_file(log, engine.contract, source, outcome.tally.predicted, seconds)
    return outcome
