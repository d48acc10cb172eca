"""What became of a split where the rows did not allow all that was asked for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import list_names
from core.recipe import Recipe, Role
from core.tasks import get_task

if TYPE_CHECKING:
    import pandas as pd

Parts = list[tuple[np.ndarray, np.ndarray]]

SHOWN = 3
"""So many names are told."""


def describe_parts(
    recipe: Recipe, frame: pd.DataFrame, train: np.ndarray, parts: Parts
) -> tuple[str, ...]:
    """What a person should know about these folds, a sentence each; nothing where all is as asked for.

    Parameters
    ----------
    frame
        `(n, n_columns)` with the features and the target.
    train, parts
        Positions in `frame`: the training part; per fold, the rows to fit on and to judge on.
    """
    labels = frame[recipe.target]
    told = [_tell_number(recipe, len(parts))]
    if get_task(recipe.task).has_classes:
        told += _tell_classes(labels, train, parts)
    told.append(_tell_empty(recipe, frame, parts))
    return tuple(note for note in told if note)


def _tell_number(recipe: Recipe, found: int) -> str:
    split = recipe.split
    has_time = bool(recipe.named(Role.TIME))
    repeats = 1 if has_time else split.repeats
    asked = repeats * (1 if split.scheme == "once" else split.folds)
    if found >= asked:
        return ""
    each = "there is one of each repeat" if split.scheme == "once" else ""
    why = each or (
        "the earliest rows have one class only"
        if has_time
        else "there are too few rows or groups for more"
    )
    return f"Candidates are judged by {found} parts instead of {asked}: {why}."


def _tell_classes(labels: pd.Series, train: np.ndarray, parts: Parts) -> list[str]:
    """Classes that cannot be learned at all, not in some fold, or are judged nowhere."""
    codes, names = labels.factorize()
    learned = set(np.unique(codes[train]))
    in_each = set.intersection(*(set(np.unique(codes[fit])) for fit, _ in parts))
    judged = set().union(*(np.unique(codes[judge]) for _, judge in parts))
    told = (
        (set(range(len(names))) - learned, "in the hold-out only, and cannot be answered"),
        (learned - in_each, "not among the rows that some fold learns from"),
        (learned - judged, "not judged in any fold"),
    )
    return [
        f"{list_names([str(names[code]) for code in sorted(missing)], SHOWN)} "
        f"{'is' if len(missing) == 1 else 'are'} {where}."
        for missing, where in told
        if missing
    ]


def _tell_empty(recipe: Recipe, frame: pd.DataFrame, parts: Parts) -> str:
    missing = {name: frame[name].isna().to_numpy() for name in recipe.features}
    gaps = {name: places for name, places in missing.items() if places.any()}
    empty = [name for name, places in gaps.items() if any(places[fit].all() for fit, _ in parts)]
    if not empty:
        return ""
    is_one = len(empty) == 1
    return (
        f"{list_names(empty, SHOWN)} {'has' if is_one else 'have'} no value in the rows that some fold "
        f"learns from, and {'tells' if is_one else 'tell'} nothing there."
    )
