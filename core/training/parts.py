"""Parts of a training table: fewer rows where time is short, the outer folds of nested judging."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.scoring.splits import folds, outer_folds
from core.tasks import get_task
from core.training.table import TrainingTable

WHOLE = -1
"""Stands for the whole training part where an outer fold could be named."""


@dataclass(frozen=True)
class Sizes:
    """How many folds there are, and how many rows of each are fitted on and judged, at most."""

    fit: int
    judge: int
    folds: int


def sample_rows(table: TrainingTable, rows: np.ndarray, size: int | None) -> np.ndarray:
    """The rows, or a sample of so many of them, class shares kept.

    It depends on the recipe's seed alone, so that the same recipe gives the same model. The order
    of the rows, which is that of time where there is one, is kept.
    """
    if size is None or len(rows) <= size:
        return rows
    from sklearn.model_selection import train_test_split

    target = table.target(rows)
    stratify = target if get_task(table.recipe.task).can_stratify and _is_common(target) else None
    places, _ = train_test_split(
        np.arange(len(rows)), train_size=size, random_state=table.recipe.seed, stratify=stratify
    )
    return np.asarray(rows[np.sort(places)])


def with_sizes(table: TrainingTable, sizes: Sizes | None) -> TrainingTable:
    """The table with folds of at most these sizes."""
    if sizes is None:
        return table
    smaller = [
        (sample_rows(table, fit, sizes.fit), sample_rows(table, judge, sizes.judge))
        for fit, judge in table.folds[: sizes.folds]
    ]
    return replace(table, folds=smaller)


def outer_table(table: TrainingTable, outer: int) -> TrainingTable:
    """The table whose hold-out is this outer fold, and whose folds are within the rest.

    Raises
    ------
    RecipeError
        When there are too few rows for folds within folds.
    """
    if outer == WHOLE:
        return table
    frame = table.frame.iloc[table.train]
    fit, judge = outer_folds(table.recipe, frame)[outer]
    inner = folds(table.recipe, frame.iloc[fit])
    train = table.train[fit]
    return replace(
        table,
        train=train,
        test=table.train[judge],
        folds=[(train[a], train[b]) for a, b in inner],
    )


def _is_common(target: np.ndarray) -> bool:
    """Whether each class has the two rows that a stratified sample needs."""
    return bool(np.unique(target.astype(str), return_counts=True)[1].min() > 1)
