"""How the time of a run is shared out: what may begin, how long it may take, what is kept back for the last fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.training.budget import SAFETY, Clock, Estimates, scaled
from core.training.candidates.base import Candidate
from core.training.compute.base import Room
from core.training.table import TrainingTable
from core.training.trials import Trial

DEFAULT_SHARE = 0.04
"""The share of the time left for judging that all folds of one candidate's default may take."""

HOPEFUL_SHARE = 0.25
"""The same for a candidate whose first fold was as good as the best one's, or nearly."""

PROBE_SHARE = 0.1
"""The share of the time left for judging that a candidate's first fit may take."""

LEAST_PROBE = 1.0
"""Seconds that a first fit may take, whatever its share is."""

UNSURE = 4.0
"""What was only estimated from other candidates may be wrong by so many times."""

LIMIT_SHARE = 0.3
"""The share of the time left that one fit of the search may take."""

LEAST_LIMIT = 5.0
"""Seconds that each of them may take, whatever its share is."""

REFIT_SHARE = 0.5
"""The share of the whole time that is set aside for the last fits, at the most."""

EARLY_REFIT_SHARE = 0.1
"""The same until what is mostly best was judged: what is best before it will hardly be fitted last."""

KEEP_SECONDS = 0.05
"""What a megabyte of a model takes to be written, read for the hold-out and registered; measured 0.04 of forests."""

MANY_CELLS = 10_000_000
"""Folds of more values than this are fitted one at a time: two at once would hold several times the table."""

THREADED_ROWS = 50_000
THREADED_SHARE = 0.7
"""What all threads take for a fit on more rows than these, of what one takes: measured 0.66 with two."""

AGAIN_SHARE = 0.15
"""The share of the whole time that fitting the best again on all rows may take, to be provided for."""


@dataclass(frozen=True)
class Rows:
    """How many rows there are to fit on: in a fold, in the training part, in the whole table."""

    fold: int
    train: int
    everything: int

    @classmethod
    def of(cls, table: TrainingTable) -> Rows:
        """Of this table; folds may be samples."""
        largest = max((len(fit) for fit, _ in table.folds), default=len(table.train))
        return cls(largest, len(table.train), len(table.frame))


