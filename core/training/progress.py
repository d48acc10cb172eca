"""The state of a run while it goes on: trials as their fits end, candidates by their best trial."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from core.moments import now
from core.scoring.metrics import get_metric, task_metrics
from core.training.candidates.base import Candidate
from core.training.fitting import FitResult
from core.training.fold_answers import FoldAnswers
from core.training.runs import RunStore
from core.training.state import (
    ENSEMBLE,
    CandidateState,
    RunState,
    end_candidates,
    known_or_none,
)
from core.training.table import TrainingTable
from core.training.trials import Trial, append_trial

SURE_AFTER = 0.15
"""What remains is estimated once this share of the work is done; before, starting up counts too much."""

UNJUDGED = {"failed": "failed", "pruned": "set_aside"}
"""What a candidate's row says, by the status of its default, where that is all that was tried."""

WRITE_SECONDS = 0.2
"""The state is written at most so often while fits end by the dozen; a page looks once a second."""


class Progress:
    """Keeps a run's state true on disk.

    Parameters
    ----------
    store, state
        Where it is written, and the state to go on from.
    """

    def __init__(self, store: RunStore, state: RunState) -> None:
        self._store = store
        self._state = state
        self._started = time.monotonic()
        self._written = 0.0
        self._costs: dict[str, float] = {}
        self._cost_done = 0.0
        self._cost_total = 0.0

    @property
    def state(self) -> RunState:
        """The state as it is now."""
        return self._state

    def begin(self, table: TrainingTable, candidates: Sequence[Candidate], total: int) -> None:
        """The table is split and the first fits are known.

        Parameters
        ----------
        total
            How many fits there will be; 0 = the time decides.
        """
        n = len(table.folds)
        self._costs = {c.name: c.cost for c in candidates}
        self._cost_total = sum(self._costs.values()) * (n + 1)
        self.change(
            rows_train=len(table.train),
            rows_test=len(table.test),
            rows_dropped=table.dropped,
            total_tasks=total,
            metrics=task_metrics(table.recipe),
            candidates=tuple(CandidateState(c.name, c.title, n) for c in candidates),
        )

    def change(self, **changes: object) -> None:
        """Other fields of the state have changed."""
        self._state = msgspec.structs.replace(self._state, **changes)
        self.write()

    def note(self, text: str) -> None:
        """Something that a person should know of the whole run."""
        if text not in self._state.notes:
            self.change(notes=(*self._state.notes, text))

    def candidate_begins(self, trial: Trial) -> None:
        """The first fit of a candidate's default was handed to a worker."""
        row = self._row(trial.candidate)
        if row.status == "waiting":
            self._replace(msgspec.structs.replace(row, status="running", trial=trial.number))

    def fit_ends(self, result: FitResult, remaining: float | None = None) -> None:
        """A fit has ended, well or not."""
        self._cost_done += self._costs.get(result.task.candidate, 0.0)
        left = self._remaining() if remaining is None else remaining
        self._state = msgspec.structs.replace(
            self._state, done_tasks=self._state.done_tasks + 1, remaining_seconds=left
        )

    def trial_goes_on(self, trial: Trial) -> None:
        """More of a trial is known; its candidate's row shows it while it has no better one."""
        row = self._row(trial.candidate)
        if row.status in ("waiting", "running") and row.trial in (None, trial.number):
            self._replace(_with_trial(row, trial, "running"))
        self.write(often=True)

    def trial_ends(self, trial: Trial, answers: FoldAnswers | None, champion: Trial | None) -> None:
        """A trial has ended and is put on record; its candidate's row shows the best one there is.

        Parameters
        ----------
        answers
            For the rows left out; None where it did not come to all of them.
        champion
            The trial that the row shows from now on; None while there is none.
        """
        self._record(trial, answers)
        row = self._row(trial.candidate)
        is_new = champion is not None and (row.trial != champion.number or row.status != "done")
        if champion is not None and is_new:
            row = _with_trial(row, champion, "done")
        elif row.status in ("waiting", "running") and trial.status in UNJUDGED:
            row = _with_trial(row, trial, UNJUDGED[trial.status])
        self._state = msgspec.structs.replace(self._state, trials=self._state.trials + 1)
        self._replace(msgspec.structs.replace(row, trials=row.trials + 1))
        self.write(often=not is_new)

    def final_fit_ends(self, name: str, result: FitResult) -> None:
        """A candidate was fitted on all training rows, or could not be."""
        row = self._row(name)
        if result.error:
            note = f"not fitted on all rows: {result.error}"
            row = msgspec.structs.replace(row, note="; ".join(filter(None, (row.note, note))))
        else:
            row = msgspec.structs.replace(
                row, full_fit_seconds=result.fit_seconds, full_rows=result.rows
            )
        self._replace(row)
        self.write()

    def add_ensemble(self, row: CandidateState) -> None:
        """The best were put together, and that is better."""
        others = [c for c in self._state.candidates if c.name != ENSEMBLE]
        self.change(candidates=(*others, row))

    def keep_answers(self, answers: FoldAnswers) -> None:
        """Keeps what the ensemble answered for the rows left out."""
        self._store.save_out_of_fold(self._state.id, ENSEMBLE, answers)

    def set_aside(self, name: str, reason: str) -> None:
        """A candidate that has not begun will not."""
        self._replace(msgspec.structs.replace(self._row(name), status="set_aside", reason=reason))
        self.write()

    def end_open(self, status: str, reason: str) -> None:
        """The candidates that are not ended will not be."""
        self.change(candidates=end_candidates(self._state.candidates, status, reason))

    def end(self, status: str, message: str = "") -> None:
        """The run is over."""
        self.change(status=status, message=message, finished_at=now(), remaining_seconds=0.0)

    def write(self, often: bool = False) -> None:
        """Writes the state; what comes often is only written when the last time is a while ago."""
        if often and time.monotonic() - self._written < WRITE_SECONDS:
            return
        self._store.write_state(self._state)
        self._written = time.monotonic()

    def _record(self, trial: Trial, answers: FoldAnswers | None) -> None:
        if answers is not None:
            self._store.save_out_of_fold(self._state.id, trial.number, answers)
        append_trial(self._store.folder(self._state.id), trial)

    def _row(self, name: str) -> CandidateState:
        row = self._state.candidate(name)
        assert row is not None, "every candidate has a row from the beginning"
        return row

    def _replace(self, changed: CandidateState) -> None:
        candidates = tuple(changed if c.name == changed.name else c for c in self._state.candidates)
        self._state = msgspec.structs.replace(self._state, candidates=candidates)

    def _remaining(self) -> float | None:
        elapsed = time.monotonic() - self._started
        if not self._cost_done or self._cost_done < SURE_AFTER * self._cost_total:
            return None
        return max(0.0, elapsed * (self._cost_total - self._cost_done) / self._cost_done)


