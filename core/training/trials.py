"""Trials: one setting of one candidate each, with what came of it, on record as they end."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from core.storage import storage_errors
from core.training.candidates.base import Value

FILE = "trials.jsonl"


class Trial(Struct, frozen=True):
    """One setting of one candidate, judged on the run's folds.

    Attributes
    ----------
    number
        Counted from 0 within the run.
    parameters
        Settings of the estimator, where they are not its defaults.
    steps
        Preparing steps that are not the recipe's, as `number.transform`.
    origin
        `default`, `quick` (a setting that comes before it where time is short), `known` (one that did well
        elsewhere) or `search`.
    status
        `running`, `done`, `pruned`, `failed` or `cancelled`.
    reason
        Why it was pruned or failed; else empty.
    note
        What a reader of its scores should know.
    fold_scores, train_scores
        Per metric, one value a finished fold: on the rows left out, and on the rows fitted.
    fit_seconds, predict_ms
        Mean over the folds: of a fit, and to predict 1,000 rows.
    rows
        How many rows each fold was fitted on, at most.
    size_bytes
        Of the largest of their models.
    started_at, finished_at
        ISO 8601, UTC.
    """

    number: int
    candidate: str
    parameters: dict[str, Value] = {}
    steps: dict[str, Value] = {}
    origin: str = "default"
    status: str = "running"
    reason: str = ""
    note: str = ""
    fold_scores: dict[str, tuple[float | None, ...]] = {}
    train_scores: dict[str, tuple[float | None, ...]] = {}
    fit_seconds: float | None = None
    predict_ms: float | None = None
    rows: int = 0
    size_bytes: int = 0
    started_at: str = ""
    finished_at: str = ""

    def mean(self, metric: str) -> float | None:
        """The mean over the folds; None before the first."""
        known = [value for value in self.fold_scores.get(metric, ()) if value is not None]
        return statistics.fmean(known) if known else None


def append_trial(folder: Path, trial: Trial) -> None:
    """Puts a trial that has ended on record; what was there before stays whatever happens.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    path = folder / FILE
    with storage_errors(path), path.open("ab") as file:
        file.write(msgspec.json.encode(trial) + b"\n")
        file.flush()


def read_trials(folder: Path) -> list[Trial]:
    """The trials of a run that have ended, in the order of their numbers.

    A last line that was cut off, because the process was killed while it wrote, is left out.
    """
    path = folder / FILE
    if not path.exists():
        return []
    with storage_errors(path):
        lines = path.read_bytes().split(b"\n")
    return sorted(_decode(lines), key=lambda trial: trial.number)


def _decode(lines: Iterable[bytes]) -> list[Trial]:
    found: dict[int, Trial] = {}
    for line in lines:
        try:
            trial = msgspec.json.decode(line, type=Trial)
        except msgspec.DecodeError:
            continue
        found[trial.number] = trial
    return list(found.values())