class Allowance:
    """The time that judging has.

    Parameters
    ----------
    clock
        Until when the run has to be over.
    room
        How many fits go on at the same time, with how many threads.
    table
        Whose folds judge.
    """

    def __init__(self, clock: Clock, room: Room, table: TrainingTable) -> None:
        self.clock = clock
        self.estimates = Estimates()
        self._room = room
        self._folds = max(1, len(table.folds))
        self._rows = Rows.of(table)
        self._has_many_cells = self._rows.fold * len(table.recipe.features) > MANY_CELLS
        self._combines = table.recipe.search.ensemble

    @property
    def is_limited(self) -> bool:
        """Whether the time decides."""
        return self.clock.is_limited

    def threads(self, candidate: Candidate) -> int:
        """How many threads each of its fits has: all that it can, where it can use them and the table is large."""
        return self._room.threads if self._has_many_cells and candidate.has_threads else 1

    def last_threads(self, candidate: Candidate) -> int:
        """The same for its last fits, of which there are few."""
        is_worth_it = candidate.has_threads and self._rows.train > THREADED_ROWS
        return self._room.threads if is_worth_it else self.threads(candidate)

    def left(self, leaders: Sequence[tuple[Candidate, Trial]], is_early: bool) -> float:
        """Seconds until the last fits must begin; infinite without a limit.

        Parameters
        ----------
        leaders
            The best trial of each candidate, best first.
        is_early
            Whether what mostly wins was not judged yet.
        """
        if not self.is_limited:
            return math.inf
        return self.clock.left - self._reserve(leaders, is_early)

    def refit_seconds(self, candidate: Candidate, trial: Trial, rows: int | None = None) -> float:
        """What fitting a trial on so many rows, and keeping it, is expected to take; None = on the training part."""
        wanted = self._rows.train if rows is None else rows
        bounded = min(wanted, candidate.max_rows or wanted)
        took = trial.fit_seconds or 0.0
        megabytes = scaled(trial.size_bytes / 2**20, trial.rows, bounded, candidate.size_growth)
        # What was fitted on many rows may have had all threads before.
        is_quicker = candidate.has_threads and trial.rows < THREADED_ROWS < bounded
        share = THREADED_SHARE if is_quicker and self._room.threads > 1 else 1.0
        fitting = share * scaled(took, trial.rows, bounded, candidate.growth)
        return SAFETY * fitting + KEEP_SECONDS * megabytes + 0.1

    def trial_seconds(self, candidate: Candidate) -> float | None:
        """What the fits of all folds of a trial would take, one after the other; None while nothing is known."""
        seconds = self.estimates.seconds(candidate, self._rows.fold)
        return None if seconds is None else seconds * self._folds

    def fits_in(self, candidate: Candidate, left: float) -> bool:
        """Whether a trial of the search would end in the time that is left."""
        seconds = self.trial_seconds(candidate) if self.is_limited else None
        return seconds is None or SAFETY * seconds / self._at_once(candidate) < left

    def why_not(self, candidate: Candidate, left: float) -> str:
        """Why a candidate's default is not worth beginning; empty when it is."""
        seconds = self.trial_seconds(candidate)
        if not self.is_limited or seconds is None:
            return ""
        first = seconds / self._folds
        if not self.estimates.is_measured(candidate):
            first /= UNSURE
        if first <= self._first_limit(left):
            return ""
        return (
            f"It would take about {seconds / self._at_once(candidate):,.0f} s, and {max(left, 0.0):,.0f} s of the budget "
            "are left for judging."
        )

    def why_no_more(
        self, candidate: Candidate, trial: Trial, folds_done: int, left: float, is_hopeful: bool
    ) -> str:
        """Why a candidate's default is given up after its first folds; empty when it goes on.

        Parameters
        ----------
        is_hopeful
            Whether what it scored so far is as good as the best, or nearly.
        """
        if not self.is_limited or trial.fit_seconds is None:
            return ""
        more = trial.fit_seconds * (self._folds - folds_done) / self._at_once(candidate)
        if more <= (HOPEFUL_SHARE if is_hopeful else DEFAULT_SHARE) * left:
            return ""
        return (
            f"Judging it on all folds would take about {more:,.0f} s more, and {max(left, 0.0):,.0f} s of "
            "the budget are left for judging."
        )

    def limit(self, left: float, *, is_first: bool, is_promising: bool) -> float | None:
        """How long one fit may take, so that one that runs away does not take the time of all others."""
        if not self.is_limited:
            return None
        if is_promising:
            return max(0.1, left)
        if is_first:
            return max(0.1, min(left, self._first_limit(left)))
        return max(0.1, min(left, max(LEAST_LIMIT, LIMIT_SHARE * left)))

    def _first_limit(self, left: float) -> float:
        return max(LEAST_PROBE, PROBE_SHARE * left)

    def _reserve(self, leaders: Sequence[tuple[Candidate, Trial]], is_early: bool) -> float:
        """Seconds that the last fits will take: of the best, and of what it may be put together with."""
        if not leaders:
            return 0.0
        last = leaders[:3] if self._combines else leaders[:1]
        needed = self._together(last, self._rows.train)
        if is_early:
            return min(needed + 0.5, EARLY_REFIT_SHARE * self.clock.total)
        reserve = min(needed + 0.5, REFIT_SHARE * self.clock.total)
        again = self._together(last, self._rows.everything)
        return reserve + (again if again <= AGAIN_SHARE * self.clock.total else 0.0)

    def _together(self, leaders: Sequence[tuple[Candidate, Trial]], rows: int) -> float:
        """Seconds until all of them are fitted on so many rows."""
        each = [self.refit_seconds(*leader, rows) for leader in leaders]
        shares = [s / self._at_once(c) for s, (c, _) in zip(each, leaders, strict=True)]
        return max(max(each), sum(shares))

    def _at_once(self, candidate: Candidate) -> int:
        """How many of its fits go on at the same time."""
        return self._room.slots // self.threads(candidate)
