"""What a task kind declares. A task is data, not a branch: nothing outside its module asks which it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from core.recipe import Label


@dataclass(frozen=True)
class Task:
    """A kind of question that a model answers.

    Attributes
    ----------
    name, title, description
        The name in recipes; what a person reads.
    metrics
        Names from `core.scoring.metrics.METRICS` that are always worked out; the first is the default
        that decides.
    reports
        Names from `core.evaluation.reports.REPORTS` that make sense for this task, in reading order.
    has_classes
        Whether the answer is one of a few labels, with a probability for each.
    has_positive
        Whether one class is what may happen, and the other that it does not: only then have costs, a
        threshold and binary metrics a meaning.
    can_stratify
        Whether splits can keep the target's shares equal.
    fits
        Whether this is the natural task for a target: (kind, distinct values, rows, whether all its
        numbers are whole) -> bool.
    check_target
        Raises `RecipeError` when the (non-missing) target cannot be learned: constant, too few rows
        or too many classes, not numbers.
    find_usable
        `(n,)` of bool: which rows of the (non-missing) target can be learned from and judged.
    prepare_target
        The target as the estimator is given it.
    default_positive
        The class that binary metrics are about; None where that has no meaning.
    """

    name: str
    title: str
    description: str
    metrics: tuple[str, ...]
    reports: tuple[str, ...]
    has_classes: bool
    has_positive: bool
    can_stratify: bool
    fits: Callable[[str, int, int, bool], bool]
    check_target: Callable[[pd.Series], None]
    find_usable: Callable[[pd.Series], pd.Series]
    prepare_target: Callable[[pd.Series], pd.Series]
    default_positive: Callable[[pd.Series], Label | None]
