"""The judging of trials on the folds: each candidate's default first, then what the search proposes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from core.recipe import Recipe
from core.scoring.answers import Answers
from core.scoring.metrics import get_metric
from core.training.budget import SAFETY, Clock, Estimates, scaled
from core.training.candidates.base import Candidate
from core.training.fitting import FitResult, FitTask
from core.training.parts import WHOLE
from core.training.progress import Progress, is_better, summarise
from core.training.runs import FoldAnswers
from core.training.state import now
from core.training.study import LAG, Proposal, as_proposal, propose
from core.training.table import TrainingTable
from core.training.trials import Trial

PROMISING = ("baseline", "ridge", "logistic", "hist_gradient_boosting")
"""Where time is short these come first: what must be beaten, and what mostly wins."""

PROBE_FOLDS = 1
"""After so many folds a trial of the search is looked at, and given up when it is clearly worse."""

PRUNE_SPREADS = 0.5
"""Clearly worse: by so many standard deviations of the best one's scores over the folds."""

SURENESS = 0.5
"""By how many standard errors a trial of the search must be better to take its candidate's row.

The best of many is partly lucky; without a margin small tables are learned by heart.
"""

POOL = 12
"""So many of the best trials are kept to be put together."""

DEFAULT_SHARE = 0.35
"""The share of the time left that the folds of one candidate's default may take."""

UNSURE = 4.0
"""What was only estimated from other candidates may be wrong by so many times."""

LIMIT_SHARE = 0.3
"""The share of the time left that one fit may take."""

LEAST_LIMIT = 5.0
"""Seconds that each fit may take, whatever its share is."""

LEAST_ROWS = 2_000
"""A candidate that could only be fitted on fewer rows is set aside."""

REFIT_SHARE = 0.5
"""The share of the whole time that is set aside for the last fits, at the most."""

