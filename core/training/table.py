"""The rows that a recipe trains on, and the parts they are split into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.dataset import Dataset
from core.data.kinds import KINDS
from core.errors import RecipeError
from core.features.proposal import check_recipe
from core.recipe import Recipe, Role
from core.scoring.splits import folds, hold_out
from core.tasks import get_task


@dataclass(frozen=True)
class TrainingTable:
    """The rows that a recipe trains on, split.

    Attributes
    ----------
    frame
        `(n, n_columns)`: features, target, and the group and time column; rows that have a target.
    rows
        `(n,)`: the position of each row in the data set.
    train, test
        Positions in `frame` of the training part and the hold-out.
    folds
        Per fold, positions in `frame`: (rows to fit on, rows to judge on), all within `train`.
    dropped
        How many rows of the data set were left out because their target is missing.
    """

    recipe: Recipe
    frame: pd.DataFrame
    rows: np.ndarray
    train: np.ndarray
    test: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]
    dropped: int

    def features(self, positions: np.ndarray) -> pd.DataFrame:
        """The feature columns of these rows, `(n, n_features)`."""
        return self.frame[list(self.recipe.features)].iloc[positions]

    def target(self, positions: np.ndarray) -> np.ndarray:
        """The target of these rows, `(n,)`."""
        return self.frame[self.recipe.target].iloc[positions].to_numpy()


def training_table(dataset: Dataset, recipe: Recipe) -> TrainingTable:
    """The rows that this recipe trains on, split.

    Raises
    ------
    UnknownColumn, RecipeError
        When the recipe does not fit the data; see `core.features.proposal.check_recipe`.
    """
    check_recipe(recipe, dataset.info)
    task = get_task(recipe.task)
    has_target = dataset.frame[recipe.target].notna().to_numpy()
    frame = select_features(dataset, recipe)
    for role in (Role.GROUP, Role.TIME):
        for name in recipe.named(role):
            frame[name] = dataset.frame[name]
    frame = frame[has_target].reset_index(drop=True)
    target = dataset.frame[recipe.target][has_target]
    task.check_target(target, recipe.split)
    prepared = task.prepare_target(target).reset_index(drop=True)
    if recipe.positive is not None and recipe.positive not in set(prepared):
        raise RecipeError(
            f"The positive class must be a value of {recipe.target!r}. Got {recipe.positive!r}.",
            "Choose it again on the Prepare data page.",
        )
    frame[recipe.target] = prepared
    train, test = hold_out(recipe, frame)
    part = folds(recipe, frame.iloc[train])
    return TrainingTable(
        recipe,
        frame,
        np.flatnonzero(has_target),
        train,
        test,
        [(train[fit], train[judge]) for fit, judge in part],
        int(np.count_nonzero(~has_target)),
    )


def select_features(dataset: Dataset, recipe: Recipe) -> pd.DataFrame:
    """The feature columns of all rows, in the kinds that the recipe gives them."""
    chosen = {}
    for name, kind in recipe.features.items():
        series = dataset.frame[name]
        same = dataset.info.column(name).kind == kind
        chosen[name] = series if same else KINDS[kind].coerce(series)
    return pd.DataFrame(chosen)
