"""The judging of trials on the folds: each candidate's default first, then what the search proposes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from core.moments import now
from core.recipe import Recipe
from core.scoring.metrics import get_metric
from core.training.allowance import Allowance
from core.training.budget import Clock
from core.training.candidates.base import Candidate
from core.training.compute.base import Room
from core.training.firsts import BASELINE, FIRST, MOSTLY_BEST, PROMISING, first_proposals
from core.training.fitting import FitResult, FitTask
from core.training.fold_answers import FoldAnswers, join_folds
from core.training.parts import WHOLE
from core.training.progress import Progress, is_better, summarise
from core.training.study import LAG, Proposal, as_proposal, propose
from core.training.table import TrainingTable
from core.training.trials import Trial

AT_ONCE = 2
"""So many trials begin before any goes on: a first score of a real candidate is wanted before all of the baseline's."""

OWED_SECONDS = 120.0
"""A fit that some model depends on may take so long, however little time there is."""

PROBE_FOLDS = 1
"""After so many folds a trial of the search is looked at, and given up when it is clearly worse."""

PRUNE_SPREADS = 0.5
"""Clearly worse: by so many standard deviations of the best one's scores over the folds."""

SURENESS = 0.5
"""By how many standard errors a trial of the search must be better to take its candidate's row.

The best of many is partly lucky; without a margin small tables are learned by heart.
"""

JUDGED = ("done", "failed")
"""A default that ended otherwise, for want of time, is tried again by a run that goes on."""

POOL = 12
"""So many of the best trials are kept to be put together."""

HOPE_SPREADS = 1.0
"""A default is hopeful while it is at most so many of the best one's standard deviations behind."""


@dataclass
class Work:
    """A trial under way.

    Attributes
    ----------
    rival
        Per metric the fold scores that it is compared with on the way; None = it is not.
    begun
        How many folds were handed out.
    results
        By fold.
    """

    trial: Trial
    rival: Trial | None = None
    begun: int = 0
    results: dict[int, FitResult] = field(default_factory=dict)

    @property
    def is_default(self) -> bool:
        """Whether it is a candidate's default."""
        return self.trial.origin == "default"

    @property
    def is_promising(self) -> bool:
        """Whether it is the first of a candidate that is judged whatever time it takes."""
        return self.trial.origin in FIRST and self.trial.candidate in PROMISING


