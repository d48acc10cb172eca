"""The rows that a recipe trains on, and the parts they are split into."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import pandas as pd

from core.data.dataset import Dataset
from core.data.profiling import typed_column
from core.errors import RecipeError, list_names
from core.features.proposal import check_recipe
from core.recipe import Label, Recipe, Role
from core.scoring.checks import check_judging
from core.scoring.notes import describe_parts
from core.scoring.splits import folds, hold_out
from core.tasks import get_task
from core.tasks.classes import describe_rare


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
        Positions in `frame` of the training part and the hold-out; rows of a gap are in neither.
    folds
        Per fold, positions in `frame`: (rows to fit on, rows to judge on), all within `train`. With
        repeats a row is judged several times, and by the scheme `once` most are not.
    dropped
        How many rows of the data set were left out because their target is missing.
    notes
        What a person should know about the rows and the split, a sentence each: rare classes that were
        left out, fewer folds than asked for.
    """

    recipe: Recipe
    frame: pd.DataFrame
    rows: np.ndarray
    train: np.ndarray
    test: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]
    dropped: int
    notes: tuple[str, ...] = ()

    @cached_property
    def classes(self) -> tuple[Label, ...]:
        """The labels that occur in any row, in the order in which an estimator has them; none for numbers."""
        if not get_task(self.recipe.task).has_classes:
            return ()
        return tuple(sorted(self.frame[self.recipe.target].unique().tolist()))

    def features(self, positions: np.ndarray) -> pd.DataFrame:
        """The feature columns of these rows, `(n, n_features)`."""
        features = self.frame[list(self.recipe.features)]
        # All rows are the table itself, of which no copy is made.
        is_whole = np.array_equal(positions, np.arange(len(features)))
        return features if is_whole else features.iloc[positions]

    def target(self, positions: np.ndarray) -> np.ndarray:
        """The target of these rows, `(n,)`."""
        return self.frame[self.recipe.target].iloc[positions].to_numpy()


def training_table(dataset: Dataset, recipe: Recipe) -> TrainingTable:
    """The rows that this recipe trains on, split.

    A positive class that the recipe leaves open is chosen here, and is in the table's recipe.

    Raises
    ------
    UnknownColumn, RecipeError
        When the recipe does not fit the data; see `core.features.proposal.check_recipe`,
        `core.scoring.checks.check_judging` and `core.scoring.splits`.
    """
    check_recipe(recipe, dataset.info)
    task = get_task(recipe.task)
    target = _typed_target(dataset, recipe)
    has_target = target.notna().to_numpy()
    known = target[has_target]
    task.check_target(known)
    is_usable = task.find_usable(known)
    rows = np.flatnonzero(has_target)[is_usable.to_numpy()]
    used = [*recipe.features, *recipe.named(Role.GROUP), *recipe.named(Role.TIME)]
    frame = pd.DataFrame(
        {name: typed_column(dataset, name, recipe.columns[name].kind) for name in used}, copy=False
    )
    if len(rows) < len(frame):  # all rows are the data set's own, of which no copy is made
        frame = frame.iloc[rows].reset_index(drop=True)
    frame[recipe.target] = task.prepare_target(known[is_usable]).reset_index(drop=True)
    recipe = _with_positive(recipe, frame[recipe.target])
    _check_values(recipe, frame)
    check_judging(recipe, frame)
    train, test = hold_out(recipe, frame)
    parts = [(train[fit], train[judge]) for fit, judge in folds(recipe, frame.iloc[train])]
    return TrainingTable(
        recipe,
        frame,
        rows,
        train,
        test,
        parts,
        int(np.count_nonzero(~has_target)),
        (*_tell_left_out(known, is_usable), *describe_parts(recipe, frame, train, parts)),
    )


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


def _check_values(recipe: Recipe, frame: pd.DataFrame) -> None:
    """Raises `RecipeError` when a feature has no value at all in the kind that the recipe gives it."""
    empty = [name for name in recipe.features if frame[name].isna().all()]
    if empty:
        raise RecipeError(
            f"A feature must have values. {list_names(empty, 3)} has none in any row with a target.",
            "Give it the role ignore, or correct its kind.",
        )


def _tell_left_out(target: pd.Series, is_usable: pd.Series) -> tuple[str, ...]:
    """That rows of rare classes are not learned from; nothing where there are none."""
    left_out = target[~is_usable]
    if left_out.empty:
        return ()
    rows = len(left_out)
    return (
        f"{rows:,} row{'s' if rows > 1 else ''} of classes that are too rare to be learned and judged "
        f"{'were' if rows > 1 else 'was'} left out: {describe_rare(left_out.value_counts())}.",
    )
