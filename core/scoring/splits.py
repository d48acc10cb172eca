"""How rows are set aside for judging: one hold-out, and folds on the rest.

A group column keeps all rows of a group on one side; a time column trains on the past and judges on
what came after. All row numbers are positions, counted from 0.

Where the rows do not allow what the recipe asks for, as little as needed is given up: there are fewer
folds, or the shares of classes are not kept. `core.scoring.notes` tells what became of it.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.errors import RecipeError
from core.recipe import Recipe, Role
from core.scoring.time_splits import hold_out_latest, time_folds
from core.tasks import get_task

if TYPE_CHECKING:
    import pandas as pd

Rows = np.ndarray
"""`(n,)` integer positions"""

MIN_GROUPS = 3
"""One for the hold-out, and two for two folds."""

MIN_JUDGED_NUMBERS = 2
"""So many rows a fold judges at least where the target is a number: one has no variance."""


def hold_out(recipe: Recipe, frame: pd.DataFrame) -> tuple[Rows, Rows]:
    """The rows to train on and the rows of the hold-out.

    Parameters
    ----------
    recipe
        Decides by its split, roles and seed.
    frame
        `(n, n_columns)` with the target, and the group and time column where the recipe has them.

    Returns
    -------
    train, test
        Positions in `frame`; by time in temporal order, else ascending. With a gap between what is
        learned from and what is judged, the rows of the gap are in neither.

    Raises
    ------
    RecipeError
        When there are too few groups or times, or none to learn from is left before the gap.
    """
    if time := recipe.named(Role.TIME):
        return hold_out_latest(frame[time[0]], recipe.split)
    if group := recipe.named(Role.GROUP):
        return _hold_out_groups(recipe, frame, group[0])
    from sklearn.model_selection import train_test_split

    positions, size = np.arange(len(frame)), recipe.split.test_fraction
    target = frame[recipe.target]
    stratify = _labels(target) if stratifies(recipe) and _can_share(target, size) else None
    train, test = train_test_split(
        positions, test_size=size, random_state=recipe.seed, stratify=stratify
    )
    return np.sort(train), np.sort(test)


def folds(recipe: Recipe, frame: pd.DataFrame) -> list[tuple[Rows, Rows]]:
    """The parts of the training rows for judging: (rows to fit on, rows to judge on).

    Each row is judged as often as there are repeats, and by the scheme `once` in one of so many folds
    only, of each repeat. Rows in order of time have one way of being split: there are no repeats,
    and `once` is the latest part.

    Raises
    ------
    RecipeError
        When there are too few groups or times, or no part to learn from has two classes.
    """
    split = recipe.split
    if time := recipe.named(Role.TIME):
        parts = time_folds(frame[time[0]], split)
        parts = parts[-1:] if split.scheme == "once" else parts
    else:
        drawn = (_draw(recipe, frame, repeat) for repeat in range(split.repeats))
        parts = [part for once in drawn for part in (once[:1] if split.scheme == "once" else once)]
    return _learnable(recipe, frame[recipe.target], parts)


def outer_folds(recipe: Recipe, frame: pd.DataFrame) -> list[tuple[Rows, Rows]]:
    """The outer parts of nested judging: (rows in which everything is searched and fitted, rows to judge on).

    They are made by the rules of `folds`, as many as the split's `nested`; none where that is 0.

    Raises
    ------
    RecipeError
        As `folds`.
    """
    if not recipe.split.nested:
        return []
    split = msgspec.structs.replace(
        recipe.split, scheme="folds", folds=recipe.split.nested, repeats=1
    )
    return folds(msgspec.structs.replace(recipe, split=split), frame)


def stratifies(recipe: Recipe) -> bool:
    """Whether the recipe asks for equal shares of the classes, and has classes.

    Notes
    -----
    A number has no shares to keep. Binning it would make equal ones, but of what is drawn at random
    among many rows the parts are alike anyway, and among few the bins would be empty.
    """
    return recipe.split.stratify and get_task(recipe.task).can_stratify


def _draw(recipe: Recipe, frame: pd.DataFrame, repeat: int) -> list[tuple[Rows, Rows]]:
    """One set of folds; the first is the same however many there are."""
    from sklearn import model_selection as ms

    seed = (recipe.seed + repeat) % 2**32
    target = frame[recipe.target]
    n = _bound_folds(recipe, target)
    if group := recipe.named(Role.GROUP):
        codes = _codes(frame[group[0]])
        n = min(n, _count_groups(frame[group[0]], 2, "two folds"))
        kind = ms.StratifiedGroupKFold if stratifies(recipe) else ms.GroupKFold
        return _split(kind(n, shuffle=True, random_state=seed), target, codes)
    kind = ms.StratifiedKFold if stratifies(recipe) else ms.KFold
    return _split(kind(n, shuffle=True, random_state=seed), target)


def _split(splitter: object, target: pd.Series, groups: Rows | None = None) -> list:
    with warnings.catch_warnings():
        # That a class has fewer rows than there are folds is told as a note.
        warnings.simplefilter("ignore", UserWarning)
        return list(splitter.split(target, _labels(target), groups))  # type: ignore[attr-defined]


def _labels(target: pd.Series) -> Rows:
    """A number per label in their order: the same splits as by text, which takes ten times as long."""
    return target.factorize(sort=True)[0]


def _bound_folds(recipe: Recipe, target: pd.Series) -> int:
    """As many folds as are asked for, or as the rows allow."""
    asked = recipe.split.folds
    if stratifies(recipe):
        return max(2, min(asked, int(target.value_counts().max())))
    least = 1 if get_task(recipe.task).has_classes else MIN_JUDGED_NUMBERS
    return max(2, min(asked, len(target) // least))


def _learnable(
    recipe: Recipe, target: pd.Series, parts: list[tuple[Rows, Rows]]
) -> list[tuple[Rows, Rows]]:
    """The parts of which the rows to fit on have two classes, where there are classes."""
    if not get_task(recipe.task).has_classes:
        return parts
    codes = target.factorize()[0]
    able = [(fit, judge) for fit, judge in parts if np.ptp(codes[fit])]
    if not able:
        raise RecipeError(
            f"In the rows that are learned from, {recipe.target!r} must have at least two different "
            "values. In every fold it has one only.",
            "Use no time or group column, keep the class shares equal, or load more rows.",
        )
    return able


def _hold_out_groups(recipe: Recipe, frame: pd.DataFrame, group: str) -> tuple[Rows, Rows]:
    """Some groups held out; by the shares of classes where else a class could not be learned."""
    from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

    size, target = recipe.split.test_fraction, frame[recipe.target]
    n_groups = _count_groups(frame[group], MIN_GROUPS, "a hold-out and two folds")
    codes = _codes(frame[group])
    splitter = GroupShuffleSplit(1, test_size=size, random_state=recipe.seed)
    train, test = next(splitter.split(target, groups=codes))
    if not stratifies(recipe) or set(target.iloc[train]) == set(target):
        return train, test
    n = max(2, min(round(1 / size), n_groups, int(target.value_counts().max())))
    shares = StratifiedGroupKFold(n, shuffle=True, random_state=recipe.seed)
    return _richest(_split(shares, target, codes), target)


def _richest(parts: list[tuple[Rows, Rows]], target: pd.Series) -> tuple[Rows, Rows]:
    """The first of the parts that have most classes to learn from."""
    return max(parts, key=lambda part: target.iloc[part[0]].nunique())


def _can_share(target: pd.Series, size: float) -> bool:
    """Whether each class can have its share on both sides: two rows, and room for all classes."""
    counts = target.value_counts()
    held_out = int(np.ceil(size * len(target)))
    return bool(counts.min() > 1) and len(counts) <= min(held_out, len(target) - held_out)


def _codes(groups: pd.Series) -> np.ndarray:
    """A number per group; each row without a group is a group of its own."""
    codes = groups.factorize()[0]
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(np.count_nonzero(alone))
    return codes


def _count_groups(groups: pd.Series, needed: int, what: str) -> int:
    """How many groups there are; raises `RecipeError` when they are too few."""
    distinct = int(groups.nunique() + groups.isna().sum())
    if distinct < needed:
        raise RecipeError(
            f"The group column {groups.name!r} must have at least {needed} groups for {what}. "
            f"It has {distinct}.",
            "Give this column another role, or load rows of more groups.",
        )
    return distinct