class Judging:
    """The trials of a run and what is done next.

    Parameters
    ----------
    table
        Whose folds judge.
    candidates
        In the order in which their defaults are tried.
    progress
        Is told.
    clock
        Says how long it may go on.
    room
        How many fits go on at the same time, with how many threads.
    outer
        Of nested judging: the outer fold.
    """

    def __init__(
        self,
        table: TrainingTable,
        candidates: Sequence[Candidate],
        progress: Progress,
        clock: Clock,
        room: Room,
        outer: int = WHOLE,
    ) -> None:
        self._table = table
        self._candidates = {c.name: c for c in candidates}
        self._progress = progress
        self._clock = clock
        self._outer = outer
        self._open: list[Work] = []
        self._ended: dict[int, Trial] = {}
        self._proposed: dict[int, Proposal] = {}
        self._next_number = 0
        self._first_left = first_proposals(candidates, table, clock)
        self._is_over = False
        self.allowance = Allowance(clock, room, table)
        self.answers: dict[int, FoldAnswers] = {}

    @property
    def recipe(self) -> Recipe:
        """The recipe that is followed."""
        return self._table.recipe

    @property
    def ended(self) -> Mapping[int, Trial]:
        """The trials that have ended, by their numbers."""
        return self._ended

    def go_on_from(self, trials: Sequence[Trial], answers: Mapping[int, FoldAnswers]) -> None:
        """Trials of an earlier run on the same folds count as if they had been done here."""
        for trial in (t for t in trials if t.candidate in self._candidates):
            self._ended[trial.number] = trial
            self._proposed[trial.number] = as_proposal(trial)
            found = answers.get(trial.number)
            self._progress.trial_ends(trial, found, self._champion(trial.candidate))
            if found is not None:
                self.answers[trial.number] = found
        self._next_number = max(self._ended, default=-1) + 1
        tried = {(t.candidate, t.origin) for t in trials if t.status in JUDGED}
        self._first_left = [p for p in self._first_left if (p.candidate, p.origin) not in tried]

    def next_tasks(self) -> Iterator[FitTask]:
        """The fits that can begin now."""
        while (task := self._pick()) is not None:
            yield task

    def take(self, result: FitResult) -> None:
        """A fit has ended."""
        candidate = self._candidates[result.task.candidate]
        if not result.error:
            self.allowance.estimates.add(candidate, result.rows, result.fit_seconds)
        self._progress.fit_ends(result, self._clock.left if self._clock.is_limited else None)
        work = next((w for w in self._open if w.trial.number == result.task.trial), None)
        if work is None:
            return  # it failed on another fold
        work.results[result.task.fold] = result
        work.trial = summarise(work.trial, work.results, len(self._table.folds))
        if result.is_too_slow and self._clock.is_limited and self._time_left() <= 0:
            self._end_as(work, "cancelled", "the time was up")
        elif result.is_too_slow and self._clock.is_limited:
            self._end_as(work, "pruned", result.error)
        elif work.trial.status in ("done", "failed"):
            self._end(work)
        elif reason := self._why_pruned(work):
            self._end_as(work, "pruned", reason)
        else:
            self._progress.trial_goes_on(work.trial)

    def give_up(self, reason: str) -> None:
        """What has not ended will not."""
        for work in list(self._open):
            self._end_as(work, "cancelled", reason)
        self._progress.end_open("set_aside", reason)

    @property
    def is_owed(self) -> bool:
        """Whether a model is still to come, whatever time there is: one that says more than the baseline.

        Only where no other candidate can be judged, it is the baseline.
        """
        if not self._clock.is_limited or self._is_over:
            return False
        done = {t.candidate for t in self._ended.values() if t.status == "done"}
        coming = {w.trial.candidate for w in self._open} | {p.candidate for p in self._first_left}
        return not done - {BASELINE} and bool(coming - {BASELINE} or (coming and not done))

    @property
    def training_rows(self) -> int:
        """How many rows the training part has."""
        return len(self._table.train)

    @property
    def all_rows(self) -> int:
        """How many rows there are, the hold-out included."""
        return len(self._table.frame)

    @property
    def has_holdout(self) -> bool:
        """Whether rows were held out."""
        return len(self._table.test) > 0

    def refit_seconds(self, trial: Trial, rows: int | None = None) -> float:
        """What fitting a trial on so many rows is expected to take; None = on all training rows."""
        return self.allowance.refit_seconds(self._candidates[trial.candidate], trial, rows)

    def last_threads(self, trial: Trial) -> int:
        """How many threads its last fits have at the least."""
        return self.allowance.last_threads(self._candidates[trial.candidate])

    def best_trials(self) -> list[Trial]:
        """The trials that are judged on every fold, best first."""
        key = get_metric(self.recipe.metric).sort_key
        done = [trial for trial in self._ended.values() if trial.status == "done"]
        return sorted(done, key=lambda t: (-key(t.mean(self.recipe.metric)), t.number))

    def _pick(self) -> FitTask | None:
        """The next fit; None when there is none now."""
        if self._is_over:
            return None
        if self._time_left() <= 0:
            return self._pick_owed()
        if len(self._proposed) < AT_ONCE and (begun := self._begin_first()) is not None:
            return self._task(begun)
        for work in self._open:
            if work.begun < len(self._table.folds) and self._goes_on(work):
                return self._task(work)
        begun = self._begin_first() or self._begin_search()
        return None if begun is None else self._task(begun)

    def _pick_owed(self) -> FitTask | None:
        """The next fit of the one model that has to come where the time is up; None when there is none now."""
        if not self.is_owed:
            self._is_over = True
            return None
        self._first_left.sort(key=lambda proposal: proposal.candidate == BASELINE)
        open_ones = [work for work in self._open if work.trial.candidate != BASELINE]
        work = open_ones[0] if open_ones else self._begin_first()
        if work is None or work.begun == len(self._table.folds):
            return None
        return self._task(work)

    def _task(self, work: Work) -> FitTask:
        fold = work.begun
        work.begun += 1
        return FitTask(
            work.trial.number,
            fold,
            work.trial.candidate,
            work.trial.parameters,
            work.trial.steps,
            self._outer,
            limit_seconds=self._limit(work, is_first=fold < PROBE_FOLDS and work.is_default),
            threads=self.allowance.threads(self._candidates[work.trial.candidate]),
        )

    def _limit(self, work: Work, *, is_first: bool) -> float | None:
        limit = self.allowance.limit(
            self._time_left(), is_first=is_first, is_promising=work.is_promising
        )
        return limit if limit is None or not self.is_owed else max(limit, OWED_SECONDS)

    def _goes_on(self, work: Work) -> bool:
        """Whether the next fold of a trial does not have to wait for what the first ones say."""
        is_sure = work.is_promising or (work.is_default and not self.allowance.is_limited)
        return is_sure or work.begun < PROBE_FOLDS or len(work.results) >= PROBE_FOLDS

    def _begin_first(self) -> Work | None:
        """The next of the trials that come before the search, begun; None when there is none."""
        while self._first_left:
            proposal = self._first_left.pop(0)
            reason = self._why_not(self._candidates[proposal.candidate])
            if reason:
                if self._champion(proposal.candidate) is None:
                    self._progress.set_aside(proposal.candidate, reason)
                continue
            work = self._begin(proposal)
            self._progress.candidate_begins(work.trial)
            return work
        return None

    def _why_not(self, candidate: Candidate) -> str:
        """Why a candidate's default is not begun; empty when it is."""
        if reason := self._too_many_classes(candidate):
            return reason
        if candidate.name in PROMISING:
            return ""
        return self.allowance.why_not(candidate, self._time_left())

    def _too_many_classes(self, candidate: Candidate) -> str:
        """Why a candidate cannot learn so many classes in a sensible time; empty when it can."""
        there_are, bound = len(self._table.classes), candidate.max_classes
        if bound is None or there_are <= bound:
            return ""
        return (
            f"It learns at most {bound:,} classes in a sensible time, and there are {there_are:,}."
        )

    def _begin_search(self) -> Work | None:
        number = self._next_number
        searched = sum(item.origin not in FIRST for item in self._proposed.values())
        trials = self.recipe.search.trials
        if not self._clock.is_limited and searched >= (trials or 0):
            return None
        if trials is not None and searched >= trials:
            return None
        # All defaults are known to it, and all trials but the last few.
        last = max([n for n, p in self._proposed.items() if p.origin in FIRST], default=-1)
        until = max(number - LAG, last) + 1
        if any(n not in self._ended for n in self._proposed if n < until):
            return None  # one that it has to know goes on
        known = [trial for n, trial in sorted(self._ended.items()) if n < until]
        left = self._time_left()
        hopeful = [c for c in self._candidates.values() if self.allowance.fits_in(c, left)]
        pending = [p for n, p in self._proposed.items() if n >= until]
        proposal = propose(number, hopeful, self.recipe, known, pending, self._trial_seconds())
        if proposal is None:
            return None
        return self._begin(proposal, known)

    def _begin(self, proposal: Proposal, known: Sequence[Trial] = ()) -> Work:
        trial = Trial(
            self._next_number,
            proposal.candidate,
            dict(proposal.parameters),
            dict(proposal.steps),
            proposal.origin,
            started_at=now(),
        )
        work = Work(trial, self._rival(proposal.candidate, known))
        self._proposed[trial.number] = proposal
        self._next_number += 1
        self._open.append(work)
        return work

    def _rival(self, candidate: str, known: Sequence[Trial]) -> Trial | None:
        """The best trial of this candidate among those that the new one may know."""
        key = get_metric(self.recipe.metric).sort_key
        mine = [t for t in known if t.candidate == candidate and t.status == "done"]
        return max(mine, key=lambda t: key(t.mean(self.recipe.metric)), default=None)

    def _why_pruned(self, work: Work) -> str:
        """Why a trial is given up after its first folds; empty when it is not."""
        if len(work.results) != PROBE_FOLDS:
            return ""
        if work.is_default:
            return "" if work.is_promising else self._why_no_more(work)
        rival = work.rival
        if rival is None or not self.recipe.search.prune:
            return ""
        if not self._is_behind(work, rival, PRUNE_SPREADS):
            return ""
        return f"clearly worse than trial {rival.number} in the first fold"

    def _why_no_more(self, work: Work) -> str:
        """Why the rest of the folds of a default is not worth its time; empty when it is."""
        best = next(iter(self.best_trials()), None)
        is_hopeful = best is None or not self._is_behind(work, best, HOPE_SPREADS)
        candidate = self._candidates[work.trial.candidate]
        return self.allowance.why_no_more(
            candidate, work.trial, len(work.results), self._time_left(), is_hopeful
        )

    def _is_behind(self, work: Work, rival: Trial, spreads: float) -> bool:
        """Whether a trial is behind another in its first folds by so many of the other's standard deviations."""
        metric = self.recipe.metric
        key = get_metric(metric).sort_key
        known = [s for s in rival.fold_scores[metric] if s is not None]
        theirs = [rival.fold_scores[metric][fold] for fold in sorted(work.results)]
        mine = work.trial.fold_scores[metric]
        if len(known) < 2 or None in theirs or None in mine:
            return False
        behind = statistics.fmean(key(a) - key(b) for a, b in zip(theirs, mine, strict=True))
        return behind > spreads * statistics.stdev(known)

    def _end_as(self, work: Work, status: str, reason: str) -> None:
        work.trial = msgspec.structs.replace(
            work.trial, status=status, reason=reason, finished_at=now()
        )
        self._end(work)

    def _end(self, work: Work) -> None:
        trial = work.trial
        self._open.remove(work)
        self._ended[trial.number] = trial
        results = [*work.results.values()]
        answers = join_folds(self._table, results) if trial.status == "done" else None
        if answers is not None and self.recipe.search.ensemble:
            self.answers[trial.number] = answers
            pool = {t.number for t in self.best_trials()[:POOL]}
            self.answers = {n: found for n, found in self.answers.items() if n in pool}
        self._progress.trial_ends(trial, answers, self._champion(trial.candidate))

    def _champion(self, candidate: str) -> Trial | None:
        """The trial that a candidate's row shows: the default, until another is better beyond luck.

        The others are looked at in the order of their numbers, whichever of them ended first. What is quick
        may have come before the default, but was not made for as many rows.
        """
        metric, champion = self.recipe.metric, None
        for trial in sorted(self._ended.values(), key=lambda t: (t.origin != "default", t.number)):
            if trial.candidate == candidate and trial.status == "done":
                than = None if champion is None else champion.fold_scores[metric]
                if is_better(trial, than, metric, SURENESS):
                    champion = trial
        return champion

    def _time_left(self) -> float:
        """Seconds until the last fits must begin."""
        best: dict[str, Trial] = {}
        for trial in self.best_trials():
            best.setdefault(trial.candidate, trial)
        leaders = [(self._candidates[name], trial) for name, trial in best.items()]
        is_judged = any(trial.candidate == MOSTLY_BEST for trial in self._ended.values())
        return self.allowance.left(
            leaders, is_early=MOSTLY_BEST in self._candidates and not is_judged
        )

    def _trial_seconds(self) -> dict[str, float] | None:
        """What a trial of each candidate takes, where time is short."""
        if not self._clock.is_limited:
            return None
        found = {n: self.allowance.trial_seconds(c) for n, c in self._candidates.items()}
        return {n: seconds for n, seconds in found.items() if seconds is not None}
