"""The state of a run while it goes on, rewritten after each fit."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import msgspec

from core.training.candidates.base import Candidate
from core.training.catalogue import CATALOGUE
from core.training.fitting import ALL_ROWS, FitResult, FitTask
from core.training.runs import RunStore
from core.training.state import CandidateState, RunState, end_candidates, known_or_none, now
from core.training.table import TrainingTable

SURE_AFTER = 0.15
"""What remains is estimated once this share of the work is done; before, starting up counts too much."""


class Progress:
    """Keeps a run's state true on disk. Tasks are begun on joblib's thread and ended on ours."""

    def __init__(self, store: RunStore, state: RunState) -> None:
        self._store = store
        self._state = state
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._results: dict[str, dict[int, FitResult]] = {}
        self._cost_done = 0.0
        self._cost_total = 0.0

    @property
    def state(self) -> RunState:
        """The state as it was last written."""
        return self._state

    def begin(self, table: TrainingTable, candidates: Sequence[Candidate]) -> None:
        """The table is split and the fits are known."""
        n = len(table.folds)
        self._cost_total = sum(c.cost for c in candidates) * (n + 1)
        self._results = {c.name: {} for c in candidates}
        self._write(
            rows_train=len(table.train),
            rows_test=len(table.test),
            rows_dropped=table.dropped,
            total_tasks=len(candidates) * (n + 1),
            candidates=tuple(CandidateState(c.name, c.title, n) for c in candidates),
        )

    def task_begins(self, task: FitTask) -> None:
        """A fit was handed to a worker process."""
        with self._lock:
            current = self._state.candidate(task.candidate)
            if current is not None and current.status == "waiting":
                self._replace(msgspec.structs.replace(current, status="running"))

    def task_ends(self, result: FitResult) -> CandidateState:
        """A fit has ended, well or not. Returns the candidate as it is now."""
        name = result.task.candidate
        self._cost_done += CATALOGUE[name].cost
        with self._lock:
            self._results[name][result.task.fold] = result
            current = self._state.candidate(name)
            assert current is not None
            changed = _summarise(current, self._results[name])
            self._state = msgspec.structs.replace(
                self._state,
                done_tasks=self._state.done_tasks + 1,
                remaining_seconds=self._remaining(),
            )
            self._replace(changed)
            return changed

    def answers(self, name: str) -> list[FitResult]:
        """The results of a candidate's folds, in the order of the folds."""
        found = self._results[name]
        return [found[fold] for fold in sorted(found) if fold != ALL_ROWS]

    def set_aside(self, reason: str) -> None:
        """The candidates that are not ended will not be."""
        self._write(candidates=end_candidates(self._state.candidates, "set_aside", reason))

    def end(self, status: str, message: str = "") -> None:
        """The run is over."""
        self._write(status=status, message=message, finished_at=now(), remaining_seconds=0.0)

    def _remaining(self) -> float | None:
        elapsed = time.monotonic() - self._started
        if self._cost_done < SURE_AFTER * self._cost_total:
            return None
        return max(0.0, elapsed * (self._cost_total - self._cost_done) / self._cost_done)

    def _write(self, **changes: object) -> None:
        with self._lock:
            self._state = msgspec.structs.replace(self._state, **changes)
            self._store.write_state(self._state)

    def _replace(self, changed: CandidateState) -> None:
        candidates = tuple(changed if c.name == changed.name else c for c in self._state.candidates)
        self._state = msgspec.structs.replace(self._state, candidates=candidates)
        self._store.write_state(self._state)


def _summarise(current: CandidateState, results: dict[int, FitResult]) -> CandidateState:
    """The candidate after these fits."""
    failed = next((r for r in results.values() if r.error), None)
    folds = [
        results[fold] for fold in sorted(results) if fold != ALL_ROWS and not results[fold].error
    ]
    full = results.get(ALL_ROWS)
    complete = len(folds) == current.folds and full is not None
    notes = dict.fromkeys(note for r in results.values() for note in r.note.split("; ") if note)
    return msgspec.structs.replace(
        current,
        status="failed" if failed else "done" if complete else "running",
        reason=failed.error if failed else "",
        note=_first_of_each_kind(list(notes)),
        folds_done=len(folds),
        fold_scores=_columns([r.scores for r in folds]),
        train_scores=_columns([r.train_scores for r in folds]),
        fit_seconds=_mean([r.fit_seconds for r in folds]),
        predict_ms=_mean([r.predict_ms for r in folds if r.predict_ms is not None]),
        full_fit_seconds=full.fit_seconds if full and not full.error else None,
    )


def _first_of_each_kind(notes: list[str]) -> str:
    """The notes, without those that differ from an earlier one in its numbers only."""
    kinds = {"".join(c for c in note if not c.isdigit()): note for note in reversed(notes)}
    return "; ".join(sorted(kinds.values()))


def _columns(scores: list[dict[str, float]]) -> dict[str, tuple[float | None, ...]]:
    """Per metric, one value a fold."""
    names = scores[0] if scores else {}
    return {name: tuple(known_or_none(s[name]) for s in scores) for name in names}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
