"""The rows that a recipe trains on, and the parts they are split into."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import pandas as pd

from core.data.dataset import Dataset
from core.data.profiling import typed_column
from core.errors import RecipeError, list_names
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

    A positive class that the recipe leaves open is chosen here, and is in the table's recipe.

    Raises
    ------
    UnknownColumn, RecipeError
        When the recipe does not fit the data; see `core.features.proposal.check_recipe`.
    """
    check_recipe(recipe, dataset.info)
    task = get_task(recipe.task)
    target = _typed_target(dataset, recipe)
    has_target = target.notna().to_numpy()
    used = [*recipe.features, *recipe.named(Role.GROUP), *recipe.named(Role.TIME)]
    frame = pd.DataFrame(
        {name: typed_column(dataset, name, recipe.columns[name].kind) for name in used}
    )
    frame = frame[has_target].reset_index(drop=True)
    task.check_target(target[has_target], recipe.split)
    frame[recipe.target] = task.prepare_target(target[has_target]).reset_index(drop=True)
    recipe = _with_positive(recipe, frame[recipe.target])
    train, test = hold_out(recipe, frame)
    parts = [(train[fit], train[judge]) for fit, judge in folds(recipe, frame.iloc[train])]
    table = TrainingTable(
        recipe,
        frame,
        np.flatnonzero(has_target),
        train,
        test,
        parts,
        int(np.count_nonzero(~has_target)),
    )
    _check_parts(table)
    return table


def _typed_target(dataset: Dataset, recipe: Recipe) -> pd.Series:
    """The target in the recipe's kind; a value that is lost by that is an error, not a gap."""
    before = dataset.frame[recipe.target]
    kind = recipe.columns[recipe.target].kind
    after = typed_column(dataset, recipe.target, kind)
    lost = before[before.notna() & after.isna()]
    if len(lost):
        raise RecipeError(
            f"The target {recipe.target!r} must be of kind {kind}. {len(lost)} of {len(before)} rows are "
            f"not, the first is {lost.iloc[0]!r} in data row {lost.index[0] + 1}.",
            "Correct these rows, or give the column another kind.",
        )
    return after


def _with_positive(recipe: Recipe, target: pd.Series) -> Recipe:
    if recipe.positive is None:
        chosen = get_task(recipe.task).default_positive(target)
        return msgspec.structs.replace(recipe, positive=chosen)
    if recipe.positive not in set(target):
        raise RecipeError(
            f"The positive class must be a value of {recipe.target!r}. Got {recipe.positive!r}.",
            "Choose it again on the Prepare data page.",
        )
    return recipe


def _check_parts(table: TrainingTable) -> None:
    """Raises `RecipeError` unless every part that is fitted holds every class, and a value of each feature."""
    fitted = [
        ("the training part", table.train),
        *((f"the training part of fold {i + 1}", fit) for i, (fit, _) in enumerate(table.folds)),
    ]
    has_classes = get_task(table.recipe.task).has_classes
    labels = table.frame[table.recipe.target]
    classes = set(labels) if has_classes else set()
    for where, rows in fitted:
        missing = classes - set(labels.iloc[rows]) if has_classes else set()
        if missing:
            raise RecipeError(
                f"Each class of {table.recipe.target!r} must occur in every part that is learned from. "
                f"{list_names(missing, 3)} does not occur in {where}.",
                "Keep the class shares equal, use fewer folds or no time or group column, or leave the class out.",
            )
        empty = [n for n in table.recipe.features if table.frame[n].iloc[rows].isna().all()]
        if empty:
            raise RecipeError(
                f"A feature must have values in every part that is learned from. "
                f"{list_names(empty, 3)} has none in {where}.",
                "Give it the role ignore, or correct its kind.",
            )
