"""Two training runs side by side: what was done otherwise, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from core.errors import TrainingError
from core.evaluation.trials import candidate_title
from core.recipe import Recipe, Role
from core.scoring.metrics import get_metric
from core.training.state import CandidateState, Holdout, RunState

if TYPE_CHECKING:
    from core.training.runs import RunStore

CONFIDENCE = 0.95

Scores = tuple[float | None, ...]


@dataclass(frozen=True)
class RunFacts:
    """What is known of one run."""

    state: RunState
    recipe: Recipe
    holdout: Holdout | None = None
    trials: int = 0


@dataclass(frozen=True)
class Difference:
    """A choice of the recipe that differs; a value is None where the recipe does not have it."""

    name: str
    first: Any  # any value a recipe can hold
    second: Any


@dataclass(frozen=True)
class CandidateComparison:
    """One candidate in both runs.

    Attributes
    ----------
    first, second
        Mean score over the folds; None where it has none.
    difference
        Second minus first, in the metric's own sign; None unless both are known.
    noise
        Half the width of the 95% interval of the difference, from the same folds in both; None where
        the folds differ or are fewer than two.
    """

    name: str
    title: str
    first: float | None
    second: float | None
    difference: float | None = None
    noise: float | None = None

    @property
    def is_beyond_noise(self) -> bool | None:
        """Whether the runs really differ here; None where that cannot be said."""
        if self.difference is None or self.noise is None:
            return None
        return abs(self.difference) > self.noise


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes
    ----------
    metric
        The one they are compared by: the first run's, where the second knows it too.
    same_data, same_split
        Whether they learned from the same table, and judged on the same rows in the same folds.
    differences
        What differs between their recipes.
    candidates
        Each candidate of either run, and `best`: the best of each.
    """

    first: RunFacts
    second: RunFacts
    metric: str
    same_data: bool
    same_split: bool
    differences: tuple[Difference, ...]
    best: CandidateComparison
    candidates: tuple[CandidateComparison, ...]

    @property
    def same_recipe(self) -> bool:
        """Whether nothing differs between the recipes."""
        return not self.differences


def load_facts(store: RunStore, run_id: str) -> RunFacts:
    """What is known of a run.

    Raises
    ------
    RunNotFound
        When there is no such run.
    TrainingError
        When its files cannot be read.
    """
    from core.training.trials import read_trials

    return RunFacts(
        store.state(run_id),
        store.recipe(run_id),
        store.holdout(run_id),
        len(read_trials(store.folder(run_id))),
    )


def compare_runs(first: RunFacts, second: RunFacts) -> RunComparison:
    """Two runs side by side.

    Raises
    ------
    TrainingError
        When their scores cannot be compared: other tasks, or no metric that both know.
    """
    metric = _shared_metric(first, second)
    same_data = first.state.dataset_id == second.state.dataset_id
    same_split = same_data and _splits_alike(first.recipe, second.recipe)
    ratio = _test_to_train(first.recipe) if same_split else None
    names = dict.fromkeys(c.name for facts in (first, second) for c in facts.state.candidates)
    rows = [
        _compare(name, first.state.candidate(name), second.state.candidate(name), metric, ratio)
        for name in names
    ]
    best = _compare("best", _best(first.state, metric), _best(second.state, metric), metric, ratio)
    return RunComparison(
        first, second, metric, same_data, same_split,
        recipe_differences(first.recipe, second.recipe), best, tuple(rows),
    )  # fmt: skip


def recipe_differences(first: Recipe, second: Recipe) -> tuple[Difference, ...]:
    """Where two recipes differ, by dotted names as `preparing.number.scale`."""
    one, two = recipe_values(first), recipe_values(second)
    return tuple(
        Difference(name, one.get(name), two.get(name))
        for name in dict.fromkeys([*one, *two])
        if one.get(name) != two.get(name)
    )


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Every choice of a recipe by its dotted name, as `preparing.number.scale`."""
    return _flatten(msgspec.to_builtins(recipe))


def paired_noise(first: Scores, second: Scores, test_to_train: float) -> float | None:
    """Half the width of the 95% interval of the mean difference of scores on the same folds.

    None below two folds.

    Parameters
    ----------
    test_to_train
        Rows judged over rows fitted, in each fold.

    Notes
    -----
    Folds share most of their rows, so that their spread alone is too sure; corrected after Nadeau and
    Bengio (2003): the variance of the mean is (1/n + test/train) times that of the differences.

    Examples
    --------
    >>> round(paired_noise((0.5, 0.6, 0.7), (0.5, 0.7, 0.7), 0.5), 3)
    0.227
    """
    from scipy import stats

    if len(first) != len(second):
        return None
    gaps = np.array(second, dtype=float) - np.array(first, dtype=float)  # None becomes NaN
    gaps = gaps[np.isfinite(gaps)]
    if len(gaps) < 2:
        return None
    variance = (1 / len(gaps) + test_to_train) * gaps.var(ddof=1)
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(gaps) - 1) * math.sqrt(variance))


def _shared_metric(first: RunFacts, second: RunFacts) -> str:
    if first.recipe.task != second.recipe.task:
        raise TrainingError(
            "Runs must be of the same task to be compared. "
            f"Got {first.recipe.task} and {second.recipe.task}."
        )
    wanted = (first.recipe.metric, second.recipe.metric)
    known = [
        {name for c in facts.state.candidates for name in c.fold_scores}
        for facts in (first, second)
    ]
    for metric in wanted:
        if all(metric in names for names in known if names):
            return metric
    raise TrainingError(
        f"Runs must share a metric to be compared. Got {wanted[0]} and {wanted[1]}.",
        "Train one of them again with the other's metric.",
    )


def _splits_alike(first: Recipe, second: Recipe) -> bool:
    """Whether both put the same rows in the same folds; the search's own outer folds aside."""

    def decisive(recipe: Recipe) -> tuple[object, ...]:
        split = msgspec.structs.replace(recipe.split, nested=0)
        roles = (recipe.named(Role.GROUP), recipe.named(Role.TIME))
        return split, recipe.seed, recipe.target, recipe.task, roles

    return decisive(first) == decisive(second)


def _test_to_train(recipe: Recipe) -> float:
    return 1 / (recipe.split.folds - 1)


def _compare(
    name: str,
    first: CandidateState | None,
    second: CandidateState | None,
    metric: str,
    ratio: float | None,
) -> CandidateComparison:
    means = [c.cv_mean(metric) if c and c.status == "done" else None for c in (first, second)]
    title = candidate_title(name) if name != "best" else "Best"
    before, after = means
    if before is None or after is None or first is None or second is None:
        return CandidateComparison(name, title, before, after)
    noise = None
    if ratio is not None:
        scores = [c.fold_scores.get(metric, ()) for c in (first, second)]
        noise = paired_noise(scores[0], scores[1], ratio)
    return CandidateComparison(name, title, before, after, after - before, noise)


def _best(state: RunState, metric: str) -> CandidateState | None:
    sort_key = get_metric(metric).sort_key
    done = [c for c in state.candidates if c.status == "done"]
    return max(done, key=lambda c: sort_key(c.cv_mean(metric)), default=None)


def _flatten(value: Any, name: str = "") -> dict[str, Any]:
    """Nested mappings as one, by dotted names."""
    if not isinstance(value, dict):
        return {name: value}
    found: dict[str, Any] = {}
    for key, part in value.items():
        found.update(_flatten(part, f"{name}.{key}" if name else str(key)))
    return found
