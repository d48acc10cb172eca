"""Splits in order of time: learned from is the past, judged is what came after a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import RecipeError

if TYPE_CHECKING:
    import pandas as pd

    from core.recipe import Split

FEWER = "Use fewer folds or a shorter gap, or give another column this role."


def hold_out_latest(times: pd.Series, split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the rows to train on, in order of time, and of the latest rows.

    Rows of the same time stay together, so that the hold-out may be a bit smaller than asked for.

    Raises
    ------
    RecipeError
        When the times do not differ, or nothing is left before the gap.
    """
    ordered = order_by_time(times)
    values = times.to_numpy()[ordered]
    cut = len(ordered) - int(np.ceil(split.test_fraction * len(ordered)))
    later = values > values[cut - 1]  # the cut moves to the next change
    if not later.any():
        raise RecipeError(
            f"The time column {times.name!r} must differ between the earlier and the later rows. "
            f"The last {len(ordered) - cut:,} rows all have the same time.",
            "Give another column this role, or use a random split.",
        )
    before = ordered[~later]
    train = before[: max(0, len(before) - split.gap)]
    if len(train) < split.folds + 1:
        raise RecipeError(
            f"Before the gap there must be at least {split.folds + 1} rows to learn from. "
            f"A gap of {split.gap:,} rows leaves {len(train)} of {len(before):,}.",
            FEWER,
        )
    return train, ordered[later]


def time_folds(times: pd.Series, split: Split) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions of the rows to fit on and to judge on: each fold learns from all that came before it.

    Raises
    ------
    RecipeError
        When a fold has nothing to learn from before the gap, or nothing to judge.
    """
    from sklearn.model_selection import TimeSeriesSplit

    ordered, values = order_by_time(times), times.to_numpy()
    try:
        parts = list(TimeSeriesSplit(split.folds, gap=split.gap).split(ordered))
    except ValueError as error:
        raise RecipeError(
            f"The rows in order of time must be enough for {split.folds} folds with a gap of {split.gap:,} "
            f"rows. There are {len(ordered):,} to learn from.",
            FEWER,
        ) from error
    places = [(ordered[fit], ordered[judge]) for fit, judge in parts]
    later = [(fit, judge[values[judge] > values[fit[-1]]]) for fit, judge in places]
    if not all(len(judge) for _, judge in later):
        raise RecipeError(
            f"The time column {times.name!r} must have more different times than folds.", FEWER
        )
    return later


def order_by_time(times: pd.Series) -> np.ndarray:
    """Positions from the earliest to the latest; rows without a time first, ties in file order."""
    column = times.reset_index(drop=True)
    return np.asarray(column.sort_values(kind="stable", na_position="first").index)
