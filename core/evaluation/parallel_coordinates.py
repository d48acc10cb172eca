"""All settings of a candidate's trials side by side, with what came of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.evaluation.trials import is_logarithmic, is_number, scored_settings
from core.recipe import Recipe
from core.scoring.metrics import get_metric
from core.training.candidates.base import Value
from core.training.trials import Trial


@dataclass(frozen=True)
class SettingAxis:
    """One setting of a candidate, as an axis.

    Attributes
    ----------
    name
        As in the trials.
    values
        One a trial.
    places
        One a trial, from 0 to 1 along the axis.
    ticks
        (place, value as text), the ends of a number's range or every word.
    is_log
        Whether equal steps along the axis are equal factors.
    """

    name: str
    values: tuple[Value, ...]
    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]
    is_log: bool = False


@dataclass(frozen=True)
class ParallelCoordinates:
    """The trials of one candidate, worst first, so that the best are drawn over the others.

    Attributes
    ----------
    numbers, scores
        One a trial.
    axes
        The settings that differ between trials.
    """

    candidate: str
    metric: str
    numbers: tuple[int, ...]
    scores: tuple[float, ...]
    axes: tuple[SettingAxis, ...]


def parallel_coordinates(
    trials: Iterable[Trial], candidate: str, recipe: Recipe, metric: str = ""
) -> ParallelCoordinates | None:
    """The settings of a candidate's trials beside one another; None when none differs or none is scored.

    Parameters
    ----------
    metric
        Empty = the one that decides.

    Raises
    ------
    TrainingError
        When the candidate was not tried.
    """
    metric = metric or recipe.metric
    _, scores, settings = scored_settings(trials, candidate, recipe, metric)
    if not any(settings.values()):
        return None
    sort_key = get_metric(metric).sort_key
    numbers = sorted(scores, key=lambda number: sort_key(scores[number]))
    axes = tuple(
        place_values(name, [settings[n][name] for n in numbers], is_logarithmic(candidate, name))
        for name in settings[numbers[0]]
    )
    return ParallelCoordinates(
        candidate, metric, tuple(numbers), tuple(scores[n] for n in numbers), axes
    )


def place_values(name: str, values: Sequence[Value], is_log: bool = False) -> SettingAxis:
    """An axis on which these values lie: numbers by their size, words and gaps evenly spread.

    Examples
    --------
    >>> place_values("alpha", [1, 10, 100], is_log=True).places
    (0.0, 0.5, 1.0)
    >>> place_values("depth", [None, 3]).ticks
    ((0.0, '3'), (1.0, 'none'))
    """
    numbers = [float(v) for v in values if is_number(v)]  # type: ignore[arg-type]
    if len(numbers) == len(values) and len(set(numbers)) > 1:
        is_log = is_log and min(numbers) > 0
        scaled = [math.log(value) if is_log else value for value in numbers]
        low, high = min(scaled), max(scaled)
        places = tuple((value - low) / (high - low) for value in scaled)
        ticks = ((0.0, show_value(min(numbers))), (1.0, show_value(max(numbers))))
        return SettingAxis(name, tuple(values), places, ticks, is_log)
    known = sorted({show_value(value): value for value in values}.items(), key=_order)
    place = {text: i / max(len(known) - 1, 1) for i, (text, _) in enumerate(known)}
    return SettingAxis(
        name,
        tuple(values),
        tuple(place[show_value(value)] for value in values),
        tuple((place[text], text) for text, _ in known),
    )


def show_value(value: Value) -> str:
    """A setting as text, numbers with three digits.

    Examples
    --------
    >>> show_value(0.012345), show_value(255.0), show_value(None), show_value(True)
    ('0.0123', '255', 'none', 'yes')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:.3g}"
    return str(value)


def _order(item: tuple[str, Value]) -> tuple[bool, float, str]:
    """Numbers by size, then words."""
    text, value = item
    number = float(value) if is_number(value) else 0.0  # type: ignore[arg-type]
    return not is_number(value), number, text
