"""How rows are set aside for judging: one hold-out, and folds on the rest.

A group column keeps all rows of a group on one side; a time column trains on the past and judges on
what came after. All row numbers are positions, counted from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import RecipeError
from core.recipe import Recipe, Role
from core.tasks import get_task

if TYPE_CHECKING:
    import pandas as pd

Rows = np.ndarray
"""`(n,)` integer positions"""


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
        Positions in `frame`; by time in temporal order, else ascending.

    Raises
    ------
    RecipeError
        When there are fewer groups than the split needs.
    """
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    positions = np.arange(len(frame))
    size = recipe.split.test_fraction
    if time := recipe.named(Role.TIME):
        ordered = _by_time(frame, time[0])
        times = frame[time[0]].to_numpy()[ordered]
        cut = len(frame) - int(np.ceil(size * len(frame)))
        # Rows of the same time stay together: the cut moves to the next change.
        later = times > times[cut - 1]
        if not later.any():
            raise RecipeError(
                f"The time column {time[0]!r} must differ between the earlier and the later rows. "
                f"The last {len(frame) - cut:,} rows all have the same time.",
                "Give another column this role, or use a random split.",
            )
        return ordered[~later], ordered[later]
    if group := recipe.named(Role.GROUP):
        _check_groups(frame[group[0]], recipe)
        splitter = GroupShuffleSplit(1, test_size=size, random_state=recipe.seed)
        train, test = next(splitter.split(positions, groups=_codes(frame[group[0]])))
        return train, test
    stratify = frame[recipe.target] if _stratifies(recipe) else None
    train, test = train_test_split(
        positions, test_size=size, random_state=recipe.seed, stratify=stratify
    )
    return np.sort(train), np.sort(test)


def folds(recipe: Recipe, frame: pd.DataFrame) -> list[tuple[Rows, Rows]]:
    """The cross-validation folds of the training part: (rows to fit on, rows to judge on).

    Raises
    ------
    RecipeError
        When there are fewer groups than folds.
    """
    from sklearn import model_selection as ms

    n, seed = recipe.split.folds, recipe.seed
    target = frame[recipe.target]
    if time := recipe.named(Role.TIME):
        ordered = _by_time(frame, time[0])
        times = frame[time[0]].to_numpy()
        parts = [(ordered[a], ordered[b]) for a, b in ms.TimeSeriesSplit(n).split(ordered)]
        later = [(fit, judge[times[judge] > times[fit[-1]]]) for fit, judge in parts]
        if not all(len(judge) for _, judge in later):
            raise RecipeError(
                f"The time column {time[0]!r} must have more different times than folds.",
                "Use fewer folds, or give another column this role.",
            )
        return later
    if group := recipe.named(Role.GROUP):
        _check_groups(frame[group[0]], recipe)
        kind = ms.StratifiedGroupKFold if _stratifies(recipe) else ms.GroupKFold
        splitter = kind(n, shuffle=True, random_state=seed)
        return list(splitter.split(frame, target, _codes(frame[group[0]])))
    kind = ms.StratifiedKFold if _stratifies(recipe) else ms.KFold
    return list(kind(n, shuffle=True, random_state=seed).split(frame, target))


def _stratifies(recipe: Recipe) -> bool:
    return recipe.split.stratify and get_task(recipe.task).can_stratify


def _by_time(frame: pd.DataFrame, column: str) -> Rows:
    """Positions from the earliest to the latest; rows without a time first, ties in file order."""
    times = frame[column].reset_index(drop=True)
    return np.asarray(times.sort_values(kind="stable", na_position="first").index)


def _codes(groups: pd.Series) -> np.ndarray:
    """A number per group; each row without a group is a group of its own."""
    codes = groups.factorize()[0]
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(np.count_nonzero(alone))
    return codes


def _check_groups(groups: pd.Series, recipe: Recipe) -> None:
    distinct = groups.nunique(dropna=False)
    needed = recipe.split.folds + 1
    if distinct < needed:
        raise RecipeError(
            f"The group column {groups.name!r} must have at least {needed} groups for "
            f"{recipe.split.folds} folds and a hold-out. It has {distinct}.",
            "Use fewer folds, or give this column another role.",
        )
