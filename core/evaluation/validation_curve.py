"""Score over one setting of a candidate, of the trials that there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import TrainingError, list_names
from core.evaluation.parallel_coordinates import show_value
from core.evaluation.trials import is_logarithmic, is_number, scored_settings
from core.recipe import Recipe
from core.training.candidates.base import Value
from core.training.trials import Trial

BINS = 6
"""Of more values than twice this, neighbours are put together."""


@dataclass(frozen=True)
class SettingScores:
    """Trials that had about the same value of a setting.

    Attributes
    ----------
    value
        Their value; of numbers put together, the median.
    validation, train
        Mean scores on the rows left out and on the rows fitted; NaN where none is known.
    trials
        How many they are.
    """

    value: Value
    validation: float
    train: float
    trials: int


@dataclass(frozen=True)
class ValidationCurve:
    """Score over one setting; every trial differs in its other settings too.

    Attributes
    ----------
    is_number, is_log
        Whether the setting's values are numbers, and such that factors count.
    numbers, values, validation, train
        One a trial; scores on the rows left out and on the rows fitted, NaN where not known.
    groups
        The trials by their values, in order.
    others
        The settings that differ between these trials too.
    """

    candidate: str
    metric: str
    setting: str
    is_number: bool
    is_log: bool
    numbers: tuple[int, ...]
    values: tuple[Value, ...]
    validation: np.ndarray
    train: np.ndarray
    groups: tuple[SettingScores, ...]
    others: tuple[str, ...]


def varied_settings(trials: Iterable[Trial], candidate: str, recipe: Recipe) -> tuple[str, ...]:
    """The settings of a candidate that differ between its trials that have scores.

    Raises
    ------
    TrainingError
        When the candidate was not tried.
    """
    _, _, settings = scored_settings(trials, candidate, recipe, recipe.metric)
    return tuple(next(iter(settings.values()), {}))


def validation_curve(
    trials: Iterable[Trial], candidate: str, setting: str, recipe: Recipe, metric: str = ""
) -> ValidationCurve:
    """The scores of a candidate's trials over one of its settings.

    Parameters
    ----------
    metric
        Empty = the one that decides.

    Raises
    ------
    TrainingError
        When the candidate was not tried, or no two of its trials differ in this setting.
    """
    metric = metric or recipe.metric
    judged, scores, settings = scored_settings(trials, candidate, recipe, metric)
    names = list(next(iter(settings.values()), {}))
    if setting not in names:
        raise TrainingError(
            f"The setting must be one that differs between trials ({list_names(names) or 'none'}). "
            f"Got {setting!r}."
        )
    values = tuple(settings[trial.number][setting] for trial in judged)
    validation = np.array([scores[trial.number] for trial in judged])
    train = np.array([_train_mean(trial, metric) for trial in judged])
    numeric = all(is_number(value) for value in values)
    return ValidationCurve(
        candidate,
        metric,
        setting,
        numeric,
        numeric and is_logarithmic(candidate, setting) and min(values) > 0,  # type: ignore[type-var, operator]
        tuple(trial.number for trial in judged),
        values,
        validation,
        train,
        tuple(_summarise(values, validation, train, rows) for rows in _group(values, numeric)),
        tuple(name for name in names if name != setting),
    )


def _group(values: Sequence[Value], numeric: bool) -> list[np.ndarray]:
    """Positions of the trials that belong together, in the order of their values."""
    if numeric and len(set(values)) > 2 * BINS:
        order = np.argsort(np.array(values, dtype=float), kind="stable")
        return np.array_split(order, BINS)
    shown = np.array([show_value(value) for value in values])
    known = list(dict.fromkeys(shown))
    if numeric:
        first = {text: float(values[int(np.argmax(shown == text))]) for text in known}  # type: ignore[arg-type]
        known.sort(key=lambda text: first[text])
    else:
        known.sort()
    return [np.flatnonzero(shown == text) for text in known]


def _summarise(
    values: Sequence[Value], validation: np.ndarray, train: np.ndarray, rows: np.ndarray
) -> SettingScores:
    own = [values[row] for row in rows]
    value = float(np.median(own)) if all(is_number(v) for v in own) else own[0]
    return SettingScores(value, float(validation[rows].mean()), _known_mean(train[rows]), len(rows))


def _train_mean(trial: Trial, metric: str) -> float:
    return _known_mean(np.array(trial.train_scores.get(metric, ()), dtype=float))


def _known_mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
