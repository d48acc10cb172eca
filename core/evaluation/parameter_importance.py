"""Which settings of a candidate explain how well its trials did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.trials import is_logarithmic, is_number, scored_settings
from core.recipe import Recipe
from core.scoring.metrics import get_metric
from core.training.candidates.base import Value
from core.training.trials import Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FEW = 10
"""Fewer trials than this say nothing about several settings at once."""

MANY = 200
"""The newest so many are looked at: 500 take four seconds, 200 under one."""

SEED = 0


@dataclass(frozen=True)
class ParameterImportance:
    """How much of the differences between a candidate's trials each setting explains.

    Attributes
    ----------
    shares
        Setting and share of the explained variance, from 0 to 1, the largest first; empty when `lacking`.
    trials
        How many trials it is learned from.
    lacking
        Why nothing can be said; else empty.
    """

    candidate: str
    metric: str
    shares: tuple[tuple[str, float], ...]
    trials: int
    lacking: str = ""


def parameter_importance(
    trials: Iterable[Trial], candidate: str, recipe: Recipe, metric: str = ""
) -> ParameterImportance:
    """Which settings explain the scores of a candidate's trials.

    Parameters
    ----------
    metric
        Empty = the one that decides.

    Raises
    ------
    TrainingError
        When the candidate was not tried.

    Notes
    -----
    Functional analysis of variance of a random forest that predicts the score from the settings
    (Hutter, Hoos and Leyton-Brown, 2014), as Optuna computes it.
    """
    metric = metric or recipe.metric
    get_metric(metric)
    _, scores, settings = scored_settings(trials, candidate, recipe, metric)
    newest = sorted(scores)[-MANY:]
    if lacking := _find_lack(newest, scores, settings):
        return ParameterImportance(candidate, metric, (), len(newest), lacking)
    rows = [settings[number] for number in newest]
    shares = _explain(candidate, rows, [scores[number] for number in newest])
    return ParameterImportance(candidate, metric, shares, len(newest))


def _find_lack(
    numbers: list[int], scores: Mapping[int, float], settings: Mapping[int, Mapping[str, Value]]
) -> str:
    if len(numbers) < FEW:
        return f"Of {len(numbers)} trials nothing can be said yet; it takes {FEW}."
    if not any(settings.values()):
        return "All its trials had the same settings."
    if len({scores[number] for number in numbers}) == 1:
        return "All its trials have the same score, so no setting matters here."
    return ""


def _explain(
    candidate: str, rows: list[dict[str, Value]], scores: list[float]
) -> tuple[tuple[str, float], ...]:
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import create_trial

    rows, distributions = _as_optuna(candidate, rows)
    if not distributions:
        return ()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it tells of each study it makes
    study = optuna.create_study(direction="maximize")
    for row, score in zip(rows, scores, strict=True):
        study.add_trial(create_trial(params=row, distributions=distributions, value=score))
    found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(n_trees=32, seed=SEED))
    return tuple((name, float(share)) for name, share in found.items())


def _as_optuna(
    candidate: str, rows: list[dict[str, Value]]
) -> tuple[list[dict[str, Any]], dict[str, BaseDistribution]]:
    """The settings as Optuna takes them, and between which values each lies."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    columns: dict[str, list[Any]] = {}
    distributions: dict[str, BaseDistribution] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        if all(is_number(value) for value in values):
            numbers = [float(value) for value in values]  # type: ignore[arg-type]
            low, high = min(numbers), max(numbers)
            if low == high:
                continue
            log = low > 0 and is_logarithmic(candidate, name)
            columns[name], distributions[name] = numbers, FloatDistribution(low, high, log=log)
        else:
            words = [str(value) for value in values]
            columns[name] = words
            distributions[name] = CategoricalDistribution(sorted(set(words)))
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], (
        distributions
    )