class UnseenProgress(Progress):
    """The state of a search that is only done to be judged: nothing of it is written."""

    def keep_answers(self, answers: FoldAnswers) -> None:
        """Nothing is kept."""

    def write(self, often: bool = False) -> None:
        """Nothing is written."""

    def _record(self, trial: Trial, answers: FoldAnswers | None) -> None:
        """Nothing is recorded."""


def summarise(trial: Trial, results: dict[int, FitResult], folds: int) -> Trial:
    """The trial after these fits of its folds."""
    failed = next((r for r in results.values() if r.error), None)
    done = [results[fold] for fold in sorted(results) if fold >= 0 and not results[fold].error]
    notes = dict.fromkeys(note for r in results.values() for note in r.note.split("; ") if note)
    status = "failed" if failed else "done" if len(done) == folds else trial.status
    return msgspec.structs.replace(
        trial,
        status=status,
        reason=failed.error if failed else trial.reason,
        note=_first_of_each_kind(list(notes)),
        fold_scores=_columns([r.scores for r in done]),
        train_scores=_columns([r.train_scores for r in done]),
        fit_seconds=_mean([r.fit_seconds for r in done]),
        predict_ms=_mean([r.predict_ms for r in done if r.predict_ms is not None]),
        rows=max((r.rows for r in done), default=0),
        size_bytes=max((r.size_bytes for r in done), default=0),
        finished_at=now() if status in ("done", "failed") else "",
    )


def is_better(
    trial: Trial, than: tuple[float | None, ...] | None, metric: str, sureness: float = 0.0
) -> bool:
    """Whether a trial's mean is better than these fold scores, by so many standard errors of the difference.

    The folds are the same for both, so their differences say it, not the spread from fold to fold.
    """
    mine = trial.fold_scores.get(metric, ())
    if trial.status != "done" or not mine:
        return False
    if not than:
        return True
    key = get_metric(metric).sort_key
    differences = [
        key(a) - key(b) for a, b in zip(mine, than, strict=True) if a is not None and b is not None
    ]
    if not differences:
        return any(score is not None for score in mine)
    mean = sum(differences) / len(differences)
    return mean > sureness * standard_error(differences)


def standard_error(values: Sequence[float]) -> float:
    """The standard error of the mean of these values; 0 for fewer than two.

    Examples
    --------
    >>> round(standard_error([1.0, 2.0, 3.0]), 3), standard_error([1.0])
    (0.577, 0.0)
    """
    import statistics

    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


def _with_trial(row: CandidateState, trial: Trial, status: str) -> CandidateState:
    return msgspec.structs.replace(
        row,
        status=status,
        reason=trial.reason,
        note=trial.note,
        folds_done=max((len(scores) for scores in trial.fold_scores.values()), default=0),
        fold_scores=trial.fold_scores,
        train_scores=trial.train_scores,
        fit_seconds=trial.fit_seconds,
        predict_ms=trial.predict_ms,
        trial=trial.number,
        parameters=trial.parameters,
        steps=trial.steps,
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