EARLY_REFIT_SHARE = 0.2
"""The same until the promising candidates were judged: what is best before them will hardly be fitted last."""


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
    max_rows
        It is fitted on a sample of so many rows, for want of time; None = as its candidate bounds.
    """

    trial: Trial
    rival: Trial | None = None
    begun: int = 0
    results: dict[int, FitResult] = field(default_factory=dict)
    max_rows: int | None = None

    @property
    def is_probed(self) -> bool:
        """Whether no further fold waits for what the first ones say."""
        is_default = self.trial.origin == "default"
        return is_default or len(self.results) >= PROBE_FOLDS


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
    slots
        How many fits go on at the same time.
    outer
        Of nested judging: the outer fold.
    """

    def __init__(
        self,
        table: TrainingTable,
        candidates: Sequence[Candidate],
        progress: Progress,
        clock: Clock,
        slots: int,
        outer: int = WHOLE,
    ) -> None:
        self._table = table
        self._candidates = {c.name: c for c in candidates}
        self._progress = progress
        self._clock = clock
        self._slots = slots
        self._outer = outer
        self._classes = table.classes
        self._open: list[Work] = []
        self._ended: dict[int, Trial] = {}
        self._proposed: dict[int, Proposal] = {}
        self._next_number = 0
        self._defaults_left = _promising_first(candidates) if clock.is_limited else list(candidates)
        self._is_over = False
        self.estimates = Estimates()
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
        tried = {t.candidate for t in trials if t.origin == "default" and t.status != "cancelled"}
        self._defaults_left = [c for c in self._defaults_left if c.name not in tried]

    def next_tasks(self) -> Iterator[FitTask]:
        """The fits that can begin now."""
        while (task := self._pick()) is not None:
            yield task

    def take(self, result: FitResult) -> None:
        """A fit has ended."""
        candidate = self._candidates[result.task.candidate]
        if not result.error:
            self.estimates.add(candidate, result.rows, result.fit_seconds)
        self._progress.fit_ends(result, self._clock.left if self._clock.is_limited else None)
        work = next((w for w in self._open if w.trial.number == result.task.trial), None)
        if work is None:
            return  # it failed on another fold
        work.results[result.task.fold] = result
        work.trial = summarise(work.trial, work.results, len(self._table.folds))
        if work.trial.status == "failed" and self._time_left() <= 0:
            work.trial = msgspec.structs.replace(
                work.trial, status="cancelled", reason="the time was up", finished_at=now()
            )
            self._end(work)
        elif work.trial.status in ("done", "failed"):
            self._end(work)
        elif reason := self._why_pruned(work):
            work.trial = msgspec.structs.replace(
                work.trial, status="pruned", reason=reason, finished_at=now()
            )
            self._end(work)
        else:
            self._progress.trial_goes_on(work.trial)

    def give_up(self, reason: str) -> None:
        """What has not ended will not."""
        for work in list(self._open):
            work.trial = msgspec.structs.replace(
                work.trial, status="cancelled", reason=reason, finished_at=now()
            )
            self._end(work)
        self._progress.end_open("set_aside", reason)

    @property
    def training_rows(self) -> int:
        """How many rows there are to fit on in the end."""
        return len(self._table.train)

    def refit_seconds(self, trial: Trial) -> float:
        """What fitting a trial on all training rows is expected to take."""
        candidate = self._candidates[trial.candidate]
        rows = min(len(self._table.train), candidate.max_rows or len(self._table.train))
        took = trial.fit_seconds or 0.0
        return SAFETY * scaled(took, trial.rows, rows, candidate.growth) + 0.1

    def best_trials(self) -> list[Trial]:
        """The trials that are judged on every fold, best first."""
        key = get_metric(self.recipe.metric).sort_key
        done = [trial for trial in self._ended.values() if trial.status == "done"]
        return sorted(done, key=lambda t: (-key(t.mean(self.recipe.metric)), t.number))

    def _pick(self) -> FitTask | None:
        """The next fit; None when there is none now."""
        if self._is_over or self._time_left() <= 0:
            self._is_over = True
            return None
        for work in self._open:
            if work.begun < len(self._table.folds) and (work.begun < PROBE_FOLDS or work.is_probed):
                return self._task(work)
        begun = self._begin_default() or self._begin_search()
        return None if begun is None else self._task(begun)

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
            work.max_rows,
            self._limit(work.trial),
        )

    def _limit(self, trial: Trial) -> float | None:
        """How long one fit may take, so that one that runs away does not take the time of all others."""
        if not self._clock.is_limited:
            return None
        if trial.origin == "default" and trial.candidate in PROMISING:
            return max(0.1, self._time_left())
        return max(0.1, min(self._time_left(), max(LEAST_LIMIT, LIMIT_SHARE * self._clock.left)))

    def _begin_default(self) -> Work | None:
        while self._defaults_left:
            candidate = self._defaults_left.pop(0)
            max_rows, reason = self._affordable(candidate)
            reason = reason or self._too_many_classes(candidate)
            if reason:
                self._progress.set_aside(candidate.name, reason)
                continue
            proposal = Proposal(candidate.name, origin="default")
            work = self._begin(proposal, max_rows)
            self._progress.candidate_begins(work.trial)
            return work
        return None

    def _too_many_classes(self, candidate: Candidate) -> str:
        """Why a candidate cannot learn so many classes in a sensible time; empty when it can."""
        there_are, bound = len(self._classes), candidate.max_classes
        if bound is None or there_are <= bound:
            return ""
        return (
            f"It learns at most {bound:,} classes in a sensible time, and there are {there_are:,}."
        )

    def _begin_search(self) -> Work | None:
        number = self._next_number
        searched = sum(item.origin != "default" for item in self._proposed.values())
        trials = self.recipe.search.trials
        if not self._clock.is_limited and searched >= (trials or 0):
            return None
        if trials is not None and searched >= trials:
            return None
        # All defaults are known to it, and all trials but the last few.
        last = max([n for n, p in self._proposed.items() if p.origin == "default"], default=-1)
        until = max(number - LAG, last) + 1
        if any(n not in self._ended for n in self._proposed if n < until):
            return None  # one that it has to know goes on
        known = [trial for n, trial in sorted(self._ended.items()) if n < until]
        hopeful = [c for c in self._candidates.values() if self._fits_in(c)]
        pending = [p for n, p in self._proposed.items() if n >= until]
        proposal = propose(number, hopeful, self.recipe, known, pending, self._trial_seconds())
        if proposal is None:
            return None
        return self._begin(proposal, self._usual_rows(proposal.candidate), known)

    def _begin(self, proposal: Proposal, max_rows: int | None, known: Sequence[Trial] = ()) -> Work:
        trial = Trial(
            self._next_number,
            proposal.candidate,
            dict(proposal.parameters),
            dict(proposal.steps),
            proposal.origin,
            started_at=now(),
        )
        work = Work(trial, self._rival(proposal.candidate, known), max_rows=max_rows)
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
        rival, metric = work.rival, self.recipe.metric
        if rival is None or not self.recipe.search.prune or len(work.results) != PROBE_FOLDS:
            return ""
        key = get_metric(metric).sort_key
        known = [s for s in rival.fold_scores[metric] if s is not None]
        theirs = [rival.fold_scores[metric][fold] for fold in sorted(work.results)]
        mine = work.trial.fold_scores[metric]
        if len(known) < 2 or None in theirs or None in mine:
            return ""
        behind = statistics.fmean(key(a) - key(b) for a, b in zip(theirs, mine, strict=True))
        if behind <= PRUNE_SPREADS * statistics.stdev(known):
            return ""
        return f"clearly worse than trial {rival.number} in the first fold"

    def _end(self, work: Work) -> None:
        trial = work.trial
        self._open.remove(work)
        self._ended[trial.number] = trial
        answers = self._collect(work) if trial.status == "done" else None
        if answers is not None:
            self.answers[trial.number] = answers
            pool = {t.number for t in self.best_trials()[:POOL]}
            self.answers = {n: found for n, found in self.answers.items() if n in pool}
        self._progress.trial_ends(trial, answers, self._champion(trial.candidate))

    def _champion(self, candidate: str) -> Trial | None:
        """The trial that a candidate's row shows: the default, until another is better beyond luck.

        They are looked at in the order of their numbers, whichever of them ended first.
        """
        metric, champion = self.recipe.metric, None
        for number in sorted(self._ended):
            trial = self._ended[number]
            if trial.candidate == candidate and trial.status == "done":
                than = None if champion is None else champion.fold_scores[metric]
                if is_better(trial, than, metric, SURENESS):
                    champion = trial
        return champion

    def _collect(self, work: Work) -> FoldAnswers:
        """The answers of all folds, one after the other."""
        results = [work.results[fold] for fold in sorted(work.results)]
        # A class may be missing in what was fitted for one of the folds.
        parts = [r.answers.covering(self._classes) for r in results if r.answers is not None]
        judged = [self._table.folds[r.task.fold][1] for r in results]
        positions = np.concatenate(judged)
        found = [part.probabilities for part in parts if part.probabilities is not None]
        first = parts[0]
        answers = Answers(
            np.concatenate([part.values for part in parts]),
            np.concatenate(found) if found else None,
            first.classes,
            first.positive,
            first.costs,
            first.threshold,
        )
        fold = np.repeat([r.task.fold for r in results], [len(rows) for rows in judged])
        return FoldAnswers(
            self._table.target(positions), answers, fold, self._table.rows[positions]
        )

    def _time_left(self) -> float:
        """Seconds until the last fits must begin."""
        if not self._clock.is_limited:
            return math.inf
        return self._clock.left - self._reserve()

    def _reserve(self) -> float:
        """Seconds that the last fits will take: of the best, and of what it may be put together with."""
        best: dict[str, Trial] = {}
        for trial in self.best_trials():
            best.setdefault(trial.candidate, trial)
        if not best:
            return 0.0
        seconds = [self.refit_seconds(trial) for trial in list(best.values())[:3]]
        needed = (
            max(seconds[0], sum(seconds) / self._slots)
            if self.recipe.search.ensemble
            else seconds[0]
        )
        share = REFIT_SHARE if self._promising_ended() else EARLY_REFIT_SHARE
        return min(needed + 0.5, share * self._clock.total)

    def _promising_ended(self) -> bool:
        """Whether what mostly wins was judged, so that the last fits may be of it."""
        ended = {trial.candidate for trial in self._ended.values()}
        return all(name in ended for name in PROMISING if name in self._candidates)

    def _trial_seconds(self) -> dict[str, float] | None:
        """What a trial of each candidate takes, where time is short."""
        if not self._clock.is_limited:
            return None
        rows = max(len(fit) for fit, _ in self._table.folds)
        found = {n: self.estimates.seconds(c, rows) for n, c in self._candidates.items()}
        return {n: s * len(self._table.folds) for n, s in found.items() if s is not None}

    def _fits_in(self, candidate: Candidate) -> bool:
        """Whether a trial of it would end in time."""
        seconds = self._trial_seconds()
        if seconds is None or candidate.name not in seconds:
            return True
        return SAFETY * seconds[candidate.name] / self._slots < self._time_left()

    def _usual_rows(self, name: str) -> int | None:
        """The rows that the candidate's default was fitted on, where time bounded them."""
        return self._affordable(self._candidates[name])[0]

    def _affordable(self, candidate: Candidate) -> tuple[int | None, str]:
        """How many rows a candidate can be fitted on in time, None = all; or why it cannot be."""
        if not self._clock.is_limited:
            return None, ""
        rows = max(len(fit) for fit, _ in self._table.folds)
        seconds = self.estimates.seconds(candidate, rows)
        left = self._time_left()
        allowed = DEFAULT_SHARE * left * self._slots / len(self._table.folds)
        if seconds is not None and not self.estimates.is_measured(candidate):
            seconds /= UNSURE
        if seconds is None or seconds <= allowed:
            return None, ""
        affordable = int(rows * (allowed / seconds) ** (1 / candidate.growth))
        if affordable >= LEAST_ROWS:
            return affordable, ""
        needed = seconds * len(self._table.folds) / self._slots
        return None, (
            f"It would take about {needed:,.0f} s, and {left:,.0f} s of the budget are left for judging."
        )


def _promising_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: c.name not in PROMISING)
