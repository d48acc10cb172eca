"""What several pictures of a search share: the settings that were tried, and scores to compare."""

from __future__ import annotations

import inspect
import math
import statistics
from collections.abc import Iterable, Mapping

from core.errors import TrainingError
from core.recipe import Recipe
from core.tasks import get_task
from core.training.candidates.base import Real, Value, Whole
from core.training.catalogue import CATALOGUE
from core.training.trials import Trial

AS_RECIPE = "as the recipe"
"""The value of a preparing step in trials that left it as the recipe has it."""

JUDGED = ("done", "pruned")
"""Statuses of trials that have scores; those of pruned ones are of their first folds only."""


def candidate_title(name: str) -> str:
    """What a person reads for a candidate's name, also one that is not offered here.

    Examples
    --------
    >>> candidate_title("ridge"), candidate_title("ensemble"), candidate_title("gone")
    ('Ridge regression', 'Ensemble', 'gone')
    """
    if name == "ensemble":
        return "Ensemble"
    return CATALOGUE[name].title if name in CATALOGUE else name


def comparable_scores(trials: Iterable[Trial], metric: str) -> dict[int, float]:
    """By trial number, its mean score, as far as its folds can be compared with all folds.

    A pruned trial was judged on its first folds only, which may be easy or hard ones: it is moved by how
    much the trials that are done differ between these folds and all of theirs.

    Examples
    --------
    >>> done = Trial(0, "ridge", status="done", fold_scores={"r2": (0.5, 0.7)})
    >>> pruned = Trial(1, "ridge", status="pruned", fold_scores={"r2": (0.4,)})
    >>> comparable_scores([done, pruned], "r2")
    {0: 0.6, 1: 0.5}
    """
    judged = [trial for trial in trials if trial.status in JUDGED]
    done = [trial.fold_scores.get(metric, ()) for trial in judged if trial.status == "done"]
    found = {}
    for trial in judged:
        folds = len(trial.fold_scores.get(metric, ()))
        mean = _mean(trial.fold_scores.get(metric, ()))
        if mean is None:
            continue
        shift = _ease(done, folds) if trial.status == "pruned" else 0.0
        found[trial.number] = round(mean - shift, 12)
    return found


def tried_settings(trials: Iterable[Trial], recipe: Recipe) -> dict[int, dict[str, Value]]:
    """By trial number, all settings of trials of one candidate, those left as they are included.

    Trials tell only what differs from the candidate's defaults and from the recipe; settings that are the same
    in all trials are left out.
    """
    trials = list(trials)
    names = dict.fromkeys(name for trial in trials for name in (*trial.parameters, *trial.steps))
    if not names:
        return {trial.number: {} for trial in trials}
    before = {name: AS_RECIPE for trial in trials for name in trial.steps}
    usual = {**before, **default_settings(trials[0].candidate, recipe.task)}
    full = {
        trial.number: {
            name: _plain({**usual, **trial.parameters, **trial.steps}.get(name)) for name in names
        }
        for trial in trials
    }
    varied = [name for name in names if len({repr(row[name]) for row in full.values()}) > 1]
    return {number: {name: row[name] for name in varied} for number, row in full.items()}


def scored_settings(
    trials: Iterable[Trial], candidate: str, recipe: Recipe, metric: str
) -> tuple[list[Trial], dict[int, float], dict[int, dict[str, Value]]]:
    """The trials of a candidate that have a score, their scores and their settings by trial number.

    Raises
    ------
    TrainingError
        When the candidate was not tried.
    """
    own = trials_of(trials, candidate)
    scores = comparable_scores(own, metric)
    judged = [trial for trial in own if trial.number in scores]
    return judged, scores, tried_settings(judged, recipe)


def default_settings(candidate: str, task: str) -> dict[str, Value]:
    """What a candidate's settings are where a trial does not name them; empty for one not offered here."""
    known = CATALOGUE.get(candidate)
    make = known.maker(get_task(task)) if known else None
    if make is None:
        return {}
    parameters = inspect.signature(make).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def is_logarithmic(candidate: str, setting: str) -> bool:
    """Whether what counts of a setting is by what factor it changes."""
    known = CATALOGUE.get(candidate)
    dimension = known.space.get(setting) if known else None
    return isinstance(dimension, Real | Whole) and dimension.log


def is_number(value: Value) -> bool:
    """Whether a setting is a number that can stand on an axis.

    Examples
    --------
    >>> is_number(3), is_number(True), is_number("3"), is_number(float("inf"))
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def trials_of(trials: Iterable[Trial], candidate: str) -> list[Trial]:
    """The trials of one candidate.

    Raises
    ------
    TrainingError
        When there is none.
    """
    trials = list(trials)
    found = [trial for trial in trials if trial.candidate == candidate]
    if not found:
        known = ", ".join(dict.fromkeys(trial.candidate for trial in trials)) or "none yet"
        raise TrainingError(
            f"The candidate must be one that was tried ({known}). Got {candidate!r}."
        )
    return found


def count_words(counts: Mapping[str, int]) -> str:
    """Counts as a phrase, those of nothing left out.

    Examples
    --------
    >>> count_words({"done": 12, "pruned": 0, "failed": 1})
    '12 done, 1 failed'
    """
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number)


def _ease(done: list[tuple[float | None, ...]], folds: int) -> float:
    """By how much the first folds score above all folds, mean over the trials that are done."""
    gaps = [
        first - whole
        for scores in done
        if (first := _mean(scores[:folds])) is not None and (whole := _mean(scores)) is not None
    ]
    return statistics.fmean(gaps) if gaps else 0.0


def _mean(scores: Iterable[float | None]) -> float | None:
    known = [value for value in scores if value is not None and math.isfinite(value)]
    return statistics.fmean(known) if known else None


def _plain(value: Value) -> Value:
    """The value; a list, as JSON gives a tuple back, as text."""
    return str(value) if isinstance(value, list | tuple) else value
