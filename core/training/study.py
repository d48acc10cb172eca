"""Which setting is tried next: a search over candidates, their settings and the preparing steps.

Every proposal is made anew from the trials that it may know, so a search that was interrupted goes
on as if it had not been, and the same recipe gives the same trials however fast the machine is.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.recipe import Recipe
from core.scoring.metrics import get_metric
from core.tasks import get_task
from core.training.candidates.base import Candidate, Dimension, OneOf, Value
from core.training.space import STEP, as_distribution, contains, full_space, split_settings
from core.training.trials import Trial

LAG = 8
"""A trial is proposed when all but so many of those before it have ended, and knows exactly them:
then no proposal depends on which of two fits was the quicker one."""

STARTUP_TRIALS = 8
"""Of a candidate, before Optuna's model of what is good takes over from chance."""

ATTEMPTS = 5
"""How often a setting that was tried already is drawn anew."""

FLATNESS = 2.0
"""Candidates whose best is so many times the spread of the leaders' scores behind get e times fewer trials."""


@dataclass(frozen=True)
class Proposal:
    """A setting to try."""

    candidate: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    steps: Mapping[str, Value] = field(default_factory=dict)
    origin: str = "search"

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for the same setting."""
        return self.candidate, *(
            tuple(sorted(part.items())) for part in (self.parameters, self.steps)
        )


def propose(
    number: int,
    candidates: Sequence[Candidate],
    recipe: Recipe,
    known: Sequence[Trial],
    pending: Iterable[Proposal],
    seconds: Mapping[str, float] | None = None,
) -> Proposal | None:
    """The setting to try as trial `number`; None when nothing is left to try.

    Parameters
    ----------
    known
        The trials that have ended and may be known.
    pending
        What was proposed besides; it is not proposed again.
    seconds
        What a trial of each candidate takes, where time is short: quick ones are then preferred;
        None = it does not count.

    Notes
    -----
    Settings that did well on many tables come first, for the candidates in the order of their
    defaults' scores. Then a candidate is drawn, good ones more often, and Optuna's tree-structured
    Parzen estimator (Bergstra et al. 2011) draws its setting.
    """
    random = np.random.default_rng([recipe.seed, number])
    tried = {as_proposal(trial).key for trial in known} | {item.key for item in pending}
    by_name = {c.name: c for c in candidates}
    spaces = {c.name: full_space(c, recipe) for c in candidates}
    open_ones = [c for c in candidates if spaces[c.name]]
    weights = _weights(open_ones, known, recipe.metric, seconds)
    by_promise = sorted(weights, key=lambda name: -weights[name])
    presets = {c.name: c.presets_for(get_task(recipe.task)) for c in open_ones}
    if preset := _next_preset(by_promise, weights, presets, tried):
        return preset
    for _ in range(ATTEMPTS):
        if not weights:
            return None
        names = list(weights)
        share = np.array([weights[name] for name in names])
        name = names[int(random.choice(len(names), p=share / share.sum()))]
        mine = [trial for trial in known if trial.candidate == name]
        usual = {**_defaults(by_name[name], recipe), **_step_defaults(spaces[name])}
        chosen = _draw(spaces[name], usual, mine, recipe.metric, int(random.integers(2**31)))
        proposal = Proposal(name, *split_settings(chosen))
        if proposal.key not in tried:
            return proposal
        weights[name] /= 2
    return None


def as_proposal(trial: Trial) -> Proposal:
    """The setting that a trial tried."""
    return Proposal(trial.candidate, trial.parameters, trial.steps, trial.origin)


def _next_preset(
    by_promise: Sequence[str],
    weights: Mapping[str, float],
    presets: Mapping[str, Sequence[Mapping[str, Value]]],
    tried: set[tuple[Any, ...]],
) -> Proposal | None:
    """The next setting that did well elsewhere: all first ones, then all second ones, of candidates with a chance."""
    best = max(weights.values(), default=0.0)
    hopeful = [name for name in by_promise if weights[name] > best * math.exp(-3)]
    for rank in range(max((len(presets[name]) for name in hopeful), default=0)):
        for name in hopeful:
            if rank < len(presets[name]):
                proposal = Proposal(name, dict(presets[name][rank]), origin="known")
                if proposal.key not in tried:
                    return proposal
    return None


def _weights(
    candidates: Sequence[Candidate],
    known: Sequence[Trial],
    metric: str,
    seconds: Mapping[str, float] | None,
) -> dict[str, float]:
    """How often each candidate deserves the next trial, relative to the others.

    Those that could not be judged get none.
    """
    best: dict[str, float] = {}
    for trial in known:
        if trial.status == "done" and trial.mean(metric) is not None:
            key = get_metric(metric).sort_key(trial.mean(metric))
            best[trial.candidate] = max(best.get(trial.candidate, -math.inf), key)
    if not best:
        return {}
    top = max(best.values())
    behind = sorted(top - value for value in best.values())
    # The better half says what a small difference is on this table.
    unit = behind[len(behind) // 2] / FLATNESS or 1.0
    return {
        c.name: math.exp(-(top - best[c.name]) / unit) / _slowness(c.name, seconds)
        for c in candidates
        if c.name in best
    }


def _slowness(name: str, seconds: Mapping[str, float] | None) -> float:
    return math.sqrt(max(seconds[name], 0.1)) if seconds and name in seconds else 1.0


def _defaults(candidate: Candidate, recipe: Recipe) -> dict[str, Value]:
    """What a setting is when a trial does not name it."""
    task = get_task(recipe.task)
    space, defaults = candidate.space_for(task), candidate.defaults_for(task)
    return {name: defaults[name] for name in space}


def _step_defaults(space: Mapping[str, Dimension]) -> dict[str, Value]:
    return {
        name: dimension.values[0]
        for name, dimension in space.items()
        if name.startswith(STEP) and isinstance(dimension, OneOf)
    }


def _draw(
    space: Mapping[str, Dimension],
    usual: Mapping[str, Value],
    known: Sequence[Trial],
    metric: str,
    seed: int,
) -> dict[str, Value]:
    """A setting drawn by Optuna from what is known of this candidate."""
    import optuna

    optuna.logging.set_verbosity(logging.WARNING)
    distributions = {name: as_distribution(dimension) for name, dimension in space.items()}
    sampler = optuna.samplers.TPESampler(
        seed=seed, multivariate=True, n_startup_trials=STARTUP_TRIALS
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial in known:
        steps = {STEP + path: value for path, value in trial.steps.items()}
        settings = {**usual, **trial.parameters, **steps}
        value = get_metric(metric).sort_key(trial.mean(metric))
        is_within = settings.keys() == space.keys() and all(
            contains(dimension, settings[name]) for name, dimension in space.items()
        )
        if trial.status in ("done", "pruned") and is_within and math.isfinite(value):
            study.add_trial(
                optuna.trial.create_trial(params=settings, distributions=distributions, value=value)
            )
    return dict(study.ask(fixed_distributions=distributions).params)
